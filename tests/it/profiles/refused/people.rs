//! Conditions on profiles: what is no person, or not one who may sign in, is refused; what does
//! not say so either way proves nothing.

use serde_json::{Value, json};

use super::{Kind, Scene};

/// The kinds of credentials for which the profile is asked.
const KINDS: [Kind; 2] = [Kind::AccessToken, Kind::Code];
/// Bitbucket Data Center's fixture, and its two addresses.
const BITBUCKET: &str = "bitbucket-datacenter-oauth2.json";
const USER: &str = "/bitbucket/rest/api/latest/users/rin.yamada";
const PROPERTIES: &str = "/bitbucket/rest/api/latest/application-properties";

#[tokio::test]
async fn an_account_that_may_not_sign_in_is_refused_and_told_why() {
    for (file, path, pointer, values) in [
        ("gitlab.json", "/api/v4/user", "/state", json!(["blocked", "ldap_blocked", "Active", ""])),
        ("gitlab.json", "/api/v4/user", "/locked", json!([true, "true", 1, "no"])),
        ("gitlab.json", "/api/v4/user", "/bot", json!([true, "true", 1, {"id": 1}])),
        ("github.json", "/user", "/type", json!(["Bot", "Organization", "user", ""])),
        ("bitbucket-oauth2.json", "/2.0/user", "/type", json!(["team", "app_user", ""])),
        (BITBUCKET, USER, "/active", json!([false, "false", 0])),
        (BITBUCKET, USER, "/type", json!(["SERVICE", "normal"])),
        ("discord.json", "/api/v10/users/@me", "/bot", json!([true, 1])),
        (
            "disqus.json",
            "/api/3.0/users/details.json",
            "/response/isAnonymous",
            json!([true, "true", 1]),
        ),
        ("reddit.json", "/api/v1/me", "/is_suspended", json!([true, 1])),
        (
            "dropbox-oauth2--no-id-token.json",
            "/2/users/get_current_account",
            "/disabled",
            json!([true, 1]),
        ),
    ] {
        for value in values.as_array().unwrap() {
            for kind in KINDS {
                let case = format!("{file} {pointer} {value} {kind:?}");
                let scene = Scene::of(file).saying(path, pointer, value.clone());
                let outcome = scene.bring(kind).await;
                outcome.assert_refused(&case, "provider_rejected");
                let description = outcome.answer.text("error_description");
                assert!(description.contains(pointer), "{case}: {description}");
            }
        }
    }
}

#[tokio::test]
async fn a_profile_that_does_not_say_what_has_to_be_so_proves_nothing() {
    for (file, path, member) in [
        ("gitlab.json", "/api/v4/user", "state"),
        ("github.json", "/user", "type"),
        ("bitbucket-oauth2.json", "/2.0/user", "type"),
        (BITBUCKET, USER, "active"),
        (BITBUCKET, USER, "type"),
    ] {
        for kind in KINDS {
            let case = format!("{file} {member} {kind:?}");
            Scene::of(file).without(path, member).bring(kind).await.assert_unavailable(&case);
            let null = Scene::of(file).saying(path, &format!("/{member}"), Value::Null);
            null.bring(kind).await.assert_unavailable(&case);
        }
    }
}

#[tokio::test]
async fn what_must_not_be_set_may_be_missing_or_say_no() {
    for (file, path, member) in [
        ("gitlab.json", "/api/v4/user", "locked"),
        ("gitlab.json", "/api/v4/user", "bot"),
        ("reddit.json", "/api/v1/me", "is_suspended"),
        ("discord.json", "/api/v10/users/@me", "bot"),
    ] {
        for value in [json!(null), json!(false), json!(0), json!("")] {
            let case = format!("{file} {member} {value}");
            let scene = Scene::of(file).saying(path, &format!("/{member}"), value);
            scene.bring(Kind::Code).await.assert_in(&case);
        }
        if file != "discord.json" {
            Scene::of(file).without(path, member).bring(Kind::Code).await.assert_in(member);
        }
    }
}

#[tokio::test]
async fn a_person_whom_the_header_does_not_name_is_refused() {
    for kind in KINDS {
        let other = |id: &str, name: &str| {
            let (id, name) = (json!(id), json!(name));
            Scene::of(BITBUCKET).saying(USER, "/id", id).saying(USER, "/name", name)
        };
        let case = format!("{kind:?}");
        other("999", "other").bring(kind).await.assert_refused(&case, "provider_rejected");
        // One of the two is enough, and each is.
        other("999", "rin.yamada").bring(kind).await.assert_in(&case);
        other("204", "other").bring(kind).await.assert_in(&case);
        // What is not there on either side is not the same.
        let nobody = Scene::of(BITBUCKET).with(PROPERTIES, |line| {
            line.headers.retain(|name, _| !name.eq_ignore_ascii_case("x-auserid"));
        });
        let nobody = nobody.saying(USER, "/name", "other");
        nobody.bring(kind).await.assert_refused(&case, "provider_rejected");
    }
}

#[tokio::test]
async fn without_the_header_that_names_the_person_nobody_is_asked_about() {
    for name in ["", ".", "..", "%2E%2E"] {
        let scene = Scene::of(BITBUCKET).with(PROPERTIES, |line| {
            line.headers.insert("x-ausername".to_owned(), name.to_owned());
        });
        let outcome = scene.bring(Kind::Code).await;
        outcome.assert_unavailable(name);
        assert!(outcome.calls.iter().all(|call| !call.path.contains("/users/")), "{name}");
    }
}
