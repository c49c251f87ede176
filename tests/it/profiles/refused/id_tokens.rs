//! What rows ask of ID tokens beside the standard: the policy, the purpose, the person.

use serde_json::{Value, json};

use super::{Kind, Scene};

const B2C: &str = "azuread-b2c-oauth2.json";
/// Says in B2C that nobody's id was put into the token.
const NOBODY: &str = "Not supported currently. Use oid claim.";

/// Changes claims: null takes one out.
fn claiming(file: &str, claims: &[(&str, Value)]) -> Scene {
    claims.iter().fold(Scene::of(file), |scene, (name, value)| {
        if value.is_null() { scene.not_claiming(name) } else { scene.claiming(name, value.clone()) }
    })
}

/// Checks what comes of an ID token that was brought, and of one that came for a code. No reason
/// is that the person signs in. A token that lacks something is the provider's fault where it
/// came from the provider.
async fn assert_judged(file: &str, claims: &[(&str, Value)], reason: &str) {
    for kind in [Kind::IdToken, Kind::Code] {
        let scene = claiming(file, claims);
        if !scene.fixture.credentials.contains(&kind) {
            continue;
        }
        let case = format!("{file} {claims:?} {kind:?}");
        let outcome = scene.bring(kind).await;
        match (reason, kind) {
            ("", _) => assert!(outcome.assert_in(&case).contains_key("sub")),
            ("missing_claim", Kind::Code) => outcome.assert_unavailable(&case),
            _ => outcome.assert_refused(&case, reason),
        }
    }
}

#[tokio::test]
async fn a_token_of_another_policy_of_the_same_directory_is_refused() {
    let (ours, other) = (json!("B2C_1_signin"), json!("B2C_1_profile_edit"));
    for (tfp, acr, reason) in [
        (ours.clone(), None, ""),
        (Value::Null, Some(ours.clone()), ""),
        (other.clone(), None, "provider_rejected"),
        (Value::Null, Some(other), "provider_rejected"),
        (json!("b2c_1_signin"), None, "provider_rejected"),
        (json!(["B2C_1_signin"]), None, "provider_rejected"),
        (json!("{policy}"), None, "provider_rejected"),
        (Value::Null, None, "missing_claim"),
    ] {
        let mut claims = vec![("tfp", tfp)];
        claims.extend(acr.map(|acr| ("acr", acr)));
        assert_judged(B2C, &claims, reason).await;
    }
}

#[tokio::test]
async fn an_id_that_stands_for_everybody_is_nobodys() {
    for (subject, reason) in [
        (NOBODY, "missing_claim"),
        ("Not supported currently.Use oid claim.", "missing_claim"),
        ("", "missing_claim"),
        (" ", "missing_claim"),
        ("somebody", ""),
    ] {
        assert_judged(B2C, &[("sub", json!(subject))], reason).await;
    }
    // Only where the row says so.
    assert_judged("auth0--id-token.json", &[("sub", json!(NOBODY))], "").await;
}

#[tokio::test]
async fn a_token_that_was_made_for_something_else_is_no_id_token() {
    for (file, claims, reason) in [
        ("cognito.json", ("token_use", json!("access")), "provider_rejected"),
        ("cognito.json", ("token_use", json!("")), "provider_rejected"),
        ("cognito.json", ("token_use", Value::Null), "missing_claim"),
        ("gitlab--id-token.json", ("project_id", json!("22")), "provider_rejected"),
        ("gitlab--id-token.json", ("project_id", json!(22)), "provider_rejected"),
        ("gitlab--id-token.json", ("project_id", json!("")), ""),
    ] {
        assert_judged(file, &[claims], reason).await;
    }
}

#[tokio::test]
async fn a_token_that_is_signed_in_another_way_than_the_row_knows_is_refused() {
    for (file, algorithm, reason) in [
        ("cognito.json", "ES256", "unsupported_algorithm"),
        ("gitlab--id-token.json", "EdDSA", "unsupported_algorithm"),
        ("okta-oauth2--openidconnect.json", "ES256", "unsupported_algorithm"),
        ("line--id-token.json", "RS256", "unsupported_algorithm"),
        ("yahoo-oauth2--id-token.json", "EdDSA", "unsupported_algorithm"),
        ("yahoo-oauth2--id-token.json", "ES256", ""),
        ("yahoo-oauth2--id-token.json", "RS256", ""),
        ("keycloak.json", "EdDSA", ""),
    ] {
        for kind in [Kind::IdToken, Kind::Code] {
            let mut scene = Scene::of(file);
            algorithm.clone_into(&mut scene.fixture.algorithm);
            let case = format!("{file} {algorithm} {kind:?}");
            if !scene.fixture.credentials.contains(&kind) {
                continue;
            }
            let outcome = scene.bring(kind).await;
            match reason {
                "" => assert!(outcome.assert_in(&case).contains_key("sub")),
                reason => outcome.assert_refused(&case, reason),
            }
        }
    }
}

#[tokio::test]
async fn the_token_of_a_job_of_gitlabs_is_nobodys() {
    let claims = [
        ("sub", json!("project_path:acme/deploy:ref_type:branch:ref:main")),
        ("namespace_id", json!("72")),
        ("namespace_path", json!("acme")),
        ("project_id", json!("20")),
        ("project_path", json!("acme/deploy")),
        ("user_id", json!("40312")),
        ("user_login", json!("olga")),
        ("user_email", json!("olga@example.com")),
        ("pipeline_id", json!("574")),
        ("job_id", json!("302")),
        ("ref", json!("main")),
        ("runner_environment", json!("gitlab-hosted")),
    ];
    assert_judged("gitlab--id-token.json", &claims, "provider_rejected").await;
}

#[tokio::test]
async fn what_keycloak_calls_something_else_is_no_id_token() {
    for kind in ["Bearer", "Refresh", "Offline", "Logout"] {
        assert_judged("keycloak.json", &[("typ", json!(kind))], "provider_rejected").await;
    }
}
