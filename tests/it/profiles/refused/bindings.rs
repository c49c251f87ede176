//! Rows whose profile, or the call before it, names the app: another's token is refused, and so is
//! one of which nothing is said.

use serde_json::{Value, json};

use super::{Kind, Scene};

/// The fixtures, and where the app stands. Our client ID is `client` unless a fixture says so.
const NAMED: [(&str, &str, &str); 6] = [
    ("yandex-oauth2.json", "/info", "client_id"),
    ("reddit.json", "/api/v1/me", "oauth_client_id"),
    ("hubspot.json", "/oauth/v1/access-tokens/TOKEN", "app_id"),
    ("qq.json", "/oauth2.0/me", "client_id"),
    ("weibo.json", "/oauth2/get_token_info", "appkey"),
    ("monzo.json", "/ping/whoami", "client_id"),
];

#[tokio::test]
async fn another_apps_token_is_refused_and_its_app_is_named() {
    for (file, path, member) in NAMED {
        for other in [json!("another"), json!(1), json!(""), json!("CLIENT"), json!(" client")] {
            let case = format!("{file} {other}");
            let scene = Scene::of(file).saying(path, &format!("/{member}"), other);
            let outcome = scene.bring(Kind::AccessToken).await;
            outcome.assert_refused(&case, "wrong_audience");
            let description = outcome.answer.text("error_description");
            assert!(description.contains(member), "{case}: {description}");
        }
    }
}

#[tokio::test]
async fn a_token_of_which_no_app_is_said_is_refused() {
    for (file, path, member) in NAMED {
        let outcome = Scene::of(file).without(path, member).bring(Kind::AccessToken).await;
        outcome.assert_unavailable(file);
        for nothing in [Value::Null, json!(true), json!({}), json!(["client"]), json!(1.5)] {
            let case = format!("{file} {nothing}");
            let scene = Scene::of(file).saying(path, &format!("/{member}"), nothing);
            scene.bring(Kind::AccessToken).await.assert_unavailable(&case);
        }
    }
}

#[tokio::test]
async fn an_app_that_stands_somewhere_else_is_not_ours() {
    for (file, path, member) in [NAMED[3], NAMED[4], NAMED[5]] {
        // In the profile, where the row reads it in the answer before.
        let mut scene = Scene::of(file).without(path, member);
        let ours: Value = scene.fixture.client_id.clone().into();
        for line in &mut scene.fixture.calls {
            if line.url.path() != path {
                line.body[member] = ours.clone();
            }
        }
        scene.bring(Kind::AccessToken).await.assert_unavailable(file);
    }
}

/// Rows that know our app by another name than the client ID.
const OTHERWISE: [(&str, &str, &str); 2] = [
    ("kakao.json", "/v1/user/access_token_info", "/app_id"),
    ("hubspot.json", "/oauth/v1/access-tokens/TOKEN", "/app_id"),
];

#[tokio::test]
async fn our_client_id_in_place_of_the_app_that_is_set_is_refused() {
    for (file, path, pointer) in OTHERWISE {
        let scene = Scene::of(file);
        let client_id = scene.fixture.client_id.clone();
        let outcome = scene.saying(path, pointer, client_id).bring(Kind::AccessToken).await;
        outcome.assert_refused(file, "wrong_audience");
        let text = Scene::of(file).fixture.settings["app_id"].clone();
        let outcome = Scene::of(file).saying(path, pointer, text).bring(Kind::AccessToken).await;
        assert_eq!(outcome.assert_in(file)["idp_binding"], "introspection");
    }
}

#[tokio::test]
async fn the_app_has_to_be_set() {
    for (file, ..) in OTHERWISE {
        let mut scene = Scene::of(file);
        scene.fixture.settings.clear();
        let complaint = scene.complaint(Kind::AccessToken).await.unwrap();
        assert!(complaint.contains("providers.p.settings.app_id"), "{file}: {complaint}");
    }
}

#[tokio::test]
async fn a_token_that_is_over_is_refused_whoever_answers() {
    for (file, path, pointer) in [
        ("hubspot.json", "/oauth/v1/access-tokens/TOKEN", "/expires_in"),
        ("kakao.json", "/v1/user/access_token_info", "/expires_in"),
        ("twitch.json", "/oauth2/validate", "/expires_in"),
        ("line.json", "/oauth2/v2.1/verify", "/expires_in"),
        ("amazon.json", "/auth/o2/tokeninfo", "/exp"),
    ] {
        for over in [json!(0), json!(-1), json!("0")] {
            let case = format!("{file} {over}");
            let scene = Scene::of(file).saying(path, pointer, over);
            scene.bring(Kind::AccessToken).await.assert_refused(&case, "expired");
        }
        for nothing in [Value::Null, json!("soon")] {
            let case = format!("{file} {nothing}");
            let scene = Scene::of(file).saying(path, pointer, nothing);
            scene.bring(Kind::AccessToken).await.assert_unavailable(&case);
        }
    }
}

#[tokio::test]
async fn two_people_for_one_token_are_none() {
    for (file, path, pointer) in [
        ("kakao.json", "/v1/user/access_token_info", "/id"),
        ("gitlab.json", "/oauth/token/info", "/resource_owner_id"),
        ("twitch.json", "/oauth2/validate", "/user_id"),
        ("amazon.json", "/auth/o2/tokeninfo", "/user_id"),
        ("discord.json", "/api/v10/oauth2/@me", "/user/id"),
    ] {
        let scene = Scene::of(file).saying(path, pointer, "4711");
        scene.bring(Kind::AccessToken).await.assert_refused(file, "subject_mismatch");
    }
}
