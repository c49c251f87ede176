//! What `/explain` tells of access tokens: the provider is asked, and nothing is remembered of it.

use serde_json::Value;

use super::{GITHUB, SITES, Site, UNAVAILABLE, Way, World};
use crate::support::internet::{Fault, Grant};

/// A client that has a secret.
const ASKING: &str = "[[clients]]\nid = \"desk\"\nsecret = \"desk-4711\"\nexplains = \
                      [\"spa\"]\naudience = [\"https://api.example.com\"]\n\n[[clients]]\n";

async fn world() -> World {
    World::with(|text| text.replacen("[[clients]]\n", ASKING, 1)).await
}

async fn explain(world: &World, site: &Site, token: &str) -> Value {
    let form = Way::Exchange.form(site.backend, token);
    let request = world.app.posting("/explain", crate::support::app::FORM, form.encoded());
    let asked = request.basic_auth("desk", Some("desk-4711"));
    let answer = crate::support::app::send(asked).await;
    assert_eq!(answer.status, 200, "{}: {}", site.idp, answer.body);
    assert!(!answer.body.contains(token), "{}", site.idp);
    answer.json()
}

fn check<'a>(told: &'a Value, name: &str) -> &'a Value {
    let checks = told["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("{name}: {told:#}"))
}

#[tokio::test]
async fn a_good_token_is_told_app_and_person_and_nothing_is_remembered_of_it() {
    let world = world().await;
    for site in SITES {
        let token = world.token(site);
        let told = explain(&world, site, &token).await;
        assert_eq!(told["accepted"], true, "{told:#}");
        assert_eq!(told["kind"], "access_token");
        for name in ["kind", "app", "person"] {
            assert_eq!(check(&told, name)["outcome"], "passed", "{} {name}", site.idp);
        }
        let app = check(&told, "app")["seen"].as_str().unwrap().to_owned();
        assert_ne!(app, site.foreign);
        let before = world.calls(site.profile).len();
        assert!(before > 0, "{}", site.idp);
        let answer = world.send(Way::Exchange, site.backend, &token).await;
        let claims = world.claims(&answer, site.idp).await;
        assert_eq!(told["subject"], claims["sub"], "{}", site.idp);
        assert!(world.calls(site.profile).len() > before, "{}: remembered", site.idp);
    }
}

#[tokio::test]
async fn a_token_of_another_app_fails_the_check_of_the_app() {
    let world = world().await;
    for site in SITES {
        let client_id = site.foreign;
        let token = world.token_for(site, |grant| Grant { client_id, ..grant });
        let told = explain(&world, site, &token).await;
        let refusal = world.send(Way::Exchange, site.backend, &token).await.json();
        assert_eq!(told["error"], refusal, "{}", site.idp);
        let app = check(&told, "app");
        assert_eq!(app["outcome"], "failed", "{}", site.idp);
        assert_eq!(app["reason"], refusal["reason"], "{}", site.idp);
    }
}

#[tokio::test]
async fn a_refusal_costs_the_address_as_much_as_at_the_token_endpoint() {
    let world = World::with(|text| {
        let text = text.replacen("[[clients]]\n", ASKING, 1);
        let (before, after) = text.split_once("requests_per_minute = 0").unwrap();
        format!("{before}requests_per_minute = 12{after}")
    })
    .await;
    let form = Way::Exchange.form("github", "gho_made-up");
    let mut statuses = Vec::new();
    for _ in 0..4 {
        let request = world.app.posting("/explain", crate::support::app::FORM, form.encoded());
        let asked = request.basic_auth("desk", Some("desk-4711"));
        statuses.push(crate::support::app::send(asked).await.status);
    }
    assert_eq!(statuses, [200, 200, 200, 429], "five of twelve each");
}

#[tokio::test]
async fn a_provider_that_cannot_answer_is_told_as_such() {
    let world = world().await;
    world.fault(GITHUB.inspection, Fault::json(503, "{}"));
    let told = explain(&world, &GITHUB, &world.token(&GITHUB)).await;
    assert_eq!(told["error"]["reason"], UNAVAILABLE.2);
    assert_eq!(check(&told, "app")["seen"], "busy");
}

#[tokio::test]
async fn the_provider_is_not_asked_for_a_request_that_is_hopeless() {
    let world = world().await;
    let token = world.token(&GITHUB);
    let form = Way::Exchange.form("github", &token).and("audience", "https://elsewhere.example");
    let request = world.app.posting("/explain", crate::support::app::FORM, form.encoded());
    let asked = request.basic_auth("desk", Some("desk-4711"));
    let told = crate::support::app::send(asked).await.json();
    assert_eq!(told["error"]["error"], "invalid_target");
    assert_eq!(check(&told, "target")["outcome"], "failed");
    assert_eq!(check(&told, "credential")["outcome"], "not_made");
    assert!(world.calls(GITHUB.inspection).is_empty());
}
