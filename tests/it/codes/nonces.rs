//! Nonces: compared where the provider repeats them, and never taken for compared where it does
//! not. What cannot end well is refused before the code is used up.

use super::{NONCE, World, form, instead, site};
use crate::support::keys::{hex, sha256};

async fn with_policy(provider: &str, policy: &str) -> World {
    World::configured(|text| {
        let secret = format!("client_secret = \"{provider}-secret\"");
        instead(text, &secret, &format!("{secret}\nnonce = \"{policy}\""))
    })
    .await
}

#[tokio::test]
async fn a_nonce_for_a_provider_that_repeats_none_is_refused_before_the_code_is_used_up() {
    let world = World::start().await;
    for name in ["github", "linkedin", "instagram"] {
        let code = site(name).code(&world.internet);
        let answer = world.post(&form(name, &code).and("nonce", "n-1")).await;
        answer.assert_refused(name, NONCE);
        world.assert_unused(site(name), &code, name).await;
    }
}

#[tokio::test]
async fn a_required_nonce_that_is_not_sent_is_refused_before_the_code_is_used_up() {
    let world = with_policy("google", "required").await;
    let google = site("google");
    let with_nonce = || google.code_with(&world.internet, |it| it.nonce = Some("n-1".to_owned()));
    let code = with_nonce();
    for form in [form("google", &code), form("google", &code).and("nonce", "")] {
        world.post(&form).await.assert_refused("required", NONCE);
        let calls = world.internet.all_calls();
        assert!(calls.is_empty(), "{calls:?}");
    }
    world.post(&form("google", &code).and("nonce", "n-1")).await.token("the same with it");
    let without_openid = google.code_with(&world.internet, |asked| asked.scope = "email");
    for (case, form) in [
        ("another one", form("google", &with_nonce()).and("nonce", "n-2")),
        ("not repeated", form("google", &google.code(&world.internet)).and("nonce", "n-1")),
        ("no ID token", form("google", &without_openid).and("nonce", "n-1")),
    ] {
        world.post(&form).await.assert_refused(case, NONCE);
    }
}

#[tokio::test]
async fn a_nonce_that_is_sent_is_compared_even_where_none_is_required() {
    let world = World::start().await;
    let google = site("google");
    let ask = |nonce: Option<&str>, scope: &'static str| {
        let nonce = nonce.map(str::to_owned);
        google.code_with(&world.internet, |asked| (asked.nonce, asked.scope) = (nonce, scope))
    };
    let digest = hex(sha256("n-1"));
    for (case, code, sent, is_good) in [
        ("the same", ask(Some("n-1"), "openid"), Some("n-1"), true),
        ("not sent", ask(Some("n-1"), "openid"), None, true),
        ("another one", ask(Some("n-1"), "openid"), Some("n-2"), false),
        ("its hash, at Google", ask(Some(&digest), "openid"), Some("n-1"), false),
        ("not repeated", ask(None, "openid"), Some("n-1"), false),
        ("no ID token", ask(Some("n-1"), "email"), Some("n-1"), false),
    ] {
        let form = sent.iter().fold(form("google", &code), |form, it| form.and("nonce", it));
        let answer = world.post(&form).await;
        if is_good {
            answer.token(case);
        } else {
            answer.assert_refused(case, NONCE);
        }
    }
}

#[tokio::test]
async fn facebook_repeats_a_nonce_or_its_hash_in_an_id_token_and_nowhere_else() {
    let world = World::start().await;
    let digest = hex(sha256("n-1"));
    for (case, nonce, scope, is_good) in [
        ("as it is", "n-1", "openid email", true),
        ("hashed", digest.as_str(), "openid email", true),
        ("another one", "n-2", "openid email", false),
        ("no ID token", "n-1", "email", false),
    ] {
        let code = site("facebook").code_with(&world.internet, |asked| {
            (asked.nonce, asked.scope) = (Some(nonce.to_owned()), scope);
        });
        let answer = world.post(&form("facebook", &code).and("nonce", "n-1")).await;
        if is_good {
            answer.token(case);
        } else {
            answer.assert_refused(case, NONCE);
        }
    }
}

#[tokio::test]
async fn a_nonce_that_is_to_be_ignored_is() {
    for name in ["google", "github"] {
        let world = with_policy(name, "ignored").await;
        let code = site(name).code(&world.internet);
        world.post(&form(name, &code).and("nonce", "n-1")).await.token(name);
    }
}
