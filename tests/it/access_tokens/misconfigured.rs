//! A client ID or secret that the provider does not accept: the operator's fault, not the caller's.

use serde_json::json;

use super::{FACEBOOK, GITHUB, LINKEDIN, SITES, UNAVAILABLE, WAYS, World, assert_says};
use crate::support::internet::Fault;

const MISCONFIGURED: (u16, &str, &str) = (500, "server_error", "provider_misconfigured");

#[tokio::test]
async fn a_wrong_secret_is_called_what_it_is_and_stays_secret() {
    for site in [&LINKEDIN, &GITHUB, &FACEBOOK] {
        let right = format!("{}-secret", site.idp);
        let world = World::replacing(&right, "wrong-0123456789").await;
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, MISCONFIGURED);
            assert_says(&answer, &case, &[site.idp, "client ID and secret"]);
            assert!(!answer.body.contains("wrong-0123456789"), "{case}");
        }
    }
}

#[tokio::test]
async fn a_client_that_the_provider_does_not_know_is_called_what_it_is() {
    let graph = |code: u32| json!({ "error": { "message": "no", "code": code } }).to_string();
    let unknown = json!({ "error": "invalid_client" }).to_string();
    for (site, status, body) in [
        (&LINKEDIN, 400, unknown),
        (&LINKEDIN, 401, String::new()),
        (&GITHUB, 401, json!({ "message": "Bad credentials" }).to_string()),
        (&FACEBOOK, 400, graph(190)),
        (&FACEBOOK, 400, graph(101)),
        (&FACEBOOK, 401, graph(104)),
    ] {
        let world = World::start().await;
        world.fault(site.inspection, Fault::json(status, &body));
        for way in WAYS {
            let case = format!("{} {status} {body} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, MISCONFIGURED);
        }
    }
}

#[tokio::test]
async fn a_profile_that_is_not_shown_to_a_token_is_the_callers_fault() {
    let world = World::start().await;
    for site in SITES {
        world.fault(site.profile, Fault::json(401, "{}"));
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, way.refusal("provider_rejected"));
        }
    }
}

#[tokio::test]
async fn a_question_that_we_may_not_ask_is_not_a_scope_that_the_caller_lacks() {
    for site in [&LINKEDIN, &GITHUB, &FACEBOOK] {
        let world = World::start().await;
        world.fault(site.inspection, Fault::json(403, "{}"));
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, UNAVAILABLE);
        }
    }
}
