//! Google says whose a token is, and gives codes away once.

use serde_json::{Value, json};

use super::{VERIFIER, Visitor, claims, redeeming, send};
use crate::support::app::App;
use crate::support::form::Form;
use crate::support::internet::{Authorization, Grant, Internet, Life, google};
use crate::support::keys::{base64url, sha256};

#[tokio::test]
async fn google_says_of_any_token_whose_it_is_and_in_strings() {
    let visitor = Visitor::start().await;
    let google = visitor.internet.google();
    let address = "https://oauth2.googleapis.com/tokeninfo";
    let ask = async |token: &str| {
        let by_query =
            send(visitor.request("GET", &format!("{address}?access_token={token}"))).await;
        let by_form = visitor.post(address, &Form::default().and("access_token", token)).await;
        assert_eq!(by_query.body, by_form.body);
        by_form
    };
    let ours = ask(&google.issue(google::grant())).await.json();
    assert!(ours.as_object().unwrap().values().all(Value::is_string), "{ours}");
    assert_eq!(
        (&ours["aud"], &ours["email_verified"]),
        (&json!(google::CLIENT_ID), &json!("true"))
    );

    let foreign = Grant { client_id: google::FOREIGN_CLIENT_ID, ..google::grant() };
    assert_eq!(ask(&google.issue(foreign)).await.text("aud"), google::FOREIGN_CLIENT_ID);
    let narrow = Grant { scope: "https://www.googleapis.com/auth/calendar", ..google::grant() };
    assert_eq!(ask(&google.issue(narrow)).await.json().get("sub"), None);
    for life in [Life::Expired, Life::Revoked] {
        let token = google.issue(Grant { life, ..google::grant() });
        let answer = ask(&token).await;
        assert_eq!((answer.status, answer.text("error").as_str()), (400, "invalid_token"));
        for address in [
            "https://openidconnect.googleapis.com/v1/userinfo",
            "https://www.googleapis.com/oauth2/v3/userinfo",
        ] {
            assert_eq!(visitor.get(address, &token).await.status, 401, "{address}");
        }
    }
}

#[tokio::test]
async fn codes_of_google_are_bound_to_client_address_and_verifier() {
    let visitor = Visitor::start().await;
    let google = visitor.internet.google();
    let code = google.authorize(Authorization {
        code_challenge: Some(base64url(sha256(VERIFIER))),
        nonce: Some("n-0S6".to_owned()),
        ..google::authorization()
    });
    let good =
        redeeming(google::CLIENT_ID, google::CLIENT_SECRET, &code).and("code_verifier", VERIFIER);
    let post = async |form: Form| visitor.post("https://oauth2.googleapis.com/token", &form).await;
    for (form, status, error) in [
        (good.clone().without("code_verifier"), 400, "invalid_grant"),
        (good.clone().with("code_verifier", &VERIFIER.replace('d', "e")), 400, "invalid_grant"),
        (good.clone().with("code_verifier", "short"), 400, "invalid_grant"),
        (good.clone().with("redirect_uri", "postmessage"), 400, "redirect_uri_mismatch"),
        (good.clone().with("client_secret", "wrong"), 401, "invalid_client"),
        (good.clone().without("client_secret"), 400, "invalid_request"),
        (
            good.clone().with("client_id", google::IOS_CLIENT_ID).without("client_secret"),
            400,
            "invalid_grant",
        ),
        (good.clone().with("code", "4/0Anything"), 400, "invalid_grant"),
    ] {
        let case = format!("{form:?}");
        let answer = post(form).await;
        assert_eq!((answer.status, answer.text("error").as_str()), (status, error), "{case}");
    }
    let answer = post(good.clone()).await;
    let claims = claims(&answer.text("id_token"));
    assert_eq!((&claims["nonce"], &claims["aud"]), (&json!("n-0S6"), &json!(google::CLIENT_ID)));
    let left_half = &sha256(answer.text("access_token"))[..16];
    assert_eq!(claims["at_hash"], base64url(left_half));
    assert_eq!(post(good).await.text("error"), "invalid_grant");
}

#[tokio::test]
async fn an_id_token_reaches_googles_own_address_through_the_operators_proxy() {
    let internet = Internet::start().await;
    // ID tokens are all that this is about.
    let app = App::on(&internet, |text| text.split("[providers.github]").next().unwrap().into());
    let app = app.await;
    app.exchange(&internet.google().id_token(google::CLIENT_ID)).await.token("google");
    let calls = internet.calls("www.googleapis.com", "/oauth2/v3/certs");
    assert_eq!((calls.len(), internet.all_calls().len()), (1, 1));
    assert!(calls[0].header("user-agent").unwrap().starts_with("countersign/"));
}
