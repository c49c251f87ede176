//! What each provider is sent: what its API wants, where it wants it, and nothing more.

use std::time::{Duration, Instant};

use aws_lc_rs::hmac;
use serde_json::json;

use super::{
    EMAILS, FACEBOOK, GITHUB, GOOGLE, LINKEDIN, Place, SITES, Site, UNAVAILABLE, Way, World,
};
use crate::support::app::{FORM, JSON};
use crate::support::internet::{Call, Fault, facebook, github, linkedin};
use crate::support::keys::hex;

/// Exchanges a good token, and returns it with what was asked.
async fn asked(site: &Site) -> (World, String) {
    let world = World::start().await;
    let token = world.token(site);
    world.send(Way::Exchange, site.backend, &token).await.token(site.idp);
    (world, token)
}

/// Returns the one call to an address.
fn only(world: &World, place: Place) -> Call {
    let calls = world.calls(place);
    assert_eq!(calls.len(), 1, "{place:?}");
    calls[0].clone()
}

/// Checks that a call brings the token in a header, and nowhere else.
fn assert_bearer(call: &Call, token: &str) {
    let case = format!("{}{}", call.host, call.path);
    assert_eq!((call.method.as_str(), call.bearer()), ("GET", Some(token)), "{case}");
    assert!(call.body.is_empty(), "{case}");
    assert!(call.query.iter().all(|(_, value)| value != token), "{case}: {:?}", call.query);
}

#[tokio::test]
async fn every_provider_is_asked_each_question_once_and_nothing_else() {
    for (site, expected) in [(&GOOGLE, 2), (&LINKEDIN, 2), (&GITHUB, 3), (&FACEBOOK, 2)] {
        let (world, _) = asked(site).await;
        let calls = world.internet.all_calls();
        assert_eq!(calls.len(), expected, "{}", site.idp);
        for call in calls {
            let case = format!("{}{}", call.host, call.path);
            assert!(call.header("user-agent").unwrap().starts_with("countersign/"), "{case}");
            assert_eq!((call.header("cookie"), call.header("referer")), (None, None), "{case}");
        }
    }
}

#[tokio::test]
async fn no_secret_goes_where_the_profile_is() {
    for site in SITES {
        let (world, _) = asked(site).await;
        let secret = format!("{}-secret", site.idp);
        for call in world.calls(site.profile).into_iter().chain(world.calls(EMAILS)) {
            let all = format!("{:?} {:?} {:?}", call.query, call.headers, call.body);
            assert!(!all.contains(&secret), "{}: {all}", site.idp);
            assert_eq!(call.basic(), None, "{}", site.idp);
        }
    }
}

#[tokio::test]
async fn google_is_asked_about_the_token_and_then_with_it() {
    let (world, token) = asked(&GOOGLE).await;
    let tokeninfo = only(&world, GOOGLE.inspection);
    assert_eq!(tokeninfo.query, [("access_token".to_owned(), token.clone())]);
    assert_eq!((tokeninfo.method.as_str(), tokeninfo.header("authorization")), ("GET", None));
    let userinfo = only(&world, GOOGLE.profile);
    assert_bearer(&userinfo, &token);
    assert!(userinfo.query.is_empty(), "{:?}", userinfo.query);
}

#[tokio::test]
async fn linkedin_is_posted_our_id_our_secret_and_the_token() {
    let (world, token) = asked(&LINKEDIN).await;
    let introspection = only(&world, LINKEDIN.inspection);
    let mut form = introspection.form();
    form.sort();
    let expected = [
        ("client_id", linkedin::CLIENT_ID),
        ("client_secret", linkedin::CLIENT_SECRET),
        ("token", &token),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(form, expected, "the form");
    assert_eq!(introspection.method, "POST");
    assert_eq!(introspection.header("content-type"), Some(FORM));
    assert_eq!(introspection.header("authorization"), None);
    assert!(introspection.query.is_empty(), "{:?}", introspection.query);
    assert_bearer(&only(&world, LINKEDIN.profile), &token);
}

#[tokio::test]
async fn github_is_posted_the_token_as_json_with_our_id_and_secret_as_basic() {
    let (world, token) = asked(&GITHUB).await;
    let inspection = only(&world, GITHUB.inspection);
    assert_eq!(inspection.method, "POST");
    let basic = (github::CLIENT_ID.to_owned(), github::CLIENT_SECRET.to_owned());
    assert_eq!(inspection.basic(), Some(basic), "HTTP Basic");
    assert_eq!(inspection.header("content-type"), Some(JSON));
    assert_eq!(inspection.json(), json!({ "access_token": token }));
    assert!(inspection.query.is_empty(), "{:?}", inspection.query);
    for place in [GITHUB.profile, EMAILS] {
        assert_bearer(&only(&world, place), &token);
    }
    for place in [GITHUB.inspection, GITHUB.profile, EMAILS] {
        let call = only(&world, place);
        assert_eq!(call.header("accept"), Some("application/vnd.github+json"), "{place:?}");
        assert_eq!(call.header("x-github-api-version"), Some("2022-11-28"), "{place:?}");
    }
}

#[tokio::test]
async fn facebook_has_the_token_in_the_header_and_its_proof_in_the_query() {
    let (world, token) = asked(&FACEBOOK).await;
    let debug = only(&world, FACEBOOK.inspection);
    let app_token = format!("{}|{}", facebook::CLIENT_ID, facebook::CLIENT_SECRET);
    assert_eq!(debug.in_query("input_token").as_ref(), Some(&token));
    assert_eq!(debug.in_query("access_token"), Some(app_token));
    assert_eq!((debug.query.len(), debug.method.as_str()), (2, "GET"));

    let me = only(&world, FACEBOOK.profile);
    assert_bearer(&me, &token);
    let key = hmac::Key::new(hmac::HMAC_SHA256, facebook::CLIENT_SECRET.as_bytes());
    let proof = hex(hmac::sign(&key, token.as_bytes()));
    assert_eq!(me.in_query("appsecret_proof"), Some(proof));
    let fields = me.in_query("fields").unwrap();
    for field in ["id", "name", "first_name", "last_name", "email", "is_silhouette"] {
        assert!(fields.contains(field), "{field}: {fields}");
    }
    assert_eq!(me.query.len(), 2, "{:?}", me.query);
}

#[tokio::test]
async fn facebook_is_asked_in_the_version_that_the_operator_pins() {
    let pinned = "client_secret = \"facebook-secret\"\nsettings = { api_version = \"23.0\" }";
    let world = World::replacing("client_secret = \"facebook-secret\"", pinned).await;
    // Nobody is there in this version.
    world.exchange(&FACEBOOK).await.assert_refused("23.0", UNAVAILABLE);
    let mut paths: Vec<_> = world.internet.all_calls().into_iter().map(|call| call.path).collect();
    paths.sort();
    assert_eq!(paths, ["/v23.0/debug_token", "/v23.0/me"]);
}

#[tokio::test]
async fn the_profile_is_asked_for_though_the_first_answer_does_not_come() {
    for site in SITES {
        let world = World::patient_for("2s").await;
        world.fault(site.inspection, Fault::Slow(Duration::from_mins(1)));
        world.exchange(site).await.assert_refused(site.idp, UNAVAILABLE);
        assert_eq!(world.calls(site.profile).len(), 1, "{}", site.idp);
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "measures real waiting, not the service's time")]
async fn all_questions_together_take_as_long_as_the_slowest() {
    let delay = Duration::from_millis(1500);
    for site in SITES {
        let world = World::start().await;
        for place in [site.inspection, site.profile, EMAILS] {
            world.fault(place, Fault::Slow(delay));
        }
        let started = Instant::now();
        world.exchange(site).await.token(site.idp);
        let took = started.elapsed();
        assert!((delay..delay * 2).contains(&took), "{}: {took:?}", site.idp);
    }
}
