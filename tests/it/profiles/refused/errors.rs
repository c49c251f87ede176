//! Failures that are answered with status 200: none of them signs anybody in, and each is called
//! what the row has for it.

use serde_json::{Value, json};

use super::{Kind, Scene};

/// What an answer is taken for.
#[derive(Debug, Clone, Copy)]
enum Meaning {
    /// The credential is not good, or lacks a scope.
    Rejected,
    /// The provider cannot answer now.
    Busy,
    /// Our client ID or secret is wrong.
    Client,
    /// Nothing failed.
    Success,
}

use Meaning::{Busy, Client, Rejected, Success};

/// Has an answer of a fixture replaced, and checks what comes of a code.
async fn assert_means(file: &str, path: &str, (body, meaning): (Value, Meaning)) {
    let case = format!("{file} {path} {body}");
    let outcome = Scene::of(file).answering(path, 200, body).bring(Kind::Code).await;
    assert!(outcome.asked(path) > 0, "{case}: {:?}", outcome.calls);
    match meaning {
        Rejected => outcome.assert_refused(&case, "provider_rejected"),
        Busy => outcome.assert_unavailable(&case),
        Client => outcome.assert_misconfigured(&case),
        Success => assert!(outcome.assert_in(&case).contains_key("sub")),
    }
}

#[tokio::test]
async fn a_failure_of_a_token_endpoint_is_one_whatever_its_status() {
    for (file, path, body, meaning) in [
        ("weixin.json", "/sns/oauth2/access_token", json!({"errcode": 40029}), Rejected),
        ("weixin.json", "/sns/oauth2/access_token", json!({"errcode": 40163}), Rejected),
        ("weixin.json", "/sns/oauth2/access_token", json!({"errcode": -1}), Busy),
        ("weixin.json", "/sns/oauth2/access_token", json!({"errcode": 45011}), Busy),
        ("weixin.json", "/sns/oauth2/access_token", json!({"errcode": 40013}), Client),
        ("weixin.json", "/sns/oauth2/access_token", json!({"errcode": 40125}), Client),
        ("slack.json", "/api/openid.connect.token", slack("invalid_code"), Rejected),
        ("slack.json", "/api/openid.connect.token", slack("ratelimited"), Busy),
        ("slack.json", "/api/openid.connect.token", slack("bad_client_secret"), Client),
        ("github.json", "/login/oauth/access_token", error("bad_verification_code"), Rejected),
        ("github.json", "/login/oauth/access_token", error("incorrect_client_credentials"), Client),
        ("naver.json", "/oauth2.0/token", error("invalid_request"), Rejected),
        ("naver.json", "/oauth2.0/token", error("invalid_client"), Client),
        ("qq.json", "/oauth2.0/token", error(100_020), Rejected),
        ("qq.json", "/oauth2.0/token", error(100_008), Client),
        ("taobao.json", "/token", error("invalid_grant"), Rejected),
        ("taobao.json", "/token", error("invalid_client"), Client),
        ("taobao.json", "/token", error("temporarily_unavailable"), Busy),
        ("reddit.json", "/api/v1/access_token", error("invalid_grant"), Rejected),
        ("reddit.json", "/api/v1/access_token", error("NO_TEXT"), Rejected),
        ("arcgis.json", "/sharing/rest/oauth2/token", arcgis(498), Rejected),
        ("arcgis.json", "/sharing/rest/oauth2/token", arcgis(500), Busy),
        ("vk-oauth2.json", "/access_token", error("invalid_grant"), Rejected),
        ("odnoklassniki-oauth2.json", "/oauth/token.do", error("invalid_request"), Rejected),
        ("untappd.json", "/oauth/authorize/", meta("invalid_auth"), Rejected),
        ("weibo.json", "/oauth2/access_token", json!({"error_code": 21325}), Rejected),
        ("weibo.json", "/oauth2/access_token", json!({"error_code": 21324}), Client),
    ] {
        assert_means(file, path, (body, meaning)).await;
    }
}

#[tokio::test]
async fn a_failure_of_an_api_is_one_whatever_its_status() {
    let vk = |code: u32| json!({"error": {"error_code": code, "error_msg": "no"}});
    let odnoklassniki = |code: u32| json!({"error_code": code, "error_msg": "no"});
    let bungie = |code: u32| json!({"ErrorCode": code, "ErrorStatus": "No", "Message": "no"});
    let naver = |code: &str| json!({"resultcode": code, "message": "no"});
    let deezer = |code: u32| json!({"error": {"type": "OAuthException", "code": code}});
    for (file, path, body, meaning) in [
        ("vk-oauth2.json", "/method/users.get", vk(5), Rejected),
        ("vk-oauth2.json", "/method/users.get", vk(15), Rejected),
        ("vk-oauth2.json", "/method/users.get", vk(6), Busy),
        ("vk-oauth2.json", "/method/users.get", vk(10), Busy),
        ("weixin.json", "/sns/userinfo", json!({"errcode": 40001}), Rejected),
        ("weixin.json", "/sns/userinfo", json!({"errcode": 40003}), Rejected),
        ("weixin.json", "/sns/userinfo", json!({"errcode": 48001}), Rejected),
        ("weixin.json", "/sns/userinfo", json!({"errcode": "-1"}), Busy),
        ("slack.json", "/api/openid.connect.userInfo", slack("invalid_auth"), Rejected),
        ("slack.json", "/api/openid.connect.userInfo", slack("token_revoked"), Rejected),
        ("slack.json", "/api/openid.connect.userInfo", slack("account_inactive"), Rejected),
        ("slack.json", "/api/openid.connect.userInfo", slack("missing_scope"), Rejected),
        ("slack.json", "/api/openid.connect.userInfo", slack("fatal_error"), Busy),
        ("naver.json", "/v1/nid/me", naver("024"), Rejected),
        ("naver.json", "/v1/nid/me", naver("403"), Rejected),
        ("naver.json", "/v1/nid/me", naver("500"), Rejected),
        ("qq.json", "/oauth2.0/me", error(100_016), Rejected),
        ("qq.json", "/oauth2.0/me", error(100_030), Rejected),
        ("qq.json", "/user/get_user_info", json!({"ret": -23, "msg": "no"}), Rejected),
        ("qq.json", "/user/get_user_info", json!({"ret": 100_008}), Client),
        ("bungie.json", "/Platform/User/GetBungieNetUser/", bungie(99), Rejected),
        ("bungie.json", "/Platform/User/GetBungieNetUser/", bungie(0), Rejected),
        ("bungie.json", "/Platform/User/GetBungieNetUser/", bungie(5), Busy),
        ("bungie.json", "/Platform/User/GetBungieNetUser/", bungie(36), Busy),
        ("bungie.json", "/Platform/User/GetBungieNetUser/", bungie(2102), Client),
        ("odnoklassniki-oauth2.json", "/fb.do", odnoklassniki(102), Rejected),
        ("odnoklassniki-oauth2.json", "/fb.do", odnoklassniki(104), Rejected),
        ("odnoklassniki-oauth2.json", "/fb.do", odnoklassniki(10), Rejected),
        ("odnoklassniki-oauth2.json", "/fb.do", odnoklassniki(9999), Busy),
        ("odnoklassniki-oauth2.json", "/fb.do", odnoklassniki(101), Client),
        ("deezer.json", "/user/me", deezer(300), Rejected),
        ("deezer.json", "/user/me", deezer(200), Rejected),
        ("deezer.json", "/user/me", deezer(4), Busy),
        ("arcgis.json", "/sharing/rest/community/self", arcgis(498), Rejected),
        ("arcgis.json", "/sharing/rest/community/self", arcgis(403), Rejected),
        ("arcgis.json", "/sharing/rest/community/self", arcgis(429), Busy),
        ("weibo.json", "/oauth2/get_token_info", json!({"error_code": 21327}), Rejected),
        ("weibo.json", "/2/users/show.json", json!({"error_code": 10022}), Busy),
        ("disqus.json", "/api/3.0/users/details.json", json!({"code": 5}), Rejected),
        ("untappd.json", "/v4/user/info/", json!({"meta": {"code": 500}}), Busy),
        ("foursquare.json", "/v2/users/self", meta_type("invalid_auth"), Rejected),
        ("foursquare.json", "/v2/users/self", meta_type("quota_exceeded"), Busy),
    ] {
        assert_means(file, path, (body, meaning)).await;
    }
}

#[tokio::test]
async fn a_code_that_says_that_nothing_failed_is_no_failure() {
    for (file, path, pointer, code, meaning) in [
        ("weixin.json", "/sns/userinfo", "/errcode", json!(0), Success),
        ("weixin.json", "/sns/userinfo", "/errcode", json!("0"), Success),
        ("weixin.json", "/sns/userinfo", "/errcode", json!(1), Rejected),
        ("naver.json", "/v1/nid/me", "/resultcode", json!("00"), Success),
        ("naver.json", "/v1/nid/me", "/resultcode", json!("0"), Rejected),
        ("qq.json", "/user/get_user_info", "/ret", json!(0), Success),
        ("qq.json", "/user/get_user_info", "/ret", json!(1), Rejected),
        ("bungie.json", "/Platform/User/GetBungieNetUser/", "/ErrorCode", json!(2), Rejected),
        ("disqus.json", "/api/3.0/users/details.json", "/code", json!(1), Rejected),
        ("foursquare.json", "/v2/users/self", "/meta/errorType", json!("deprecated"), Success),
        ("foursquare.json", "/v2/users/self", "/meta/errorType", json!("other"), Rejected),
        ("phabricator.json", "/api/user.whoami", "/error_code", json!(null), Success),
        (
            "phabricator.json",
            "/api/user.whoami",
            "/error_code",
            json!("ERR-INVALID-AUTH"),
            Rejected,
        ),
    ] {
        // All else is as it should be.
        let body = Scene::of(file).saying(path, pointer, code).line(path).body.clone();
        assert_means(file, path, (body, meaning)).await;
    }
}

#[tokio::test]
async fn a_status_is_said_of_the_token_where_the_row_says_so_and_nowhere_else() {
    for (file, path, status, meaning) in [
        ("hubspot.json", "/oauth/v1/access-tokens/TOKEN", 404, Rejected),
        ("salesforce-oauth2.json", "/services/oauth2/userinfo", 403, Rejected),
        ("arcgis.json", "/sharing/rest/community/self", 498, Rejected),
        ("arcgis.json", "/sharing/rest/community/self", 499, Rejected),
        ("orcid.json", "/v3.0/0000-0002-1825-7744/record", 409, Rejected),
        ("gitlab.json", "/api/v4/user", 401, Rejected),
        ("gitlab.json", "/api/v4/user", 404, Busy),
        ("gitlab.json", "/api/v4/user", 409, Busy),
        ("gitlab.json", "/api/v4/user", 498, Busy),
        ("gitlab.json", "/api/v4/user", 500, Busy),
    ] {
        let case = format!("{file} {status}");
        let outcome = Scene::of(file).answering(path, status, "no").bring(Kind::Code).await;
        match meaning {
            Rejected => outcome.assert_refused(&case, "provider_rejected"),
            Busy | Client | Success => outcome.assert_unavailable(&case),
        }
    }
}

fn error(code: impl Into<Value>) -> Value {
    json!({ "error": code.into(), "error_description": "no" })
}

fn slack(code: &str) -> Value {
    json!({ "ok": false, "error": code })
}

fn arcgis(code: u32) -> Value {
    json!({ "error": { "code": code, "message": "no", "details": [] } })
}

fn meta(kind: &str) -> Value {
    json!({ "meta": { "http_code": 500, "error_type": kind } })
}

fn meta_type(kind: &str) -> Value {
    json!({ "meta": { "code": 200, "errorType": kind } })
}
