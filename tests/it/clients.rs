//! Clients that have a secret: how they prove it, and what introspection tells them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::support::answer::Answer;
use crate::support::app::{App, FORM, send};
use crate::support::form::Form;
use crate::support::verify::verify;

/// A client whose ID and secret change when they are form-encoded.
const BILLING: (&str, &str) = ("billing api", "it's a: secret+%");
/// The same, form-encoded (RFC 6749 §2.3.1).
const BILLING_ENCODED: (&str, &str) = ("billing+api", "it%27s+a%3A+secret%2B%25");
/// A client for another audience.
const SHIPPING: (&str, &str) = ("shipping", "another");

fn basic(request: RequestBuilder, (id, secret): (&str, &str)) -> RequestBuilder {
    request.header("authorization", format!("Basic {}", STANDARD.encode(format!("{id}:{secret}"))))
}

fn anonymous(token: &str) -> Form {
    Form::exchange(token).without("client_id")
}

#[tokio::test]
async fn a_client_with_a_secret_proves_it_in_either_way() {
    let app = App::start().await;
    let token = app.id_token().compact();
    let form = Form::exchange(&token).with("client_id", BILLING.0).and("client_secret", BILLING.1);
    let by_parameter = app.post_form("/token", &form).await;
    let body = anonymous(&token).encoded();
    let by_header = send(basic(app.posting("/token", FORM, body), BILLING_ENCODED)).await;
    let body = Form::exchange(&token).with("client_id", BILLING.0).encoded();
    let by_header_and_id = send(basic(app.posting("/token", FORM, body), BILLING_ENCODED)).await;
    for (case, answer) in
        [("parameter", by_parameter), ("header", by_header), ("header and ID", by_header_and_id)]
    {
        let (_, claims) = verify(&app, &answer.token(case), "https://api.example.com").await;
        assert_eq!(claims.get("client_id"), Some(&json!(BILLING.0)), "{case}");
    }
}

#[tokio::test]
async fn a_client_that_proves_nothing_is_refused_before_its_credential_is_looked_at() {
    let app = App::start().await;
    let good = Form::exchange("not a token at all").with("client_id", BILLING.0);
    let convert = Form::convert("not a token at all").with("client_id", BILLING.0);
    for (case, path, form, reason) in [
        ("no secret", "/token", good.clone(), "bad_client_credentials"),
        ("wrong", "/token", good.clone().and("client_secret", "x"), "bad_client_credentials"),
        ("empty", "/token", good.clone().and("client_secret", ""), "bad_client_credentials"),
        (
            "another client's",
            "/token",
            good.clone().and("client_secret", SHIPPING.1),
            "bad_client_credentials",
        ),
        ("nobody's", "/token", good.clone().with("client_id", "nobody"), "unknown_client"),
        ("convert_token", "/token", convert.clone(), "bad_client_credentials"),
        ("convert-token", "/auth/convert-token", convert, "bad_client_credentials"),
    ] {
        let answer = app.post_form(path, &form).await;
        answer.assert_refused(case, (401, "invalid_client", reason));
        assert_eq!(answer.header("www-authenticate"), None, "{case}: it did not use a header");
    }
    assert_eq!(app.acme.key_requests(), 0);
}

#[tokio::test]
async fn a_client_that_fails_by_header_is_challenged() {
    let app = App::start().await;
    for credentials in [(BILLING_ENCODED.0, "wrong"), ("nobody", "x"), (BILLING_ENCODED.0, "")] {
        let body = anonymous("not a token at all").encoded();
        let answer = send(basic(app.posting("/token", FORM, body), credentials)).await;
        let case = format!("{credentials:?}");
        let (status, error, _) = answer.refusal();
        assert_eq!((status, error.as_str()), (401, "invalid_client"), "{case}");
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        assert!(challenge.starts_with("Basic realm="), "{case}: {challenge}");
        assert!(!answer.body.contains("wrong"), "{case}");
    }
}

#[tokio::test]
async fn an_authorization_header_that_contradicts_or_makes_no_sense_is_refused() {
    let app = App::start().await;
    let good = anonymous("not a token at all");
    let encoded = |form: &Form| app.posting("/token", FORM, form.encoded());
    let of = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let (id, secret) = BILLING_ENCODED;
    for (case, form, header) in [
        ("twice", good.clone().and("client_secret", "x"), of(&format!("{id}:{secret}"))),
        ("two clients", good.clone().and("client_id", "spa"), of(&format!("{id}:{secret}"))),
        ("no colon", good.clone(), of("shipping")),
        ("no base64", good.clone(), "Basic s\u{21}".to_owned()),
        ("bad percent-encoding", good.clone(), of("shipping:%zz")),
    ] {
        let answer = send(encoded(&form).header("authorization", header.clone())).await;
        answer.assert_refused(case, (400, "invalid_request", "invalid_parameter"));
        let sent = header.split(' ').nth(1).unwrap_or("nothing");
        assert!(!answer.body.contains(sent), "{case}");
    }
}

#[tokio::test]
async fn an_authorization_of_another_scheme_authenticates_no_client() {
    let app = App::start().await;
    let token = app.id_token().compact();
    let send_with_bearer = async |form: Form| {
        let request = app.posting("/token", FORM, form.encoded());
        send(request.header("authorization", "Bearer s3cr3t-s3cr3t-s3cr3t")).await
    };
    send_with_bearer(Form::exchange(&token)).await.token("a page's own bearer token");
    let confidential = Form::exchange(&token).with("client_id", "shipping");
    let answer = send_with_bearer(confidential).await;
    answer.assert_refused("no secret", (401, "invalid_client", "bad_client_credentials"));
    let answer = send_with_bearer(anonymous(&token)).await;
    answer.assert_refused("no client", (400, "invalid_request", "missing_parameter"));
    assert!(!answer.body.contains("s3cr3t"));
}

async fn introspect(app: &App, token: &str, caller: (&str, &str)) -> Answer {
    let form = Form::default().and("token", token);
    let form = form.and("client_id", caller.0).and("client_secret", caller.1);
    app.post_form("/introspect", &form).await
}

#[tokio::test]
async fn introspection_tells_a_good_token_of_the_callers_audience() {
    let app = App::start().await;
    let token = app.exchange(&app.id_token()).await.token("a good ID token");
    let (_, claims) = verify(&app, &token, "https://api.example.com").await;
    let by_parameter = introspect(&app, &token, BILLING).await;
    let body = Form::default().and("token", &token).and("token_type_hint", "access_token");
    let by_header = app.posting("/introspect", FORM, body.encoded());
    let by_header = send(basic(by_header, BILLING_ENCODED)).await;
    for (case, answer) in [("parameter", by_parameter), ("header", by_header)] {
        assert_eq!(answer.status, 200, "{case}: {}", answer.body);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
        let mut said = answer.json().as_object().cloned().unwrap_or_default();
        assert_eq!(said.remove("active"), Some(json!(true)), "{case}");
        assert_eq!(said.remove("token_type"), Some(json!("Bearer")), "{case}");
        assert_eq!(said, claims, "{case}");
    }
}

#[tokio::test]
async fn introspection_says_nothing_of_every_other_token() {
    let app = App::start().await;
    let token = app.exchange(&app.id_token()).await.token("a good ID token");
    let (input, signature) = token.rsplit_once('.').unwrap();
    let first = if signature.starts_with('A') { 'B' } else { 'A' };
    let bent = format!("{input}.{first}{}", signature.split_at(1).1);
    for (case, token, caller) in [
        ("another audience", token.as_str(), SHIPPING),
        ("a bent signature", &bent, BILLING),
        ("no signature", input, BILLING),
        ("a provider's token", &app.id_token().compact(), BILLING),
        ("no token at all", "opaque", BILLING),
        ("white space", " ", BILLING),
    ] {
        let answer = introspect(&app, token, caller).await;
        assert_eq!((answer.status, answer.json()), (200, inactive()), "{case}");
    }
    app.advance(899);
    let last = introspect(&app, &token, BILLING).await.json();
    assert_eq!(last.get("active"), Some(&json!(true)), "in its last second");
    app.advance(1);
    let answer = introspect(&app, &token, BILLING).await;
    assert_eq!((answer.status, answer.json()), (200, inactive()), "expired");
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn introspection_is_for_clients_that_have_a_secret() {
    let app = App::start().await;
    let token = app.exchange(&app.id_token()).await.token("a good ID token");
    let form = Form::default().and("token", &token);
    for (case, form) in [
        ("a public client", form.clone().and("client_id", "spa")),
        (
            "a public client with a secret",
            form.clone().and("client_id", "spa").and("client_secret", "x"),
        ),
        ("a wrong secret", form.clone().and("client_id", "shipping").and("client_secret", "x")),
        (
            "a client that nobody knows",
            form.clone().and("client_id", "x").and("client_secret", "x"),
        ),
    ] {
        let answer = app.post_form("/introspect", &form).await;
        let (status, error, _) = answer.refusal();
        assert_eq!((status, error.as_str()), (401, "invalid_client"), "{case}");
        assert!(!answer.body.contains("active"), "{case}");
    }
    let answer = app.post_form("/introspect", &form).await;
    assert!(matches!(answer.status, 400 | 401), "nobody: {}", answer.body);
}

#[tokio::test]
async fn a_refusal_is_counted_for_the_provider_that_the_token_names() {
    let app = App::start().await;
    let mut token = app.id_token();
    token.claim("aud", "somebody-else");
    app.exchange(&token)
        .await
        .assert_refused("foreign", (400, "invalid_request", "wrong_audience"));
    let metrics = app.get("/metrics").await.body;
    let line = "countersign_exchanges_total{provider=\"acme\",kind=\"id_token\",outcome=\"refused\",reason=\"wrong_audience\"} 1";
    assert!(metrics.contains(line), "{metrics}");
}
