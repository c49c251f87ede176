//! `providers check`: what is compared, what is said of it, and with which exit code.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{DONE, FAILED, Outcome, USAGE, configured, run};
use crate::support::internet::{Fault as Away, Internet};
use crate::support::provider::{FakeProvider, Fault};
use crate::support::social;

const GOOGLE: (&str, &str) = ("accounts.google.com", "/.well-known/openid-configuration");

/// Two more tables: every row whose keys are at a known address is configured then.
const MORE: &str = "\n[providers.apple]\nclient_ids = [\"com.example.web\"]\n\
                    [providers.microsoft]\nclient_ids = [\"m\"]\nclient_secret = \"s\"\n";

/// Runs `providers check` on a configuration.
fn check(configuration: &str, arguments: &[&str]) -> Outcome {
    let directory = configured(configuration);
    run(directory.path(), &[["providers", "check"].as_slice(), arguments].concat())
}

fn on(internet: &Internet, arguments: &[&str]) -> Outcome {
    check(&format!("{}{MORE}", social::configuration(internet)), arguments)
}

/// Returns a configuration with one provider by discovery for each name.
fn by_discovery(providers: &[(&str, &FakeProvider)], more: &str) -> String {
    let tables = providers.iter().map(|(name, provider)| {
        let issuer = provider.issuer();
        format!(
            "[providers.{name}]\nkind = \"oidc\"\nissuer = \"{issuer}\"\nclient_ids = [\"c\"]\n{more}\n"
        )
    });
    let tables: String = tables.collect();
    format!(
        "issuer = \"https://id.example.test\"\n[outbound]\ntimeout = \"2s\"\n\
         [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.test\"]\n{tables}"
    )
}

/// Returns what was printed, after checking the exit code and that nothing was complained of.
fn printed(outcome: Outcome, code: i32) -> String {
    assert_eq!((outcome.code, outcome.stderr.as_str()), (code, ""), "{}", outcome.stdout);
    outcome.stdout
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_is_compared_with_what_its_provider_publishes() {
    let internet = Internet::start().await;
    let all = "issuer, jwks_uri, token_endpoint, userinfo_endpoint, algorithms; 1 key";
    let nothing = "nothing to check: no discovery document, no key set";
    let expected = format!(
        "apple: ok (issuer, jwks_uri, token_endpoint, algorithms; 1 key)\n\
         facebook: ok (issuer, jwks_uri, algorithms; 1 key)\n\
         github: {nothing}\n\
         google: ok ({all})\n\
         instagram: {nothing}\n\
         linkedin: ok ({all})\n\
         microsoft: ok (issuer, jwks_uri, token_endpoint, algorithms; 1 key)\n"
    );
    assert_eq!(printed(on(&internet, &[]), DONE), expected);
    let calls = internet.all_calls();
    assert_eq!(calls.len(), 10, "a document and a key set each: {calls:?}");
    for call in calls {
        assert_eq!((call.method.as_str(), call.header("authorization")), ("GET", None));
        assert!(call.query.is_empty() && call.body.is_empty(), "{call:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_of_microsoft_is_that_of_the_tenant() {
    let internet = Internet::start().await;
    let one = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
    for tenant in ["organizations", "consumers", one] {
        let settings = format!("settings = {{ tenant_id = \"{tenant}\" }}\n");
        let configuration = format!("{}{MORE}{settings}", social::configuration(&internet));
        let said = printed(check(&configuration, &["microsoft"]), DONE);
        assert!(said.starts_with("microsoft: ok"), "{said}");
        let path = format!("/{tenant}/v2.0/.well-known/openid-configuration");
        assert_eq!(internet.calls("login.microsoftonline.com", &path).len(), 1, "{tenant}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_drifted_from_a_row_with_its_own_addresses_is_named_with_both() {
    let elsewhere = "https://elsewhere.example.com/x";
    let algorithms = "id_token_signing_alg_values_supported";
    for (name, what, value, row) in [
        ("issuer", "issuer is", elsewhere, "https://accounts.google.com or accounts.google.com"),
        ("jwks_uri", "jwks_uri is", elsewhere, "https://www.googleapis.com/oauth2/v3/certs"),
        ("token_endpoint", "token_endpoint is", elsewhere, "https://oauth2.googleapis.com/token"),
        (
            "userinfo_endpoint",
            "userinfo_endpoint is",
            elsewhere,
            "https://openidconnect.googleapis.com/v1/userinfo",
        ),
        (algorithms, "algorithms are", "ES256", "RS256"),
    ] {
        let internet = Internet::start().await;
        internet.change(GOOGLE.0, GOOGLE.1, move |document| {
            document[name] = if name == algorithms { json!([value]) } else { json!(value) };
        });
        let said = printed(on(&internet, &["google"]), FAILED);
        let expected =
            format!("google: {what} {value} in the discovery document, the row has {row}\n");
        assert_eq!(said, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_findings_have_a_line_each_and_what_is_good_elsewhere_is_still_said() {
    let internet = Internet::start().await;
    internet.change(GOOGLE.0, GOOGLE.1, |document| {
        document["issuer"] = "https://id.google.com".into();
        document["jwks_uri"] = Value::Null;
    });
    internet.change("www.linkedin.com", "/oauth/openid/jwks", |set| set["keys"] = json!([]));
    let said = printed(on(&internet, &["linkedin", "google", "facebook", "google"]), FAILED);
    let expected = "facebook: ok (issuer, jwks_uri, algorithms; 1 key)\n\
         google: issuer is https://id.google.com in the discovery document, the row has \
         https://accounts.google.com or accounts.google.com\n\
         google: jwks_uri is missing in the discovery document, the row has \
         https://www.googleapis.com/oauth2/v3/certs\n\
         linkedin: keys: none in the key set is usable, the row has RS256\n";
    assert_eq!(said, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_from_a_document_must_be_in_it_as_far_as_it_is_used() {
    let provider = FakeProvider::start().await;
    let configuration = by_discovery(
        &[("acme", &provider)],
        "client_secret = \"s\"\nallow_unbound_access_tokens = true",
    );
    let all = "issuer, jwks_uri, token_endpoint, userinfo_endpoint, client_auth; 3 keys";
    assert_eq!(printed(check(&configuration, &[]), DONE), format!("acme: ok ({all})\n"));
    let announce = |name: &str, value: Value| provider.announce(name, value);
    let methods = "token_endpoint_auth_methods_supported";
    let algorithms = "id_token_signing_alg_values_supported";
    let known = "RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512, EdDSA";
    for (name, value, said) in [
        ("issuer", json!("https://id.test"), format!("the row has {}", provider.issuer())),
        ("jwks_uri", Value::Null, "is missing".to_owned()),
        ("jwks_uri", json!("http://k.test/x"), "http://k.test/x in".to_owned()),
        ("token_endpoint", Value::Null, "is missing".to_owned()),
        ("userinfo_endpoint", Value::Null, "is missing".to_owned()),
        (methods, json!(["private_key_jwt"]), "the row has client_secret_basic".to_owned()),
        (
            algorithms,
            json!(["HS256"]),
            format!("HS256 in the discovery document, the row has {known}"),
        ),
    ] {
        let good = match name {
            "jwks_uri" => json!(provider.key_set_address()),
            "token_endpoint" => json!(format!("{}/token", provider.issuer())),
            "userinfo_endpoint" => json!(format!("{}/userinfo", provider.issuer())),
            "issuer" => json!(provider.issuer()),
            _ => Value::Null,
        };
        announce(name, value);
        let asked = provider.key_requests();
        let text = printed(check(&configuration, &[]), FAILED);
        assert!(text.starts_with("acme: ") && text.contains(&said), "{name}: {text}");
        assert_eq!(text.lines().count(), 1, "{name}: {text}");
        // No key of a document that is somebody else's, as in the service.
        let expected = if matches!(name, "issuer" | "jwks_uri") { asked } else { asked + 1 };
        assert_eq!(provider.key_requests(), expected, "{name}");
        announce(name, good);
    }
    provider.fail(Fault::NoKeys);
    let text = printed(check(&configuration, &[]), FAILED);
    assert_eq!(text, format!("acme: keys: none in the key set is usable, the row has {known}\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_fetched_is_named_with_its_address() {
    let provider = FakeProvider::start().await;
    let configuration = by_discovery(&[("acme", &provider)], "");
    let document = format!("{}/.well-known/openid-configuration", provider.issuer());
    let keys = provider.key_set_address();
    for (fault, source, address, problem) in [
        (Fault::Unavailable, "discovery document", &document, "answered with status 503"),
        (Fault::Closed, "discovery document", &document, "no answer"),
        (Fault::Slow(Duration::from_secs(8)), "discovery document", &document, "no answer in time"),
        (Fault::Redirecting, "key set", &keys, "answered with a redirect, which is not followed"),
        (Fault::Html, "key set", &keys, "the key set is no JSON object"),
        (Fault::Huge, "key set", &keys, "the answer is longer than 262144 bytes"),
    ] {
        provider.fail(fault);
        let said = printed(check(&configuration, &[]), FAILED);
        assert_eq!(said, format!("acme: no {source} from {address}: {problem}\n"), "{fault:?}");
    }
    assert_eq!(provider.strayed_requests(), 0, "it went where it was sent");
    // A document that is away does not keep the key set from being looked at.
    let internet = Internet::start().await;
    internet.fault(GOOGLE.0, GOOGLE.1, Away::status(404));
    internet.change("www.googleapis.com", "/oauth2/v3/certs", |set| set["keys"] = json!([]));
    let said = printed(on(&internet, &["google"]), FAILED);
    let expected = "google: no discovery document from https://accounts.google.com/.well-known/\
         openid-configuration: answered with status 404\n\
         google: keys: none in the key set is usable, the row has RS256\n";
    assert_eq!(said, expected);
}

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
    let complaint = check(&good, &["--config", "absent.toml"]).refused_with(USAGE);
    assert!(complaint.contains("absent.toml"), "{complaint}");
    assert!(internet.all_calls().is_empty());
}
