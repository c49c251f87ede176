//! `convert_token`: the call of drf-social-oauth2 at both of its addresses, as a form and as
//! JSON.

use serde_json::json;

use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::form::Form;
use crate::support::verify::verify;

/// How the call is made.
const WAYS: [(&str, bool); 5] = [
    ("/token", false),
    ("/auth/convert-token", false),
    ("/auth/convert-token/", false),
    ("/auth/convert-token", true),
    ("/auth/convert-token/", true),
];

async fn convert(app: &App, (path, as_json): (&str, bool), form: &Form) -> Answer {
    if as_json { app.post_json(path, form).await } else { app.post_form(path, form).await }
}

#[tokio::test]
async fn every_way_of_the_call_answers_with_a_token_and_its_user() {
    let app = App::start().await;
    let good = Form::convert(&app.id_token().compact());
    for way in WAYS {
        let answer = convert(&app, way, &good).await;
        let case = format!("{way:?}");
        let token = answer.token(&case);
        let (_, claims) = verify(&app, &token, "https://api.example.com").await;
        let expected = json!({
            "access_token": token,
            "expires_in": 900,
            "token_type": "Bearer",
            "scope": "",
            "user": {
                "id": claims.get("sub"),
                "email": "ada@example.com",
                "first_name": "Ada",
                "last_name": "Lovelace",
            },
        });
        assert_eq!(answer.json(), expected, "{case}");
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{case}");
        assert_eq!(answer.header("pragma"), Some("no-cache"), "{case}");
    }
}

#[tokio::test]
async fn the_call_and_the_exchange_issue_the_same_for_the_same_person() {
    let app = App::start().await;
    let id_token = app.id_token().compact();
    let exchanged = app.post_form("/token", &Form::exchange(&id_token)).await;
    let converted = app.post_form("/auth/convert-token", &Form::convert(&id_token)).await;
    let mut claims = Vec::new();
    for token in [exchanged.token("exchanged"), converted.token("converted")] {
        let (_, mut said) = verify(&app, &token, "https://api.example.com").await;
        said.remove("jti");
        claims.push(said);
    }
    assert_eq!(claims[0], claims[1]);
}

#[tokio::test]
async fn what_the_provider_does_not_say_is_empty_text() {
    let app = App::start().await;
    let mut token = app.id_token();
    token.without_claim("email").without_claim("given_name").claim("family_name", 7);
    token.without_claim("name");
    let answer = app.post_json("/auth/convert-token", &Form::convert(&token.compact())).await;
    answer.token("a person without a name");
    let user = answer.json().get("user").cloned().unwrap_or_default();
    for field in ["email", "first_name", "last_name"] {
        assert_eq!(user.get(field), Some(&json!("")), "{field}");
    }
}

#[tokio::test]
async fn a_name_that_the_provider_gives_as_a_whole_is_split_at_its_first_space() {
    let app = App::start().await;
    for (name, first, last) in
        [("Ada King Lovelace", "Ada", "King Lovelace"), ("Plato", "Plato", "")]
    {
        let mut token = app.id_token();
        token.without_claim("given_name").without_claim("family_name").claim("name", name);
        let answer = app.post_json("/auth/convert-token", &Form::convert(&token.compact())).await;
        let user = answer.json().get("user").cloned().unwrap_or_default();
        assert_eq!((&user["first_name"], &user["last_name"]), (&json!(first), &json!(last)));
    }
}

#[tokio::test]
async fn a_public_client_that_sends_a_secret_is_not_refused() {
    let app = App::start().await;
    let form = Form::convert(&app.id_token().compact()).and("client_secret", "shipped in the app");
    for way in WAYS {
        convert(&app, way, &form).await.token(&format!("{way:?}"));
    }
}

#[tokio::test]
async fn scopes_and_lifetime_are_the_clients() {
    let app = App::start().await;
    let form = Form::convert(&app.id_token().compact()).with("client_id", "wide");
    let answer = app.post_form("/auth/convert-token", &form).await;
    answer.token("a client with scopes");
    assert_eq!(answer.text("scope"), "read write");
    assert_eq!(answer.json().get("expires_in"), Some(&json!(300)));
}

#[tokio::test]
async fn each_refusal_has_the_code_of_this_grant() {
    let app = App::start().await;
    let good = Form::convert(&app.id_token().compact());
    let expired = app.id_token().claim("exp", 1).compact();
    for (case, form, expected) in [
        (
            "an opaque access token",
            good.clone().with("token", "ya29.A0ARrdaM-k9Vq7GzY"),
            (400, "invalid_grant", "unbound_access_token"),
        ),
        (
            "an expired token",
            good.clone().with("token", &expired),
            (400, "invalid_grant", "expired"),
        ),
        (
            "a nonce that the token lacks",
            good.clone().and("nonce", "n"),
            (400, "invalid_grant", "nonce_mismatch"),
        ),
        (
            "a backend that nobody has",
            good.clone().with("backend", "facebook"),
            (400, "invalid_request", "unknown_provider"),
        ),
        (
            "a backend that is not the client's",
            good.clone().with("client_id", "wide").with("backend", "rival"),
            (400, "invalid_request", "unknown_provider"),
        ),
        (
            "a row that several providers use",
            good.clone().with("backend", "oidc"),
            (400, "invalid_request", "unknown_provider"),
        ),
        (
            "a client that nobody knows",
            good.clone().with("client_id", "nobody"),
            (401, "invalid_client", "unknown_client"),
        ),
        (
            "no backend",
            good.clone().without("backend"),
            (400, "invalid_request", "missing_parameter"),
        ),
        ("no token", good.clone().without("token"), (400, "invalid_request", "missing_parameter")),
        (
            "no client",
            good.clone().without("client_id"),
            (400, "invalid_request", "missing_parameter"),
        ),
        (
            "a backend that is empty",
            good.clone().with("backend", ""),
            (400, "invalid_request", "missing_parameter"),
        ),
    ] {
        for way in WAYS {
            convert(&app, way, &form).await.assert_refused(&format!("{case} {way:?}"), expected);
        }
    }
}

#[tokio::test]
async fn a_name_of_the_catalogue_stands_for_the_provider_that_uses_its_row() {
    let app = App::configured(|text| {
        let (start, _) = text.split_once("[providers.strict]").unwrap();
        start.to_owned()
    })
    .await;
    let good = Form::convert(&app.id_token().compact());
    let answer = app.post_form("/auth/convert-token", &good.with("backend", "oidc")).await;
    answer.token("by the row's name");
}

#[tokio::test]
async fn audience_and_scope_narrow_what_is_issued_and_never_widen_it() {
    let app = App::start().await;
    let form = Form::convert(&app.id_token().compact()).with("client_id", "wide");
    let one = "https://one.example.com";
    for (path, as_json) in WAYS {
        let narrow = form.clone().and("audience", one).and("scope", "read admin");
        let answer = convert(&app, (path, as_json), &narrow).await;
        let (_, claims) = verify(&app, &answer.token(path), one).await;
        assert_eq!((claims["aud"].as_str(), claims["scope"].as_str()), (Some(one), Some("read")));
        assert_eq!(answer.text("scope"), "read", "{path}");
        let foreign = form.clone().and("audience", "https://other.example.com");
        let answer = convert(&app, (path, as_json), &foreign).await;
        answer.assert_refused(path, (400, "invalid_target", "invalid_target"));
    }
    let two_names = form.and("provider", "rival");
    let answer = app.post_form("/token", &two_names).await;
    answer.assert_refused("names that differ", (400, "invalid_request", "doubled_parameter"));
}
