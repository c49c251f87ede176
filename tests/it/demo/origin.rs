//! A page of another origin on this machine: an app under development that uses the demo.

use std::collections::BTreeMap;
use std::path::Path;

use super::authorization::{VERIFIER, request};
use super::{access_token, verified};
use crate::program::{Demo, USAGE, get, post_form, post_form_from, preflight, run};
use crate::support::answer::Answer;

const APP: &str = "http://localhost:5173";
const OTHER_APP: &str = "http://127.0.0.1:3000";

fn start() -> Demo {
    Demo::start_with(&["--listen", "127.0.0.1:0", "--origin", APP, "--origin", OTHER_APP])
}

/// Chooses somebody on the provider's page, and returns the code that is sent to the redirect URI.
fn code(demo: &Demo, redirect_uri: &str) -> String {
    let form = request(redirect_uri, &[("person", "emmy")]);
    let answer = post_form(&demo.at("/demo/provider/authorize"), &form);
    assert_eq!(answer.status, 303, "{redirect_uri}: {answer:?}");
    let query = answer.header("location").unwrap().strip_prefix(&format!("{redirect_uri}?"));
    let answer: BTreeMap<_, _> =
        url::form_urlencoded::parse(query.unwrap().as_bytes()).into_owned().collect();
    answer["code"].clone()
}

fn exchange(demo: &Demo, origin: &str, redirect_uri: &str) -> Answer {
    let code = code(demo, redirect_uri);
    let form = [
        ("grant_type", "authorization_code"),
        ("client_id", "demo"),
        ("provider", "demo-provider"),
        ("code", code.as_str()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", VERIFIER),
        ("nonce", "once"),
    ];
    post_form_from(origin, &demo.at("/token"), &form)
}

#[test]
fn a_page_of_an_origin_that_was_named_exchanges_a_code_that_was_sent_to_it() {
    let demo = start();
    for origin in [APP, OTHER_APP] {
        let asked = preflight(&demo.at("/token"), origin, "content-type");
        assert_eq!(asked.status, 200, "{asked:?}");
        assert_eq!(asked.header("access-control-allow-origin"), Some(origin));
        for path in ["/", "/callback"] {
            let answer = exchange(&demo, origin, &format!("{origin}{path}"));
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin), "{answer:?}");
            assert_eq!(verified(&demo, &access_token(&answer))["name"], "Emmy Noether");
        }
    }
}

#[test]
fn the_providers_page_lets_its_form_lead_to_the_page_that_asked_and_to_no_other() {
    let ipv6 = "http://[::1]:5173";
    let demo = Demo::start_with(&["--listen", "127.0.0.1:0", "--origin", APP, "--origin", ipv6]);
    // Policies have no way to write an IPv6 address.
    for (origin, source) in [(APP, APP), (ipv6, "http:")] {
        let redirect_uri = format!("{origin}/callback");
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(request(&redirect_uri, &[]))
            .finish();
        let page = get(&demo.at(&format!("/demo/provider/authorize?{query}")));
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.ends_with(&format!("form-action 'self' {source}")), "{policy}");
    }
}

#[test]
fn no_other_origin_and_no_other_path_is_let_in() {
    let demo = start();
    let other = "http://localhost:5174";
    let asked = preflight(&demo.at("/token"), other, "content-type");
    assert_eq!(asked.header("access-control-allow-origin"), None, "{asked:?}");
    let answer = exchange(&demo, other, &format!("{APP}/callback"));
    assert_eq!((answer.status, answer.text("reason").as_str()), (400, "origin_not_allowed"));
    for redirect_uri in [APP.to_owned(), format!("{APP}/other"), format!("{other}/callback")] {
        let form = request(&redirect_uri, &[("person", "emmy")]);
        let answer = post_form(&demo.at("/demo/provider/authorize"), &form);
        assert_eq!((answer.status, answer.header("location")), (400, None), "{redirect_uri}");
    }
}

#[test]
fn what_is_no_origin_on_loopback_is_refused_on_the_command_line() {
    let elsewhere = "the demo is for loopback only";
    for (origin, named) in [
        ("https://app.example.com", elsewhere),
        ("http://192.168.0.2:5173", elsewhere),
        ("*", elsewhere),
        ("null", elsewhere),
        ("localhost:5173", elsewhere),
        ("http://localhost:5173/", "expected http://localhost:5173, as browsers send it"),
        ("http://localhost:5173/callback", "expected http://localhost:5173, as browsers send it"),
    ] {
        let options = ["demo", "--listen", "127.0.0.1:0", "--origin", APP, "--origin", origin];
        let complaint = run(Path::new("."), &options).refused_with(USAGE);
        assert!(complaint.contains("--origin") && complaint.contains(named), "{complaint}");
        assert!(complaint.contains(origin), "{complaint}");
    }
}

#[test]
fn the_welcome_tells_an_app_what_it_needs() {
    for (demo, redirect_uris) in [
        (Demo::start(), "--origin http://localhost:5173".to_owned()),
        (start(), format!("{APP}/, {APP}/callback, {OTHER_APP}/, {OTHER_APP}/callback")),
    ] {
        let printed = demo.process.printed();
        let line = |name: &str| printed.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        assert!(line("client ID ").trim().starts_with("demo,"), "{printed}");
        assert!(line("provider ").contains(&demo.at("/demo/provider")), "{printed}");
        assert!(line("provider ").contains("demo-provider,"), "{printed}");
        let authorization = line("authorization ").trim();
        assert_eq!(get(authorization).text("error"), "invalid_request", "{printed}");
        assert!(line("redirect URIs ").contains(&redirect_uris), "{printed}");
    }
}
