//! The id of a person: exact to the last digit, or no person at all.

use serde_json::{Value, json};

use super::{FACEBOOK, GITHUB, GOOGLE, LINKEDIN, SITES, Site, UNAVAILABLE, WAYS, World};
use crate::support::internet::Fault;

/// Sets the id of a provider's person, in all that the provider says of them.
fn rename(world: &World, site: &Site, id: &Value) {
    let name = if matches!(site.idp, "github" | "facebook") { "id" } else { "sub" };
    (site.fake)(&world.internet).change_profile(|person| person[name] = id.clone());
}

#[tokio::test]
async fn a_numeric_id_is_exact_however_large() {
    for (id, sub) in [
        (9_007_199_254_740_993, Some("dacb6010-a4fa-5454-88bd-c58a12f6f03c")),
        (u64::MAX, None),
        (1, None),
    ] {
        for site in [&GITHUB, &FACEBOOK] {
            let world = World::start().await;
            rename(&world, site, &id.into());
            let case = format!("{} {id}", site.idp);
            let answer = world.exchange(site).await;
            let claims = world.claims(&answer, &case).await;
            assert_eq!(claims["idp_sub"], id.to_string(), "{case}");
            let fits = sub.is_none_or(|sub| site.idp != "github" || claims["sub"] == sub);
            assert!(fits, "{case}: {claims:?}");
        }
    }
}

#[tokio::test]
async fn neighbours_beyond_what_a_float_holds_are_two_people() {
    let mut subs = Vec::new();
    for id in 9_007_199_254_740_992_u64..9_007_199_254_740_996 {
        let world = World::start().await;
        rename(&world, &GITHUB, &id.into());
        let answer = world.exchange(&GITHUB).await;
        subs.push(world.claims(&answer, &id.to_string()).await["sub"].to_string());
    }
    subs.sort_unstable();
    subs.dedup();
    assert_eq!(subs.len(), 4, "{subs:?}");
}

#[tokio::test]
async fn an_id_that_is_none_is_never_a_person() {
    for id in [
        json!(""),
        json!(" "),
        json!("a\nb"),
        json!("x".repeat(256)),
        json!(583_231.0),
        json!(0.5),
        json!(true),
        json!(null),
        json!([583_231]),
        json!({ "id": 583_231 }),
    ] {
        for site in SITES {
            let world = World::start().await;
            rename(&world, site, &id);
            for way in WAYS {
                let case = format!("{} {id} {way:?}", site.idp);
                let answer = world.send(way, site.backend, &world.token(site)).await;
                // Facebook leaves out what is null, Google says in text what is not.
                answer.assert_refused(&case, UNAVAILABLE);
            }
        }
    }
}

#[tokio::test]
async fn a_number_that_readers_round_or_read_differently_is_never_a_person() {
    for number in [
        "18446744073709551616",
        "340282366920938463463374607431768211456",
        "583231.0",
        "5.83231e5",
        "583231e0",
        "1e400",
        "0583231",
        "583231, \"id\": 583232",
    ] {
        let world = World::start().await;
        let body = format!("{{\"login\": \"octocat\", \"type\": \"User\", \"id\": {number}}}");
        world.fault(GITHUB.profile, Fault::json(200, &body));
        for way in WAYS {
            let case = format!("profile {number} {way:?}");
            let answer = world.send(way, "github", &world.token(&GITHUB)).await;
            answer.assert_refused(&case, UNAVAILABLE);
        }
        world.fault(GITHUB.profile, None);
        let app = "\"app\": {\"client_id\": \"Iv1.0123456789abcdef\"}";
        let body = format!("{{{app}, \"user\": {{\"id\": {number}}}}}");
        world.fault(GITHUB.inspection, Fault::json(200, &body));
        let answer = world.exchange(&GITHUB).await;
        answer.assert_refused(&format!("inspection {number}"), UNAVAILABLE);
    }
}

#[tokio::test]
async fn a_missing_id_is_never_a_person() {
    for (site, place, parent, name) in [
        (&GOOGLE, GOOGLE.profile, "", "sub"),
        (&LINKEDIN, LINKEDIN.profile, "", "sub"),
        (&GITHUB, GITHUB.profile, "", "id"),
        (&GITHUB, GITHUB.inspection, "/user", "id"),
        (&FACEBOOK, FACEBOOK.profile, "", "id"),
        (&FACEBOOK, FACEBOOK.inspection, "/data", "user_id"),
    ] {
        let world = World::start().await;
        world.change(place, move |answer| {
            let parent = answer.pointer_mut(parent).unwrap();
            parent.as_object_mut().unwrap().remove(name).unwrap();
        });
        for way in WAYS {
            let case = format!("{} {place:?} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, UNAVAILABLE);
        }
    }
}
