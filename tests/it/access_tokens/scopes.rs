//! Access tokens that are ours and allow too little: the answer names the scope.

use serde_json::json;

use super::{FACEBOOK, GITHUB, GOOGLE, LINKEDIN, Site, WAYS, World, assert_says};
use crate::support::internet::{Fault, Grant};

/// Checks that a token is refused for want of a scope.
async fn assert_lacking(world: &World, site: &Site, token: &str, (case, scope): (&str, &str)) {
    for way in WAYS {
        let case = format!("{} {case} {way:?}", site.idp);
        let answer = world.send(way, site.backend, token).await;
        answer.assert_refused(&case, way.refusal("provider_rejected"));
        assert_says(&answer, &case, &[site.idp, "scope", &format!("'{scope}'")]);
    }
}

#[tokio::test]
async fn a_token_without_the_scope_for_a_profile_is_told_which() {
    let world = World::start().await;
    for (site, granted, wanted) in [
        (&GOOGLE, "https://www.googleapis.com/auth/calendar", "openid"),
        (&LINKEDIN, "email", "openid profile"),
        (&LINKEDIN, "openid email", "openid profile"),
        (&LINKEDIN, "w_member_social", "openid profile"),
    ] {
        let token = world.token_for(site, |grant| Grant { scope: granted, ..grant });
        assert_lacking(&world, site, &token, (granted, wanted)).await;
    }
}

#[tokio::test]
async fn a_google_token_that_names_nobody_lacks_the_scope_for_it() {
    let world = World::start().await;
    world.change(GOOGLE.inspection, |answer| {
        answer.as_object_mut().unwrap().remove("sub").unwrap();
    });
    assert_lacking(&world, &GOOGLE, &world.token(&GOOGLE), ("no sub", "openid")).await;
}

#[tokio::test]
async fn a_profile_that_is_forbidden_names_the_scope_in_each_providers_words() {
    let graph = |code: u32| {
        let error = json!({ "message": "(#10) no", "type": "OAuthException", "code": code });
        json!({ "error": error }).to_string()
    };
    let denied = json!({ "error": { "code": 403, "status": "PERMISSION_DENIED" } }).to_string();
    let bearer = json!({ "error": "insufficient_scope" }).to_string();
    let not_enough = json!({ "status": 403, "code": "ACCESS_DENIED" }).to_string();
    let github = json!({ "message": "Resource not accessible by integration" }).to_string();
    let world = World::start().await;
    for (site, status, body, scope) in [
        (&GOOGLE, 403, denied, "openid"),
        (&GOOGLE, 403, bearer, "openid"),
        (&GOOGLE, 403, String::new(), "openid"),
        (&LINKEDIN, 403, not_enough, "openid profile"),
        (&GITHUB, 403, github, "read:user user:email"),
        (&FACEBOOK, 400, graph(10), "public_profile"),
        (&FACEBOOK, 403, graph(200), "public_profile"),
        (&FACEBOOK, 400, graph(299), "public_profile"),
        (&FACEBOOK, 403, String::new(), "public_profile"),
    ] {
        let case = format!("{status} {body}");
        world.fault(site.profile, Fault::json(status, &body));
        assert_lacking(&world, site, &world.token(site), (&case, scope)).await;
    }
}
