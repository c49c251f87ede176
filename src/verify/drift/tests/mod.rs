mod rows;

use serde_json::{Map, Value, json};

use super::*;
use crate::provider::{ProviderSettings, row_for_test, settings_for_test};
use crate::secret::SecretBytes;
use crate::verify::metadata::parse;
use crate::verify::outbound::Body;

/// A provider of a row, with every setting that it needs.
fn provider(row: &str, change: impl FnOnce(&mut ProviderSettings)) -> Provider {
    let mut settings = settings_for_test("p");
    if row == "oidc" {
        settings.settings.insert("issuer".to_owned(), "https://id.test".to_owned());
    }
    change(&mut settings);
    row_for_test(row).configure(settings).unwrap()
}

/// Compares a document, and returns what was compared and what is said of what differs.
fn compare(provider: &Provider, document: &Value) -> (Vec<&'static str>, Vec<String>) {
    let address = &provider.documented.as_ref().unwrap().document;
    let body = Body { bytes: SecretBytes::new(document.to_string()), max_age: None, sent_at: None };
    let live = parse(address, &body).unwrap();
    let Comparison { compared, findings } = Expected::of(provider).unwrap().compare(&live);
    let texts = findings.iter().map(ToString::to_string).collect();
    (compared.into_iter().map(What::name).collect(), texts)
}

/// What is said of a document in which one member is changed; null leaves it out.
fn changed(provider: &Provider, good: &Value, (name, value): (&str, Value)) -> Vec<String> {
    let mut document = good.clone();
    let members: &mut Map<_, _> = document.as_object_mut().unwrap();
    members.insert(name.to_owned(), value);
    members.retain(|_, value| !value.is_null());
    compare(provider, &document).1
}

fn of_google() -> Value {
    json!({
        "issuer": "https://accounts.google.com",
        "jwks_uri": "https://www.googleapis.com/oauth2/v3/certs",
        "token_endpoint": "https://oauth2.googleapis.com/token",
        "userinfo_endpoint": "https://openidconnect.googleapis.com/v1/userinfo",
        "id_token_signing_alg_values_supported": ["RS256", "ES256"],
    })
}

fn of_any() -> Value {
    json!({
        "issuer": "https://id.test",
        "jwks_uri": "https://keys.test/jwks",
        "token_endpoint": "https://id.test/token",
        "userinfo_endpoint": "https://id.test/userinfo",
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_post"],
        "id_token_signing_alg_values_supported": ["RS256"],
    })
}

#[test]
fn a_document_that_says_what_the_row_says_is_good() {
    let endpoints = ["issuer", "jwks_uri", "token_endpoint", "userinfo_endpoint", "algorithms"];
    let google = provider("google", |_| ());
    assert_eq!(compare(&google, &of_google()), (endpoints.to_vec(), vec![]));
    // What an operator leaves out is in the row all the same.
    let google = provider("google", |it| it.client_secret = None);
    assert_eq!(compare(&google, &of_google()), (endpoints.to_vec(), vec![]));
    // That it names no token endpoint does not contradict the row.
    let mut shorter = of_google();
    shorter.as_object_mut().unwrap().remove("token_endpoint");
    assert_eq!(compare(&google, &shorter).0.len(), endpoints.len() - 1);
    assert_eq!(compare(&google, &shorter).1, [""; 0]);
}

#[test]
fn each_address_issuer_and_algorithm_of_a_row_is_compared() {
    let google = provider("google", |_| ());
    let other = "https://other.test/x";
    for (name, value, said) in [
        (
            "issuer",
            json!("https://accounts.google.com/"),
            "issuer is https://accounts.google.com/ in the discovery document, the row has \
             https://accounts.google.com or accounts.google.com",
        ),
        (
            "issuer",
            json!(7),
            "issuer is 7 in the discovery document, the row has https://accounts.google.com or \
             accounts.google.com",
        ),
        (
            "jwks_uri",
            json!(other),
            "jwks_uri is https://other.test/x in the discovery document, the row has \
             https://www.googleapis.com/oauth2/v3/certs",
        ),
        (
            "jwks_uri",
            Value::Null,
            "jwks_uri is missing in the discovery document, the row has \
             https://www.googleapis.com/oauth2/v3/certs",
        ),
        (
            "token_endpoint",
            json!("http://oauth2.googleapis.com/token"),
            "token_endpoint is http://oauth2.googleapis.com/token in the discovery document, the \
             row has https://oauth2.googleapis.com/token",
        ),
        (
            "userinfo_endpoint",
            json!(other),
            "userinfo_endpoint is https://other.test/x in the discovery document, the row has \
             https://openidconnect.googleapis.com/v1/userinfo",
        ),
        (
            "id_token_signing_alg_values_supported",
            json!(["ES256", "HS256"]),
            "algorithms are ES256, HS256 in the discovery document, the row has RS256",
        ),
        (
            "id_token_signing_alg_values_supported",
            json!([]),
            "algorithms are [] in the discovery document, the row has RS256",
        ),
    ] {
        assert_eq!(changed(&google, &of_google(), (name, value)), [said]);
    }
    assert_eq!(changed(&google, &of_google(), ("issuer", json!("accounts.google.com"))), [""; 0]);
    let silent = ("id_token_signing_alg_values_supported", Value::Null);
    assert_eq!(changed(&google, &of_google(), silent), [""; 0]);
}

#[test]
fn what_comes_from_the_document_must_be_there_as_far_as_it_is_used() {
    let all = provider("oidc", |it| it.allow_unbound_access_tokens = true);
    assert_eq!(compare(&all, &of_any()).1, [""; 0]);
    for (name, value, said) in [
        (
            "issuer",
            json!("https://id.test/"),
            "issuer is https://id.test/ in the discovery document, the row has https://id.test",
        ),
        (
            "jwks_uri",
            Value::Null,
            "jwks_uri is missing in the discovery document, and the row has none of its own",
        ),
        (
            "jwks_uri",
            json!("http://keys.test/jwks"),
            "jwks_uri is http://keys.test/jwks in the discovery document, which is no address \
             that may be called",
        ),
        (
            "token_endpoint",
            json!("https://localhost/token"),
            "token_endpoint is https://localhost/token in the discovery document, which is no \
             address that may be called",
        ),
        (
            "userinfo_endpoint",
            Value::Null,
            "userinfo_endpoint is missing in the discovery document, and the row has none of its \
             own",
        ),
        (
            "token_endpoint_auth_methods_supported",
            json!(["private_key_jwt"]),
            "client_auth is private_key_jwt in the discovery document, the row has \
             client_secret_basic or client_secret_post",
        ),
    ] {
        assert_eq!(changed(&all, &of_any(), (name, value)), [said]);
    }
    let id_tokens = provider("oidc", |it| it.client_secret = None);
    assert_eq!(compare(&id_tokens, &of_any()).0, ["issuer", "jwks_uri", "algorithms"]);
    // With an ID token for each code, the service gets along without userinfo.
    let codes = provider("oidc", |_| ());
    assert_eq!(changed(&codes, &of_any(), ("userinfo_endpoint", Value::Null)), [""; 0]);
}

#[test]
fn a_key_set_needs_one_usable_key() {
    assert_eq!(compare_keys(&[Algorithm::Rs256], 1), None);
    let finding = compare_keys(&[Algorithm::Rs256, Algorithm::Es256], 0).unwrap();
    let said = "keys: none in the key set is usable, the row has RS256, ES256";
    assert_eq!(finding.to_string(), said);
}

#[test]
fn what_a_document_says_is_shown_short_and_without_what_a_terminal_obeys() {
    let any = provider("oidc", |it| it.client_secret = None);
    let said = changed(&any, &of_any(), ("issuer", json!("\u{1b}[2J\n")));
    assert!(said[0].starts_with("issuer is \u{fffd}[2J\u{fffd} in"), "{said:?}");
    let said = changed(&any, &of_any(), ("issuer", json!("x".repeat(100_000))));
    assert!(said[0].len() < 400, "{}", said[0].len());
}
