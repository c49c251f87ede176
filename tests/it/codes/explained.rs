//! What `/explain` tells of codes, which it uses up.

use serde_json::Value;

use super::{OTHER_VERIFIER, REJECTED, SITES, Site, VERIFIER, World, challenge, form};
use crate::support::app::{FORM, send};
use crate::support::form::Form;

/// A client that has a secret.
const ASKING: &str = "[[clients]]\nid = \"desk\"\nsecret = \"desk-4711\"\norigins = \
                      [\"https://desk.example.com\"]\nexplains = [\"spa\"]\naudience = [\"https://api.example.com\"]\n\n[[clients]]\n";

async fn world() -> World {
    World::configured(|text| text.replacen("[[clients]]\n", ASKING, 1)).await
}

async fn explain(world: &World, form: &Form) -> Value {
    let request = world.app.posting("/explain", FORM, form.encoded());
    send(request.basic_auth("desk", Some("desk-4711"))).await.json()
}

fn outcome<'a>(told: &'a Value, name: &str) -> &'a Value {
    let checks = told["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    &found.unwrap_or_else(|| panic!("{name}: {told:#}"))["outcome"]
}

fn bound_code(world: &World, site: &Site) -> String {
    site.code_with(&world.internet, |it| it.code_challenge = Some(challenge(VERIFIER)))
}

#[tokio::test]
async fn a_good_code_passes_and_is_used_up() {
    let world = world().await;
    for site in &SITES {
        let code = site.code(&world.internet);
        let told = explain(&world, &form(site.name, &code)).await;
        assert_eq!(told["accepted"], true, "{}: {told:#}", site.name);
        assert_eq!(told["kind"], "code");
        for name in ["redirect_uri", "code"] {
            assert_eq!(outcome(&told, name), "passed", "{} {name}", site.name);
        }
        world.redeem(site, &code).await.assert_refused(site.name, REJECTED);
    }
}

#[tokio::test]
async fn a_code_that_is_bound_to_another_verifier_fails_at_the_provider() {
    let world = world().await;
    for site in SITES.iter().filter(|site| site.takes_verifier) {
        let code = bound_code(&world, site);
        let wrong = form(site.name, &code).and("code_verifier", OTHER_VERIFIER);
        let told = explain(&world, &wrong).await;
        assert_eq!(told["error"]["reason"], REJECTED.2, "{}", site.name);
        assert_eq!(told["error"]["error"], REJECTED.1, "{}", site.name);
        assert_eq!(outcome(&told, "code"), "failed", "{}", site.name);
    }
}

#[tokio::test]
async fn a_code_for_a_redirect_uri_that_is_not_the_clients_stays_good() {
    let world = world().await;
    let site = &SITES[0];
    let code = site.code(&world.internet);
    let elsewhere = form(site.name, &code).with("redirect_uri", "https://elsewhere.example/");
    let told = explain(&world, &elsewhere).await;
    assert_eq!(told["error"]["reason"], "redirect_uri_not_allowed");
    assert_eq!(outcome(&told, "credential"), "not_made");
    world.assert_unused(site, &code, site.name).await;
}

#[tokio::test]
async fn a_code_that_a_page_of_elsewhere_brings_stays_good() {
    let world = world().await;
    let site = &SITES[0];
    let code = site.code(&world.internet);
    let request = world.app.posting("/explain", FORM, form(site.name, &code).encoded());
    let asked = request.basic_auth("desk", Some("desk-4711"));
    let told = send(asked.header("origin", "https://desk.example.com")).await.json();
    assert_eq!(told["error"]["reason"], "origin_not_allowed", "{told:#}");
    assert_eq!(outcome(&told, "credential"), "not_made");
    world.assert_unused(site, &code, site.name).await;
}

#[tokio::test]
async fn a_code_in_the_place_of_the_redirect_uri_is_not_shown() {
    let world = world().await;
    let code = SITES[0].code(&world.internet);
    let told = explain(&world, &form("google", &code).with("redirect_uri", &code)).await;
    assert!(!told.to_string().contains(&code), "{told:#}");
}
