//! Exchanges of ID tokens.

use super::{median, ratio};
use crate::load::{Pace, load};
use crate::scene::Scene;

/// Exchanges under keep-alive load, beside the floor.
pub(crate) fn id_token(scene: &mut Scene) {
    for (algorithm, rounds) in [("ES256", scene.rounds), ("EdDSA", scene.rounds), ("RS256", 3)] {
        let (floor, service) = (scene.floor(algorithm, ""), scene.service(algorithm));
        let mut ratios = Vec::new();
        for _ in 0..rounds {
            let [least, ours] = [&floor, &service].map(|it| load(it, &scene.id_tokens, scene.pace));
            ratios.push(ours.cpu_ns * 1000 / least.cpu_ns);
            println!("{algorithm}  floor    {}", least.shown());
            println!("{algorithm}  service  {}", ours.shown());
            println!("{algorithm}  ratio    {}", ratio(ours.cpu_ns * 1000 / least.cpu_ns));
        }
        println!("{algorithm}  {}", service.memory().shown());
        println!("{algorithm}  median ratio {} (target 1.25)", ratio(median(ratios)));
    }
}

/// Latency while half of what is possible is asked for.
pub(crate) fn latency(scene: &mut Scene) {
    let service = scene.service("ES256");
    let capacity = load(&service, &scene.id_tokens, scene.pace);
    println!("capacity  {}", capacity.shown());
    let half = u32::try_from(capacity.per_second / 2).unwrap();
    let pace = Pace { per_second: Some(half), ..scene.pace };
    let half = load(&service, &scene.id_tokens, pace);
    println!("half      {}", half.shown());
    let [p50, p99] = [500, 990].map(|part| u64::from(half.of_thousand(part)));
    println!("p99 : p50 = {} (target 5)", ratio(p99 * 1000 / p50));
}
