//! What more of everything in the configuration costs.

use std::fmt::Write as _;

use super::median;
use crate::load::{load, micros};
use crate::scene::Scene;

/// Clients, and providers, of the large configurations.
const MANY: usize = 1000;

/// Exchanges with few and with many clients and providers, in turns.
pub(crate) fn growth(scene: &mut Scene) {
    let configurations = [
        ("2 providers, 1 client", String::new()),
        ("2 providers, 1001 clients", clients()),
        ("1002 providers, 1 client", providers()),
    ];
    let services = configurations.map(|(what, more)| (what, scene.service_with("ES256", &more)));
    let mut spent = vec![Vec::new(); services.len()];
    for _ in 0..scene.rounds {
        for ((_, service), spent) in services.iter().zip(&mut spent) {
            spent.push(load(service, &scene.id_tokens, scene.pace).cpu_ns);
        }
    }
    for ((what, service), spent) in services.iter().zip(spent) {
        let (median, memory) = (micros(median(spent)), service.memory());
        println!("{what:28}median CPU {median} µs, {}", memory.shown());
    }
}

/// Other clients, which stand before the one that asks.
fn clients() -> String {
    (0..MANY).fold(String::new(), |mut text, n| {
        write!(
            text,
            "[[clients]]\nid = \"app-{n:04}\"\naudience = [\"https://{n}.example.com\"]\n"
        )
        .unwrap();
        text
    })
}

/// Other providers, which nobody signs in with.
fn providers() -> String {
    (0..MANY).fold(String::new(), |mut text, n| {
        write!(
            text,
            "[providers.other-{n:04}]\nkind = \"oidc\"\nissuer = \"https://{n}.example.com\"\n\
             client_ids = [\"{n}\"]\n"
        )
        .unwrap();
        text
    })
}
