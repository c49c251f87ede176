//! The token endpoint of the demo's provider, and whole exchanges of its codes.

use serde_json::Value;

use super::authorization::{VERIFIER, authorize, sent_back};
use super::{access_token, text, verified};
use crate::program::{Demo, get, get_with_token, post_form, post_form_as};
use crate::support::answer::Answer;

/// `demo` and `demo-provider-secret`.
const CREDENTIALS: &str = "Basic ZGVtbzpkZW1vLXByb3ZpZGVyLXNlY3JldA==";
const OTHER_VERIFIER: &str = "another-verifier-that-is-long-enough-for-the-rule";

fn code(demo: &Demo) -> String {
    let answer = authorize(demo, &[("prompt", "none"), ("login_hint", "emmy")]);
    sent_back(demo, &answer)["code"].clone()
}

/// Sends a form with these in place of its own; an empty one is none.
fn send(url: &str, form: &[(&str, &str)], changes: &[(&str, &str)], basic: Option<&str>) -> Answer {
    let in_place = |name: &str| changes.iter().find(|(it, _)| *it == name).map(|(_, value)| *value);
    let fields = form.iter().map(|(name, value)| (*name, in_place(name).unwrap_or(value)));
    post_form_as(url, &fields.collect::<Vec<_>>(), basic)
}

/// Has countersign redeem a code.
fn exchange(demo: &Demo, code: &str, changes: &[(&str, &str)]) -> Answer {
    let page = demo.at("/");
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "demo-page"),
        ("provider", "demo-provider"),
        ("code", code),
        ("redirect_uri", page.as_str()),
        ("code_verifier", VERIFIER),
        ("nonce", "once"),
    ];
    send(&demo.at("/token"), &form, changes, None)
}

/// Redeems a code at the provider, as a client of its own would.
fn redeem(demo: &Demo, code: &str, changes: &[(&str, &str)], basic: Option<&str>) -> Answer {
    let page = demo.at("/");
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", page.as_str()),
        ("code_verifier", VERIFIER),
    ];
    send(&demo.at("/demo/provider/token"), &form, changes, basic)
}

#[test]
fn the_discovery_document_names_endpoints_that_are_there() {
    let demo = Demo::start();
    let document = get(&demo.at("/demo/provider/.well-known/openid-configuration")).json();
    assert_eq!(text(&document, "issuer"), demo.at("/demo/provider"));
    assert_eq!(get(text(&document, "jwks_uri")).status, 200);
    assert_eq!(get(text(&document, "authorization_endpoint")).text("error"), "invalid_request");
    assert_eq!(post_form(text(&document, "token_endpoint"), &[]).text("error"), "invalid_client");
    assert_eq!(document["code_challenge_methods_supported"], Value::from(vec!["S256"]));
}

#[test]
fn a_code_becomes_an_access_token_that_the_api_takes() {
    let demo = Demo::start();
    let answer = exchange(&demo, &code(&demo), &[]);
    let token = access_token(&answer);
    assert_eq!(answer.json()["expires_in"], 120);
    let claims = verified(&demo, &token);
    assert_eq!(
        (&claims["name"], &claims["client_id"]),
        (&"Emmy Noether".into(), &"demo-page".into())
    );
    let greeting = get_with_token(&demo.at("/demo/api/hello"), &token);
    assert_eq!(greeting.text("message"), "Hello, Emmy Noether");

    // The same person by an ID token, and again by a code: one subject, another token.
    let again = verified(&demo, &access_token(&exchange(&demo, &code(&demo), &[])));
    let by_id_token = super::exchange(&demo, &super::sign_in(&demo, "emmy", None), None);
    let by_id_token = verified(&demo, &access_token(&by_id_token));
    assert_eq!((&claims["sub"], &claims["sub"]), (&again["sub"], &by_id_token["sub"]));
    assert_ne!(claims["jti"], again["jti"]);
}

#[test]
fn a_code_is_good_once_and_with_its_verifier_redirect_uri_and_nonce() {
    let demo = Demo::start();
    for (changes, reason) in [
        (("code_verifier", OTHER_VERIFIER), "provider_rejected"),
        (("code_verifier", ""), "provider_rejected"),
        (("code", "unknown"), "provider_rejected"),
        (("redirect_uri", "http://127.0.0.1/"), "redirect_uri_not_allowed"),
        (("nonce", "twice"), "nonce_mismatch"),
    ] {
        let answer = exchange(&demo, &code(&demo), &[changes]);
        assert_eq!((answer.status, answer.text("reason").as_str()), (400, reason), "{changes:?}");
    }
    let code = code(&demo);
    access_token(&exchange(&demo, &code, &[]));
    let again = exchange(&demo, &code, &[]);
    assert_eq!(again.refusal(), (400, "invalid_grant".to_owned(), "provider_rejected".to_owned()));
}

#[test]
fn the_token_endpoint_answers_its_client_alone_and_says_what_is_wrong() {
    let demo = Demo::start();
    let localhost = demo.at("/").replace("127.0.0.1", "localhost");
    let wrong_secret = "Basic ZGVtbzpub25lLW9mLWl0cw==";
    for (changes, basic, expected) in [
        (("", ""), None, (401, "invalid_client")),
        (("", ""), Some(wrong_secret), (401, "invalid_client")),
        (("grant_type", "password"), Some(CREDENTIALS), (400, "unsupported_grant_type")),
        (("grant_type", ""), Some(CREDENTIALS), (400, "invalid_request")),
        (("code", ""), Some(CREDENTIALS), (400, "invalid_request")),
        (("code_verifier", ""), Some(CREDENTIALS), (400, "invalid_request")),
        (("code_verifier", OTHER_VERIFIER), Some(CREDENTIALS), (400, "invalid_grant")),
        (("redirect_uri", localhost.as_str()), Some(CREDENTIALS), (400, "invalid_grant")),
        (("code", "unknown"), Some(CREDENTIALS), (400, "invalid_grant")),
    ] {
        let answer = redeem(&demo, &code(&demo), &[changes], basic);
        assert_eq!((answer.status, answer.text("error").as_str()), expected, "{changes:?}");
        assert!(!answer.text("error_description").is_empty(), "{answer:?}");
        assert_eq!(answer.header("www-authenticate").is_some(), answer.status == 401);
    }
}

#[test]
fn an_attempt_that_fails_does_not_spend_the_code() {
    let demo = Demo::start();
    let code = code(&demo);
    let stolen = redeem(&demo, &code, &[("code_verifier", OTHER_VERIFIER)], Some(CREDENTIALS));
    assert_eq!(stolen.status, 400, "{stolen:?}");
    let tokens = redeem(&demo, &code, &[], Some(CREDENTIALS));
    assert_eq!((tokens.status, tokens.text("token_type").as_str()), (200, "Bearer"), "{tokens:?}");
    assert_eq!(tokens.header("cache-control"), Some("no-store"));
    // Its `at_hash` is that of the access token beside it, or it would be refused with it.
    access_token(&super::exchange(&demo, &tokens.text("id_token"), Some("once")));
    let again = redeem(&demo, &code, &[], Some(CREDENTIALS));
    assert_eq!((again.status, again.text("error").as_str()), (400, "invalid_grant"));
}
