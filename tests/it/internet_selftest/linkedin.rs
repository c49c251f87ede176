//! LinkedIn has a mind of its own about introspection and the token endpoint.

use serde_json::json;

use super::{VERIFIER, Visitor, claims, redeeming, send};
use crate::support::form::Form;
use crate::support::internet::{Grant, Life, linkedin};

#[tokio::test]
async fn linkedin_tells_foreign_tokens_from_stale_ones_and_refuses_pkce_and_basic() {
    let visitor = Visitor::start().await;
    let linkedin = visitor.internet.linkedin();
    let ask = async |token: &str, secret: &str| {
        let form = Form::default().and("client_id", linkedin::CLIENT_ID);
        let form = form.and("client_secret", secret).and("token", token);
        visitor.post("https://www.linkedin.com/oauth/v2/introspectToken", &form).await
    };
    let foreign = Grant { client_id: linkedin::FOREIGN_CLIENT_ID, ..linkedin::grant() };
    for (grant, expected) in [
        (linkedin::grant(), json!([true, "active", "openid,profile,email"])),
        (
            Grant { life: Life::Expired, ..linkedin::grant() },
            json!([false, "expired", "openid,profile,email"]),
        ),
        (
            Grant { life: Life::Revoked, ..linkedin::grant() },
            json!([false, "revoked", "openid,profile,email"]),
        ),
        (foreign, json!([false, null, null])),
    ] {
        let answer = ask(&linkedin.issue(grant), linkedin::CLIENT_SECRET).await.json();
        assert_eq!(json!([answer["active"], answer["status"], answer["scope"]]), expected);
    }
    assert_eq!(ask("AQXunknown", linkedin::CLIENT_SECRET).await.status, 400);
    assert_eq!(ask("AQXunknown", "wrong").await.status, 401);

    let address = "https://www.linkedin.com/oauth/v2/accessToken";
    let code = linkedin.authorize(linkedin::authorization());
    let good = redeeming(linkedin::CLIENT_ID, linkedin::CLIENT_SECRET, &code);
    assert_eq!(
        visitor.post(address, &good.clone().and("code_verifier", VERIFIER)).await.status,
        400
    );
    let basic = visitor.posting(address, &good.clone().without("client_secret"));
    let basic = basic.basic_auth(linkedin::CLIENT_ID, Some(linkedin::CLIENT_SECRET));
    assert_eq!(send(basic).await.status, 401);
    let claims = claims(&visitor.post(address, &good).await.text("id_token"));
    assert_eq!(json!([claims["email_verified"], claims["nonce"]]), json!(["true", null]));
    assert_eq!(visitor.post(address, &good).await.text("error"), "invalid_request");
}
