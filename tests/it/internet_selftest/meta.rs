//! Facebook and Instagram show a person to whoever has a token.

use aws_lc_rs::hmac;
use serde_json::json;

use super::{VERIFIER, Visitor, claims, redeeming, send};
use crate::support::form::Form;
use crate::support::internet::{Authorization, Grant, Life, facebook, instagram};
use crate::support::keys::{base64url, hex, sha256};

const ID: &str = "6801045783286074";
const GRAPH: &str = "https://graph.facebook.com/v24.0";

#[tokio::test]
async fn facebook_shows_a_person_by_any_token_unless_the_proof_is_wrong() {
    let visitor = Visitor::start().await;
    let facebook = visitor.internet.facebook();
    let ours = facebook.issue(facebook::grant());
    let foreign =
        facebook.issue(Grant { client_id: facebook::FOREIGN_CLIENT_ID, ..facebook::grant() });
    let me = format!("{GRAPH}/me?fields=name,email,picture.width(256){{url,is_silhouette}}");
    let key = hmac::Key::new(hmac::HMAC_SHA256, facebook::CLIENT_SECRET.as_bytes());
    for (token, with_proof) in [(&ours, 200), (&foreign, 400)] {
        let person = visitor.get(&me, token).await;
        assert_eq!(person.text("email"), "ada@example.com");
        assert_eq!((person.text("id").as_str(), person.text("first_name").as_str()), (ID, ""));
        let proof = hex(hmac::sign(&key, token.as_bytes()));
        let answer = visitor.get(&format!("{me}&appsecret_proof={proof}"), token).await;
        assert_eq!(answer.status, with_proof, "{}", answer.body);
    }
    let debug = async |token: &str, app_token: &str| {
        let query = Form::default().and("input_token", token).and("access_token", app_token);
        let address = format!("{GRAPH}/debug_token?{}", query.encoded());
        send(visitor.request("GET", &address)).await
    };
    let app_token = format!("{}|{}", facebook::CLIENT_ID, facebook::CLIENT_SECRET);
    assert_eq!(debug(&ours, &app_token).await.json()["data"]["app_id"], facebook::CLIENT_ID);
    assert_eq!(debug(&foreign, &app_token).await.json()["error"]["code"], 100);
    assert_eq!(debug(&ours, &ours).await.json()["error"]["code"], 190);
    let expired = facebook.issue(Grant { life: Life::Expired, ..facebook::grant() });
    for token in [expired.as_str(), "EAABunknown"] {
        let answer = debug(token, &app_token).await;
        assert_eq!((answer.status, &answer.json()["data"]["is_valid"]), (200, &json!(false)));
        assert_eq!(visitor.get(&me, token).await.json()["error"]["code"], 190);
    }
}

#[tokio::test]
async fn a_code_of_facebook_brings_an_id_token_when_openid_was_asked_for() {
    let visitor = Visitor::start().await;
    let facebook = visitor.internet.facebook();
    let code = facebook.authorize(Authorization {
        scope: "openid email",
        code_challenge: Some(base64url(sha256(VERIFIER))),
        nonce: Some("n-0S6".to_owned()),
        ..facebook::authorization()
    });
    let good = redeeming(facebook::CLIENT_ID, facebook::CLIENT_SECRET, &code);
    let good = good.without("grant_type").and("code_verifier", VERIFIER);
    let get = async |form: Form| {
        let address = format!("{GRAPH}/oauth/access_token?{}", form.encoded());
        send(visitor.request("GET", &address)).await
    };
    for (form, code, subcode) in [
        (good.clone().without("code_verifier"), 100, json!(36007)),
        (good.clone().with("redirect_uri", "https://evil.example.com"), 100, json!(36008)),
        (good.clone().with("client_secret", "wrong"), 1, json!(null)),
    ] {
        let error = get(form).await.json()["error"].clone();
        assert_eq!(json!([error["code"], error["error_subcode"]]), json!([code, subcode]));
    }
    facebook.change_id_token(|token| {
        token.claim("at_hash", "changed");
    });
    let claims = claims(&get(good.clone()).await.text("id_token"));
    let expected = json!([facebook::CLIENT_ID, ID, "n-0S6", "changed"]);
    assert_eq!(json!([claims["aud"], claims["sub"], claims["nonce"], claims["at_hash"]]), expected);
    assert_eq!(get(good).await.json()["error"]["error_subcode"], 36009);
}

#[tokio::test]
async fn a_code_of_instagram_works_once_and_without_its_fragment() {
    let visitor = Visitor::start().await;
    let code = visitor.internet.instagram().authorize(instagram::authorization());
    let good = redeeming(instagram::CLIENT_ID, instagram::CLIENT_SECRET, &code);
    let post = async |form: Form| {
        visitor.post("https://api.instagram.com/oauth/access_token", &form).await
    };
    assert_eq!(post(good.clone().with("code", &format!("{code}#_"))).await.status, 400);
    let data = post(good.clone()).await.json()["data"][0].clone();
    assert_eq!(data["user_id"], json!(24_563_000_000_000_001_u64));
    assert_eq!(
        post(good).await.text("error_message"),
        "Matching code was not found or was already used"
    );
    let me = "https://graph.instagram.com/v24.0/me?fields=id,user_id,username";
    let person = visitor.get(me, data["access_token"].as_str().unwrap()).await;
    assert_eq!(person.text("user_id"), "17841400000000000");
    let instagram = visitor.internet.instagram();
    let foreign = Grant { client_id: instagram::FOREIGN_CLIENT_ID, ..instagram::grant() };
    assert_eq!(visitor.get(me, &instagram.issue(foreign)).await.status, 200);
    let expired = instagram.issue(Grant { life: Life::Expired, ..instagram::grant() });
    assert_eq!(visitor.get(me, &expired).await.json()["error"]["error_subcode"], 463);
}
