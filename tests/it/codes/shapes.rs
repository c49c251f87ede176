//! Answers that are good but of another shape: forms, wrappings, and numbers for texts.

use serde_json::{Value, json};

use super::{MISCONFIGURED, REJECTED, World, site};
use crate::support::internet::{Fault, github, instagram};

/// A change of an answer.
type Edit = fn(&mut Value);

/// Answers with 200 and a form of this content type, or of none.
fn answering_form(content_type: Option<&str>, body: &str) -> Fault {
    let headers = content_type.map(|it| ("content-type", it.to_owned())).into_iter().collect();
    Fault::Status(200, headers, body.to_owned())
}

#[tokio::test]
async fn github_may_answer_as_a_form_of_any_content_type() {
    let world = World::start().await;
    let site = site("github");
    for content_type in [
        Some("application/x-www-form-urlencoded; charset=utf-8"),
        Some("text/plain"),
        Some("application/json"),
        None,
    ] {
        let case = format!("{content_type:?}");
        let token = world.internet.github().issue(github::grant());
        let body =
            format!("access_token={token}&scope=read%3Auser%2Cuser%3Aemail&token_type=bearer");
        site.fault(&world.internet, answering_form(content_type, &body));
        let answer = world.redeem(site, "any").await;
        let claims = world.claims(&answer, &case).await;
        assert_eq!(
            (&claims["idp_sub"], &claims["idp_binding"]),
            (&json!("583231"), &json!("code"))
        );
        for (error, expected) in [
            ("bad_verification_code", REJECTED),
            ("redirect_uri_mismatch", REJECTED),
            ("never_heard_of", REJECTED),
            ("incorrect_client_credentials", MISCONFIGURED),
        ] {
            // What comes beside an error is not looked at.
            let body = format!("error={error}&error_description=No+good&access_token={token}");
            site.fault(&world.internet, answering_form(content_type, &body));
            world.app.advance(6);
            let answer = world.redeem(site, error).await;
            answer.assert_refused(&format!("{case} {error}"), expected);
        }
    }
}

#[tokio::test]
async fn github_calls_its_errors_success_and_is_not_believed() {
    let world = World::start().await;
    let site = site("github");
    let token = world.internet.github().issue(github::grant());
    for (error, expected) in [
        ("bad_verification_code", REJECTED),
        ("redirect_uri_mismatch", REJECTED),
        ("unverified_user_email", REJECTED),
        ("never_heard_of", REJECTED),
        ("incorrect_client_credentials", MISCONFIGURED),
    ] {
        let body = json!({ "error": error, "error_description": "x", "access_token": token });
        site.fault(&world.internet, Fault::Body(body));
        world.redeem(site, error).await.assert_refused(error, expected);
        assert_eq!(site.calls(&world.internet).len(), 1, "{error}: asked once");
        world.internet.forget_calls();
    }
}

#[tokio::test]
async fn instagram_may_wrap_its_answers_or_not_and_write_ids_as_it_likes() {
    let token = |world: &World| world.internet.instagram().issue(instagram::grant());
    let flat = |token: String, id: Value, permissions: Value| json!({ "access_token": token, "user_id": id, "permissions": permissions });
    let number = json!(17_841_400_000_000_000_u64);
    let list = json!(["instagram_business_basic"]);
    let world = World::start().await;
    let site = site("instagram");
    for (case, answer) in [
        ("flat", flat(token(&world), json!("1020"), json!("a,b"))),
        ("flat, number", flat(token(&world), number.clone(), list.clone())),
        ("wrapped", json!({ "data": [flat(token(&world), json!("1020"), json!("a,b"))] })),
        ("wrapped, number", json!({ "data": [flat(token(&world), number, list)] })),
        ("alone", json!({ "access_token": token(&world) })),
    ] {
        site.fault(&world.internet, Fault::Body(answer));
        let claims = world.claims(&world.redeem(site, "any").await, case).await;
        assert_eq!(claims["idp_sub"], "24563000000000001", "{case}");
        assert_eq!(claims["sub"], "d4af5482-3ffc-5c59-a0ed-19341f90a3f2", "{case}");
    }
    for (case, answer) in [
        ("empty", json!({ "data": [] })),
        ("no list", json!({ "data": { "access_token": token(&world) } })),
        ("none", json!({ "data": [{ "user_id": "1020" }] })),
    ] {
        site.fault(&world.internet, Fault::Body(answer));
        world.redeem(site, "any").await.assert_refused(case, super::UNAVAILABLE);
    }
}

#[tokio::test]
async fn instagrams_person_is_the_same_wrapped_or_not_and_with_an_id_that_is_a_number() {
    let changes: [(&str, Edit); 3] = [
        ("wrapped", |person| *person = json!({ "data": [person.take()] })),
        ("a number", |person| person["id"] = json!(24_563_000_000_000_001_u64)),
        ("both", |person| {
            person["id"] = json!(24_563_000_000_000_001_u64);
            *person = json!({ "data": [person.take()] });
        }),
    ];
    for (case, change) in changes {
        let world = World::start().await;
        world.internet.change("graph.instagram.com", "/v24.0/me", change);
        let site = site("instagram");
        let answer = world.redeem(site, &site.code(&world.internet)).await;
        let claims = world.claims(&answer, case).await;
        assert_eq!(claims["idp_sub"], "24563000000000001", "{case}");
        assert_eq!(claims["preferred_username"], "ada", "{case}");
    }
}

#[tokio::test]
async fn a_number_that_no_float_can_hold_is_an_id_like_any_other() {
    let world = World::start().await;
    world
        .internet
        .github()
        .change_profile(|person| person["id"] = json!(9_007_199_254_740_993_u64));
    let site = site("github");
    let answer = world.redeem(site, &site.code(&world.internet)).await;
    let claims = world.claims(&answer, "beyond 2^53").await;
    assert_eq!(claims["idp_sub"], "9007199254740993");
}
