//! `serve` as a process: what it needs to start, how it ends, and what it does with its keys.

use std::fs;
use std::net::TcpListener;
use std::time::Duration;

use crate::program::{
    CONFIGURATION, FAILED, Serving, USAGE, configured, get, post_form, run, wait_for,
};
use crate::support::answer::Answer;

/// How long a stop may take while nothing is under way.
const STOP: Duration = Duration::from_secs(5);
/// How long a change of the key directory may go unnoticed: twice the time between two looks.
const PICK_UP: Duration = Duration::from_secs(10);

/// Returns the published key IDs, in order.
fn published(url: &str) -> Vec<String> {
    let set = get(&format!("{url}/.well-known/jwks.json")).json();
    let key_id = |jwk: &serde_json::Value| jwk["kid"].as_str().unwrap().to_owned();
    let mut keys: Vec<_> = set["keys"].as_array().unwrap().iter().map(key_id).collect();
    keys.sort();
    keys
}

fn is_not_found(answer: &Answer) -> bool {
    answer.status == 404 && answer.json()["reason"] == "not_found"
}

#[test]
fn without_a_key_that_may_sign_it_does_not_start() {
    let directory = configured(CONFIGURATION);
    let complaint = run(directory.path(), &["serve"]).refused_with(FAILED);
    assert!(complaint.contains("keys"), "{complaint}");
    fs::create_dir(directory.path().join("keys")).unwrap();
    let complaint = run(directory.path(), &["serve"]).refused_with(FAILED);
    assert!(complaint.contains("key"), "{complaint}");
    run(directory.path(), &["keys", "generate", "--not-before", "2100-01-01T00:00:00Z"]).good();
    let complaint = run(directory.path(), &["serve"]).refused_with(FAILED);
    assert!(complaint.contains("no key may sign"), "{complaint}");
}

#[test]
fn without_a_client_a_provider_or_a_client_id_it_does_not_start() {
    let (top, rest) = CONFIGURATION.split_once("[[clients]]").unwrap();
    let (clients, provider) = rest.split_once("[providers.acme]").unwrap();
    for (configuration, named) in [
        (format!("{top}[providers.acme]{provider}"), "clients"),
        (format!("{top}[[clients]]{clients}"), "providers"),
        (CONFIGURATION.replace("client_ids = [\"countersign\"]", ""), "client_ids"),
        (CONFIGURATION.replace("[\"countersign\"]", "[]"), "client_ids"),
    ] {
        let directory = configured(&configuration);
        run(directory.path(), &["keys", "generate"]).good();
        let complaint = run(directory.path(), &["serve"]).refused_with(USAGE);
        assert!(complaint.contains(named), "{complaint}");
        assert!(complaint.contains("countersign.toml"), "{complaint}");
    }
}

#[test]
fn an_address_that_is_taken_or_wrong_is_named() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let directory = configured(CONFIGURATION);
    run(directory.path(), &["keys", "generate"]).good();
    let complaint = run(directory.path(), &["serve", "--listen", &address]).refused_with(FAILED);
    assert!(complaint.contains(&address), "{complaint}");
    let complaint = run(directory.path(), &["serve", "--listen", "8080"]).refused_with(USAGE);
    assert!(complaint.contains("listen") && complaint.contains("0.0.0.0:8080"), "{complaint}");
}

#[test]
fn it_answers_until_it_is_told_to_stop_and_then_ends_well() {
    for signal in ["TERM", "INT"] {
        let mut serving = Serving::start(CONFIGURATION);
        for path in ["/livez", "/readyz"] {
            assert_eq!(get(&format!("{}{path}", serving.url)).status, 200, "{path}");
        }
        let metrics = get(&format!("{}/metrics", serving.url));
        assert!(metrics.body.ends_with("# EOF\n"), "{metrics:?}");
        let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(metrics.header("content-type").unwrap(), content_type);
        assert_eq!(published(&serving.url).len(), 1);
        assert_eq!(serving.admin_url, None);
        serving.process.signal(signal);
        assert_eq!(serving.process.exit_code(STOP), Some(0), "{signal}");
    }
}

#[test]
fn what_is_for_operators_moves_to_their_own_address() {
    let address = "admin_listen = \"127.0.0.1:0\"\nlisten = ";
    let serving = Serving::start(&CONFIGURATION.replace("listen = ", address));
    let admin = serving.admin_url.as_deref().unwrap();
    for path in ["/livez", "/readyz", "/metrics"] {
        assert_eq!(get(&format!("{admin}{path}")).status, 200, "{path}");
        let public = get(&format!("{}{path}", serving.url));
        assert!(is_not_found(&public), "{path}: {public:?}");
    }
    for path in ["/.well-known/jwks.json", "/.well-known/openid-configuration", "/docs"] {
        assert_eq!(get(&format!("{}{path}", serving.url)).status, 200, "{path}");
        let operators = get(&format!("{admin}{path}"));
        assert!(is_not_found(&operators), "{path}: {operators:?}");
    }
    assert!(is_not_found(&post_form(&format!("{admin}/token"), &[("grant_type", "x")])));
}

#[test]
fn a_new_key_is_published_while_it_runs_and_a_broken_file_changes_nothing() {
    let serving = Serving::start(CONFIGURATION);
    let before = published(&serving.url);
    run(serving.directory.path(), &["keys", "rotate"]).good();
    let after = wait_for("the new key by polling", PICK_UP, || {
        Some(published(&serving.url)).filter(|keys| keys.len() == 2)
    });
    assert!(after.contains(&before[0]), "{after:?} without {before:?}");
    wait_for("the log line of the change", PICK_UP, || {
        serving.process.logged().contains("signing keys reloaded").then_some(())
    });

    fs::write(serving.directory.path().join("keys/broken.json"), "{}").unwrap();
    serving.process.signal("HUP");
    wait_for("the log line of the broken file", PICK_UP, || {
        serving.process.logged().contains("broken.json").then_some(())
    });
    assert_eq!(published(&serving.url), after);
    assert_eq!(get(&format!("{}/readyz", serving.url)).status, 200);
}

#[test]
fn a_signal_makes_it_look_at_its_keys() {
    let mut serving = Serving::start(CONFIGURATION);
    run(serving.directory.path(), &["keys", "rotate"]).good();
    serving.process.signal("HUP");
    let keys = wait_for("the new key", PICK_UP, || {
        Some(published(&serving.url)).filter(|keys| keys.len() == 2)
    });
    assert_eq!(keys.len(), 2);
    serving.process.signal("TERM");
    assert_eq!(serving.process.exit_code(STOP), Some(0));
}

#[test]
fn the_demo_cannot_be_enabled() {
    for extra in
        ["demo = true\nlisten = ", "demo_provider = true\nlisten = ", "[demo]\nenabled = true\n#"]
    {
        let directory = configured(&CONFIGURATION.replace("listen = ", extra));
        run(directory.path(), &["keys", "generate"]).good();
        let complaint = run(directory.path(), &["serve"]).refused_with(USAGE);
        assert!(complaint.contains("demo"), "{complaint}");
    }
    for provider in [
        "[providers.demo]",
        "[providers.demo-provider]",
        "[providers.x]\ncatalogue = \"demo-provider\"",
        "[providers.x]\nkind = \"demo\"",
    ] {
        let provider = format!("{CONFIGURATION}\n{provider}\nclient_ids = [\"demo\"]\n");
        let complaint = run(configured(&provider).path(), &["serve"]).refused_with(USAGE);
        assert!(complaint.contains("demo"), "{complaint}");
    }
}

#[test]
fn nothing_of_the_demo_is_served() {
    let serving = Serving::start(CONFIGURATION);
    for path in [
        "/",
        "/demo/people",
        "/demo/page.js",
        "/demo/id-token",
        "/demo/api/hello",
        "/demo/provider/.well-known/openid-configuration",
        "/demo/provider/jwks.json",
        "/demo/provider/sign-in",
    ] {
        let answer = get(&format!("{}{path}", serving.url));
        assert!(is_not_found(&answer), "{path}: {answer:?}");
    }
    let sign_in = format!("{}/demo/provider/sign-in", serving.url);
    assert!(is_not_found(&post_form(&sign_in, &[("person", "ada"), ("client_id", "demo")])));
}
