//! `at_hash`: what ties the access token that comes for a code to the ID token beside it.

use serde_json::{Value, json};

use super::{Kind, Scene};
use crate::support::keys::{base64url, sha256};

/// The hash of another token.
const WRONG: &str = "AAAAAAAAAAAAAAAAAAAAAA";

/// The left half of the hash of `TOKEN`, for every algorithm with SHA-256.
fn right() -> String {
    base64url(&sha256("TOKEN")[..16])
}

#[tokio::test]
async fn a_wrong_hash_is_refused_unless_the_row_says_that_it_is_none() {
    for (file, hash, reason) in [
        ("oidc.json", json!(right()), ""),
        ("oidc.json", json!(WRONG), "wrong_access_token_hash"),
        ("oidc.json", json!(""), "wrong_access_token_hash"),
        ("oidc.json", json!(base64url(sha256("TOKEN"))), "wrong_access_token_hash"),
        ("keycloak.json", json!(WRONG), "wrong_access_token_hash"),
        ("okta-oauth2.json", json!(WRONG), "wrong_access_token_hash"),
        ("twitch--id-token-completed.json", json!(WRONG), "wrong_access_token_hash"),
        ("gitlab--id-token.json", json!(WRONG), "wrong_access_token_hash"),
        ("helmholtz.json", json!(WRONG), "wrong_access_token_hash"),
        ("cesid.json", json!(WRONG), ""),
        ("e-infra_cz.json", json!(WRONG), ""),
        ("life_science.json", json!(WRONG), ""),
        ("life_science_eosc.json", json!(WRONG), ""),
    ] {
        let case = format!("{file} {hash}");
        let outcome = Scene::of(file).claiming("at_hash", hash).bring(Kind::Code).await;
        if reason.is_empty() {
            assert_eq!(outcome.assert_in(&case)["idp_binding"], "code", "{case}");
        } else {
            outcome.assert_refused(&case, reason);
            let userinfo = outcome.calls.iter().filter(|call| call.bearer().is_some());
            assert_eq!(userinfo.count(), 0, "{case}: the token was used");
        }
    }
}

#[tokio::test]
async fn a_hash_that_is_no_text_is_the_providers_fault() {
    for hash in [json!(7), json!([WRONG]), Value::Null] {
        let outcome = Scene::of("oidc.json").claiming("at_hash", hash.clone());
        outcome.bring(Kind::Code).await.assert_unavailable(&hash.to_string());
    }
}

#[tokio::test]
async fn without_an_access_token_beside_it_nothing_is_compared() {
    let scene = Scene::of("oidc.json").claiming("at_hash", WRONG);
    scene.bring(Kind::IdToken).await.assert_in("alone");
    let scene = Scene::of("oidc.json").claiming("at_hash", WRONG);
    let scene = scene.without("/tenant/token", "access_token");
    scene.bring(Kind::Code).await.assert_in("for a code");
}
