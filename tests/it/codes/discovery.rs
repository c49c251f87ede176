//! Discovery documents: they say where the token endpoint is, are read once for everybody, and are
//! not believed in everything.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::{Value, json};

use super::openid::{app, redeem, tokens};
use super::{UNAVAILABLE, World, form};
use crate::support::NOW;
use crate::support::internet::Fault as Away;
use crate::support::provider::{FakeProvider, Fault};

#[tokio::test]
async fn endpoints_may_be_on_another_host_and_the_document_is_read_once_and_used_on() {
    let app = app().await;
    let elsewhere = FakeProvider::start().await;
    app.acme.announce("token_endpoint", format!("{}/token", elsewhere.issuer()));
    app.acme.announce("userinfo_endpoint", format!("{}/userinfo", elsewhere.issuer()));
    elsewhere.introduce("at-1", json!({ "sub": "24400320" }));
    let code = || elsewhere.authorize(json!({ "access_token": "at-1" }));
    let codes: Vec<_> = (0..20).map(|_| code()).collect();
    for answer in join_all(codes.iter().map(|code| redeem(&app, code))).await {
        answer.token("one of twenty at once");
    }
    redeem(&app, &code()).await.token("one more");
    assert_eq!(app.acme.discovery_requests(), 1);

    app.acme.fail(Fault::Unavailable);
    for (hours, asked) in [(1, 1), (22, 1), (24, 2), (1000, 3)] {
        app.advance(hours * 3600);
        redeem(&app, &code()).await.token(&format!("{hours} hours later"));
        for _ in 0..200 {
            if app.acme.discovery_requests() < asked {
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
        assert_eq!(
            app.acme.discovery_requests(),
            asked,
            "asked again after a day, by nobody's wait"
        );
    }
    assert_eq!((elsewhere.calls("/token").len(), app.acme.calls("/token").len()), (25, 0));
}

#[tokio::test]
async fn an_operator_sees_in_the_metrics_that_a_document_lacks_what_codes_need() {
    let app = app().await;
    let drift = async |what: &str| {
        let metrics = app.get("/metrics").await.body;
        let line = format!("countersign_provider_drift{{provider=\"acme\",what=\"{what}\"}} ");
        let value = metrics.lines().find_map(|text| text.strip_prefix(&line)).map(str::to_owned);
        value.unwrap_or_default()
    };
    assert_eq!(drift("token_endpoint").await, "", "nothing was fetched");
    app.acme.announce("token_endpoint", Value::Null);
    let code = app.acme.authorize(tokens(&app));
    redeem(&app, &code).await.assert_refused("no endpoint", UNAVAILABLE);
    assert_eq!((drift("token_endpoint").await, drift("issuer").await), ("1".into(), "0".into()));
    app.acme.announce("token_endpoint", format!("{}/token", app.acme.issuer()));
    app.advance(60);
    redeem(&app, &code).await.token("it is back");
    assert_eq!(drift("token_endpoint").await, "0");
}

/// SIGHUP is an operator's answer to a provider that moved, or was broken into.
#[tokio::test]
async fn an_operator_can_have_the_document_read_again_at_once() {
    let app = app().await;
    redeem(&app, &app.acme.authorize(tokens(&app))).await.token("first");
    let elsewhere = FakeProvider::start().await;
    app.acme.announce("token_endpoint", format!("{}/token", elsewhere.issuer()));
    redeem(&app, &app.acme.authorize(tokens(&app))).await.token("as it was");
    app.reload().await;
    redeem(&app, &elsewhere.authorize(tokens(&app))).await.token("as it is");
    assert_eq!((app.acme.calls("/token").len(), elsewhere.calls("/token").len()), (2, 1));
}

#[tokio::test]
async fn a_provider_whose_discovery_is_away_is_503_until_it_is_back() {
    let app = app().await;
    for fault in [Fault::Unavailable, Fault::Closed, Fault::WrongIssuer] {
        app.acme.fail(fault);
        app.advance(5);
        let code = app.acme.authorize(tokens(&app));
        let answer = redeem(&app, &code).await;
        answer.assert_refused(&format!("{fault:?}"), UNAVAILABLE);
        let retry_after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=5).contains(&retry_after), "{fault:?}: {retry_after}");
        let asked = app.acme.discovery_requests();
        redeem(&app, &code).await.assert_refused("again", UNAVAILABLE);
        assert_eq!(app.acme.discovery_requests(), asked, "{fault:?}: asked during the back-off");
        assert!(app.acme.calls("/token").is_empty(), "{fault:?}");
    }
    app.acme.fail(None);
    app.advance(5);
    redeem(&app, &app.acme.authorize(tokens(&app))).await.token("back");
}

#[tokio::test]
async fn hanging_up_does_not_undo_a_look_that_has_begun() {
    let app = app().await;
    app.acme.fail(Fault::Slow(Duration::from_secs(2)));
    let code = app.acme.authorize(tokens(&app));
    for _ in 0..5 {
        // Long enough for the look to begin, not for its answer.
        let hung_up = tokio::time::timeout(Duration::from_millis(80), redeem(&app, &code)).await;
        assert!(hung_up.is_err(), "the answer came too early to hang up");
    }
    redeem(&app, &code).await.token("who waits for it");
    // The other one is for the keys of the ID token.
    assert_eq!(app.acme.discovery_requests(), 2);
}

#[tokio::test]
async fn a_clock_that_is_set_right_makes_nobody_wait_for_what_it_showed() {
    let app = app().await;
    app.advance(3600);
    app.acme.fail(Fault::Unavailable);
    let code = app.acme.authorize(tokens(&app));
    redeem(&app, &code).await.assert_refused("an hour ahead", UNAVAILABLE);
    app.acme.fail(None);
    app.set_clock(NOW);
    redeem(&app, &code).await.token("set right");
}

#[tokio::test]
async fn a_document_that_sends_us_where_a_secret_must_not_go_is_not_followed() {
    let elsewhere = FakeProvider::start().await;
    // No loopback address, though it leads there.
    let plain = elsewhere.issuer().replace("127.0.0.1", "0.0.0.0");
    for endpoint in [
        json!(format!("{plain}/token")),
        json!("http://tokens.example.com/token"),
        json!("ftp://127.0.0.1/token"),
        json!("/token"),
        json!("https://user:password@tokens.example.com/token"),
        json!(""),
        json!(7),
        Value::Null,
    ] {
        let app = app().await;
        app.acme.announce("token_endpoint", endpoint.clone());
        let code = app.acme.authorize(tokens(&app));
        let answer = redeem(&app, &code).await;
        answer.assert_refused(&endpoint.to_string(), UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("60"), "{endpoint}: nobody was tried");
        let calls = [app.acme.calls("/token"), elsewhere.calls("/token")].concat();
        assert!(calls.is_empty(), "{endpoint}: {calls:?}");
    }
}

/// What is said to be worth another try in a minute is.
#[tokio::test]
async fn a_document_that_was_mended_is_read_again() {
    for (name, wrong) in [
        ("token_endpoint", Value::Null),
        ("token_endpoint", json!("http://tokens.example.com/token")),
        ("token_endpoint_auth_methods_supported", json!(["private_key_jwt"])),
    ] {
        let app = app().await;
        app.acme.announce(name, wrong.clone());
        let code = app.acme.authorize(tokens(&app));
        let case = format!("{name}: {wrong}");
        let answer = redeem(&app, &code).await;
        answer.assert_refused(&case, UNAVAILABLE);
        let retry_after: u64 = answer.header("retry-after").unwrap().parse().unwrap();
        let mended = match name {
            "token_endpoint" => json!(format!("{}/token", app.acme.issuer())),
            _ => Value::Null,
        };
        app.acme.announce(name, mended);
        redeem(&app, &code).await.assert_refused(&format!("{case}, at once"), UNAVAILABLE);
        app.advance(retry_after);
        redeem(&app, &code).await.token(&case);
    }
}

/// Only a provider that is on loopback itself may send us there.
#[tokio::test]
async fn a_provider_on_the_internet_cannot_send_a_secret_inside_nor_elsewhere_by_a_redirect() {
    let inside = FakeProvider::start().await;
    let world = World::configured(|text| {
        let acme = "[providers.acme]\nkind = \"oidc\"\nissuer = \"https://login.acme.test\"\n\
                    client_ids = [\"x\"]\nclient_secret = \"acme-secret\"\n";
        format!("{text}\n{acme}")
    })
    .await;
    let host = "login.acme.test";
    let document = |endpoint: &str| {
        json!({
            "issuer": "https://login.acme.test",
            "jwks_uri": "https://login.acme.test/jwks",
            "token_endpoint": endpoint,
        })
    };
    let well_known = "/.well-known/openid-configuration";
    let endpoint = format!("{}/token", inside.issuer());
    world.internet.fault(host, well_known, Away::Body(document(&endpoint)));
    world.post(&form("acme", "any")).await.assert_refused("inside", UNAVAILABLE);
    assert!(inside.calls("/token").is_empty());

    world.app.reload().await;
    let endpoint = "https://login.acme.test/token";
    world.internet.fault(host, well_known, Away::Body(document(endpoint)));
    world.internet.fault(host, "/token", Away::Redirect);
    world.post(&form("acme", "any")).await.assert_refused("a redirect", UNAVAILABLE);
    assert_eq!(world.internet.calls(host, "/token").len(), 1);
    assert!(world.internet.calls(host, "/elsewhere").is_empty());
}
