//! Codes that a provider does not take, each provider in its own words.

use super::{OTHER_VERIFIER, REJECTED, SITES, VERIFIER, World, challenge, form, instead, site};
use crate::support::internet::Life;

/// A redirect URI of the client that no code here was sent to.
const ELSEWHERE: &str = "https://app.example.com/elsewhere";

async fn world() -> World {
    World::configured(|text| {
        let callback = super::CALLBACK;
        instead(text, &format!("[\"{callback}\"]"), &format!("[\"{callback}\", \"{ELSEWHERE}\"]"))
    })
    .await
}

#[tokio::test]
async fn a_code_is_good_once_for_our_app_and_for_where_it_was_sent() {
    let world = world().await;
    for site in &SITES {
        let used = site.code(&world.internet);
        world.redeem(site, &used).await.token(site.name);
        let foreign = |client_id| site.code_with(&world.internet, |it| it.client_id = client_id);
        let ended = |life| site.code_with(&world.internet, |it| it.life = life);
        let good = site.code(&world.internet);
        for (case, form) in [
            ("used before", form(site.name, &used)),
            ("another app's", form(site.name, &foreign(site.foreign_client_id))),
            ("expired", form(site.name, &ended(Life::Expired))),
            ("taken back", form(site.name, &ended(Life::Revoked))),
            ("made up", form(site.name, "0123456789abcdef0123456789abcdef")),
            ("sent elsewhere", form(site.name, &good).with("redirect_uri", ELSEWHERE)),
        ] {
            let case = format!("{}: {case}", site.name);
            world.internet.forget_calls();
            let answer = world.post(&form).await;
            answer.assert_refused(&case, REJECTED);
            assert_eq!(answer.header("retry-after"), None, "{case}");
            assert_eq!(world.internet.all_calls().len(), 1, "{case}: one call, no second try");
            for words in ["code_verifier", "Malformed auth code", "bad_verification", "OAuth"] {
                assert!(!answer.body.contains(words), "{case}: {}", answer.body);
            }
        }
        world.redeem(site, &good).await.token(&format!("{}: the same, as it was", site.name));
    }
}

#[tokio::test]
async fn a_code_with_a_challenge_is_for_who_has_the_verifier() {
    let world = world().await;
    for site in SITES.iter().filter(|site| site.takes_verifier) {
        let code = site.code_with(&world.internet, |asked| {
            asked.code_challenge = Some(challenge(VERIFIER));
        });
        let form = form(site.name, &code);
        for (case, form) in [
            ("none", form.clone()),
            ("another one", form.clone().and("code_verifier", OTHER_VERIFIER)),
            ("the challenge", form.clone().and("code_verifier", &challenge(VERIFIER))),
            ("lower case", form.clone().and("code_verifier", &VERIFIER.to_lowercase())),
        ] {
            let case = format!("{}: {case}", site.name);
            world.post(&form).await.assert_refused(&case, REJECTED);
        }
        world.post(&form.and("code_verifier", VERIFIER)).await.token(site.name);
    }
}

#[tokio::test]
async fn a_code_of_one_provider_is_none_of_another() {
    let world = world().await;
    for site in &SITES {
        for other in SITES.iter().filter(|other| other.name != site.name) {
            let case = format!("{} at {}", site.name, other.name);
            let answer = world.redeem(other, &site.code(&world.internet)).await;
            answer.assert_refused(&case, REJECTED);
        }
    }
}

#[tokio::test]
async fn an_account_that_is_no_person_does_not_sign_in() {
    for kind in ["Bot", "Organization", ""] {
        let world = world().await;
        world.internet.github().change_profile(|account| account["type"] = kind.into());
        let site = site("github");
        let answer = world.redeem(site, &site.code(&world.internet)).await;
        answer.assert_refused(kind, REJECTED);
    }
}

#[tokio::test]
async fn one_code_that_was_refused_is_not_sent_again_and_again() {
    let world = world().await;
    for site in &SITES {
        let form = form(site.name, "0123456789abcdef0123456789abcdef");
        for _ in 0..20 {
            world.post(&form).await.assert_refused(site.name, REJECTED);
        }
        assert_eq!(site.calls(&world.internet).len(), 1, "{}", site.name);
        let elsewhere = form.clone().with("redirect_uri", ELSEWHERE);
        world.post(&elsewhere).await.assert_refused(site.name, REJECTED);
        assert_eq!(site.calls(&world.internet).len(), 2, "{}: another request", site.name);
        world.app.advance(6);
        world.post(&form).await.assert_refused(site.name, REJECTED);
        assert_eq!(site.calls(&world.internet).len(), 3, "{}: a moment is over", site.name);
    }
}
