//! What the demo refuses: credentials and requests at countersign and the provider, tokens at the API.

use serde_json::json;

use super::{access_token, exchange, sign_in, text};
use crate::program::{Demo, get, get_with_token, post_form, post_json};
use crate::support::form::{ID_TOKEN, TOKEN_EXCHANGE};

#[test]
fn a_nonce_that_is_not_the_tokens_is_refused() {
    let demo = Demo::start();
    for (in_token, sent) in [(Some("one"), Some("other")), (None, Some("one"))] {
        let answer = exchange(&demo, &sign_in(&demo, "ada", in_token), sent);
        assert_eq!(answer.status, 400, "{answer:?}");
        assert_eq!(text(&answer.json(), "reason"), "nonce_mismatch");
        assert_eq!(text(&answer.json(), "error"), "invalid_request");
    }
}

#[test]
fn the_api_refuses_a_call_without_a_good_token_for_it() {
    let demo = Demo::start();
    let id_token = sign_in(&demo, "ada", None);
    let token = access_token(&exchange(&demo, &id_token, None));
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let other = access_token(&exchange(&demo, &sign_in(&demo, "emmy", None), None));
    let (other_signed, _) = other.rsplit_once('.').unwrap();
    let hello = demo.at("/demo/api/hello");
    assert_eq!(get_with_token(&hello, &token).status, 200);
    for (what, answer) in [
        ("no token", get(&hello)),
        ("nonsense", get_with_token(&hello, "nonsense")),
        ("another's claims", get_with_token(&hello, &format!("{other_signed}.{signature}"))),
        ("no signature", get_with_token(&hello, &format!("{signed}."))),
        ("an ID token", get_with_token(&hello, &id_token)),
        ("another demo's token", {
            let elsewhere = Demo::start();
            let foreign = exchange(&elsewhere, &sign_in(&elsewhere, "ada", None), None);
            get_with_token(&hello, &access_token(&foreign))
        }),
    ] {
        assert_eq!(answer.status, 401, "{what}: {answer:?}");
        assert!(
            answer.header("www-authenticate").unwrap().starts_with("Bearer"),
            "{what}: {answer:?}"
        );
        assert!(answer.json()["error_description"].is_string(), "{what}: {answer:?}");
    }
}

#[test]
fn what_the_demo_does_not_know_is_refused_as_json() {
    let demo = Demo::start();
    let sign_in = demo.at("/demo/provider/sign-in");
    for (status, answer) in [
        (400, post_json(&sign_in, &json!({ "person": "nobody", "client_id": "demo" }))),
        (400, post_json(&sign_in, &json!({ "person": "ada" }))),
        (400, post_json(&sign_in, &json!({ "person": "ada", "client_id": "demo", "flaw": "x" }))),
        (400, post_json(&sign_in, &json!([]))),
        (405, get(&sign_in)),
        (413, post_json(&sign_in, &json!({ "person": "a".repeat(100_000) }))),
        (404, get(&demo.at("/demo/absent"))),
        (404, get(&demo.at("/demo/people/nobody.svg"))),
        (404, get(&demo.at("/absent"))),
    ] {
        assert_eq!(answer.status, status, "{answer:?}");
        let members = ["error", "error_description", "reason"];
        assert!(members.iter().all(|name| answer.json()[name].is_string()), "{answer:?}");
    }
}

#[test]
fn an_id_token_with_a_flaw_is_refused_for_it() {
    let demo = Demo::start();
    for (request, reason) in [
        (json!({ "person": "ada", "client_id": "another-app" }), "wrong_audience"),
        (
            json!({ "person": "ada", "client_id": "demo", "flaw": "wrong_audience" }),
            "wrong_audience",
        ),
        (json!({ "person": "ada", "client_id": "demo", "flaw": "expired" }), "expired"),
    ] {
        let answer = post_json(&demo.at("/demo/provider/sign-in"), &request).json();
        let answer = exchange(&demo, text(&answer, "id_token"), None);
        assert_eq!((answer.status, text(&answer.json(), "reason")), (400, reason), "{request}");
    }
}

#[test]
fn a_token_is_refused_by_the_api_that_it_is_not_for_and_when_it_has_expired() {
    let demo = Demo::start();
    let id_token = sign_in(&demo, "ada", None);
    let issued = |client: &str| {
        access_token(&post_form(
            &demo.at("/token"),
            &[
                ("grant_type", TOKEN_EXCHANGE),
                ("subject_token", &id_token),
                ("subject_token_type", ID_TOKEN),
                ("client_id", client),
            ],
        ))
    };
    let (own, elsewhere) = (issued("demo-page"), issued("demo-elsewhere"));
    for (token, query, expected) in [
        (&own, "", None),
        (&own, "?later=60", None),
        (&own, "?later=120", Some("the token has expired")),
        (&elsewhere, "", Some("the token is for another audience")),
    ] {
        let answer = get_with_token(&demo.at(&format!("/demo/api/hello{query}")), token);
        assert_eq!(answer.status, if expected.is_some() { 401 } else { 200 }, "{answer:?}");
        assert_eq!(answer.json()["error_description"].as_str(), expected);
    }
}
