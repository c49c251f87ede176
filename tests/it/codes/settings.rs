//! What the configuration makes possible, and what is said where it does not.

use super::{World, after, form, instead};
use crate::support::app::App;
use crate::support::internet::Internet;

const NOT_TAKEN: (u16, &str, &str) = (400, "invalid_grant", "code_not_taken");

/// Providers whose codes are not redeemed: two for want of a secret, one because it has none.
const WITHOUT: &str = r#"
[providers.apple]
client_ids = ["com.example.app"]

[providers.acme]
kind = "oidc"
issuer = "https://login.acme.test"
client_ids = ["countersign"]

[providers.google-elsewhere]
catalogue = "google"
client_ids = ["elsewhere.apps.googleusercontent.com"]
"#;

#[tokio::test]
async fn without_a_secret_codes_are_not_taken_and_the_refusal_names_what_is_missing() {
    let world = World::configured(|text| format!("{text}\n{WITHOUT}")).await;
    for provider in ["google-elsewhere", "acme", "apple"] {
        let answer = world.post(&form(provider, "any")).await;
        answer.assert_refused(provider, NOT_TAKEN);
        let description = answer.text("error_description");
        assert!(description.contains("`client_secret`"), "{provider}: {description}");
        assert!(description.contains("an ID token"), "{provider}: {description}");
        assert!(description.contains(provider), "{provider}: {description}");
    }
    assert!(world.internet.all_calls().is_empty());
}

#[tokio::test]
async fn metadata_lists_the_grant_where_some_providers_codes_are_redeemed() {
    let listed = async |app: &App| {
        let metadata = app.get("/.well-known/oauth-authorization-server").await.json();
        let grants = metadata["grant_types_supported"].as_array().unwrap().clone();
        grants.contains(&"authorization_code".into())
    };
    assert!(listed(&World::start().await.app).await);
    let without = |text: &str| {
        let clients = text.split("[providers.google]").next().unwrap().to_owned();
        format!("{clients}{WITHOUT}")
    };
    let world = World::configured(without).await;
    assert!(!listed(&world.app).await, "no provider's codes");
    let answer = world.post(&form("acme", "any")).await;
    answer.assert_refused("and none is taken", NOT_TAKEN);
    let secret = |text: &str| {
        after(&without(text), "client_ids = [\"countersign\"]", "client_secret = \"x\"")
    };
    assert!(listed(&World::configured(secret).await.app).await, "one is enough");
}

#[tokio::test]
async fn the_token_endpoint_of_microsoft_has_the_tenant() {
    let tenant = "72f988bf-86f1-41af-91ab-2d7cd011db47";
    let settings = format!("settings = {{ tenant_id = \"{tenant}\" }}");
    for (settings, expected) in [("", "common"), (settings.as_str(), tenant)] {
        let world = World::configured(|text| {
            let microsoft = format!(
                "[providers.microsoft]\nclient_ids = [\"app\"]\nclient_secret = \"x\"\n{settings}"
            );
            format!("{text}\n{microsoft}\n")
        })
        .await;
        let form = form("microsoft", "any").and("code_verifier", super::VERIFIER);
        // Nobody answers there, so this is as far as it goes.
        world.post(&form).await.assert_refused(expected, super::UNAVAILABLE);
        let path = format!("/{expected}/oauth2/v2.0/token");
        let calls = world.internet.calls("login.microsoftonline.com", &path);
        assert_eq!(calls.len(), 1, "{:?}", world.internet.all_calls());
        assert_eq!(calls[0].in_form("client_secret").as_deref(), Some("x"), "{expected}");
        let verifier = calls[0].in_form("code_verifier");
        assert_eq!(verifier.as_deref(), Some(super::VERIFIER), "{expected}");
    }
}

/// The name in the configuration is the operator's; the version of the API as well.
#[tokio::test]
async fn a_row_under_another_name_redeems_codes_where_its_settings_say() {
    let internet = Internet::start().await;
    let app = App::on(&internet, |text| {
        let text =
            instead(text, "[providers.facebook]", "[providers.fb]\ncatalogue = \"facebook\"");
        after(&text, "client_secret = \"facebook-secret\"", "settings = { api_version = \"99.1\" }")
    })
    .await;
    for name in ["fb", "facebook"] {
        let answer = app.post_form("/token", &form(name, "any")).await;
        answer.assert_refused(name, super::UNAVAILABLE);
    }
    assert_eq!(internet.calls("graph.facebook.com", "/v99.1/oauth/access_token").len(), 2);
}
