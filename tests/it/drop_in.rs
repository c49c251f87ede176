//! The calls of the integration guide of drf-social-oauth2, as it writes them for `curl`.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::app::{App, FORM, send};
use crate::support::internet::{Grant, Internet, facebook, github, google, instagram, linkedin};
use crate::support::verify::verify;

/// Returns each backend of the guide with a credential that its users hold, and the provider that
/// it is.
fn credentials(internet: &Internet) -> [(&'static str, String, &'static str); 6] {
    let id_token = internet.google().id_token(google::CLIENT_ID).compact();
    [
        ("facebook", internet.facebook().issue(facebook::grant()), "facebook"),
        ("google-oauth2", internet.google().issue(google_grant()), "google"),
        ("google-identity", id_token, "google"),
        ("github", internet.github().issue(github::grant()), "github"),
        ("instagram", internet.instagram().issue(instagram::grant()), "instagram"),
        ("linkedin-openidconnect", internet.linkedin().issue(linkedin::grant()), "linkedin"),
    ]
}

/// Returns what the guide asks Google for.
fn google_grant() -> Grant {
    let scope = "https://www.googleapis.com/auth/userinfo.email \
                 https://www.googleapis.com/auth/userinfo.profile";
    Grant { scope, ..google::grant() }
}

/// Returns the names of an object's members.
fn names(object: &Value) -> BTreeSet<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn each_curl_of_the_guide_gets_an_access_token_and_its_user() {
    let internet = Internet::start().await;
    let secret = "client_secret = \"instagram-secret\"";
    let allowed = format!("{secret}\nallow_unbound_access_tokens = true");
    let app = App::on(&internet, |text| text.replace(secret, &allowed)).await;
    for (backend, token, idp) in credentials(&internet) {
        // As `-d` sends it: nothing is encoded.
        let body =
            format!("grant_type=convert_token&client_id=spa&backend={backend}&token={token}");
        for path in ["/auth/convert-token", "/auth/convert-token/"] {
            let case = format!("{backend} {path}");
            let curl = app.posting(path, FORM, body.clone()).header("user-agent", "curl/8.5.0");
            let answer = send(curl.header("accept", "*/*")).await;
            let issued = answer.token(&case);
            assert_eq!(answer.header("content-type").map(media_type), Some("application/json"));
            let json = answer.json();
            let expected = ["access_token", "expires_in", "token_type", "scope", "user"];
            assert_eq!(names(&json), BTreeSet::from(expected), "{case}");
            assert_eq!((&json["token_type"], &json["expires_in"]), (&"Bearer".into(), &900.into()));
            let expected = ["id", "email", "first_name", "last_name"];
            assert_eq!(names(&json["user"]), BTreeSet::from(expected), "{case}");
            assert!(json["user"].as_object().unwrap().values().all(Value::is_string), "{case}");

            let (_, claims) = verify(&app, &issued, "https://api.example.com").await;
            assert_eq!(
                (&claims["idp"], &claims["sub"]),
                (&idp.into(), &json["user"]["id"]),
                "{case}"
            );
            assert_eq!(claims["client_id"], "spa", "{case}");
            let email = claims.get("email").and_then(Value::as_str).unwrap_or_default();
            assert_eq!(json["user"]["email"], email, "{case}");
        }
    }
}

/// Returns a content type without its parameters.
fn media_type(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or_default()
}

#[tokio::test]
async fn without_the_operators_leave_instagram_is_the_only_one_refused() {
    let internet = Internet::start().await;
    let app = App::on(&internet, str::to_owned).await;
    for (backend, token, _) in credentials(&internet) {
        let body =
            format!("grant_type=convert_token&client_id=spa&backend={backend}&token={token}");
        let answer = send(app.posting("/auth/convert-token", FORM, body)).await;
        if backend == "instagram" {
            answer.assert_refused(backend, (400, "invalid_grant", "unbound_access_token"));
        } else {
            answer.token(backend);
        }
    }
}
