//! One person has one `sub`, whichever credential they bring and whatever the provider is called.

use super::{FACEBOOK, GOOGLE, LINKEDIN, WAYS, WITH_ID_TOKENS, Way, World};
use crate::support::form::Form;
use crate::support::internet::google;

#[tokio::test]
async fn an_id_token_and_an_access_token_of_one_person_have_one_sub() {
    let world = World::start().await;
    for (site, client_id) in WITH_ID_TOKENS {
        let id_token = (site.fake)(&world.internet).id_token(client_id).compact();
        let mut people = Vec::new();
        for answer in [
            world.app.post_form("/token", &Form::exchange(&id_token)).await,
            world.send(Way::Exchange, site.backend, &world.token(site)).await,
            world.send(Way::Convert, site.backend, &id_token).await,
            world.send(Way::Convert, site.backend, &world.token(site)).await,
        ] {
            let claims = world.claims(&answer, site.idp).await;
            people.push((claims["sub"].clone(), claims["idp_sub"].clone(), claims["idp"].clone()));
        }
        assert!(people.iter().all(|person| *person == people[0]), "{}: {people:?}", site.idp);
    }
}

#[tokio::test]
async fn a_provider_under_another_name_has_the_same_people() {
    for (catalogue, idp) in [("google", "work"), ("google-oauth2", "google-again")] {
        let table = format!(
            "[providers.{idp}]\ncatalogue = \"{catalogue}\"\n\
             client_ids = [\"web.apps.googleusercontent.com\"]\n"
        );
        let world = World::with(|text| format!("{text}\n{table}")).await;
        let id_token = world.internet.google().id_token(google::CLIENT_ID).compact();
        for token in [world.token(&GOOGLE), id_token] {
            for (way, name) in WAYS.into_iter().flat_map(|way| [(way, "google"), (way, idp)]) {
                let case = format!("{name} {way:?}");
                let answer = world.send(way, name, &token).await;
                let claims = world.claims(&answer, &case).await;
                assert_eq!(claims["sub"], "95fd8969-fd12-5b08-bc1e-bd3a71c457c1", "{case}");
                assert_eq!(claims["idp"], name, "{case}");
            }
            // Which of the two is meant nobody can know.
            let answer = world.send(Way::Convert, "google-oauth2", &token).await;
            answer.assert_refused(idp, (400, "invalid_request", "unknown_provider"));
        }
    }
}

#[tokio::test]
async fn two_providers_never_share_a_person_though_their_ids_are_equal() {
    let world = World::start().await;
    let id = "110169484474386276334";
    world.internet.facebook().change_profile(|person| person["id"] = id.into());
    world.internet.linkedin().change_profile(|person| person["sub"] = id.into());
    let mut subs = Vec::new();
    for site in [&GOOGLE, &FACEBOOK, &LINKEDIN] {
        let answer = world.exchange(site).await;
        let claims = world.claims(&answer, site.idp).await;
        assert_eq!(claims["idp_sub"], id, "{}", site.idp);
        subs.push(claims["sub"].to_string());
    }
    subs.sort_unstable();
    subs.dedup();
    assert_eq!(subs.len(), 3, "{subs:?}");
}
