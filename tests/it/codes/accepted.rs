//! Codes that are good: whose token they become, whatever the provider is called and whichever
//! way it says who the person is.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{SITES, World, after, form, site};
use crate::support::NOW;
use crate::support::form::{ACCESS_TOKEN, Form};
use crate::support::internet::people::person;
use crate::support::internet::{facebook, github, google, linkedin};

#[tokio::test]
async fn a_code_of_each_provider_becomes_our_token_whatever_the_provider_is_called() {
    let world = World::start().await;
    for (provider, parameter, name) in [
        ("google", "provider", "google"),
        ("google", "provider", "google-oauth2"),
        ("google", "subject_issuer", "google-openidconnect"),
        ("google", "backend", "google-oauth2"),
        ("linkedin", "provider", "linkedin"),
        ("linkedin", "backend", "linkedin-openidconnect"),
        ("github", "provider", "github"),
        ("github", "subject_issuer", "github"),
        ("github", "backend", "github-app"),
        ("facebook", "provider", "facebook"),
        ("facebook", "backend", "facebook"),
        ("instagram", "provider", "instagram"),
        ("instagram", "subject_issuer", "instagram"),
    ] {
        let case = format!("{parameter}={name}");
        let code = site(provider).code(&world.internet);
        let form = form(provider, &code).without("provider").and(parameter, name);
        let answer = world.post(&form).await;
        let mut claims = world.claims(&answer, &case).await;
        let (sub, profile) = person(provider);
        for (claim, expected) in [
            ("sub", json!(sub)),
            ("idp", json!(provider)),
            ("idp_binding", json!("code")),
            ("client_id", json!("spa")),
            ("iat", json!(NOW)),
            ("exp", json!(NOW + 900)),
        ] {
            assert_eq!(claims.remove(claim), Some(expected), "{case}: {claim}");
        }
        claims.retain(|claim, _| !["iss", "aud", "jti"].contains(&claim.as_str()));
        assert_eq!(Value::Object(claims), profile, "{case}");
    }
}

#[tokio::test]
async fn the_answer_is_that_of_a_token_endpoint_and_is_not_to_be_stored() {
    let world = World::start().await;
    for site in &SITES {
        let answer = world.redeem(site, &site.code(&world.internet)).await;
        answer.token(site.name);
        let json = answer.json();
        let names: BTreeSet<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = BTreeSet::from(["access_token", "expires_in", "token_type"]);
        assert_eq!(names, expected, "{}", site.name);
        assert_eq!((&json["token_type"], &json["expires_in"]), (&json!("Bearer"), &json!(900)));
        assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", site.name);
        assert_eq!(answer.header("pragma"), Some("no-cache"), "{}", site.name);
    }
}

#[tokio::test]
async fn scopes_are_ours_and_answered_only_where_they_differ() {
    let world = World::configured(|text| {
        let audience = "audience = [\"https://api.example.com\"]";
        after(text, audience, "scopes = [\"read\", \"write\"]")
    })
    .await;
    let github = site("github");
    for (asked, granted, answered) in [
        (None, "read write", Some("read write")),
        (Some("read write"), "read write", None),
        (Some("read"), "read", None),
        (Some("read  read"), "read", Some("read")),
    ] {
        let form = form("github", &github.code(&world.internet));
        let form = asked.iter().fold(form, |form, scope| form.and("scope", scope));
        let answer = world.post(&form).await;
        let claims = world.claims(&answer, granted).await;
        assert_eq!(claims.get("scope"), Some(&json!(granted)), "{asked:?}");
        let scope = answer.json().get("scope").cloned();
        assert_eq!(scope, answered.map(Value::from), "{asked:?}");
    }
    let code = github.code(&world.internet);
    world.internet.forget_calls();
    for (name, value, error) in [
        ("scope", "user:email", "invalid_scope"),
        ("audience", "https://other.example.com", "invalid_target"),
    ] {
        let answer = world.post(&form("github", &code).and(name, value)).await;
        answer.assert_refused(value, (400, error, error));
        assert!(world.internet.all_calls().is_empty(), "{value}: the code was not used up");
    }
}

#[tokio::test]
async fn one_person_is_one_sub_by_code_by_access_token_and_by_id_token() {
    let world = World::start().await;
    let internet = &world.internet;
    let id_token = |fake: &crate::support::internet::Fake, client_id: &str| {
        Some(fake.id_token(client_id).compact())
    };
    for (provider, access_token, id_token) in [
        (
            "google",
            internet.google().issue(google::grant()),
            id_token(internet.google(), google::CLIENT_ID),
        ),
        (
            "linkedin",
            internet.linkedin().issue(linkedin::grant()),
            id_token(internet.linkedin(), linkedin::CLIENT_ID),
        ),
        (
            "facebook",
            internet.facebook().issue(facebook::grant()),
            id_token(internet.facebook(), facebook::CLIENT_ID),
        ),
        ("github", internet.github().issue(github::grant()), None),
    ] {
        let by_access_token = Form::exchange(&access_token)
            .with("subject_token_type", ACCESS_TOKEN)
            .and("provider", provider);
        let site = site(provider);
        let with_openid = site.code_with(internet, |asked| {
            asked.scope = if provider == "github" { asked.scope } else { "openid profile email" };
        });
        let mut ways = vec![
            ("code", form(provider, &site.code(internet))),
            ("code", form(provider, &with_openid)),
            ("introspection", by_access_token),
        ];
        ways.extend(id_token.map(|token| ("id_token", Form::exchange(&token))));
        for (binding, form) in ways {
            let case = format!("{provider} by {binding}");
            let claims = world.claims(&world.post(&form).await, &case).await;
            let (sub, profile) = person(provider);
            assert_eq!(claims["idp_binding"], binding, "{case}");
            assert_eq!(claims["idp_sub"], profile["idp_sub"], "{case}");
            assert_eq!(claims["sub"], sub, "{case}");
        }
    }
}

/// Nothing has to be proved of a token that came straight from the provider for our own secret.
#[tokio::test]
async fn an_id_token_is_enough_and_without_one_the_profile_is_asked_for_but_no_proof() {
    let world = World::start().await;
    let callback = |provider, scope, asked: &[&str]| (provider, scope, asked.join(" "));
    for (provider, scope, asked) in [
        callback("google", "openid email", &["www.googleapis.com/oauth2/v3/certs"]),
        callback("google", "email profile", &["openidconnect.googleapis.com/v1/userinfo"]),
        callback("linkedin", "openid email", &["www.linkedin.com/oauth/openid/jwks"]),
        callback("facebook", "openid", &["limited.facebook.com/.well-known/oauth/openid/jwks/"]),
        callback("facebook", "email", &["graph.facebook.com/v24.0/me"]),
        callback("github", "user:email", &["api.github.com/user", "api.github.com/user/emails"]),
        callback("instagram", "instagram_business_basic", &["graph.instagram.com/v24.0/me"]),
    ] {
        let case = format!("{provider} {scope}");
        world.internet.forget_calls();
        let site = site(provider);
        let code = site.code_with(&world.internet, |asked| asked.scope = scope);
        let answer = world.redeem(site, &code).await;
        let claims = world.claims(&answer, &case).await;
        assert_eq!(claims["sub"], person(provider).0, "{case}");
        let calls = world.internet.all_calls();
        assert_eq!((calls[0].host.as_str(), calls[0].path.as_str()), (site.host, site.path));
        let mut others: Vec<_> =
            calls[1..].iter().map(|call| format!("{}{}", call.host, call.path)).collect();
        others.sort();
        assert_eq!(others.join(" "), asked, "{case}");
        for call in world.internet.calls("graph.facebook.com", "/v24.0/me") {
            assert!(call.in_query("appsecret_proof").is_some() && call.bearer().is_some());
        }
    }
}
