//! What is compared, and what is said of it.

use super::*;

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
    let closed = "no answer: connection closed before message completed";
    for (fault, source, address, problem) in [
        (Fault::Unavailable, "discovery document", &document, "answered with status 503"),
        (Fault::Closed, "discovery document", &document, closed),
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
