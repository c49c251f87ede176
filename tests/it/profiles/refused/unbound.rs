//! Access tokens that no row can take, or that an operator has to allow: refused without a call.

use super::{Kind, Scene, fixture};

/// Removes what the harness sets for rows without a proof.
const ALLOWED: &str = "allow_unbound_access_tokens = true\n";
/// A row with access tokens and nothing else.
const NO_CODES: &str = "vk-id.json";
/// Rows whose person is found with the help of the token endpoint's answer alone.
const OF_CODES: [&str; 3] = ["taobao.json", "weixin.json", "bungie.json"];

#[tokio::test]
async fn an_access_token_of_which_nothing_proves_the_app_is_refused_by_every_such_row() {
    let mut rows = 0;
    for fixture in fixture::all() {
        let scene = Scene::from(fixture);
        let bare = scene.fixture.file.split("--").count() == 1;
        let case = scene.fixture.file.clone();
        if scene.row.is_bound() || !bare || case == NO_CODES {
            continue;
        }
        rows += 1;
        let outcome = scene.configured(ALLOWED, "").bring(Kind::AccessToken).await;
        outcome.assert_refused(&case, "unbound_access_token");
        assert_eq!(outcome.calls.len(), 0, "{case}: {:?}", outcome.calls);
    }
    assert!(rows > 60, "{rows}");
}

#[tokio::test]
async fn a_row_with_nothing_else_has_to_be_allowed() {
    let scene = Scene::of(NO_CODES).configured(ALLOWED, "");
    let complaint = scene.complaint(Kind::AccessToken).await.unwrap();
    assert!(complaint.contains("providers.p.allow_unbound_access_tokens"), "{complaint}");
}

#[tokio::test]
async fn what_only_a_code_brings_cannot_be_allowed() {
    for file in OF_CODES {
        let complaint = Scene::of(file).complaint(Kind::AccessToken).await;
        let complaint = complaint.unwrap_or_else(|| panic!("{file}: it is allowed"));
        assert!(complaint.contains("providers.p.allow_unbound_access_tokens"), "{complaint}");
    }
}

#[tokio::test]
async fn what_the_token_endpoint_does_not_say_makes_nobody() {
    for (file, path, member) in [
        ("taobao.json", "/token", "taobao_user_id"),
        ("weixin.json", "/sns/oauth2/access_token", "openid"),
        ("bungie.json", "/platform/app/oauth/token/", "membership_id"),
    ] {
        // The fake knows nobody without an id, either.
        let outcome = Scene::of(file).without(path, member).bring(Kind::Code).await;
        assert_ne!(outcome.answer.status, 200, "{file}");
        for nothing in ["", " "] {
            let scene = Scene::of(file).saying(path, &format!("/{member}"), nothing);
            let outcome = scene.bring(Kind::Code).await;
            assert_ne!(outcome.answer.status, 200, "{file} {nothing:?}");
        }
    }
}

#[tokio::test]
async fn an_id_of_the_profile_does_not_stand_in_for_that_of_the_token_endpoint() {
    let scene = Scene::of("bungie.json");
    let scene = scene.without("/platform/app/oauth/token/", "membership_id");
    let path = "/Platform/User/GetBungieNetUser/";
    let scene = scene.saying(path, "/membership_id", "18402277");
    scene.bring(Kind::Code).await.assert_unavailable("bungie");
}
