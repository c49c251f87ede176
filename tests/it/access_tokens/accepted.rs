//! What a good access token becomes.

use serde_json::{Value, json};

use super::{FACEBOOK, GITHUB, GOOGLE, LINKEDIN, SITES, Site, WAYS, Way, World};
use crate::support::NOW;
use crate::support::internet::people::person;
use crate::support::internet::{Grant, github, google};

/// Returns what is said of the person, with how they are known and under which `sub`.
fn people() -> [(&'static Site, &'static str, Value); 4] {
    SITES.map(|site| {
        let (sub, mut profile) = person(site.idp);
        if site.idp == LINKEDIN.idp {
            // The profile has it in two parts.
            profile["locale"] = "en-GB".into();
        }
        (site, sub, profile)
    })
}

#[tokio::test]
async fn an_access_token_becomes_a_token_that_says_all_that_the_provider_knows() {
    let world = World::start().await;
    for (site, sub, person) in people() {
        let mut expected = json!({
            "iss": "https://id.example.com",
            "sub": sub,
            "aud": "https://api.example.com",
            "iat": NOW,
            "exp": NOW + 900,
            "client_id": "spa",
            "idp": site.idp,
            "idp_binding": "introspection",
        });
        let members = expected.as_object_mut().unwrap();
        members.extend(person.as_object().unwrap().clone());
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            let mut claims = world.claims(&answer, &case).await;
            assert!(claims.remove("jti").is_some(), "{case}");
            assert_eq!(Value::Object(claims), expected, "{case}");
        }
    }
}

#[tokio::test]
async fn converting_an_access_token_says_who_the_user_is() {
    let world = World::start().await;
    for (site, sub, person) in people() {
        let answer = world.send(Way::Convert, site.backend, &world.token(site)).await;
        answer.token(site.idp);
        // GitHub gives the name as a whole.
        let (first, last) =
            if site.idp == "github" { ("The", "Octocat") } else { ("Ada", "Lovelace") };
        let user = json!({
            "id": sub, "email": person["email"], "first_name": first, "last_name": last,
        });
        assert_eq!(answer.json()["user"], user, "{}", site.idp);
    }
}

#[tokio::test]
async fn a_provider_is_found_by_its_own_name_and_by_python_social_auths() {
    let world = World::start().await;
    for site in SITES {
        for name in [site.idp, site.backend] {
            for way in WAYS {
                let case = format!("{name} {way:?}");
                let answer = world.send(way, name, &world.token(site)).await;
                assert_eq!(world.claims(&answer, &case).await["idp"], site.idp, "{case}");
            }
        }
    }
    // An access token does not say whose it is.
    let form = Way::Exchange.form("google", &world.token(&GOOGLE)).without("provider");
    let answer = world.post(Way::Exchange, &form).await;
    answer.assert_refused("nobody named", (400, "invalid_request", "missing_parameter"));
}

#[tokio::test]
async fn a_token_for_any_of_our_apps_at_google_is_ours() {
    let world = World::start().await;
    let ios = |grant| Grant { client_id: google::IOS_CLIENT_ID, ..grant };
    let token = world.token_for(&GOOGLE, ios);
    let answer = world.send(Way::Exchange, "google-oauth2", &token).await;
    assert_eq!(world.claims(&answer, "iOS").await["idp_binding"], "introspection");
}

#[tokio::test]
async fn a_github_apps_token_for_a_person_is_as_good_as_an_oauth_apps() {
    let world = World::start().await;
    let token = world.internet.github().issue_as("ghu_", github::grant());
    let answer = world.send(Way::Convert, "github", &token).await;
    assert_eq!(world.claims(&answer, "ghu_").await["idp_sub"], "583231");
}

#[tokio::test]
async fn linkedins_locale_is_read_in_both_of_its_shapes() {
    for (locale, expected) in [
        (json!({ "country": "US", "language": "en" }), Some("en-US")),
        (json!("en_US"), Some("en_US")),
        (json!("de-CH"), Some("de-CH")),
        (json!({ "language": "en" }), None),
        (json!({ "country": null, "language": "en" }), None),
        (json!(null), None),
    ] {
        let world = World::start().await;
        let case = locale.to_string();
        world.internet.linkedin().change_profile(|person| person["locale"] = locale);
        let answer = world.exchange(&LINKEDIN).await;
        let claims = world.claims(&answer, &case).await;
        assert_eq!(claims.get("locale"), expected.map(Value::from).as_ref(), "{case}");
    }
}

#[tokio::test]
async fn what_the_person_does_not_tell_is_left_out() {
    for (site, kept) in [(&GOOGLE, "sub"), (&LINKEDIN, "sub"), (&GITHUB, "id"), (&FACEBOOK, "id")] {
        let world = World::start().await;
        // GitHub tells people from organizations; Facebook says who asks for what is not there.
        world.change(site.profile, move |person| {
            person.as_object_mut().unwrap().retain(|name, _| name == kept || name == "type");
        });
        let without_addresses = |grant| Grant { scope: "openid profile", ..grant };
        let token = world.token_for(site, without_addresses);
        let answer = world.send(Way::Exchange, site.backend, &token).await;
        let claims = world.claims(&answer, site.idp).await;
        let names = ["email", "name", "given_name", "family_name", "preferred_username", "picture"];
        assert!(names.iter().all(|name| !claims.contains_key(*name)), "{}: {claims:?}", site.idp);
        assert_eq!(claims["email_verified"], false, "{}", site.idp);
    }
}

#[tokio::test]
async fn a_facebook_silhouette_is_nobodys_picture() {
    for (silhouette, is_carried) in [(json!(true), false), (json!(false), true)] {
        let world = World::start().await;
        let case = silhouette.to_string();
        world.internet.facebook().change_profile(|person| {
            person["picture"]["data"]["is_silhouette"] = silhouette;
        });
        let answer = world.exchange(&FACEBOOK).await;
        let claims = world.claims(&answer, &case).await;
        assert_eq!(claims.contains_key("picture"), is_carried, "{case}: {claims:?}");
    }
}
