//! Any OpenID provider: how we authenticate, and which of its tokens says who it is.

use aws_lc_rs::digest;
use serde_json::{Value, json};

use super::sent::basic;
use super::{CALLBACK, REJECTED, UNAVAILABLE, VERIFIER, form, instead};
use crate::support::answer::Answer;
use crate::support::app::App;
use crate::support::keys::{Key, base64url};
use crate::support::verify::verify;

/// A client ID and a secret that need every care in encoding them.
const CLIENT_ID: &str = "my+app:1%2F&x";
const CLIENT_SECRET: &str = "p@ss:w+rd %&=/é~";

/// Starts the service with a client secret for `acme`.
pub(super) async fn app() -> App {
    app_with("").await
}

/// As [`app`], with more at the end of the configuration.
pub(super) async fn app_with(more: &str) -> App {
    App::configured(|text| {
        let origins = "origins = [\"https://app.example.com\", \"capacitor://localhost\"]";
        let text = instead(text, origins, &format!("{origins}\nredirect_uris = [\"{CALLBACK}\"]"));
        let ids = "client_ids = [\"countersign\", \"countersign-ios\"]";
        let ours = format!("client_ids = [\"{CLIENT_ID}\"]\nclient_secret = \"{CLIENT_SECRET}\"");
        format!("{}\n{more}\n", instead(&text, ids, &ours))
    })
    .await
}

/// Returns what the token endpoint answers for a good code.
pub(super) fn tokens(app: &App) -> Value {
    let mut id_token = app.id_token();
    id_token.claim("aud", CLIENT_ID);
    json!({ "access_token": "at-1", "token_type": "Bearer", "id_token": id_token.compact() })
}

/// Redeems a code of `acme`.
pub(super) async fn redeem(app: &App, code: &str) -> Answer {
    app.post_form("/token", &form("acme", code)).await
}

#[tokio::test]
async fn we_authenticate_as_discovery_says_and_by_basic_where_it_says_nothing() {
    for (methods, is_basic) in [
        (Value::Null, true),
        (json!(["client_secret_basic"]), true),
        (json!(["client_secret_post", "client_secret_basic"]), true),
        (json!(["client_secret_post"]), false),
        (json!(["private_key_jwt", "client_secret_post", "none"]), false),
    ] {
        let app = app().await;
        app.acme.announce("token_endpoint_auth_methods_supported", methods.clone());
        let code = app.acme.authorize(tokens(&app));
        let form = form("acme", &code).and("code_verifier", VERIFIER);
        app.post_form("/token", &form).await.token(&format!("{methods}"));
        let calls = app.acme.calls("/token");
        let [call] = calls.as_slice() else { panic!("{methods}: {calls:?}") };
        let expected = (CLIENT_ID.to_owned(), CLIENT_SECRET.to_owned());
        let posted = call.in_form("client_id").zip(call.in_form("client_secret"));
        if is_basic {
            assert_eq!((basic(call), posted), (Some(expected), None), "{methods}");
        } else {
            assert_eq!((basic(call), posted), (None, Some(expected)), "{methods}");
        }
        for (name, value) in [
            ("grant_type", "authorization_code"),
            ("code", &code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ] {
            assert_eq!(call.in_form(name).as_deref(), Some(value), "{methods}: {name}");
        }
        assert_eq!(call.header("accept"), Some("application/json"), "{methods}");
    }
}

#[tokio::test]
async fn a_provider_that_takes_no_secret_of_ours_is_not_shown_it() {
    for methods in [json!(["private_key_jwt"]), json!(["none"]), json!([]), json!("x")] {
        let app = app().await;
        app.acme.announce("token_endpoint_auth_methods_supported", methods.clone());
        let code = app.acme.authorize(tokens(&app));
        redeem(&app, &code).await.assert_refused(&methods.to_string(), UNAVAILABLE);
        assert!(app.acme.calls("/token").is_empty(), "{methods}");
    }
}

#[tokio::test]
async fn without_an_id_token_userinfo_says_who_it_is() {
    let app = app().await;
    let person = json!({ "sub": "24400320", "name": "Ada", "email": "ada@example.com" });
    app.acme.introduce("at-1", person);
    let bare = json!({ "access_token": "at-1", "token_type": "Bearer" });
    let (with, without) = (app.acme.authorize(tokens(&app)), app.acme.authorize(bare.clone()));
    let mut subs = Vec::new();
    for (case, code, asked) in [("ID token", with, 0), ("userinfo", without, 1)] {
        let token = redeem(&app, &code).await.token(case);
        let claims = verify(&app, &token, "https://api.example.com").await.1;
        assert_eq!(claims["idp_binding"], "code", "{case}");
        subs.push(claims["sub"].clone());
        assert_eq!(app.acme.calls("/userinfo").len(), asked, "{case}");
    }
    assert_eq!(subs[0], subs[1]);
    assert_eq!(app.acme.calls("/userinfo")[0].bearer(), Some("at-1"));

    let stranger = app.acme.authorize(json!({ "access_token": "at-2" }));
    redeem(&app, &stranger).await.assert_refused("a token of nobody", REJECTED);
    let nonce = form("acme", &app.acme.authorize(bare)).and("nonce", "n-1");
    let answer = app.post_form("/token", &nonce).await;
    answer.assert_refused("a nonce that userinfo does not repeat", super::NONCE);
}

/// The hash is the one of the token's own algorithm (OpenID Connect Core §3.1.3.6).
#[tokio::test]
async fn at_hash_goes_by_the_algorithm_of_the_id_token() {
    let half = |algorithm: &'static digest::Algorithm| {
        let digest = digest::digest(algorithm, b"at-1");
        let digest = digest.as_ref();
        base64url(&digest[..digest.len() / 2])
    };
    let (short, long) = (half(&digest::SHA256), half(&digest::SHA512));
    let app = app().await;
    for (key, right, wrong) in
        [(Key::Rsa, &short, &long), (Key::Ec, &short, &long), (Key::Ed, &long, &short)]
    {
        for (hash, is_right) in [(right, true), (wrong, false)] {
            let case = format!("{key:?} {is_right}");
            let mut token = app.id_token();
            token.by(key).claim("aud", CLIENT_ID).claim("at_hash", hash.as_str());
            let answer = json!({ "access_token": "at-1", "id_token": token.compact() });
            let answer = redeem(&app, &app.acme.authorize(answer)).await;
            if is_right {
                answer.token(&case);
            } else {
                let refused = (400, "invalid_grant", "wrong_access_token_hash");
                answer.assert_refused(&case, refused);
            }
        }
    }
}
