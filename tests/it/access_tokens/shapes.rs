//! Answers of another shape than the reference's: 503, and the log names the field.

use serde_json::{Value, json};

use super::served::Program;
use super::{EMAILS, FACEBOOK, GITHUB, GOOGLE, LINKEDIN, Place, Site, UNAVAILABLE, WAYS, World};
use crate::support::internet::{Fault, Internet};

/// A site, the address that answers otherwise, with what, and what the log has to name.
type Case = (&'static Site, Place, Value, &'static str);

/// Returns an answer with a member left out, or replaced.
fn but(answer: &Value, parent: &str, name: &str, value: Option<Value>) -> Value {
    let mut answer = answer.clone();
    let members = answer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    members.remove(name).unwrap();
    members.extend(value.map(|value| (name.to_owned(), value)));
    answer
}

/// Nothing here depends on the time, so that the program can run by the system's clock.
fn cases() -> Vec<Case> {
    let google = json!({
        "aud": "web.apps.googleusercontent.com", "azp": "web.apps.googleusercontent.com",
        "sub": "110169484474386276334", "expires_in": "3599",
    });
    let linkedin = json!({
        "active": true, "auth_type": "3L", "client_id": "78abcdefghijkl", "expires_at": 0,
    });
    let github = json!({
        "app": { "client_id": "Iv1.0123456789abcdef" }, "user": { "id": 583_231 },
    });
    let user = json!({ "login": "octocat", "id": 583_231, "type": "User" });
    let facebook = json!({ "data": {
        "app_id": "312083254664235", "type": "USER", "is_valid": true,
        "user_id": "6801045783286074", "expires_at": 0,
    } });
    let sub = json!({ "sub": "x" });
    let facebook_at =
        |name: &str, value| (&FACEBOOK, FACEBOOK.inspection, but(&facebook, "/data", name, value));
    let with =
        |(site, place, body): (&'static Site, Place, Value), named| (site, place, body, named);
    let google_at = |name: &str, value| (&GOOGLE, GOOGLE.inspection, but(&google, "", name, value));
    let linkedin_at =
        |name: &str, value| (&LINKEDIN, LINKEDIN.inspection, but(&linkedin, "", name, value));
    vec![
        with(google_at("aud", None), "/aud"),
        with(google_at("aud", Some(json!(["web.apps.googleusercontent.com"]))), "/aud"),
        with(google_at("azp", Some(json!(["web.apps.googleusercontent.com"]))), "/azp"),
        with(google_at("azp", Some(json!(7.5))), "/azp"),
        with(google_at("expires_in", None), "/expires_in"),
        with(google_at("expires_in", Some(json!("soon"))), "/expires_in"),
        with(google_at("expires_in", Some(json!(3599.5))), "/expires_in"),
        with(google_at("sub", Some(json!(7.5))), "/sub"),
        (&GOOGLE, GOOGLE.profile, but(&sub, "", "sub", None), "/sub"),
        with(linkedin_at("client_id", None), "/client_id"),
        with(linkedin_at("active", None), "/active"),
        with(linkedin_at("auth_type", None), "/auth_type"),
        with(linkedin_at("expires_at", Some(json!("soon"))), "/expires_at"),
        (&LINKEDIN, LINKEDIN.profile, but(&sub, "", "sub", Some(json!([]))), "/sub"),
        (&GITHUB, GITHUB.inspection, but(&github, "/app", "client_id", None), "/app/client_id"),
        (&GITHUB, GITHUB.inspection, but(&github, "/user", "id", None), "/user/id"),
        (&GITHUB, GITHUB.inspection, but(&github, "", "app", None), "/app/client_id"),
        (&GITHUB, GITHUB.profile, but(&user, "", "id", None), "/id"),
        (&GITHUB, GITHUB.profile, but(&user, "", "id", Some(json!(0.5))), "/id"),
        (&GITHUB, GITHUB.profile, but(&user, "", "type", None), "/type"),
        (&GITHUB, EMAILS, json!({ "message": "x" }), "no list of addresses"),
        with(facebook_at("app_id", None), "/data/app_id"),
        with(facebook_at("is_valid", None), "/data/is_valid"),
        with(facebook_at("type", None), "/data/type"),
        with(facebook_at("user_id", None), "/data/user_id"),
        with(facebook_at("expires_at", Some(json!(false))), "/data/expires_at"),
        (&FACEBOOK, FACEBOOK.inspection, json!({}), "/data/is_valid"),
        (&FACEBOOK, FACEBOOK.profile, json!({ "name": "Ada" }), "/id"),
        (&FACEBOOK, FACEBOOK.profile, json!([]), "no JSON object"),
    ]
}

#[tokio::test]
async fn an_answer_of_another_shape_is_the_providers_fault_and_not_the_callers() {
    let world = World::start().await;
    for (site, place, body, named) in cases() {
        let case = format!("{} {named} {body}", site.idp);
        world.fault(place, Fault::Body(body));
        for way in WAYS {
            let case = format!("{case} {way:?}");
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, UNAVAILABLE);
            assert_eq!(answer.header("retry-after"), Some("60"), "{case}");
        }
        world.fault(place, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_names_the_provider_the_call_and_the_field_that_is_not_as_known() {
    let internet = Internet::start().await;
    let program = Program::start(&internet, "info");
    for (site, (host, path), body, named) in cases() {
        let case = format!("{} {named} {body}", site.idp);
        internet.fault(host, path, Fault::Body(body));
        let before = program.log().len();
        let token = (site.fake)(&internet).issue((site.grant)());
        program.exchange(site.backend, &token).await.assert_refused(&case, UNAVAILABLE);
        let call = match (host, path) {
            EMAILS => "emails",
            place if place == site.profile => "profile",
            _ => "binding",
        };
        program.wait_for_line(before, &case, |line| {
            let names = line["problem"].as_str().is_some_and(|it| it.contains(named));
            let about = line["provider"] == site.idp && line["call"] == call;
            names && about && line["level"] == "ERROR"
        });
        internet.fault(host, path, None);
    }
}
