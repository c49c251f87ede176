//! What more of everything in the configuration costs.

use std::fmt::Write as _;

use crate::load::load;
use crate::scene::Scene;

/// Clients, and providers, of the large configurations.
const MANY: usize = 1000;

/// Exchanges with few and with many clients, providers and keys of a provider.
pub(crate) fn growth(scene: &mut Scene) {
    let configurations = [
        ("2 providers, 1 client", String::new()),
        ("2 providers, 1000 clients", clients()),
        ("1000 providers, 1 client", providers()),
    ];
    for (what, more) in configurations {
        let service = scene.service_with("ES256", &more);
        let seen = load(&service, &scene.id_tokens, scene.pace);
        println!("{what:28}{}; {}", seen.shown(), service.memory().shown());
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
