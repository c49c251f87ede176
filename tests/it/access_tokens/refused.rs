//! Access tokens that are not good, or not for us.

use serde_json::{Value, json};

use super::{EMAILS, FACEBOOK, GITHUB, GOOGLE, LINKEDIN, Place, SITES, WAYS, World, assert_says};
use crate::support::NOW;
use crate::support::internet::{Fault, Grant, Life, github};

#[tokio::test]
async fn a_token_of_another_app_is_refused_by_every_provider() {
    let world = World::start().await;
    for site in SITES {
        let client_id = site.foreign;
        let token = world.token_for(site, |grant| Grant { client_id, ..grant });
        // Google alone says whose it is instead.
        let reason = if site.idp == "google" { "wrong_audience" } else { "provider_rejected" };
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &token).await;
            answer.assert_refused(&case, way.refusal(reason));
            let said =
                if site.idp == "google" { "web.apps.googleusercontent.com" } else { site.idp };
            assert_says(&answer, &case, &[said]);
        }
    }
}

#[tokio::test]
async fn expired_revoked_and_made_up_tokens_are_refused_by_every_provider() {
    let world = World::start().await;
    for site in SITES {
        let living = |life| world.token_for(site, |grant| Grant { life, ..grant });
        for (case, token) in [
            ("expired", living(Life::Expired)),
            ("revoked", living(Life::Revoked)),
            ("made up", "a0-0123456789".to_owned()),
            ("with a dot", "ya29.a0-0123456789".to_owned()),
            ("with two dots", "ya29.c.b0-0123456789".to_owned()),
            ("to be encoded", "a+b/c=d&e%f".to_owned()),
        ] {
            for way in WAYS {
                let case = format!("{} {case} {way:?}", site.idp);
                let answer = world.send(way, site.backend, &token).await;
                answer.assert_refused(&case, way.refusal("provider_rejected"));
                assert!(!answer.body.contains(&token), "{case}");
            }
        }
    }
}

#[tokio::test]
async fn a_personal_token_of_github_is_nobodys_sign_in() {
    let world = World::start().await;
    for prefix in ["ghp_", "github_pat_"] {
        let token = world.internet.github().issue_as(prefix, github::grant());
        for way in WAYS {
            let case = format!("{prefix} {way:?}");
            let answer = world.send(way, "github", &token).await;
            answer.assert_refused(&case, way.refusal("provider_rejected"));
        }
    }
}

#[tokio::test]
async fn an_account_of_github_that_is_no_person_is_refused_and_told_why() {
    for kind in ["Bot", "Organization", "Mannequin", ""] {
        let world = World::start().await;
        world.internet.github().change_profile(|person| person["type"] = kind.into());
        for way in WAYS {
            let case = format!("{kind} {way:?}");
            let answer = world.send(way, "github", &world.token(&GITHUB)).await;
            answer.assert_refused(&case, way.refusal("provider_rejected"));
            assert_says(&answer, &case, &["/type", "User"]);
        }
    }
}

#[tokio::test]
async fn a_refusal_is_understood_in_each_of_a_providers_ways_of_saying_it() {
    let graph = |code: u32, subcode: u32| {
        let error = json!({ "message": "no", "code": code, "error_subcode": subcode });
        json!({ "error": error }).to_string()
    };
    let described = json!({ "error_description": "Invalid Value" }).to_string();
    let rpc = json!({ "error": { "code": 401, "status": "UNAUTHENTICATED" } }).to_string();
    let linkedin = json!({ "status": 401, "code": "REVOKED_ACCESS_TOKEN" }).to_string();
    for (site, place, status, body) in [
        (&GOOGLE, GOOGLE.inspection, 400, described),
        (&GOOGLE, GOOGLE.inspection, 200, json!({ "error": "invalid_token" }).to_string()),
        (&GOOGLE, GOOGLE.profile, 401, rpc),
        (&LINKEDIN, LINKEDIN.profile, 401, linkedin),
        (&GITHUB, GITHUB.inspection, 422, "{}".to_owned()),
        (&GITHUB, GITHUB.profile, 401, json!({ "message": "Bad credentials" }).to_string()),
        (&GITHUB, EMAILS, 401, String::new()),
        // Longer than they take: 16 KiB are let through here.
        (&GOOGLE, GOOGLE.inspection, 414, String::new()),
        (&LINKEDIN, LINKEDIN.profile, 431, String::new()),
        (&GITHUB, GITHUB.inspection, 413, String::new()),
        (&FACEBOOK, FACEBOOK.profile, 400, graph(190, 463)),
        (&FACEBOOK, FACEBOOK.profile, 401, graph(190, 460)),
        (&FACEBOOK, FACEBOOK.profile, 403, graph(190, 458)),
        (&FACEBOOK, FACEBOOK.profile, 400, graph(100, 0)),
    ] {
        let world = World::start().await;
        world.fault(place, Fault::json(status, &body));
        for way in WAYS {
            let case = format!("{} {status} {body} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, way.refusal("provider_rejected"));
            assert_says(&answer, &case, &["not good"]);
        }
    }
}

/// One thing that a provider says of a token which is otherwise good.
type Said = (Place, &'static str, Value);

/// Checks that a token is refused of which a provider says something else.
async fn assert_refused(provider: usize, said: Said, reason: &str, words: &[&str]) {
    let site = SITES[provider];
    let world = World::start().await;
    let (place, pointer, value) = said;
    let case = format!("{} {pointer} {value}", site.idp);
    let token = world.token(site);
    world.say(place, pointer, value);
    for way in WAYS {
        let case = format!("{case} {way:?}");
        let answer = world.send(way, site.backend, &token).await;
        answer.assert_refused(&case, way.refusal(reason));
        assert_says(&answer, &case, words);
    }
}

#[tokio::test]
async fn a_token_that_names_another_app_anywhere_is_refused_and_both_are_named() {
    let (google, linkedin) = (GOOGLE.inspection, LINKEDIN.inspection);
    let (github, facebook) = (GITHUB.inspection, FACEBOOK.inspection);
    for (provider, said, ours) in [
        (0, (google, "/aud", json!(GOOGLE.foreign)), "web.apps.googleusercontent.com"),
        (0, (google, "/azp", json!(GOOGLE.foreign)), "web.apps.googleusercontent.com"),
        (1, (linkedin, "/client_id", json!(LINKEDIN.foreign)), "78abcdefghijkl"),
        (2, (github, "/app/client_id", json!(GITHUB.foreign)), "Iv1.0123456789abcdef"),
        (3, (facebook, "/data/app_id", json!(FACEBOOK.foreign)), "312083254664235"),
    ] {
        let words = [SITES[provider].foreign, ours, said.1];
        assert_refused(provider, said, "wrong_audience", &words).await;
    }
    let nobody = (google, "/azp", json!(""));
    assert_refused(0, nobody, "wrong_audience", &["/azp", "web.apps.googleusercontent.com"]).await;
}

#[tokio::test]
async fn a_token_without_a_person_behind_it_is_refused() {
    for (provider, pointer, value) in [
        (1, "/auth_type", json!("2L")),
        (1, "/auth_type", json!("Enterprise_User")),
        (1, "/active", json!(false)),
        (1, "/active", json!("false")),
        (3, "/data/type", json!("PAGE")),
        (3, "/data/type", json!("APP")),
        (3, "/data/is_valid", json!(false)),
    ] {
        let said = (SITES[provider].inspection, pointer, value);
        assert_refused(provider, said, "provider_rejected", &[SITES[provider].idp]).await;
    }
}

#[tokio::test]
async fn a_token_that_is_over_by_our_clock_is_refused_whatever_else_is_said() {
    for (provider, pointer, value) in [
        (0, "/expires_in", json!("0")),
        (0, "/expires_in", json!(0)),
        (0, "/expires_in", json!("-5")),
        (1, "/expires_at", json!(NOW)),
        (1, "/expires_at", json!(NOW - 1)),
        (3, "/data/expires_at", json!(NOW)),
        (3, "/data/expires_at", json!((NOW - 1).to_string())),
    ] {
        let said = (SITES[provider].inspection, pointer, value);
        assert_refused(provider, said, "expired", &["2025-11-24T"]).await;
    }
}

#[tokio::test]
async fn a_provider_that_names_two_people_for_one_token_vouches_for_neither() {
    for (provider, place, pointer, value) in [
        (0, GOOGLE.inspection, "/sub", json!("110169484474386276335")),
        (0, GOOGLE.profile, "/sub", json!("110169484474386276335")),
        (2, GITHUB.inspection, "/user/id", json!(583_232)),
        (2, GITHUB.profile, "/id", json!(583_232)),
        (3, FACEBOOK.inspection, "/data/user_id", json!("6801045783286075")),
        (3, FACEBOOK.profile, "/id", json!("6801045783286075")),
    ] {
        let said = (place, pointer, value);
        assert_refused(provider, said, "subject_mismatch", &["two"]).await;
    }
}
