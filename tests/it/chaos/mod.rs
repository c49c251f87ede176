//! The fault suite: the real program behind a real balancer, providers that go wrong, replicas that
//! come and go, keys that are replaced and clocks that are moved, all under steady load; and a
//! checker that knows of each request what the answer had to be.
//!
//! `tests/chaos/run` runs it, `tests/chaos/README.md` says what it does. What is an ordinary test
//! here is a short run without anything that would have to be installed.

#![expect(clippy::print_stderr, clippy::print_stdout, reason = "it says what it does meanwhile")]

mod balancer;
mod clocks;
mod credentials;
mod dice;
mod events;
mod expected;
mod faults;
mod judge;
mod key_files;
mod kids;
mod knowledge;
mod load;
mod mutations;
mod plan;
mod provider;
mod pulse;
mod replicas;
mod requests;
mod rotation;
mod tally;
mod usage;
mod verifiers;
mod world;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinSet;
use tokio::time::sleep;

use events::Phase;
use faults::Mood;
use plan::Plan;
use provider::Provider;
use usage::Usage;
use world::World;

/// How many replicas there are.
const REPLICAS: usize = 3;
/// How much a replica may use after a while without requests.
const SIZE: Usage = Usage { memory: 300, descriptors: 200 };

/// Has a provider change its ways until the end.
async fn change_moods(world: Arc<World>, provider: Arc<Provider>) {
    let mut dice = dice::Dice::new(world.base.seed, &format!("moods of {}", provider.name));
    // Every replica gets to know the keys first.
    sleep(Duration::from_secs(2)).await;
    loop {
        let (mood, length) = Mood::draw(&mut dice, world.plan.longest_mood);
        provider.behave(mood);
        sleep(length).await;
    }
}

async fn turn_keys(world: Arc<World>) {
    loop {
        world.providers.acme.kids.turn(world.base.uptime());
        sleep(Duration::from_secs(1)).await;
    }
}

/// Runs a plan to its end and returns what came of it.
async fn run(plan: Plan) -> Arc<World> {
    eprintln!("CHAOS_SEED={} for {:?} at {} requests/s", plan.seed, plan.length, plan.rate);
    let world = World::start(plan).await;
    let mut background = JoinSet::new();
    for replica in &world.replicas {
        background.spawn(knowledge::watch(Arc::clone(&world), Arc::clone(replica)));
    }
    let providers = &world.providers;
    for provider in [&providers.acme, &providers.beta, &providers.forge] {
        background.spawn(change_moods(Arc::clone(&world), Arc::clone(provider)));
    }
    background.spawn(turn_keys(Arc::clone(&world)));
    let base = Arc::clone(&world.base);
    background.spawn(async move { pulse::feel(&base).await });
    if world.plan.events {
        let phase = Arc::new(Mutex::new(Phase::Calm));
        background.spawn(events::run(Arc::clone(&world), Arc::clone(&phase)));
        if world.plan.length >= rotation::length() * 5 / 4 {
            background.spawn(rotation::run(Arc::clone(&world), phase));
        }
    }
    load::run(Arc::clone(&world)).await;
    background.shutdown().await;
    if world.plan.events {
        sleep(Duration::from_secs(3)).await;
        for replica in &world.replicas {
            replica.measure();
            replica.check_leaks(SIZE);
        }
    }
    println!("{}", world.base.tally.table());
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "takes minutes, and needs HAProxy and libfaketime: tests/chaos/run"]
async fn no_exchange_is_lost_or_answered_wrongly_under_faults() {
    let seed = countersign::clock::Clock::System.now().0;
    let world = run(Plan::of_environment(seed)).await;
    assert!(world.base.tally.is_clean(), "CHAOS_SEED={}", world.plan.seed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fault_suite_itself_works_for_a_short_time() {
    let world = run(Plan::smoke()).await;
    let (requests, faults) = world.base.tally.totals();
    assert!(requests > 100 && faults > 10, "{requests} requests, {faults} faults");
    assert!(world.base.tally.noted("tokens shown to a verifier") > 50);
    assert!(world.base.tally.is_clean());
}
