//! Requests at a steady rate, whatever the answers take.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use super::dice::Dice;
use super::tally::Mistake;
use super::world::World;

/// How many requests may be under way: more than a provider that hangs can make them, unless the
/// replicas answer nothing.
const MOST: usize = 4000;

/// Makes requests until the time is over, and waits for the last answers.
pub(super) async fn run(world: Arc<World>) {
    let mut dice = Dice::new(world.base.seed, "requests");
    let mut ticks = interval(Duration::from_secs(1) / world.plan.rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut under_way = JoinSet::new();
    let mut number = 0;
    let until = world.base.uptime() + world.plan.length;
    while world.base.uptime() < until {
        ticks.tick().await;
        while under_way.try_join_next().is_some_and(|ended| ended.is_ok()) {}
        if under_way.len() >= MOST {
            let words = format!("{MOST} requests under way");
            world.base.tally.mistake(Mistake::Process, world.base.uptime(), &words);
            break;
        }
        number += 1;
        let (world, mut dice) = (Arc::clone(&world), dice.fork());
        under_way.spawn(async move {
            let asking = world.next_request(&mut dice, number);
            world.ask(asking, number).await;
        });
    }
    under_way.join_all().await;
}
