//! ID tokens that leave something open: the userinfo endpoint is asked, and counts only for the
//! person whom the token names.

use serde_json::json;

use super::{Kind, Scene};
use crate::support::internet::Fault;

/// Those whose code's ID token is thin, or made so, and where the rest is.
const THIN: [(&str, &str); 4] = [
    ("okta-oauth2.json", "/oauth2/v1/userinfo"),
    ("twitch--id-token-completed.json", "/helix/users"),
    ("keycloak.json", "/realms/acme/protocol/openid-connect/userinfo"),
    ("oidc.json", "/tenant/userinfo"),
];

/// Returns a provider whose ID token has neither e-mail nor name.
fn thin(file: &str) -> Scene {
    let mut scene = Scene::of(file);
    scene.claims().retain(|name, _| {
        !["email", "email_verified", "name", "given_name", "family_name", "preferred_username"]
            .contains(&name.as_str())
    });
    scene
}

#[tokio::test]
async fn what_is_said_of_another_person_is_refused() {
    for (file, path) in THIN {
        let outcome = thin(file).bring(Kind::Code).await;
        assert!(outcome.assert_in(file).contains_key("email"), "{file}");
        assert_eq!(outcome.asked(path), 1, "{file}");
        let pointer = if file.starts_with("twitch") { "/data/0/id" } else { "/sub" };
        for other in ["somebody-else", "248289761002"] {
            let scene = thin(file).with(path, |line| {
                *line.body.pointer_mut(pointer).unwrap() = json!(other);
            });
            scene.bring(Kind::Code).await.assert_refused(file, "subject_mismatch");
        }
        let nobody = thin(file).with(path, |line| {
            *line.body.pointer_mut(pointer).unwrap() = json!(null);
        });
        nobody.bring(Kind::Code).await.assert_unavailable(file);
    }
}

#[tokio::test]
async fn an_answer_that_is_none_is_not_passed_over() {
    for (file, path) in THIN {
        let broken = |fault| thin(file).broken(path, fault).bring(Kind::Code);
        for status in [500, 503, 429, 404, 204] {
            broken(Fault::status(status)).await.assert_unavailable(&format!("{file} {status}"));
        }
        for fault in [Fault::Html, Fault::Closed, Fault::Redirect, Fault::Huge] {
            let case = format!("{file} {fault:?}");
            broken(fault).await.assert_unavailable(&case);
        }
        for status in [400, 401] {
            let case = format!("{file} {status}");
            broken(Fault::status(status)).await.assert_refused(&case, "provider_rejected");
        }
        // The person did not allow us more than the ID token has.
        let outcome = broken(Fault::status(403)).await;
        assert!(!outcome.assert_in(file).contains_key("email"), "{file}");
    }
}

#[tokio::test]
async fn without_an_address_to_ask_at_the_person_signs_in_as_the_token_has_it() {
    for (file, path) in [THIN[2], THIN[3]] {
        for address in [json!(null), json!("http://plain.test/userinfo"), json!("")] {
            let case = format!("{file} {address}");
            let mut scene = thin(file);
            scene.fixture.discovery.insert("userinfo_endpoint".to_owned(), address);
            let outcome = scene.bring(Kind::Code).await;
            assert!(!outcome.assert_in(&case).contains_key("email"), "{case}");
            assert_eq!(outcome.asked(path), 0, "{case}");
        }
    }
}

#[tokio::test]
async fn nobody_is_asked_for_what_the_token_says() {
    for (file, path) in [THIN[2], THIN[3]] {
        let outcome = Scene::of(file).bring(Kind::Code).await;
        outcome.assert_in(file);
        assert_eq!(outcome.asked(path), 0, "{file}");
        // Nor with an ID token alone, which no access token came with.
        let outcome = thin(file).bring(Kind::IdToken).await;
        outcome.assert_in(file);
        assert_eq!(outcome.asked(path), 0, "{file}");
        // Nor where none came for the code.
        let endpoint = Scene::of(file).fixture.discovery["token_endpoint"].clone();
        let endpoint = endpoint.as_str().unwrap().splitn(4, '/').last().unwrap().to_owned();
        let scene = thin(file).without(&format!("/{endpoint}"), "access_token");
        let outcome = scene.bring(Kind::Code).await;
        outcome.assert_in(file);
        assert_eq!(outcome.asked(path), 0, "{file}");
    }
}

#[tokio::test]
async fn what_the_token_says_is_not_changed_by_what_fills_its_gaps() {
    let (file, path) = THIN[3];
    let scene = thin(file).claiming("email", "own@acme.test").claiming("email_verified", false);
    let scene = scene.saying(path, "/email", "other@acme.test");
    let outcome = scene.saying(path, "/email_verified", true).bring(Kind::Code).await;
    let claims = outcome.assert_in(file);
    assert_eq!(claims["email"], "own@acme.test");
    assert_eq!(claims["email_verified"], false);
    assert_eq!(claims["name"], "Ольга Ковальчук");
    // The other way round: an address that nobody vouches for stays so.
    let scene = thin(file).claiming("email_verified", true);
    let outcome = scene.saying(path, "/email_verified", false).bring(Kind::Code).await;
    let claims = outcome.assert_in(file);
    assert_eq!(claims["email"], "olga@acme.test");
    assert_eq!(claims["email_verified"], false);
}
