//! What was found out a moment ago: for how long it counts, and for whom.

use std::time::Duration;

use futures_util::future::join_all;
use serde_json::json;

use super::{FACEBOOK, GITHUB, GOOGLE, LINKEDIN, SITES, Site, UNAVAILABLE, WAYS, Way, World};
use crate::program::{USAGE, configured, run};
use crate::support::internet::{Fault, Grant};

/// Tells how often a provider was asked about a token and with it.
fn asked(world: &World, site: &Site) -> [usize; 2] {
    [site.inspection, site.profile].map(|place| world.calls(place).len())
}

/// Changes the cache's part of the configuration.
async fn remembering(access_tokens: &str) -> World {
    World::with(|text| format!("{text}\n[cache]\naccess_tokens = {access_tokens}\n")).await
}

#[tokio::test]
async fn an_accepted_token_is_not_asked_about_again_for_a_minute() {
    for site in SITES {
        let world = World::start().await;
        let token = world.token(site);
        for (seconds, expected) in
            [(0, [1, 1]), (1, [1, 1]), (58, [1, 1]), (2, [2, 2]), (59, [2, 2])]
        {
            world.app.advance(seconds);
            for way in WAYS {
                let case = format!("{} {seconds} {way:?}", site.idp);
                world.send(way, site.backend, &token).await.token(&case);
                assert_eq!(asked(&world, site), expected, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn operators_see_how_often_the_cache_helps_and_what_came_of_each_call() {
    let world = World::start().await;
    let token = world.token(&GITHUB);
    for _ in 0..3 {
        world.send(Way::Convert, "github", &token).await.token("good");
    }
    world.fault(GITHUB.profile, Fault::rate_limited(7));
    world.exchange(&GITHUB).await.assert_refused("limited", UNAVAILABLE);
    let metrics = world.app.get("/metrics").await.body;
    for line in [
        "cache_lookups_total{cache=\"access_tokens\",outcome=\"hit\"} 2",
        "cache_lookups_total{cache=\"access_tokens\",outcome=\"miss\"} 2",
        "provider_calls_total{provider=\"github\",call=\"binding\",outcome=\"ok\"} 2",
        "provider_calls_total{provider=\"github\",call=\"profile\",outcome=\"ok\"} 1",
        "provider_calls_total{provider=\"github\",call=\"profile\",outcome=\"rate_limited\"} 1",
    ] {
        assert!(metrics.contains(&format!("countersign_{line}")), "{line}: {metrics}");
    }
}

#[tokio::test]
async fn what_is_revoked_is_refused_once_the_minute_is_over() {
    let world = World::start().await;
    let token = world.token(&GOOGLE);
    let send = || world.send(Way::Exchange, "google-oauth2", &token);
    send().await.token("first");
    let invalid = json!({ "error": "invalid_token", "error_description": "Invalid Value" });
    world.fault(GOOGLE.inspection, Fault::json(400, &invalid.to_string()));
    world.app.advance(59);
    send().await.token("remembered");
    world.app.advance(2);
    send().await.assert_refused("revoked", Way::Exchange.refusal("provider_rejected"));
}

#[tokio::test]
async fn a_token_counts_no_longer_than_it_lives() {
    let now = crate::support::NOW;
    let cases: [(&Site, &str, serde_json::Value); 3] = [
        (&GOOGLE, "/expires_in", json!("10")),
        (&LINKEDIN, "/expires_at", json!(now + 10)),
        (&FACEBOOK, "/data/expires_at", json!(now + 10)),
    ];
    for (site, pointer, value) in cases {
        let world = World::start().await;
        world.say(site.inspection, pointer, value);
        let token = world.token(site);
        let send = || world.send(Way::Exchange, site.backend, &token);
        send().await.token(site.idp);
        world.app.advance(9);
        send().await.token(site.idp);
        assert_eq!(asked(&world, site), [1, 1], "{}", site.idp);
        world.app.advance(2);
        let answer = send().await;
        assert_eq!(asked(&world, site), [2, 2], "{}", site.idp);
        // Google says how long it lives from now on, the others until when.
        if site.idp == "google" {
            answer.token("google");
        } else {
            answer.assert_refused(site.idp, Way::Exchange.refusal("expired"));
        }
    }
}

#[tokio::test]
async fn a_refusal_is_remembered_for_five_seconds_and_no_longer() {
    for site in SITES {
        let world = World::start().await;
        let client_id = site.foreign;
        let token = world.token_for(site, |grant| Grant { client_id, ..grant });
        for (seconds, expected) in [(0, 1), (4, 1), (1, 2), (4, 2), (2, 3)] {
            world.app.advance(seconds);
            for way in WAYS {
                let case = format!("{} {seconds} {way:?}", site.idp);
                let answer = world.send(way, site.backend, &token).await;
                let (status, error, _) = way.refusal("");
                assert_eq!(
                    (answer.status, answer.text("error").as_str()),
                    (status, error),
                    "{case}"
                );
                assert_eq!(world.calls(site.inspection).len(), expected, "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_failure_of_the_provider_is_not_remembered() {
    for site in SITES {
        for place in [site.inspection, site.profile] {
            for fault in [Fault::status(500), Fault::rate_limited(60), Fault::Html, Fault::Closed] {
                let world = World::start().await;
                let case = format!("{} {place:?} {fault:?}", site.idp);
                let token = world.token(site);
                world.fault(place, fault);
                let answer = world.send(Way::Exchange, site.backend, &token).await;
                answer.assert_refused(&case, UNAVAILABLE);
                world.fault(place, None);
                world.send(Way::Exchange, site.backend, &token).await.token(&case);
            }
        }
    }
}

#[tokio::test]
async fn an_operator_says_for_how_long_or_not_at_all() {
    for off in ["\"0s\"", "0", "\"0\""] {
        let world = remembering(off).await;
        let token = world.token(&GOOGLE);
        for times in 1..4 {
            world.send(Way::Exchange, "google-oauth2", &token).await.token(off);
            assert_eq!(asked(&world, &GOOGLE), [times, times], "{off}");
        }
    }
    let world = remembering("\"5m\"").await;
    let token = world.token(&GOOGLE);
    for (seconds, expected) in [(0, 1), (299, 1), (2, 2)] {
        world.app.advance(seconds);
        world.send(Way::Exchange, "google-oauth2", &token).await.token("five minutes");
        assert_eq!(asked(&world, &GOOGLE), [expected; 2], "{seconds}");
    }
    // A refusal always is, or made-up tokens would reach the provider one by one.
    for lifetime in ["0", "\"2s\"", "\"5m\""] {
        let world = remembering(lifetime).await;
        for (seconds, expected) in [(0, 1), (4, 1), (1, 2)] {
            world.app.advance(seconds);
            let answer = world.send(Way::Exchange, "google-oauth2", "made-up").await;
            answer.assert_refused(lifetime, Way::Exchange.refusal("provider_rejected"));
            assert_eq!(world.calls(GOOGLE.inspection).len(), expected, "{lifetime}, {seconds}");
        }
    }
}

#[test]
fn a_time_that_is_none_or_too_long_is_refused_with_what_is_allowed() {
    for value in
        ["\"11m\"", "\"500ms\"", "\"-1s\"", "\"soon\"", "\"\"", "5", "-1", "0.5", "true", "[]"]
    {
        let directory = configured(&format!(
            "issuer = \"https://id.example.test\"\n\
             [cache]\naccess_tokens = {value}\n\
             [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.test\"]\n\
             [providers.google]\nclient_ids = [\"x\"]\n"
        ));
        let complaint = run(directory.path(), &["config", "check"]).refused_with(USAGE);
        for word in ["countersign.toml", "cache.access_tokens"] {
            assert!(complaint.contains(word), "{value}: {complaint}");
        }
    }
}

#[tokio::test]
async fn tables_of_one_provider_do_not_share_what_they_know() {
    let table = "[providers.other]\ncatalogue = \"google\"\n\
                 client_ids = [\"foreign.apps.googleusercontent.com\"]\n\
                 [providers.third]\ncatalogue = \"google\"\n\
                 client_ids = [\"web.apps.googleusercontent.com\"]\n";
    let world = World::with(|text| format!("{text}\n{table}")).await;
    let token = world.token(&GOOGLE);
    world.send(Way::Exchange, "google", &token).await.token("ours");
    let answer = world.send(Way::Exchange, "other", &token).await;
    answer.assert_refused("another app's", Way::Exchange.refusal("wrong_audience"));
    let answer = world.send(Way::Exchange, "third", &token).await;
    assert_eq!(world.claims(&answer, "third").await["idp"], "third");
    assert_eq!(asked(&world, &GOOGLE), [3, 3], "each table asks for itself");
    // A token that one provider knows is nothing to another.
    let answer = world.send(Way::Exchange, "github", &token).await;
    answer.assert_refused("GitHub", Way::Exchange.refusal("provider_rejected"));
}

#[tokio::test]
async fn everybody_who_sends_one_token_at_once_shares_one_question() {
    for site in SITES {
        let world = World::start().await;
        for place in [site.inspection, site.profile] {
            world.fault(place, Fault::Slow(Duration::from_millis(200)));
        }
        let token = world.token(site);
        let answers = (0..20).map(|n| world.send(WAYS[n % 2], site.backend, &token));
        for answer in join_all(answers).await {
            answer.token(site.idp);
        }
        assert_eq!(asked(&world, site), [1, 1], "{}", site.idp);
    }
}

#[tokio::test]
async fn everybody_who_waits_for_a_provider_that_hangs_waits_once() {
    let world = World::patient_for("300ms").await;
    world.fault(GOOGLE.inspection, Fault::Slow(Duration::from_secs(5)));
    let token = world.token(&GOOGLE);
    let answers = (0..20).map(|n| world.send(WAYS[n % 2], "google-oauth2", &token));
    for answer in join_all(answers).await {
        answer.assert_refused("hangs", UNAVAILABLE);
    }
    assert_eq!(world.calls(GOOGLE.inspection).len(), 1);
}

#[tokio::test]
async fn who_gives_up_does_not_spoil_it_for_the_others() {
    let world = World::start().await;
    world.fault(GOOGLE.inspection, Fault::Slow(Duration::from_millis(500)));
    let token = world.token(&GOOGLE);
    let impatient = world.send(Way::Exchange, "google-oauth2", &token);
    let gave_up = tokio::time::timeout(Duration::from_millis(200), impatient).await;
    assert!(gave_up.is_err(), "the first did not give up");
    world.send(Way::Exchange, "google-oauth2", &token).await.token("patient");
}
