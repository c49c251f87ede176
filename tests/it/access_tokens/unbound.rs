//! Access tokens of which nothing proves which app they were issued to: refused, unless the
//! operator allows them by name.

use serde_json::json;

use super::{FACEBOOK, GITHUB, GOOGLE, LINKEDIN, WAYS, Way, World, assert_says};
use crate::program::{USAGE, configured, run};
use crate::support::internet::{Fault, Grant, instagram};

/// The secret of the provider in the configuration, and what allows its access tokens.
const SECRET: &str = "client_secret = \"instagram-secret\"";
const ALLOWED: &str = "client_secret = \"instagram-secret\"\nallow_unbound_access_tokens = true";

#[tokio::test]
async fn instagrams_access_tokens_are_refused_without_asking_instagram() {
    let world = World::start().await;
    let token = world.internet.instagram().issue(instagram::grant());
    for way in WAYS {
        let case = format!("{way:?}");
        let answer = world.send(way, "instagram", &token).await;
        answer.assert_refused(&case, way.refusal("unbound_access_token"));
        let words = ["an opaque access token", "instagram", "this app", "an authorization code"];
        assert_says(&answer, &case, &words);
    }
    assert_eq!(world.internet.all_calls().len(), 0, "a provider was asked");
}

#[tokio::test]
async fn what_an_operator_allows_by_name_is_accepted_and_says_that_nothing_proved_it() {
    for (case, wrapped) in [("as it is", false), ("as it is documented", true)] {
        let world = World::replacing(SECRET, ALLOWED).await;
        if wrapped {
            world.change(("graph.instagram.com", "/v24.0/me"), |person| {
                *person = json!({ "data": [person.take()] });
            });
        }
        for way in WAYS {
            let case = format!("{case} {way:?}");
            let token = world.internet.instagram().issue(instagram::grant());
            let answer = world.send(way, "instagram", &token).await;
            let claims = world.claims(&answer, &case).await;
            for (name, expected) in [
                ("sub", json!("d4af5482-3ffc-5c59-a0ed-19341f90a3f2")),
                ("idp", json!("instagram")),
                ("idp_sub", json!("24563000000000001")),
                ("idp_binding", json!("none")),
                ("name", json!("Ada")),
                ("preferred_username", json!("ada")),
                ("picture", json!("https://scontent.cdninstagram.com/ada.jpg")),
                ("email_verified", json!(false)),
            ] {
                assert_eq!(claims.get(name), Some(&expected), "{case}: {name}");
            }
            assert_eq!(claims.get("email"), None, "{case}");
        }
        let calls = world.internet.all_calls();
        assert!(calls.iter().all(|call| call.path == "/v24.0/me"), "{case}: {calls:?}");
    }
}

#[tokio::test]
async fn what_is_allowed_is_still_asked_about() {
    let world = World::replacing(SECRET, ALLOWED).await;
    let grant = |scope| Grant { scope, ..instagram::grant() };
    let no_scope = world.internet.instagram().issue(grant("instagram_business_manage_comments"));
    for (case, token, words) in [
        ("made up", "IGAA0123456789", "not good"),
        ("without the scope", &no_scope, "'instagram_business_basic'"),
        ("with a line's end", "IGAA0123456789\n", "token"),
        ("with another script", "IGAA\u{e9}", "token"),
    ] {
        for way in WAYS {
            let case = format!("{case} {way:?}");
            let answer = world.send(way, "instagram", token).await;
            assert_eq!(answer.status, 400, "{case}: {}", answer.body);
            assert_says(&answer, &case, &[words]);
        }
    }
    let user_id_alone = Fault::Body(json!({ "user_id": "17841400000000000" }));
    world.fault(("graph.instagram.com", "/v24.0/me"), user_id_alone);
    let token = world.internet.instagram().issue(instagram::grant());
    let answer = world.send(Way::Exchange, "instagram", &token).await;
    answer.assert_refused("an id for everybody is not ours", super::UNAVAILABLE);
}

#[tokio::test]
async fn a_token_that_no_header_can_hold_is_the_callers_fault() {
    let world = World::start().await;
    for site in super::SITES {
        for token in ["0123456789\n", "01234\r\n56789", "caf\u{e9}", "a\u{0}b", "a\tb", "a b"] {
            for way in WAYS {
                let case = format!("{} {token:?} {way:?}", site.idp);
                let answer = world.send(way, site.backend, token).await;
                answer.assert_refused(&case, way.refusal("malformed"));
            }
        }
    }
    assert_eq!(world.internet.all_calls().len(), 0, "a provider was asked");
}

#[tokio::test]
async fn without_the_client_secret_google_is_asked_all_the_same() {
    let world = World::replacing("client_secret = \"google-secret\"", "").await;
    for way in WAYS {
        let answer = world.send(way, "google-oauth2", &world.token(&GOOGLE)).await;
        let claims = world.claims(&answer, &format!("{way:?}")).await;
        assert_eq!(claims["idp_binding"], "introspection");
    }
}

#[tokio::test]
async fn without_the_client_secret_facebook_and_linkedin_cannot_be_asked_and_say_what_is_missing() {
    for site in [&FACEBOOK, &LINKEDIN] {
        let secret = format!("client_secret = \"{}-secret\"", site.idp);
        let world = World::replacing(&secret, "").await;
        for way in WAYS {
            let case = format!("{} {way:?}", site.idp);
            let answer = world.send(way, site.backend, &world.token(site)).await;
            answer.assert_refused(&case, way.refusal("unbound_access_token"));
            assert_says(&answer, &case, &[site.idp, "client_secret", "an ID token"]);
        }
        assert_eq!(world.internet.all_calls().len(), 0, "{}", site.idp);
    }
}

/// Returns what the program says of a provider's table when it refuses to start.
fn complaint(command: &[&str], table: &str) -> String {
    let directory = configured(&format!(
        "issuer = \"https://id.example.test\"\nlisten = \"127.0.0.1:0\"\n\
         [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.test\"]\n{table}\n"
    ));
    run(directory.path(), &["keys", "generate"]).good();
    run(directory.path(), command).refused_with(USAGE)
}

#[test]
fn a_provider_that_has_a_proof_or_no_access_tokens_cannot_be_allowed_to_go_without() {
    let allow = "client_ids = [\"x\"]\nallow_unbound_access_tokens = true";
    let secret = "client_secret = \"s\"";
    for (name, table) in [
        ("google", format!("[providers.google]\n{allow}")),
        ("github", format!("[providers.github]\n{allow}\n{secret}")),
        ("github", format!("[providers.github]\n{allow}")),
        ("facebook", format!("[providers.facebook]\n{allow}\n{secret}")),
        ("linkedin", format!("[providers.linkedin]\n{allow}\n{secret}")),
        ("apple", format!("[providers.apple]\n{allow}")),
        ("microsoft", format!("[providers.microsoft]\n{allow}")),
    ] {
        for command in [["config", "check"].as_slice(), &["serve"]] {
            let complaint = complaint(command, &table);
            let key = format!("providers.{name}.allow_unbound_access_tokens");
            assert!(complaint.contains(&key), "{table}: {complaint}");
        }
    }
}

#[test]
fn a_provider_whose_every_credential_takes_the_secret_does_not_start_without_it() {
    for (name, client_ids) in [("github", "\"Iv1.x\""), ("instagram", "\"99\"")] {
        for command in [["config", "check"].as_slice(), &["serve"]] {
            let table = format!("[providers.{name}]\nclient_ids = [{client_ids}]");
            let complaint = complaint(command, &table);
            let key = format!("providers.{name}.client_secret");
            assert!(complaint.contains(&key), "{complaint}");
        }
    }
    let github = GITHUB.idp;
    let two = "client_ids = [\"Iv1.x\", \"Iv1.y\"]\nclient_secret = \"s\"";
    let complaint = complaint(&["config", "check"], &format!("[providers.{github}]\n{two}"));
    assert!(complaint.contains("providers.github.client_ids"), "{complaint}");
}
