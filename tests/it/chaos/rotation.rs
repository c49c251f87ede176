//! The signing key is replaced while requests are made: the clocks of all are moved over the half
//! hour until the next key signs, then over the day until the old one ends.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{MissedTickBehavior, interval, sleep};

use super::events::Phase;
use super::faults::Mood;
use super::tally::Mistake;
use super::world::World;

/// How often the clocks are moved.
const TICK: Duration = Duration::from_millis(100);
/// By how much while the next key is waiting: a replica that looks at its keys every five seconds
/// is then up to 500 seconds late.
const CAREFULLY: i64 = 10;
/// By how much while only time has to pass.
const FAST: i64 = 60;
/// Until the next key signs, and a little more.
const SWITCH: i64 = 32 * 60;
/// Until the last token of the old key has run out, and a little more.
const DAY: i64 = 24 * 3600 + 10 * 60;
/// How long nobody forgets anything, and one provider is dead.
const OUTAGE: i64 = 8 * 3600;
/// With keys from a seed: over several periods of an hour.
const PERIODS: i64 = 4 * 3600;

/// Returns how long a rotation takes.
pub(super) fn length() -> Duration {
    let ticks = u32::try_from(SWITCH / CAREFULLY + DAY / FAST).unwrap();
    TICK * ticks + Duration::from_secs(15)
}

/// Waits for a fifth of the time, and replaces the key.
pub(super) async fn run(world: Arc<World>, phase: Arc<Mutex<Phase>>) {
    sleep(world.plan.length / 5).await;
    if world.plan.seed_file {
        enter(&world, &phase, Phase::Switching, "keys from a seed: four periods pass").await;
        forget_what_was_missing(&world);
        pass(&world, PERIODS, CAREFULLY).await;
        enter(&world, &phase, Phase::Calm, "keys from a seed: done").await;
        return;
    }
    enter(&world, &phase, Phase::Switching, "keys rotate").await;
    match world.base.run(&["keys", "rotate"]) {
        Ok(said) => eprint!("{said}"),
        Err(problem) => wrong(&world, &problem),
    }
    pass(&world, SWITCH, CAREFULLY).await;
    enter(&world, &phase, Phase::Outage, "a day passes; one provider dead for eight hours").await;
    forget_what_was_missing(&world);
    world.providers.beta.hold(Some(Mood::DEAD));
    pass(&world, OUTAGE, FAST).await;
    enter(&world, &phase, Phase::Day, "a day passes; the provider is back").await;
    world.providers.beta.hold(None);
    pass(&world, DAY - OUTAGE, FAST).await;
    // Not while a key file is spoiled: it would be refused.
    let undisturbed = phase.lock().await;
    prune(&world).await;
    drop(undisturbed);
    enter(&world, &phase, Phase::Calm, "keys prune").await;
}

async fn enter(world: &World, phase: &Mutex<Phase>, next: Phase, name: &'static str) {
    // Not before what is happening has happened.
    *phase.lock().await = next;
    world.base.tally.event(name, world.base.uptime());
}

async fn pass(world: &World, seconds: i64, step: i64) {
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for _ in 0..seconds / step {
        ticks.tick().await;
        world.base.clocks.advance(step);
    }
}

/// A key that was missing in an answer is trusted for two hours longer; those are over at once.
fn forget_what_was_missing(world: &World) {
    for provider in [&world.providers.acme, &world.providers.beta] {
        provider.whole_until(world.base.uptime() + length());
        if !provider.lacked_since(Duration::ZERO) {
            continue;
        }
        for replica in &world.replicas {
            replica.note(|seen| drop(seen.kids.remove(provider.name)));
        }
    }
}

/// Removes the old key, and checks that every replica publishes the other one alone.
async fn prune(world: &World) {
    match world.base.run(&["keys", "prune"]) {
        Ok(said) => eprint!("{said}"),
        Err(problem) => wrong(world, &problem),
    }
    sleep(Duration::from_secs(7)).await;
    for replica in &world.replicas {
        let address = format!("http://127.0.0.1:{}/.well-known/jwks.json", replica.port);
        let Ok(answer) = world.base.client.get(address).send().await else {
            wrong(world, "no key set after the rotation");
            continue;
        };
        let text = answer.text().await.unwrap_or_default();
        if text.matches("\"kid\"").count() != 1 {
            wrong(world, &format!("the key set after the rotation: {text}"));
        }
    }
}

fn wrong(world: &World, words: &str) {
    world.base.tally.mistake(Mistake::Process, world.base.uptime(), words);
}
