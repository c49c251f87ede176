//! How it is called, and what programs get.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn programs_get_a_status_and_findings_for_each() {
    let internet = Internet::start().await;
    let token_endpoint = "https://elsewhere.example.com/token";
    internet.change(GOOGLE.0, GOOGLE.1, move |it| it["token_endpoint"] = token_endpoint.into());
    internet.fault("appleid.apple.com", "/auth/keys", Away::status(500));
    let names = ["apple", "facebook", "github", "google"];
    let outcome = on(&internet, &[["--format", "json"].as_slice(), &names].concat());
    let said: Value = serde_json::from_str(&printed(outcome, FAILED)).unwrap();
    let expected = json!([
        { "provider": "apple", "status": "unreachable", "findings": [{
            "what": "key_set",
            "row": "https://appleid.apple.com/auth/keys",
            "live": "answered with status 500",
        }] },
        { "provider": "facebook", "status": "ok", "findings": [] },
        { "provider": "github", "status": "nothing to check", "findings": [] },
        { "provider": "google", "status": "drift", "findings": [{
            "what": "token_endpoint",
            "row": "https://oauth2.googleapis.com/token",
            "live": token_endpoint,
        }] },
    ]);
    assert_eq!(said, expected);
    let said: Value =
        serde_json::from_str(&printed(on(&internet, &["--format", "json", "github"]), DONE))
            .unwrap();
    assert_eq!(said[0]["status"], "nothing to check");
}

#[tokio::test(flavor = "multi_thread")]
async fn providers_are_asked_side_by_side() {
    let mut providers = Vec::new();
    for n in 0..8 {
        let provider = FakeProvider::start().await;
        provider.fail(Fault::Slow(Duration::from_millis(800)));
        providers.push((format!("p{n}"), provider));
    }
    let tables: Vec<_> = providers.iter().map(|(name, it)| (name.as_str(), it)).collect();
    let configuration = by_discovery(&tables, "");
    let started = start();
    let said = printed(check(&configuration, &[]), DONE);
    assert!(started.elapsed() < Duration::from_secs(6), "one after the other is 12 seconds");
    assert_eq!(said.lines().count(), 8, "{said}");
}

#[expect(clippy::disallowed_methods, reason = "measures real waiting")]
fn start() -> Instant {
    Instant::now()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_name_or_a_bad_configuration_is_refused_with_64_and_nobody_is_asked() {
    let internet = Internet::start().await;
    for name in ["myspace", "google-oauth2", "Google"] {
        let complaint = on(&internet, &["google", name]).refused_with(USAGE);
        let known = "apple, facebook, github, google, instagram, linkedin, microsoft";
        let expected = format!("no provider `{name}` in the configuration: {known}");
        assert!(complaint.contains(&expected), "{complaint}");
    }
    let good = social::configuration(&internet);
    let complaint = check(&good.replace("[[clients]]", "[[client]]"), &[]).refused_with(USAGE);
    assert!(complaint.contains("countersign.toml"), "{complaint}");
    let ca_file = internet.ca_file().display().to_string();
    let complaint = check(&good.replace(&ca_file, "absent.pem"), &[]).refused_with(USAGE);
    assert!(complaint.contains("absent.pem"), "{complaint}");
    let pem = std::fs::read_to_string(internet.ca_file()).unwrap();
    for (content, expected) in [
        (String::new(), "no PEM certificate in it"),
        (pem.clone() + &pem.replace("MII", "!!!"), "a broken certificate"),
    ] {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, content).unwrap();
        let path = file.path().display().to_string();
        let complaint = check(&good.replace(&ca_file, &path), &[]).refused_with(USAGE);
        assert!(complaint.contains(&path) && complaint.contains(expected), "{complaint}");
    }
    let complaint = check(&good, &["--config", "absent.toml"]).refused_with(USAGE);
    assert!(complaint.contains("absent.toml"), "{complaint}");
    assert!(internet.all_calls().is_empty());
}
