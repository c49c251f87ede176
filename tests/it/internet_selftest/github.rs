//! GitHub calls its failures success, and shows a user to whoever has a token.

use serde_json::json;

use super::{VERIFIER, Visitor, redeeming, send};
use crate::support::app::JSON;
use crate::support::internet::{Authorization, Grant, Life, github};
use crate::support::keys::{base64url, sha256};

const TOKEN: &str = "https://github.com/login/oauth/access_token";
const USER: &str = "https://api.github.com/user";

#[tokio::test]
async fn codes_of_github_fail_with_200_and_answer_as_a_form_unless_asked() {
    let visitor = Visitor::start().await;
    let code = visitor.internet.github().authorize(Authorization {
        code_challenge: Some(base64url(sha256(VERIFIER))),
        ..github::authorization()
    });
    let good =
        redeeming(github::CLIENT_ID, github::CLIENT_SECRET, &code).and("code_verifier", VERIFIER);
    for (form, error) in [
        (good.clone().without("code_verifier"), "bad_verification_code"),
        (good.clone().with("code_verifier", &VERIFIER.replace('d', "e")), "bad_verification_code"),
        (good.clone().with("redirect_uri", "https://evil.example.com"), "redirect_uri_mismatch"),
        (good.clone().with("client_secret", "wrong"), "incorrect_client_credentials"),
    ] {
        let answer = visitor.post(TOKEN, &form).await;
        assert_eq!((answer.status, answer.text("error").as_str()), (200, error), "{form:?}");
    }
    let answer = send(visitor.posting(TOKEN, &good)).await;
    assert!(answer.body.starts_with("access_token=gho_"), "{}", answer.body);
    assert!(answer.body.ends_with("&scope=read%3Auser%2Cuser%3Aemail"), "{}", answer.body);
    let again = visitor.post(TOKEN, &good).await;
    assert_eq!(again.text("error"), "bad_verification_code");
}

#[tokio::test]
async fn github_shows_a_user_by_any_token_but_vouches_only_for_the_apps_own() {
    let visitor = Visitor::start().await;
    let github = visitor.internet.github();
    let inspect = async |token: &str, secret: &str| {
        let request =
            visitor.request("POST", &format!("https://api.github.com{}", github::INSPECTION));
        let request =
            request.basic_auth(github::CLIENT_ID, Some(secret)).header("user-agent", "test");
        let body = json!({ "access_token": token }).to_string();
        send(request.header("content-type", JSON).body(body)).await
    };
    let foreign = Grant { client_id: github::FOREIGN_CLIENT_ID, ..github::grant() };
    let revoked = Grant { life: Life::Revoked, ..github::grant() };
    for (case, token, shown, vouched) in [
        ("ours", github.issue(github::grant()), 200, 200),
        ("a GitHub App's", github.issue_as("ghu_", github::grant()), 200, 200),
        ("foreign", github.issue(foreign), 200, 404),
        ("personal", github.issue_as("ghp_", github::grant()), 200, 404),
        ("revoked", github.issue(revoked), 401, 404),
        ("unknown", "gho_unknown".to_owned(), 401, 404),
    ] {
        assert_eq!(visitor.get(USER, &token).await.status, shown, "{case}");
        assert_eq!(inspect(&token, github::CLIENT_SECRET).await.status, vouched, "{case}");
    }
    let token = github.issue(Grant { scope: "read:user", ..github::grant() });
    assert_eq!(visitor.get("https://api.github.com/user/emails", &token).await.status, 404);
    assert_eq!(inspect(&token, "wrong").await.status, 401);
    let nameless = send(visitor.request("GET", USER).bearer_auth(&token));
    assert_eq!(nameless.await.header("content-type"), Some("text/plain"));
    github.change_profile(|profile| profile["id"] = json!(9_007_199_254_740_993_u64));
    let inspected = inspect(&token, github::CLIENT_SECRET).await;
    assert!(inspected.body.contains("\"id\":9007199254740993"), "{}", inspected.body);
}
