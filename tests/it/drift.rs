//! What the running service says, in its metrics, of providers that do not publish what it needs.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::app::App;
use crate::support::internet::{Fault as Away, Internet};
use crate::support::provider::{Fault, published_keys};

/// Returns the drift of a provider by what drifted.
async fn drift(app: &App, provider: &str) -> BTreeMap<String, u64> {
    let metrics = app.get("/metrics").await.body;
    let start = format!("countersign_provider_drift{{provider=\"{provider}\",what=\"");
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(&start)?.split_once("\"} "));
    lines.map(|(what, value)| (what.to_owned(), value.parse().unwrap())).collect()
}

/// Returns what of a provider drifted.
async fn drifted(app: &App, provider: &str) -> Vec<String> {
    drift(app, provider)
        .await
        .into_iter()
        .filter(|(_, is)| *is == 1)
        .map(|(what, _)| what)
        .collect()
}

#[tokio::test]
async fn a_provider_that_publishes_what_is_needed_has_not_drifted_and_an_unasked_one_is_not_there()
{
    let app = App::start().await;
    assert!(drift(&app, "acme").await.is_empty(), "nothing was fetched");
    app.exchange(&app.id_token()).await.token("good");
    let whats = [
        "algorithms",
        "client_auth",
        "introspection_endpoint",
        "issuer",
        "jwks_uri",
        "keys",
        "token_endpoint",
        "userinfo_endpoint",
    ];
    let all: BTreeMap<_, _> = whats.iter().map(|what| ((*what).to_owned(), 0)).collect();
    assert_eq!(drift(&app, "acme").await, all);
    assert!(drift(&app, "rival").await.is_empty(), "it was not asked");
}

#[tokio::test]
async fn each_drift_is_seen_when_it_is_fetched_and_gone_when_it_is_mended() {
    for (fault, expected) in [
        (Some(Fault::WrongIssuer), ["issuer"].as_slice()),
        (Some(Fault::PlainHttpKeys), &["jwks_uri"]),
        (None, &["jwks_uri"]),
        (Some(Fault::NoKeys), &["keys"]),
        (Some(Fault::Unavailable), &[]),
    ] {
        let case = format!("{fault:?}");
        let app = App::start().await;
        app.acme.fail(fault);
        if fault.is_none() {
            app.acme.announce("jwks_uri", Value::Null);
        }
        assert_eq!(app.exchange(&app.id_token()).await.status, 503, "{case}");
        assert_eq!(drifted(&app, "acme").await, expected, "{case}");
        app.acme.fail(None);
        app.acme.announce("jwks_uri", app.acme.key_set_address());
        app.advance(5);
        app.exchange(&app.id_token()).await.token(&case);
        assert!(drifted(&app, "acme").await.is_empty(), "{case}");
    }
}

#[tokio::test]
async fn what_still_works_is_drift_all_the_same() {
    let more =
        "client_ids = [\"countersign\"]\nclient_secret = \"s\"\nallow_unbound_access_tokens = true";
    let app = App::configured(|text| {
        text.replace("client_ids = [\"countersign\", \"countersign-ios\"]", more)
    })
    .await;
    app.acme.announce("id_token_signing_alg_values_supported", json!(["HS256", "ES256"]));
    app.acme.announce("token_endpoint", "http://tokens.example.com/token");
    app.acme.announce("userinfo_endpoint", Value::Null);
    app.acme.announce("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]));
    app.exchange(&app.id_token()).await.token("keys are there");
    let expected = ["client_auth", "token_endpoint", "userinfo_endpoint"];
    assert_eq!(drifted(&app, "acme").await, expected);
    // It has the same document, takes RS256 alone, and redeems no codes.
    assert_eq!(drifted(&app, "strict").await, ["algorithms"]);
    let only_encryption = published_keys().into_iter().filter(|key| key["kid"] == "enc");
    app.acme.publish(only_encryption);
    app.reload().await;
    let expected = ["client_auth", "keys", "token_endpoint", "userinfo_endpoint"];
    assert_eq!(drifted(&app, "acme").await, expected);
    app.exchange(&app.id_token()).await.token("the known keys are kept");
}

#[tokio::test]
async fn the_document_of_a_provider_whose_addresses_are_known_is_never_fetched() {
    let internet = Internet::start().await;
    let app = App::on(&internet, str::to_owned).await;
    internet.fault("accounts.google.com", "/.well-known/openid-configuration", Away::Closed);
    let token = internet.google().id_token("web.apps.googleusercontent.com");
    app.exchange(&token).await.token("google");
    assert_eq!(drift(&app, "google").await, BTreeMap::from([("keys".to_owned(), 0)]));
    let calls: Vec<_> = internet.all_calls().into_iter().map(|call| call.path).collect();
    assert_eq!(calls, ["/oauth2/v3/certs"]);
}
