//! The proxy between us and every provider: one that refuses, hangs or babbles, and which one it
//! is that is used.

use std::process::Command;

use serde_json::json;

use super::wire::{Manner, Wire};
use super::{PATIENCE, TIMEOUT, UNAVAILABLE, start};
use crate::program::{Outcome, configured, program};
use crate::support::app::App;
use crate::support::internet::{Fault, Internet};
use crate::support::keys::Key;
use crate::support::social;

#[tokio::test]
async fn a_proxy_that_fails_in_any_way_is_503_in_time_and_the_next_exchange_is_good() {
    let page = |status: &str| {
        let page = "<p>kanarienvogel";
        let head = format!("HTTP/1.1 {status} kanarienvogel\r\ncontent-length: {}", page.len());
        Manner::Bytes(format!("{head}\r\n\r\n{page}").into_bytes())
    };
    let then = |text: &str| Manner::Held(format!("HTTP/1.1 200 OK\r\n\r\n{text}").into_bytes());
    let head = || b"HTTP/1.1 200 OK\r\nx: ".to_vec();
    for (case, manner) in [
        ("silence", Manner::Silent),
        ("an end", Manner::Closing),
        ("403", page("403")),
        ("407", page("407")),
        ("502", page("502")),
        ("302", page("302")),
        ("no HTTP", Manner::Bytes(b"kanarienvogel\r\n\r\n".to_vec())),
        ("headers without end", Manner::Endless(head(), vec![b'x'; 65536])),
        ("headers in drops", Manner::Dripping(head(), b"x".to_vec())),
        ("200 and silence", then("")),
        ("200 and no TLS", then("HTTP/1.1 200 OK\r\n\r\nkanarienvogel")),
    ] {
        let (internet, wire) = (Internet::start().await, Wire::start().await);
        let proxy = format!("http://{}", wire.address());
        let app = App::on(&internet, |text| {
            text.replace("\"{proxy}\"", &format!("\"{proxy}\"")).replace("[outbound]\n", TIMEOUT)
        })
        .await;
        let token = internet.google().id_token("web.apps.googleusercontent.com");
        wire.at("", manner);
        let started = start();
        let answer = app.exchange(&token).await;
        answer.assert_refused(case, UNAVAILABLE);
        assert!(started.elapsed() < PATIENCE, "{case}: {:?}", started.elapsed());
        assert!(!answer.body.contains("kanarienvogel"), "{case}: {}", answer.body);
        assert!(wire.sent() < 16 << 20, "{case}: {}", wire.sent());
        wire.at("", Manner::Forwarding(internet.address()));
        app.advance(5);
        app.exchange(&token).await.token(case);
    }
}

/// `providers check` of one provider, as an operator runs it.
fn check(provider: &str, configuration: &str, change: impl FnOnce(&mut Command)) -> Outcome {
    let directory = configured(configuration);
    let mut command = program(directory.path(), &["providers", "check", provider]);
    for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"] {
        command.env_remove(name);
    }
    change(&mut command);
    tokio::task::block_in_place(|| Outcome::of(&mut command))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_configured_proxy_is_used_before_that_of_the_environment() {
    let (internet, other) = (Internet::start().await, Wire::start().await);
    let configured = social::configuration(&internet);
    let other_proxy = format!("http://{}", other.address());
    let outcome = check("google", &configured, |command| {
        command.env("HTTPS_PROXY", &other_proxy);
    });
    assert!(outcome.stdout.starts_with("google: ok"), "{}", outcome.stdout);
    assert_eq!(other.connections(), 0);

    // Without the setting it is the environment's, by name as well: that the operator named it is
    // enough for a private address.
    let proxy = format!("proxy = \"{}\"\n", internet.proxy());
    let unset = configured.replace(&proxy, "");
    let by_name = internet.proxy().replace("127.0.0.1", "localhost");
    for (variable, value) in [
        ("HTTPS_PROXY", internet.proxy()),
        ("https_proxy", by_name.clone()),
        ("ALL_PROXY", by_name.trim_start_matches("http://").to_owned()),
    ] {
        let outcome = check("google", &unset, |command| {
            command.env(variable, &value);
        });
        assert!(outcome.stdout.starts_with("google: ok"), "{variable}={value}: {}", outcome.stdout);
    }
    let named = configured.replace(&proxy, &format!("proxy = \"{by_name}\"\n"));
    let outcome = check("google", &named, |_| {});
    assert!(outcome.stdout.starts_with("google: ok"), "{}", outcome.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_proxy_keeps_a_host_from_either_proxy() {
    let internet = Internet::start().await;
    let issuer = "https://id.acme.invalid";
    let document = json!({ "issuer": issuer, "jwks_uri": format!("{issuer}/jwks") });
    let keys = json!({ "keys": [Key::Rsa.jwk("rsa")] });
    internet.fault("id.acme.invalid", "/.well-known/openid-configuration", Fault::Body(document));
    internet.fault("id.acme.invalid", "/jwks", Fault::Body(keys));
    let own =
        format!("[providers.own]\nkind = \"oidc\"\nissuer = \"{issuer}\"\nclient_ids = [\"c\"]\n");
    let configured = format!("{}\n{own}", social::configuration(&internet));
    let configured = configured.replace("[outbound]\n", TIMEOUT);
    let proxy = format!("proxy = \"{}\"\n", internet.proxy());
    for text in [configured.clone(), configured.replace(&proxy, "")] {
        for (variable, value) in [("NO_PROXY", ".acme.invalid"), ("no_proxy", "id.acme.invalid")] {
            let outcome = check("own", &text, |command| {
                command.env("HTTPS_PROXY", internet.proxy()).env(variable, value);
            });
            let unreachable = "own: no discovery document from https://id.acme.invalid/";
            assert!(outcome.stdout.starts_with(unreachable), "{}", outcome.stdout);
            assert!(internet.all_calls().is_empty(), "{variable}");
        }
        let outcome = check("own", &text, |command| {
            command.env("HTTPS_PROXY", internet.proxy()).env("NO_PROXY", "acme.test");
        });
        assert!(outcome.stdout.starts_with("own: ok"), "{}", outcome.stdout);
        internet.forget_calls();
    }
}
