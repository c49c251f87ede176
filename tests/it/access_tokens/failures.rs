//! Providers that do not answer, or not as they should: 503, and when to try again.

use std::time::Duration;

use serde_json::json;

use super::{EMAILS, FACEBOOK, GITHUB, GOOGLE, Place, SITES, Site, UNAVAILABLE, WAYS, Way, World};
use crate::support::internet::{Fault, Grant};

/// Every address that an exchange of an access token asks.
fn places() -> Vec<(&'static Site, Place)> {
    let each = SITES.into_iter().flat_map(|site| [(site, site.inspection), (site, site.profile)]);
    each.chain([(&GITHUB, EMAILS)]).collect()
}

/// Checks that a fault is answered as the provider's.
async fn assert_unavailable(
    world: &World,
    (site, place): (&Site, Place),
    fault: Fault,
    retry_after: &str,
) {
    let case = format!("{} {place:?} {fault:?}", site.idp);
    world.fault(place, fault);
    for way in WAYS {
        let case = format!("{case} {way:?}");
        let answer = world.send(way, site.backend, &world.token(site)).await;
        answer.assert_refused(&case, UNAVAILABLE);
        assert_eq!(answer.header("retry-after"), Some(retry_after), "{case}");
    }
    world.fault(place, None);
}

#[tokio::test]
async fn a_provider_that_asks_for_patience_has_it_passed_on() {
    let world = World::start().await;
    for (site, place) in places() {
        for (seconds, expected) in [(7, "7"), (0, "1"), (1_000_000, "3600")] {
            assert_unavailable(&world, (site, place), Fault::rate_limited(seconds), expected).await;
        }
        let date = ("retry-after", "Mon, 24 Nov 2025 16:01:30 GMT".to_owned());
        let fault = Fault::Status(429, vec![date], String::new());
        assert_unavailable(&world, (site, place), fault, "90").await;
        let fault = Fault::Status(429, Vec::new(), "{}".to_owned());
        assert_unavailable(&world, (site, place), fault, "5").await;
        let fault = Fault::Status(503, vec![("retry-after", "9".to_owned())], String::new());
        assert_unavailable(&world, (site, place), fault, "9").await;
    }
}

#[tokio::test]
async fn githubs_limits_are_not_mistaken_for_a_scope_that_is_missing() {
    let world = World::start().await;
    let secondary = Fault::Status(403, vec![("retry-after", "60".to_owned())], "{}".to_owned());
    for place in [GITHUB.inspection, GITHUB.profile, EMAILS] {
        assert_unavailable(&world, (&GITHUB, place), Fault::github_used_up(45), "45").await;
        assert_unavailable(&world, (&GITHUB, place), secondary.clone(), "60").await;
    }
}

#[tokio::test]
async fn facebooks_codes_for_too_many_calls_and_for_hiccups_are_facebooks_fault() {
    let world = World::start().await;
    for place in [FACEBOOK.inspection, FACEBOOK.profile] {
        for code in [1, 2, 4, 17, 32, 613] {
            let body = json!({ "error": { "message": "later", "code": code } }).to_string();
            for status in [400, 403, 500] {
                let fault = Fault::json(status, &body);
                assert_unavailable(&world, (&FACEBOOK, place), fault, "5").await;
            }
        }
    }
}

#[tokio::test]
async fn googles_word_for_a_quota_is_googles_fault() {
    let world = World::start().await;
    let error = json!({ "error": { "code": 403, "status": "RESOURCE_EXHAUSTED" } }).to_string();
    assert_unavailable(&world, (&GOOGLE, GOOGLE.profile), Fault::json(403, &error), "5").await;
}

#[tokio::test]
async fn a_provider_that_fails_or_closes_is_to_be_tried_again_soon() {
    let world = World::start().await;
    for (site, place) in places() {
        for fault in [Fault::status(500), Fault::status(502), Fault::status(503), Fault::Closed] {
            assert_unavailable(&world, (site, place), fault, "5").await;
        }
    }
}

#[tokio::test]
async fn a_provider_that_answers_what_nobody_knows_is_to_be_tried_again_later() {
    let world = World::start().await;
    for (site, place) in places() {
        for fault in [
            Fault::Html,
            Fault::Huge,
            Fault::Redirect,
            Fault::Body(json!(null)),
            Fault::Body(json!("text")),
            Fault::json(200, ""),
            Fault::json(200, "{\"id\": 1"),
            Fault::json(418, "{}"),
            Fault::json(204, ""),
        ] {
            assert_unavailable(&world, (site, place), fault, "60").await;
        }
        if place != EMAILS {
            assert_unavailable(&world, (site, place), Fault::Body(json!([])), "60").await;
        }
    }
    let elsewhere = world.internet.all_calls().into_iter().filter(|call| call.path == "/elsewhere");
    assert_eq!(elsewhere.count(), 0, "a redirect was followed");
}

#[tokio::test]
async fn a_provider_that_takes_too_long_is_not_waited_for() {
    let world = World::patient_for("300ms").await;
    for (site, place) in places() {
        let slow = Fault::Slow(Duration::from_mins(1));
        assert_unavailable(&world, (site, place), slow, "5").await;
    }
}

#[tokio::test]
async fn what_the_provider_says_of_the_token_counts_though_the_profile_fails_first() {
    let world = World::start().await;
    for site in SITES {
        world.fault(site.inspection, Fault::Slow(Duration::from_millis(200)));
        for fault in [Fault::status(500), Fault::rate_limited(7), Fault::Html] {
            let case = format!("{} {fault:?}", site.idp);
            world.fault(site.profile, fault);
            let client_id = site.foreign;
            let token = world.token_for(site, |grant| Grant { client_id, ..grant });
            let answer = world.send(Way::Convert, site.backend, &token).await;
            assert_eq!(
                (answer.status, answer.text("error").as_str()),
                (400, "invalid_grant"),
                "{case}"
            );
        }
    }
}

#[tokio::test]
async fn the_next_exchange_after_a_failure_is_as_good_as_the_first() {
    let world = World::start().await;
    for (site, place) in places() {
        let token = world.token(site);
        for way in WAYS {
            let case = format!("{} {place:?} {way:?}", site.idp);
            world.fault(place, Fault::status(500));
            let answer = world.send(way, site.backend, &token).await;
            answer.assert_refused(&case, UNAVAILABLE);
            world.fault(place, None);
            world.send(way, site.backend, &token).await.token(&case);
            world.app.advance(61);
        }
    }
}
