//! What a provider may leave out, or say otherwise, when it is asked which app a token is for.

use serde_json::{Value, json};

use super::{FACEBOOK, GOOGLE, LINKEDIN, Site, WAYS, World};

#[tokio::test]
async fn what_means_the_same_in_other_words_is_accepted() {
    let cases: [(&str, &Site, &str, Value); 10] = [
        ("Google without azp", &GOOGLE, "/azp", json!(GONE)),
        ("Google with an azp that is null", &GOOGLE, "/azp", json!(null)),
        ("Google in numbers", &GOOGLE, "/expires_in", json!(3599)),
        (
            "Google for another app of ours",
            &GOOGLE,
            "/azp",
            json!("ios.apps.googleusercontent.com"),
        ),
        ("Facebook's app as a number", &FACEBOOK, "/data/app_id", json!(312_083_254_664_235_u64)),
        (
            "Facebook's person as a number",
            &FACEBOOK,
            "/data/user_id",
            json!(6_801_045_783_286_074_u64),
        ),
        ("Facebook's token that never expires", &FACEBOOK, "/data/expires_at", json!(0)),
        ("Facebook without an end", &FACEBOOK, "/data/expires_at", json!(GONE)),
        ("LinkedIn in text", &LINKEDIN, "/active", json!("true")),
        ("LinkedIn without an end", &LINKEDIN, "/expires_at", json!(GONE)),
    ];
    for (case, site, pointer, value) in cases {
        let world = World::start().await;
        world.change(site.inspection, move |answer| set(answer, pointer, value.clone()));
        for way in WAYS {
            let case = format!("{case} {way:?}");
            let answer = world.send(way, site.backend, &world.token(site)).await;
            let claims = world.claims(&answer, &case).await;
            assert_eq!(claims["idp_binding"], "introspection", "{case}");
        }
    }
}

/// Stands for a member that is not there.
const GONE: &str = "(gone)";

/// Sets a member, or removes it.
fn set(answer: &mut Value, pointer: &str, value: Value) {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = answer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    assert!(parent.remove(name).is_some(), "{pointer}");
    if value != GONE {
        parent.insert(name.to_owned(), value);
    }
}
