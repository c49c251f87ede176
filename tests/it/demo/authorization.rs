//! The authorization endpoint of the demo's provider: its page, its errors, and where it sends back.

use std::collections::BTreeMap;

use crate::page::{allowed_outside, elements, fetched_outside};
use crate::program::{Demo, get, post_form};
use crate::support::answer::Answer;

/// A code verifier, and its challenge (RFC 7636, appendix B).
pub(super) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// Returns the parameters of a good request, with these in place of its own; an empty one is none.
pub(super) fn request<'a>(
    page: &'a str,
    changes: &[(&'a str, &'a str)],
) -> Vec<(&'a str, &'a str)> {
    let mut parameters = BTreeMap::from([
        ("client_id", "demo"),
        ("redirect_uri", page),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "a state & more"),
        ("nonce", "once"),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
    ]);
    parameters.extend(changes.iter().copied());
    parameters.into_iter().collect()
}

/// Sends an authorization request as a browser does that is sent to the provider.
pub(super) fn authorize(demo: &Demo, changes: &[(&str, &str)]) -> Answer {
    let page = demo.at("/");
    let request = request(&page, changes);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(request).finish();
    get(&demo.at(&format!("/demo/provider/authorize?{query}")))
}

/// Returns what the page is sent back with, after checking what every answer has.
pub(super) fn sent_back(demo: &Demo, answer: &Answer) -> BTreeMap<String, String> {
    assert_eq!(answer.status, 303, "{answer:?}");
    let location = answer.header("location").unwrap();
    let query = location.strip_prefix(&demo.at("/?")).unwrap();
    let answer: BTreeMap<_, _> =
        url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    assert_eq!(answer["state"], "a state & more", "{location}");
    assert_eq!(answer["iss"], demo.at("/demo/provider"), "{location}");
    answer
}

#[test]
fn the_page_is_a_plain_form_that_goes_nowhere_else() {
    let demo = Demo::start();
    let page = authorize(&demo, &[("state", "\"><script>alert(1)</script>")]);
    assert_eq!(page.status, 200, "{page:?}");
    assert!(page.header("content-type").unwrap().starts_with("text/html"), "{page:?}");
    let policy = page.header("content-security-policy").unwrap();
    // To the provider, and from there to the page that asked.
    let form_action = format!("form-action 'self' {}", demo.url);
    assert!(policy.contains(&form_action) && !policy.contains("script"), "{policy}");
    let rest = policy.replace(&form_action, "form-action 'none'");
    assert!(allowed_outside(&rest).is_empty(), "{policy}");
    assert!(fetched_outside(&page.body).is_empty(), "{}", page.body);
    let elements = elements(&page.body);
    assert!(elements.iter().all(|element| element.name != "script"), "{}", page.body);
    let form = elements.iter().find(|element| element.name == "form").unwrap();
    assert!(form.attributes.contains(&("action".to_owned(), "/demo/provider/authorize")));
    for element in elements {
        for (_, path) in element.attributes.iter().filter(|(name, _)| name == "src") {
            assert_eq!(get(&demo.at(path)).status, 200, "{path}");
        }
    }
}

#[test]
fn whoever_is_probably_there_stands_first_on_the_page() {
    let demo = Demo::start();
    let first = |hint: &str| {
        let page = authorize(&demo, &[("login_hint", hint)]).body;
        let of = |name: &str| page.find(&format!("value=\"{name}\"")).unwrap();
        let names = ["ada", "emmy", "srinivasa", "sofja"];
        names.into_iter().min_by_key(|name| of(name)).unwrap()
    };
    for (hint, expected) in [("", "ada"), ("sofja@example.test", "sofja"), ("nobody", "ada")] {
        assert_eq!(first(hint), expected, "{hint}");
    }
}

#[test]
fn a_choice_on_the_page_is_answered_with_a_code_or_that_there_is_none() {
    let demo = Demo::start();
    let page = demo.at("/");
    let choose = |choice| {
        let answer = post_form(&demo.at("/demo/provider/authorize"), &request(&page, &[choice]));
        sent_back(&demo, &answer)
    };
    assert!(choose(("person", "emmy"))["code"].len() >= 22);
    let cancelled = choose(("cancel", "yes"));
    assert_eq!((cancelled["error"].as_str(), cancelled.get("code")), ("access_denied", None));
    // Nobody is chosen by a link alone.
    assert_eq!(authorize(&demo, &[("person", "emmy")]).status, 200);
}

#[test]
fn without_a_page_there_is_a_code_for_whom_the_hint_names() {
    let demo = Demo::start();
    for hint in ["ada", "ada@example.test"] {
        let answer = authorize(&demo, &[("prompt", "none"), ("login_hint", hint)]);
        assert!(sent_back(&demo, &answer).contains_key("code"), "{hint}");
    }
    for hint in ["", "nobody@example.test"] {
        let answer = authorize(&demo, &[("prompt", "none"), ("login_hint", hint)]);
        assert_eq!(sent_back(&demo, &answer)["error"], "login_required", "{hint}");
    }
}

#[test]
fn what_is_wrong_with_a_request_is_told_to_the_page() {
    let demo = Demo::start();
    for (change, error) in [
        (("response_type", ""), "invalid_request"),
        (("response_type", "id_token"), "unsupported_response_type"),
        (("response_type", "code id_token"), "unsupported_response_type"),
        (("response_mode", "fragment"), "invalid_request"),
        (("scope", ""), "invalid_scope"),
        (("scope", "email profile"), "invalid_scope"),
        (("code_challenge", ""), "invalid_request"),
        (("code_challenge", VERIFIER.split_at(20).0), "invalid_request"),
        (("code_challenge_method", ""), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
        (("request", "e30."), "request_not_supported"),
        (("request_uri", "http://127.0.0.1/"), "request_uri_not_supported"),
    ] {
        let answer = sent_back(&demo, &authorize(&demo, &[change]));
        assert_eq!(answer["error"], error, "{change:?}");
        assert!(!answer["error_description"].is_empty() && !answer.contains_key("code"));
    }
}

#[test]
fn nobody_is_sent_to_an_address_that_is_not_the_clients() {
    let demo = Demo::start();
    let longer = demo.at("/page");
    for change in [
        ("client_id", ""),
        ("client_id", "another-app"),
        ("redirect_uri", ""),
        ("redirect_uri", "https://attacker.example/"),
        ("redirect_uri", demo.url.as_str()),
        ("redirect_uri", longer.as_str()),
    ] {
        let answer = authorize(&demo, &[change]);
        assert_eq!((answer.status, answer.header("location")), (400, None), "{change:?}");
        assert_eq!(answer.text("error"), "invalid_request", "{change:?}");
    }
    let doubled = demo.at("/demo/provider/authorize?client_id=demo&client_id=demo");
    assert_eq!(get(&doubled).status, 400);
}
