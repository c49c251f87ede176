//! Parameters that cannot be right: each is named, nobody is called, and the code stays good.

use super::{SITES, VERIFIER, World, challenge, form, instead, site};
use crate::support::app::{FORM, JSON, send};

/// A secret of a client of ours.
const CONFIDENTIAL: &str = r#"
[[clients]]
id = "backend app"
secret = "it's a: secret+%"
audience = ["https://api.example.com"]
redirect_uris = ["https://app.example.com/callback"]

[[clients]]
id = "google only"
audience = ["https://api.example.com"]
redirect_uris = ["https://app.example.com/callback"]
providers = ["google"]

[providers.google]"#;

async fn with_more_clients() -> World {
    World::configured(|text| instead(text, "[providers.google]", CONFIDENTIAL)).await
}

#[tokio::test]
async fn each_parameter_that_is_needed_is_missed_by_name() {
    let world = World::start().await;
    let github = site("github");
    let code = github.code(&world.internet);
    for name in ["grant_type", "client_id", "provider", "code", "redirect_uri"] {
        for form in [form("github", &code).without(name), form("github", &code).with(name, "")] {
            let answer = world.post(&form).await;
            answer.assert_refused(name, (400, "invalid_request", "missing_parameter"));
            let description = answer.text("error_description");
            assert!(description.contains(&format!("`{name}`")), "{description}");
        }
    }
    world.assert_unused(github, &code, "missing").await;
}

#[tokio::test]
async fn a_parameter_that_stands_twice_is_refused() {
    let world = World::start().await;
    let github = site("github");
    let code = github.code(&world.internet);
    let good = form("github", &code);
    for (case, form) in [
        ("code", good.clone().and("code", &code)),
        ("another code", good.clone().and("code", "another")),
        ("no code", good.clone().and("code", "")),
        ("redirect_uri", good.clone().and("redirect_uri", super::CALLBACK)),
        ("provider", good.clone().and("provider", "github")),
        (
            "code_verifier",
            good.clone().and("code_verifier", VERIFIER).and("code_verifier", VERIFIER),
        ),
        ("two providers", good.clone().and("backend", "google")),
        ("two providers", good.clone().and("subject_issuer", "google")),
    ] {
        let answer = world.post(&form).await;
        answer.assert_refused(case, (400, "invalid_request", "doubled_parameter"));
        assert!(!answer.body.contains(&code), "{case}: {}", answer.body);
    }
    world.assert_unused(github, &code, "doubled").await;
    let twice = form("github", &github.code(&world.internet)).and("backend", "github");
    world.post(&twice).await.token("several names that agree");
}

#[tokio::test]
async fn a_verifier_is_43_to_128_unreserved_characters() {
    let world = World::start().await;
    let github = site("github");
    let code = github.code(&world.internet);
    for (case, verifier) in [
        ("42", "a".repeat(42)),
        ("129", "a".repeat(129)),
        ("plus", format!("{VERIFIER}+")),
        ("slash", format!("{VERIFIER}/")),
        ("padding", format!("{VERIFIER}=")),
        ("space", format!("{VERIFIER} ")),
        ("no ASCII", format!("{VERIFIER}é")),
        ("42 characters in more bytes", "é".repeat(42)),
        ("line feed", format!("{VERIFIER}\n")),
    ] {
        for name in ["github", "linkedin"] {
            let form = form(name, &code).and("code_verifier", &verifier);
            let answer = world.post(&form).await;
            answer.assert_refused(case, (400, "invalid_request", "invalid_parameter"));
            let description = answer.text("error_description");
            assert!(description.contains("`code_verifier`"), "{case}: {description}");
            assert!(!description.contains(verifier.trim()), "{case}: {description}");
        }
    }
    world.assert_unused(github, &code, "malformed").await;
    for verifier in ["a".repeat(43), "Z9-._~aB".repeat(16)] {
        let code = github.code_with(&world.internet, |asked| {
            asked.code_challenge = Some(challenge(&verifier));
        });
        let form = form("github", &code).and("code_verifier", &verifier);
        world.post(&form).await.token(&verifier);
    }
}

#[tokio::test]
async fn a_code_of_more_than_16_kib_is_not_sent_on() {
    let world = World::start().await;
    for site in &SITES {
        let longest = "x".repeat(16 * 1024);
        let answer = world.redeem(site, &format!("{longest}x")).await;
        answer.assert_refused(site.name, (400, "invalid_grant", "too_large"));
        assert!(site.calls(&world.internet).is_empty(), "{}", site.name);
        world.redeem(site, &longest).await.assert_refused(site.name, super::REJECTED);
        assert_eq!(site.calls(&world.internet).len(), 1, "{}", site.name);
    }
}

#[tokio::test]
async fn a_code_of_other_characters_than_codes_have_is_not_sent_on() {
    let world = World::start().await;
    for code in ["é", "x\ny", "x\0", "\u{7f}", "x\ty", "x y", " x"] {
        let answer = world.redeem(site("github"), code).await;
        answer.assert_refused(&format!("{code:?}"), (400, "invalid_grant", "malformed"));
    }
    assert!(world.internet.all_calls().is_empty());
}

#[tokio::test]
async fn a_provider_that_is_unknown_not_the_clients_or_for_id_tokens_alone_is_refused() {
    let world = with_more_clients().await;
    let github = site("github");
    let unknown = (400, "invalid_request", "unknown_provider");
    let other_kind = (400, "invalid_grant", "malformed");
    for (client, provider, expected) in [
        ("spa", "gitlab", unknown),
        ("spa", "GitHub", unknown),
        ("spa", "https://github.com", unknown),
        ("google only", "github", unknown),
        ("spa", "google-identity", other_kind),
        ("spa", "google-onetap", other_kind),
        ("spa", "facebook-limited-login", other_kind),
    ] {
        let case = format!("{client} {provider}");
        let code = github.code(&world.internet);
        let answer = world.post(&form(provider, &code).with("client_id", client)).await;
        answer.assert_refused(&case, expected);
        world.assert_unused(github, &code, &case).await;
    }
}

#[tokio::test]
async fn a_client_that_has_a_secret_proves_it_before_anybody_is_called() {
    let world = with_more_clients().await;
    let github = site("github");
    let code = github.code(&world.internet);
    let good = form("github", &code).with("client_id", "backend app");
    let refused = (401, "invalid_client", "bad_client_credentials");
    for (case, form, expected) in [
        ("none", good.clone(), refused),
        ("wrong", good.clone().and("client_secret", "github-secret"), refused),
        ("unknown", good.clone().with("client_id", "x"), (401, "invalid_client", "unknown_client")),
    ] {
        world.post(&form).await.assert_refused(case, expected);
    }
    assert!(world.internet.all_calls().is_empty());
    world.post(&good.and("client_secret", "it's a: secret+%")).await.token("as a parameter");
    let form = form("github", &github.code(&world.internet)).without("client_id");
    let request = world.app.posting("/token", FORM, form.encoded());
    let request = request.basic_auth("backend+app", Some("it%27s+a%3A+secret%2B%25"));
    send(request).await.token("by HTTP Basic");
}

#[tokio::test]
async fn a_code_comes_as_a_form_and_never_in_the_query() {
    let world = World::start().await;
    let github = site("github");
    let code = github.code(&world.internet);
    let form = form("github", &code);
    let answer = world.app.post_json("/token", &form).await;
    answer.assert_refused(JSON, (415, "invalid_request", "unsupported_media_type"));
    let path = format!("/token?{}", form.clone().encoded());
    let answer = world.app.post_form(&path, &form.clone().without("code")).await;
    answer.assert_refused("query", (400, "invalid_request", "missing_parameter"));
    // drf-social-oauth2's endpoint has one grant.
    let answer = world.app.post_form("/auth/convert-token", &form).await;
    assert_eq!(answer.status, 400, "{}", answer.body);
    world.assert_unused(github, &code, "other ways").await;
}
