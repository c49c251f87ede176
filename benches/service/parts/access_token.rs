//! Exchanges of access tokens, for each of which the provider is asked twice.

use std::time::Duration;

use super::median;
use crate::load::{Pace, Requests, load, micros};
use crate::process::Running;
use crate::scene::{self, Scene, get};

/// Access tokens of a round that are all new.
const NEW: usize = 60_000;
/// Access tokens that are known after their first exchange.
const KNOWN: usize = 500;
/// How long each is loaded: no longer than the new tokens last.
const TIME: Duration = Duration::from_secs(2);

/// Exchanges whose answers are not cached, beside the bare calls; and exchanges whose answers are.
pub(crate) fn access_token(scene: &mut Scene) {
    let pace = Pace { time: TIME, ..scene.pace };
    let (service, floor) = (scene.service("ES256"), scene.floor("ES256", "{}"));
    let relay = Running::own(&["relay", &scene.provider.issuer()]);
    let mut own = Vec::new();
    for round in 0..scene.rounds {
        let first = KNOWN + round * NEW;
        let new = Requests::new((first..first + NEW).map(scene::access_token).collect());
        let uncached = load(&service, &new, pace);
        let calls = load(&relay, &get("/"), pace);
        let bare = load(&floor, &get("/document"), pace);
        println!("uncached   {}", uncached.shown());
        println!("two calls  {}", calls.shown());
        println!("bare GET   {}", bare.shown());
        own.push((uncached.cpu_ns + bare.cpu_ns).saturating_sub(calls.cpu_ns));
    }
    let known = Requests::new((0..KNOWN).map(scene::access_token).collect());
    println!("cached     {}", load(&service, &known, pace).shown());
    let own = micros(median(own));
    println!("own CPU beyond the calls, which are two less a GET: median {own} µs (target 60)");
}
