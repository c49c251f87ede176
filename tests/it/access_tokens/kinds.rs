//! ID tokens where access tokens are expected, and the reverse.

use super::{FACEBOOK, GITHUB, GOOGLE, WAYS, WITH_ID_TOKENS, Way, World, assert_says};
use crate::support::form::{ID_TOKEN, JWT};
use crate::support::internet::{facebook, google, instagram};

#[tokio::test]
async fn an_id_token_sent_as_an_access_token_is_checked_as_what_it_is() {
    let world = World::start().await;
    for (site, client_id) in WITH_ID_TOKENS {
        let token = (site.fake)(&world.internet).id_token(client_id).compact();
        let foreign = (site.fake)(&world.internet).id_token(site.foreign).compact();
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &token).await;
            let claims = world.claims(&answer, &case).await;
            assert_eq!(
                (&claims["idp"], &claims["idp_binding"]),
                (&site.idp.into(), &"id_token".into())
            );
            let answer = world.send(way, site.backend, &foreign).await;
            answer.assert_refused(&case, way.refusal("wrong_audience"));
        }
        let asked = [site.inspection, site.profile].map(|place| world.calls(place).len());
        assert_eq!(asked, [0, 0], "{}", site.idp);
    }
}

#[tokio::test]
async fn a_name_that_stands_for_id_tokens_takes_no_access_token() {
    let world = World::start().await;
    for (name, site) in [
        ("google-identity", &GOOGLE),
        ("google-onetap", &GOOGLE),
        ("facebook-limited-login", &FACEBOOK),
    ] {
        for way in WAYS {
            let case = format!("{name} {way:?}");
            let answer = world.send(way, name, &world.token(site)).await;
            answer.assert_refused(&case, way.refusal("malformed"));
            assert_says(&answer, &case, &["an opaque access token", name, "an ID token"]);
        }
        let client_id = if site.idp == "google" { google::CLIENT_ID } else { facebook::CLIENT_ID };
        let token = (site.fake)(&world.internet).id_token(client_id).compact();
        for way in WAYS {
            world.send(way, name, &token).await.token(name);
        }
        let asked = [site.inspection, site.profile].map(|place| world.calls(place).len());
        assert_eq!(asked, [0, 0], "{name}");
    }
}

#[tokio::test]
async fn an_access_token_that_is_called_an_id_token_is_refused_as_what_it_is() {
    let world = World::start().await;
    for token_type in [ID_TOKEN, JWT] {
        for site in super::SITES {
            let case = format!("{} {token_type}", site.idp);
            let form = Way::Exchange.form(site.backend, &world.token(site));
            let form = form.with("subject_token_type", token_type);
            let answer = world.post(Way::Exchange, &form).await;
            answer.assert_refused(&case, (400, "invalid_request", "malformed"));
            assert_says(&answer, &case, &["opaque access token", "ID token"]);
            let description = answer.text("error_description");
            let (_, expected) = description.split_once("expected").unwrap_or_default();
            assert!(!expected.contains("an opaque access token"), "{case}: {description}");
        }
    }
    assert_eq!(world.internet.all_calls().len(), 0, "a provider was asked");
}

#[tokio::test]
async fn who_has_no_id_tokens_is_not_asked_about_one() {
    let world = World::start().await;
    let token = world.internet.google().id_token(google::CLIENT_ID).compact();
    for name in ["github", "instagram"] {
        for way in WAYS {
            let case = format!("{name} {way:?}");
            let answer = world.send(way, name, &token).await;
            answer.assert_refused(&case, way.refusal("malformed"));
            assert_says(&answer, &case, &["an ID token", name, "an authorization code"]);
        }
    }
    assert_eq!(world.internet.all_calls().len(), 0, "a provider was asked");
}

#[tokio::test]
async fn a_nonce_cannot_be_compared_with_an_access_tokens_so_none_is_taken() {
    let world = World::start().await;
    for site in super::SITES {
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let form = way.form(site.backend, &world.token(site)).and("nonce", "n-0S6_WzA2Mj");
            let answer = world.post(way, &form).await;
            answer.assert_refused(&case, way.refusal("nonce_mismatch"));
            assert_says(&answer, &case, &["nonce", "access token", "ID token"]);
            assert!(!answer.body.contains("n-0S6_WzA2Mj"), "{case}");
        }
    }
    assert_eq!(world.internet.all_calls().len(), 0, "a provider was asked");
}

#[tokio::test]
async fn a_nonce_that_is_required_keeps_access_tokens_out() {
    for site in [&GOOGLE, &FACEBOOK] {
        let table = format!("[providers.{}]", site.idp);
        let world = World::replacing(&table, &format!("{table}\nnonce = \"required\"")).await;
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, way.refusal("nonce_mismatch"));
        }
        assert_eq!(world.internet.all_calls().len(), 0, "{}", site.idp);
    }
    // A provider that never has one cannot be asked for it, but one that is ignored does no harm.
    let ignored = "[providers.github]\nnonce = \"ignored\"";
    let world = World::replacing("[providers.github]", ignored).await;
    let form = Way::Convert.form("github", &world.token(&GITHUB)).and("nonce", "n");
    world.post(Way::Convert, &form).await.token("ignored");
}

#[tokio::test]
async fn only_people_of_the_hosted_domains_sign_in_with_an_access_token() {
    let google = "[providers.google]";
    let allowed = |domain: &str| format!("{google}\nhosted_domains = [\"{domain}\"]");
    for (domain, claimed, accepted) in [
        ("example.com", Some("example.com"), true),
        ("example.com", Some("EXAMPLE.com"), true),
        ("example.com", Some("example.org"), false),
        ("example.com", Some("sub.example.com"), false),
        ("example.com", None, false),
    ] {
        let world = World::replacing(google, &allowed(domain)).await;
        world.internet.google().change_profile(|person| match claimed {
            Some(domain) => person["hd"] = domain.into(),
            None => drop(person.as_object_mut().unwrap().remove("hd")),
        });
        for way in WAYS {
            let case = format!("{domain} {claimed:?} {way:?}");
            let answer = world.send(way, "google-oauth2", &world.token(&GOOGLE)).await;
            if accepted {
                answer.token(&case);
            } else {
                answer.assert_refused(&case, way.refusal("domain_not_allowed"));
                assert_says(&answer, &case, &["hd", claimed.unwrap_or("missing"), domain]);
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_is_longer_than_any_is_not_asked_about() {
    let world = World::start().await;
    for site in super::SITES {
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &"x".repeat(16 * 1024 + 1)).await;
            answer.assert_refused(&case, way.refusal("too_large"));
        }
    }
    let token = world.internet.instagram().issue(instagram::grant());
    let own = world.exchange(&GOOGLE).await.token("ours");
    world.internet.forget_calls();
    for (case, token) in [("Instagram's", token), ("our own", own)] {
        for way in WAYS {
            let answer = world.send(way, "github", &token).await;
            assert_eq!(answer.status, 400, "{case} {way:?}: {}", answer.body);
        }
    }
}
