//! The whole service under load, beside the floor: a program that does only what cannot be left
//! out. Each figure is taken of both in turns, in one run, since a machine's mood changes by the second.
//!
//! ```text
//! cargo bench --bench service                 everything
//! cargo bench --bench service -- id-token     one part of it
//! BENCH_ROUNDS=3 BENCH_SECONDS=1 cargo bench --bench service
//! ```
#![expect(clippy::unwrap_used, clippy::panic, reason = "a benchmark ends at whatever fails")]
#![expect(clippy::indexing_slicing, reason = "a benchmark ends at whatever fails")]
#![expect(clippy::print_stdout, reason = "figures are for whoever runs it")]
#![expect(clippy::disallowed_methods, reason = "what is measured is time; the calls are bare")]

mod floor;
mod http;
mod load;
mod parts;
mod process;
mod provider;
mod relay;
mod scene;

/// Measures something and prints it.
type Part = fn(&mut scene::Scene);

/// What can be measured, by name.
const PARTS: [(&str, Part); 8] = [
    ("id-token", parts::exchanges::id_token),
    ("latency", parts::exchanges::latency),
    ("access-token", parts::access_token::access_token),
    ("documents", parts::documents::documents),
    ("start", parts::start::start),
    ("memory", parts::memory::memory),
    ("growth", parts::growth::growth),
    ("replicas", parts::replicas::replicas),
];

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.split_first() {
        Some((first, rest)) if first == "floor" => floor::run(rest),
        Some((first, rest)) if first == "relay" => relay::run(rest),
        _ => {}
    }
    // `cargo test` only wants to know that it compiles.
    if !arguments.iter().any(|it| it == "--bench") {
        return;
    }
    let named: Vec<_> = arguments.iter().filter(|it| !it.starts_with("--")).collect();
    let wanted = |name: &str| named.is_empty() || named.iter().any(|it| *it == name);
    let mut scene = scene::Scene::new();
    println!("{}", process::pinning());
    for (name, part) in PARTS.into_iter().filter(|(name, _)| wanted(name)) {
        println!("\n== {name}");
        part(&mut scene);
    }
}
