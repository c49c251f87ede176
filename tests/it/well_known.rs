//! What verifiers fetch: the key set and the metadata, at every address that a standard gives
//! them, and how long they may be kept.

use serde_json::{Value, json};

use crate::support::app::{App, send};

const JWKS: &str = "/.well-known/jwks.json";
const OPENID: &str = "/.well-known/openid-configuration";
const OAUTH: &str = "/.well-known/oauth-authorization-server";

#[tokio::test]
async fn the_key_set_holds_public_halves_and_nothing_more() {
    let app = App::start().await;
    let answer = app.get(JWKS).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/jwk-set+json"));
    let set = answer.json();
    let keys = set.get("keys").and_then(Value::as_array).unwrap();
    assert_eq!(keys.len(), 1);
    let names: Vec<_> = keys[0].as_object().unwrap().keys().cloned().collect();
    let mut sorted = names.clone();
    sorted.sort();
    assert_eq!(sorted, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    assert_eq!(keys[0].get("use"), Some(&json!("sig")));
}

#[tokio::test]
async fn both_metadata_documents_say_the_same_and_lead_to_what_they_name() {
    let app = App::start().await;
    let (openid, oauth) = (app.get(OPENID).await, app.get(OAUTH).await);
    assert_eq!(openid.body, oauth.body);
    let metadata = openid.json();
    for (name, expected) in [
        ("issuer", json!("https://id.example.com")),
        ("jwks_uri", json!("https://id.example.com/.well-known/jwks.json")),
        ("token_endpoint", json!("https://id.example.com/token")),
        ("introspection_endpoint", json!("https://id.example.com/introspect")),
        (
            "grant_types_supported",
            json!(["urn:ietf:params:oauth:grant-type:token-exchange", "convert_token"]),
        ),
        (
            "token_endpoint_auth_methods_supported",
            json!(["none", "client_secret_basic", "client_secret_post"]),
        ),
        ("scopes_supported", json!(["read", "write"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["ES256"])),
    ] {
        assert_eq!(metadata.get(name), Some(&expected), "{name}");
    }
    assert!(metadata.get("response_types_supported").is_some_and(Value::is_array));
    assert!(metadata.as_object().unwrap().values().all(|value| !value.is_null()));
}

#[tokio::test]
async fn what_may_be_kept_says_for_how_long_and_is_not_sent_twice() {
    let app = App::start().await;
    for path in [JWKS, OPENID, OAUTH] {
        let first = app.get(path).await;
        let cache_control = first.header("cache-control").unwrap().to_owned();
        assert!(cache_control.starts_with("public, max-age="), "{path}: {cache_control}");
        let etag = first.header("etag").unwrap().to_owned();
        assert!(etag.len() > 2 && etag.starts_with('"') && etag.ends_with('"'), "{path}: {etag}");
        for known in [
            etag.clone(),
            format!("W/{etag}"),
            format!("\"something else\", {etag}"),
            "*".to_owned(),
        ] {
            let again = send(app.request("GET", path).header("if-none-match", &known)).await;
            assert_eq!((again.status, again.body.as_str()), (304, ""), "{path} {known}");
            assert_eq!(again.header("etag"), Some(etag.as_str()), "{path} {known}");
            assert_eq!(again.header("cache-control"), Some(cache_control.as_str()), "{path}");
        }
        let changed = send(app.request("GET", path).header("if-none-match", "\"old\"")).await;
        assert_eq!((changed.status, changed.body), (200, first.body.clone()), "{path}");
    }
}

#[tokio::test]
async fn verifiers_in_any_page_may_read_what_is_public() {
    let app = App::start().await;
    for path in [JWKS, OPENID, OAUTH] {
        for origin in [None, Some("https://anywhere.example.net"), Some("null")] {
            let request = app.request("GET", path);
            let request =
                origin.into_iter().fold(request, |it, origin| it.header("origin", origin));
            let answer = send(request).await;
            let allowed = answer.header("access-control-allow-origin");
            assert_eq!((answer.status, allowed), (200, Some("*")), "{path} {origin:?}");
            assert_eq!(answer.header("access-control-allow-credentials"), None);
        }
        let preflight = app
            .request("OPTIONS", path)
            .header("origin", "https://anywhere.example.net")
            .header("access-control-request-method", "GET")
            .header("access-control-request-headers", "if-none-match");
        let answer = send(preflight).await;
        let allowed = answer.header("access-control-allow-origin");
        assert_eq!((answer.status, allowed), (200, Some("*")), "{path}");
        let headers = answer.header("access-control-allow-headers").unwrap_or_default();
        assert!(headers.contains("if-none-match"), "{path}: {headers}");
    }
}

#[tokio::test]
async fn a_head_request_gets_the_headers_alone() {
    let app = App::start().await;
    for path in [JWKS, OPENID] {
        let answer = send(app.request("HEAD", path)).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{path}");
        assert_eq!(answer.header("etag"), app.get(path).await.header("etag"), "{path}");
    }
}

#[tokio::test]
async fn an_issuer_with_a_path_is_found_by_both_rules() {
    for issuer in ["https://id.example.com/tenant/a", "https://id.example.com/tenant/a/"] {
        let app = App::configured(|text| text.replacen("https://id.example.com", issuer, 1)).await;
        for path in [
            // OpenID Connect Discovery §4: behind the issuer.
            "/tenant/a/.well-known/openid-configuration",
            "/tenant/a/.well-known/oauth-authorization-server",
            // RFC 8414 §3.1: between host and path.
            "/.well-known/oauth-authorization-server/tenant/a",
            "/.well-known/openid-configuration/tenant/a",
        ] {
            let answer = app.get(path).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let metadata = answer.json();
            assert_eq!(metadata.get("issuer"), Some(&json!(issuer)), "{path}");
            let key_set = metadata.get("jwks_uri").and_then(Value::as_str).unwrap();
            assert_eq!(key_set, "https://id.example.com/tenant/a/.well-known/jwks.json");
            assert_eq!(answer.header("access-control-allow-origin"), Some("*"), "{path}");
        }
        let key_set = app.get("/tenant/a/.well-known/jwks.json").await;
        assert!(key_set.json().get("keys").is_some_and(Value::is_array));
        let form = crate::support::form::Form::exchange(&app.id_token().compact());
        app.post_form("/tenant/a/token", &form).await.token("below the issuer's path");
        let other = app.get("/tenant/b/.well-known/jwks.json").await;
        other.assert_refused("another path", (404, "invalid_request", "not_found"));
    }
}
