//! Providers that fail: whose fault it is, when to try again, and that a code is sent but once.

use std::time::{Duration, Instant};

use futures_util::future::join_all;
use serde_json::json;

use super::{MISCONFIGURED, REJECTED, SITES, UNAVAILABLE, World, instead, site};
use crate::support::internet::Fault;
use crate::support::provider::Fault::Slow;

/// Seconds after which an answer that nobody expected is worth another try.
const UNEXPECTED: Option<&str> = Some("60");

/// Status, error and reason.
type Refusal = (u16, &'static str, &'static str);

/// Failures of a token endpoint, the same for all: what is answered and when to try again.
fn table() -> Vec<(&'static str, Fault, Refusal, Option<&'static str>)> {
    let json = |value| Fault::Body(value);
    vec![
        ("rate limited", Fault::rate_limited(7), UNAVAILABLE, Some("7")),
        ("limited for a day", Fault::rate_limited(86_400), UNAVAILABLE, Some("3600")),
        ("403 until later", Fault::github_used_up(30), UNAVAILABLE, Some("30")),
        ("500", Fault::status(500), UNAVAILABLE, Some("5")),
        ("503", Fault::status(503), UNAVAILABLE, Some("5")),
        ("closed", Fault::Closed, UNAVAILABLE, Some("5")),
        ("403", Fault::status(403), UNAVAILABLE, UNEXPECTED),
        ("404", Fault::status(404), UNAVAILABLE, UNEXPECTED),
        ("204", Fault::Status(204, vec![], String::new()), UNAVAILABLE, UNEXPECTED),
        ("a page", Fault::Html, UNAVAILABLE, UNEXPECTED),
        ("elsewhere", Fault::Redirect, UNAVAILABLE, UNEXPECTED),
        ("nothing", Fault::Status(200, vec![], String::new()), UNAVAILABLE, UNEXPECTED),
        ("a word", Fault::status(200), UNAVAILABLE, UNEXPECTED),
        ("an empty object", json(json!({})), UNAVAILABLE, UNEXPECTED),
        ("a list", json(json!([{ "access_token": "x" }])), UNAVAILABLE, UNEXPECTED),
        ("no token", json(json!({ "token_type": "bearer" })), UNAVAILABLE, UNEXPECTED),
        ("null", json(json!({ "access_token": null })), UNAVAILABLE, UNEXPECTED),
        ("an empty text", json(json!({ "access_token": "" })), UNAVAILABLE, UNEXPECTED),
        ("a number", json(json!({ "access_token": 7 })), UNAVAILABLE, UNEXPECTED),
        (
            "two tokens",
            Fault::json(200, "{\"access_token\":\"a\",\"access_token\":\"b\"}"),
            UNAVAILABLE,
            UNEXPECTED,
        ),
        ("half of it", Fault::json(200, "{\"access_token\":\"a\""), UNAVAILABLE, UNEXPECTED),
        ("400", Fault::status(400), REJECTED, None),
        ("401", Fault::status(401), MISCONFIGURED, None),
    ]
}

#[tokio::test]
async fn each_failure_of_a_token_endpoint_is_told_apart_and_no_code_is_sent_twice() {
    let world = World::start().await;
    let mut wrong = Vec::new();
    for site in &SITES {
        for (case, fault, expected, retry_after) in table() {
            let case = format!("{}: {case}", site.name);
            site.fault(&world.internet, fault);
            world.internet.forget_calls();
            let answer = world.redeem(site, &site.code(&world.internet)).await;
            if answer.refusal() != (expected.0, expected.1.to_owned(), expected.2.to_owned())
                || answer.header("retry-after") != retry_after
            {
                let seconds = answer.header("retry-after");
                wrong.push(format!("{case}: {}, {seconds:?}: {}", answer.status, answer.body));
            }
            let calls = world.internet.all_calls();
            assert_eq!(calls.len(), 1, "{case}: {calls:?}");
        }
        site.fault(&world.internet, None);
        world.redeem(site, &site.code(&world.internet)).await.token(site.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// White space means nothing in JSON, but a megabyte of it is not read.
#[tokio::test]
async fn an_answer_that_does_not_end_is_not_waited_for() {
    let world = World::start().await;
    let site = site("github");
    site.fault(&world.internet, Fault::Huge);
    let answer = world.redeem(site, &site.code(&world.internet)).await;
    answer.assert_refused("huge", UNAVAILABLE);
}

#[tokio::test]
async fn words_of_the_providers_own_say_whose_fault_it_is() {
    let world = World::start().await;
    let cases = [
        ("google", 400, r#"{"error":"invalid_grant"}"#, REJECTED),
        ("google", 400, r#"{"error":"redirect_uri_mismatch"}"#, REJECTED),
        ("google", 401, r#"{"error":"invalid_client"}"#, MISCONFIGURED),
        ("google", 400, r#"{"error":"invalid_client"}"#, MISCONFIGURED),
        ("google", 400, r#"{"error":"unauthorized_client"}"#, MISCONFIGURED),
        ("google", 403, r#"{"error":{"status":"RESOURCE_EXHAUSTED"}}"#, UNAVAILABLE),
        ("linkedin", 401, r#"{"error":"invalid_client"}"#, MISCONFIGURED),
        ("linkedin", 400, r#"{"error":"invalid_request"}"#, REJECTED),
        ("linkedin", 400, r#"{"error":"server_error"}"#, UNAVAILABLE),
        ("facebook", 400, r#"{"error":{"code":100,"error_subcode":36009}}"#, REJECTED),
        ("facebook", 401, r#"{"error":{"code":100,"error_subcode":36009}}"#, REJECTED),
        ("facebook", 403, r#"{"error":{"code":100,"error_subcode":36009}}"#, REJECTED),
        ("facebook", 400, r#"{"error":{"code":4}}"#, UNAVAILABLE),
        ("facebook", 403, r#"{"error":{"code":613}}"#, UNAVAILABLE),
        ("facebook", 400, r#"{"error":{"code":101}}"#, MISCONFIGURED),
        ("instagram", 400, r#"{"error_type":"OAuthException","code":400}"#, REJECTED),
        ("instagram", 400, r#"{"error":{"code":4}}"#, UNAVAILABLE),
    ];
    for (n, (name, status, body, expected)) in cases.into_iter().enumerate() {
        let site = site(name);
        site.fault(&world.internet, Fault::json(status, body));
        // Each a code of its own: one that was refused is not sent again at once.
        let answer = world.redeem(site, &format!("any-{n}")).await;
        answer.assert_refused(&format!("{name} {status} {body}"), expected);
    }
}

#[tokio::test]
async fn a_wrong_client_id_or_secret_of_ours_is_our_fault_and_the_page_can_read_it() {
    for (name, part, other) in [
        ("google", "client_secret = \"google-secret\"", "client_secret = \"old\""),
        ("google", "[\"web.apps.googleusercontent.com\"", "[\"gone.apps.googleusercontent.com\""),
        ("linkedin", "client_secret = \"linkedin-secret\"", "client_secret = \"old\""),
        ("linkedin", "78abcdefghijkl", "gone"),
        ("github", "client_secret = \"github-secret\"", "client_secret = \"old\""),
        ("github", "Iv1.0123456789abcdef", "gone"),
        ("facebook", "312083254664235", "112083254664235"),
        ("facebook", "client_secret = \"facebook-secret\"", "client_secret = \"old\""),
    ] {
        let case = format!("{name}: {other}");
        let world = World::configured(|text| instead(text, part, other)).await;
        let site = site(name);
        let answer = world.redeem(site, &site.code(&world.internet)).await;
        answer.assert_refused(&case, MISCONFIGURED);
        let description = answer.text("error_description");
        assert!(description.contains(name), "{case}: {description}");
        assert_eq!(site.calls(&world.internet).len(), 1, "{case}");
    }
}

#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
fn start() -> Instant {
    Instant::now()
}

#[tokio::test]
async fn a_slow_provider_costs_its_own_people_a_bounded_wait_and_others_nothing() {
    let world = World::configured(|text| {
        instead(text, "ca_file = \"{ca_file}\"", "ca_file = \"{ca_file}\"\ntimeout = \"1500ms\"")
    })
    .await;
    let (slow, other) = (site("google"), site("github"));
    slow.fault(&world.internet, Fault::Slow(Duration::from_secs(30)));
    let started = start();
    let (slow_code, code) = (slow.code(&world.internet), other.code(&world.internet));
    let others = async { (world.redeem(other, &code).await, started.elapsed()) };
    let (refused, (answer, took)) = tokio::join!(world.redeem(slow, &slow_code), others);
    refused.assert_refused("slow", UNAVAILABLE);
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    answer.token("another provider");
    assert!(took < Duration::from_millis(1400), "{took:?}");
    assert_eq!(slow.calls(&world.internet).len(), 1);
}

/// The code is used up by then, so the person has to sign in again, but is not told that they
/// did anything wrong.
#[tokio::test]
async fn a_failure_after_the_code_was_redeemed_is_the_providers_too() {
    let userinfo = ("openidconnect.googleapis.com", "/v1/userinfo");
    for (name, scope, (host, path), fault, expected) in [
        ("google", "email", userinfo, Fault::status(503), UNAVAILABLE),
        ("google", "email", userinfo, Fault::Html, UNAVAILABLE),
        ("google", "email", userinfo, Fault::Body(json!({ "name": "Ada" })), UNAVAILABLE),
        ("google", "email", userinfo, Fault::Body(json!({ "sub": "" })), UNAVAILABLE),
        ("google", "email", userinfo, Fault::Body(json!({ "sub": null })), UNAVAILABLE),
        (
            "google",
            "openid",
            ("www.googleapis.com", "/oauth2/v3/certs"),
            Fault::Closed,
            UNAVAILABLE,
        ),
        ("github", "user", ("api.github.com", "/user"), Fault::rate_limited(7), UNAVAILABLE),
        ("github", "user", ("api.github.com", "/user/emails"), Fault::status(502), UNAVAILABLE),
        ("github", "user", ("api.github.com", "/user"), Fault::status(401), REJECTED),
    ] {
        let case = format!("{name} {path} {fault:?}");
        let world = World::start().await;
        world.internet.fault(host, path, fault);
        let site = site(name);
        let code = site.code_with(&world.internet, |asked| asked.scope = scope);
        world.redeem(site, &code).await.assert_refused(&case, expected);
        assert_eq!(site.calls(&world.internet).len(), 1, "{case}");
    }
}

#[tokio::test]
async fn a_crowd_with_codes_for_a_provider_that_hangs_is_bounded_as_well() {
    let world = World::configured(|text| {
        instead(text, "ca_file = \"{ca_file}\"", "ca_file = \"{ca_file}\"\ntimeout = \"14s\"")
    })
    .await;
    let github = site("github");
    github.fault(&world.internet, Fault::Slow(Duration::from_mins(5)));
    let codes: Vec<_> = (0..256).map(|n| format!("code-{n}")).collect();
    let crowd = join_all(codes.iter().map(|code| world.redeem(github, code)));
    let one_more = async {
        while github.calls(&world.internet).len() < codes.len() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let answer = world.redeem(github, "one-more").await;
        answer.assert_refused("one too many", UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some("1"));
        assert_eq!(github.calls(&world.internet).len(), codes.len(), "one too many was asked");
    };
    tokio::select! {
        _ = crowd => panic!("GitHub answered"),
        () = one_more => {}
    }
}

/// Discovery, the code, discovery once more for the keys, the keys: each in time, and all of them
/// together not.
#[tokio::test]
async fn all_calls_of_one_exchange_take_at_most_twice_the_time_of_one() {
    let app = super::openid::app_with("[outbound]\ntimeout = \"500ms\"").await;
    let code = app.acme.authorize(super::openid::tokens(&app));
    app.acme.fail(Slow(Duration::from_millis(400)));
    let answer = super::openid::redeem(&app, &code).await;
    answer.assert_refused("slow at every step", UNAVAILABLE);
    assert_eq!(answer.header("retry-after"), Some("5"));
}
