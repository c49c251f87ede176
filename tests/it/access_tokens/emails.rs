//! E-mail addresses: which one is carried, and when it counts as verified.

use serde_json::{Value, json};

use super::{EMAILS, FACEBOOK, GITHUB, GOOGLE, LINKEDIN, Site, UNAVAILABLE, WAYS, Way, World};
use crate::support::internet::{Fault, Grant, github};

/// Checks what becomes of the address of a person.
async fn assert_email(world: &World, token: &str, case: &str, expected: (Option<&str>, bool)) {
    for way in WAYS {
        let case = format!("{case} {way:?}");
        let answer = world.send(way, "github", token).await;
        let claims = world.claims(&answer, &case).await;
        let found = (claims.get("email"), &claims["email_verified"]);
        let (email, verified) = (expected.0.map(Value::from), Value::from(expected.1));
        assert_eq!(found, (email.as_ref(), &verified), "{case}");
    }
}

#[tokio::test]
async fn an_address_that_github_hides_never_keeps_anyone_out() {
    for (case, prefix, public, expected) in [
        ("an OAuth app without the scope: 404", "gho_", json!(null), None),
        ("a GitHub App without the permission: 403", "ghu_", json!(null), None),
        ("no scope, and a public address", "gho_", json!("me@example.com"), Some("me@example.com")),
        ("no permission, and an empty address", "ghu_", json!(""), None),
    ] {
        let world = World::start().await;
        let github = world.internet.github();
        github.change_profile(|person| person["email"] = public);
        let token = github.issue_as(prefix, Grant { scope: "read:user", ..github::grant() });
        assert_email(&world, &token, case, (expected, false)).await;
        assert_eq!(world.calls(EMAILS).len(), 1, "{case}");
    }
}

#[tokio::test]
async fn of_githubs_list_the_primary_address_counts_and_is_verified_if_the_list_says_so() {
    let item = |email: &str, primary: bool, verified: Value| json!({ "email": email, "primary": primary, "verified": verified, "visibility": null });
    let (yes, no) = (json!(true), json!(false));
    for (case, public, list, expected) in [
        (
            "primary and verified",
            json!(null),
            json!([item("a@x.test", false, yes.clone()), item("b@x.test", true, yes.clone())]),
            (Some("b@x.test"), true),
        ),
        (
            "primary, unverified",
            json!(null),
            json!([item("b@x.test", true, no.clone())]),
            (Some("b@x.test"), false),
        ),
        (
            "primary, and verified in a word that is not true",
            json!(null),
            json!([item("b@x.test", true, json!("yes"))]),
            (Some("b@x.test"), false),
        ),
        (
            "none is primary, the public one is verified",
            json!("a@x.test"),
            json!([item("a@x.test", false, yes.clone())]),
            (Some("a@x.test"), true),
        ),
        (
            "none is primary, the public one is not in the list",
            json!("c@x.test"),
            json!([item("a@x.test", false, yes.clone())]),
            (Some("c@x.test"), false),
        ),
        ("no address at all", json!(null), json!([]), (None, false)),
        (
            "an address that is null",
            json!(null),
            json!([item("", true, yes), { "email": null, "primary": true, "verified": true }]),
            (None, false),
        ),
    ] {
        let world = World::start().await;
        world.internet.github().change_profile(|person| person["email"] = public);
        world.change(EMAILS, move |answer| *answer = list.clone());
        let token = world.token(&GITHUB);
        assert_email(&world, &token, case, expected).await;
    }
}

#[tokio::test]
async fn githubs_list_that_fails_for_another_reason_is_githubs_fault() {
    let world = World::start().await;
    for (case, fault, retry_after) in [
        ("used up", Fault::github_used_up(60), "60"),
        ("rate-limited", Fault::rate_limited(7), "7"),
        ("down", Fault::status(502), "5"),
        ("no list", Fault::Body(json!({ "email": "a@x.test" })), "60"),
        ("a text", Fault::Body(json!("a@x.test")), "60"),
        ("a page", Fault::Html, "60"),
    ] {
        world.fault(EMAILS, fault);
        for way in WAYS {
            let case = format!("{case} {way:?}");
            let answer = world.send(way, "github", &world.token(&GITHUB)).await;
            answer.assert_refused(&case, UNAVAILABLE);
            assert_eq!(answer.header("retry-after"), Some(retry_after), "{case}");
        }
    }
}

#[tokio::test]
async fn facebook_never_verifies_an_address_whatever_it_says() {
    let world = World::start().await;
    world.change(FACEBOOK.profile, |person| {
        for name in ["email_verified", "verified", "is_verified"] {
            person[name] = true.into();
        }
    });
    let answer = world.exchange(&FACEBOOK).await;
    let claims = world.claims(&answer, "facebook").await;
    assert_eq!(
        (&claims["email"], &claims["email_verified"]),
        (&json!("ada@example.com"), &json!(false))
    );
}

#[tokio::test]
async fn who_declines_to_show_an_address_has_none() {
    let cases: [(&Site, &str); 3] =
        [(&GOOGLE, "openid profile"), (&LINKEDIN, "openid profile"), (&FACEBOOK, "public_profile")];
    let world = World::start().await;
    for (site, scope) in cases {
        let token = world.token_for(site, |grant| Grant { scope, ..grant });
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &token).await;
            let claims = world.claims(&answer, &case).await;
            assert_eq!(claims.get("email"), None, "{case}");
            assert_eq!(claims["email_verified"], false, "{case}");
            if way == Way::Convert {
                assert_eq!(answer.json()["user"]["email"], "", "{case}");
            }
        }
    }
}

#[tokio::test]
async fn the_verified_flag_is_the_providers_and_what_is_not_clearly_true_is_false() {
    for site in [&GOOGLE, &LINKEDIN] {
        for (flag, expected) in [
            (json!(true), true),
            (json!("true"), true),
            (json!(false), false),
            (json!("false"), false),
            (json!("yes"), false),
            (json!(null), false),
            (json!({}), false),
        ] {
            let world = World::start().await;
            let case = format!("{} {flag}", site.idp);
            world.change(site.profile, move |person| person["email_verified"] = flag.clone());
            let answer = world.exchange(site).await;
            assert_eq!(world.claims(&answer, &case).await["email_verified"], expected, "{case}");
        }
    }
}
