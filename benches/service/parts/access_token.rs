//! Exchanges of access tokens, for each of which the provider is asked twice.

use std::time::Duration;

use crate::load::{Pace, Requests, load, micros};
use crate::process::Running;
use crate::scene::{self, Scene};

/// Access tokens that are all new.
const NEW: usize = 60_000;
/// Access tokens that are known after their first exchange.
const KNOWN: usize = 500;
/// Calls by which a bare one is measured.
const CALLS: &str = "20000";

/// Exchanges whose answers are not cached, less the calls; and exchanges whose answers are.
pub(crate) fn access_token(scene: &mut Scene) {
    let service = scene.service("ES256");
    let pace = Pace { time: Duration::from_secs(2), ..scene.pace };
    let new = Requests::new((0..NEW).map(scene::access_token).collect());
    let uncached = load(&service, &new, pace);
    let known = Requests::new((NEW..NEW + KNOWN).map(scene::access_token).collect());
    let cached = load(&service, &known, pace);
    println!("uncached  {}", uncached.shown());
    println!("cached    {}", cached.shown());
    let call: u64 =
        Running::own(&["caller", &scene.provider.issuer(), CALLS]).address.parse().unwrap();
    println!("a bare call of the same client: CPU {} µs", micros(call));
    let own = uncached.cpu_ns.saturating_sub(2 * call);
    println!("own CPU beyond two calls: {} µs (target 60)", micros(own));
}
