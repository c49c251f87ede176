//! What happens to the replicas, their clocks and their files: one thing at a time, drawn from the
//! seed. What happens to the providers goes on beside it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::sleep;

use super::dice::Dice;
use super::faults::Mood;
use super::key_files::Spoiled;
use super::provider::Provider;
use super::replicas::Replica;
use super::world::World;

/// Longer than a replica takes to fetch every key set anew.
const RENEWAL: Duration = Duration::from_secs(8);
/// How long before the end the last event begins.
const REST: Duration = Duration::from_secs(20);
/// A clock that is off by this is wrong, and hardly anybody notices.
const MINUTES: i64 = 300;
/// By this, what it says is of no use.
const HOUR: i64 = 3600;

/// What may happen now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Everything.
    Calm,
    /// The next key is published and does not sign yet: nothing that holds a replica or its clock.
    Switching,
    /// A day passes in minutes, and one provider is dead: nobody may forget its keys.
    Outage,
    /// A day passes in minutes.
    Day,
}

/// What happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Event {
    Restart,
    Kill,
    HangUp,
    Hold,
    Minutes,
    Hour,
    KeyFiles(Spoiled),
    Death,
}

impl Event {
    /// How often each is drawn.
    const WEIGHTS: [(Self, u64); 11] = [
        (Self::Restart, 30),
        (Self::Kill, 15),
        (Self::HangUp, 8),
        (Self::Hold, 10),
        (Self::Minutes, 10),
        (Self::Hour, 6),
        (Self::KeyFiles(Spoiled::Half), 4),
        (Self::KeyFiles(Spoiled::Doubled), 4),
        (Self::KeyFiles(Spoiled::Readable), 3),
        (Self::KeyFiles(Spoiled::Gone), 4),
        (Self::Death, 6),
    ];

    fn draw(dice: &mut Dice) -> Self {
        let mut left = dice.between(0, Self::WEIGHTS.iter().map(|(_, weight)| weight).sum());
        for (event, weight) in Self::WEIGHTS {
            if left <= weight {
                return event;
            }
            left -= weight;
        }
        Self::Restart
    }

    fn may_happen(self, phase: Phase, (is_dead, from_seed): (bool, bool)) -> bool {
        let is_key_file = matches!(self, Self::KeyFiles(_));
        let is_start = matches!(self, Self::Restart | Self::Kill);
        let in_phase = match phase {
            Phase::Calm => true,
            Phase::Switching => matches!(self, Self::Restart | Self::HangUp),
            Phase::Outage => is_key_file || self == Self::HangUp,
            Phase::Day => is_start || is_key_file || self == Self::HangUp,
        };
        in_phase && !(is_dead && (is_start || self == Self::Death)) && !(is_key_file && from_seed)
    }
}

/// Has things happen until shortly before the end. `phase` is locked while they do.
pub(super) async fn run(world: Arc<World>, phase: Arc<Mutex<Phase>>) {
    let mut dice = Dice::new(world.base.seed, "events");
    let until = world.plan.length.saturating_sub(REST);
    let mut dead_until = Duration::ZERO;
    sleep(Duration::from_secs(8)).await;
    while world.base.uptime() < until {
        let (event, mut dice) = (Event::draw(&mut dice), dice.fork());
        let phase = phase.lock().await;
        let is_dead = world.base.uptime() < dead_until;
        if !event.may_happen(*phase, (is_dead, world.plan.seed_file)) {
            drop(phase);
            sleep(Duration::from_millis(20)).await;
            continue;
        }
        if event == Event::Death {
            let length = Duration::from_secs(dice.between(20, 40));
            dead_until = world.base.uptime() + length;
            tokio::spawn(die(Arc::clone(&world), length));
        } else {
            let replica = &world.replicas[dice.index(world.replicas.len())];
            happen(&world, event, (replica, &mut dice)).await;
        }
        drop(phase);
        sleep(Duration::from_millis(dice.between(500, 3000))).await;
    }
}

async fn happen(world: &World, event: Event, (replica, dice): (&Replica, &mut Dice)) {
    let said = |name| world.base.tally.event(name, world.base.uptime());
    match event {
        Event::Restart => {
            said("rolling restart: SIGTERM, start");
            replica.stop().await;
            replica.start().await;
        }
        Event::Kill => {
            said("crash: SIGKILL, start");
            replica.kill().await;
            replica.start().await;
        }
        Event::HangUp => {
            said("SIGHUP");
            hang_up(world, replica).await;
        }
        Event::Hold => {
            said("held: SIGSTOP, SIGCONT");
            replica.note(|seen| seen.disturbed += 1);
            replica.signal("STOP");
            sleep(Duration::from_millis(dice.between(300, 1500))).await;
            replica.signal("CONT");
            sleep(Duration::from_millis(500)).await;
            replica.note(|seen| seen.disturbed += 1);
        }
        Event::Minutes => {
            said("a clock off by 5 minutes");
            step(world, replica, dice, MINUTES).await;
        }
        Event::Hour => {
            said("a clock off by an hour");
            step(world, replica, dice, HOUR).await;
        }
        Event::KeyFiles(spoiled) => {
            said(spoiled.name());
            spoiled.happen(world).await;
        }
        Event::Death => {}
    }
}

/// Tells a replica to look at everything again.
pub(super) async fn hang_up(world: &World, replica: &Replica) {
    // It gives no grace to a key that is missing in the answer.
    for provider in [&world.providers.acme, &world.providers.beta] {
        provider.whole_until(world.base.uptime() + RENEWAL * 2);
    }
    sleep(Duration::from_secs(4)).await;
    let forget = || {
        replica.note(|seen| {
            seen.disturbed += 1;
            seen.documents.clear();
        });
    };
    forget();
    replica.signal("HUP");
    sleep(RENEWAL).await;
    forget();
}

async fn step(world: &World, replica: &Replica, dice: &mut Dice, off: i64) {
    if !world.base.clocks.can_move() {
        return;
    }
    let off = if dice.chance(50) { off } else { -off };
    world.base.clocks.step(replica.index, off);
    sleep(Duration::from_secs(dice.between(4, 9))).await;
    world.base.clocks.step(replica.index, 0);
}

/// Kills a provider for a while.
async fn die(world: Arc<World>, length: Duration) {
    world.base.tally.event("a provider dead", world.base.uptime());
    let beta: &Provider = &world.providers.beta;
    beta.hold(Some(Mood::DEAD));
    sleep(length).await;
    beta.hold(None);
}
