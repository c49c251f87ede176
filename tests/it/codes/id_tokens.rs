//! ID tokens that come with a code are verified as any other, and with the access token beside
//! them; one that is wrong is not made good by an access token that is right.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::{UNAVAILABLE, World, form, instead, site};
use crate::support::NOW_SIGNED;
use crate::support::claims::{Signing, Token};
use crate::support::internet::{Internet, google};
use crate::support::keys::{Key, Scheme, base64url, sha256};

const NONCE: &str = "n-0S6_WzA2Mj";

/// A change of an ID token.
type Change = fn(&mut Token) -> &mut Token;

/// A change of an answer.
type Edit = fn(&mut Value);

/// Has the ID tokens of a provider changed as it stands in the slot.
fn changing(internet: &Internet, name: &str) -> Arc<Mutex<Change>> {
    let slot: Arc<Mutex<Change>> = Arc::new(Mutex::new(|it| it));
    let read = Arc::clone(&slot);
    (site(name).fake)(internet).change_id_token(move |token| {
        (*read.lock().unwrap())(token);
    });
    slot
}

/// Changes that are refused, and for what.
fn wrong() -> Vec<(&'static str, &'static str, Change)> {
    vec![
        ("another nonce", "nonce_mismatch", |it| it.claim("nonce", "n-1S6_WzA2Mj")),
        ("no nonce", "nonce_mismatch", |it| it.without_claim("nonce")),
        ("an empty nonce", "nonce_mismatch", |it| it.claim("nonce", "")),
        ("a nonce that is no text", "provider_unreachable", |it| it.claim("nonce", 7)),
        ("another token's hash", "wrong_access_token_hash", |it| {
            it.claim("at_hash", base64url(&sha256("another token")[..16]))
        }),
        ("an empty hash", "wrong_access_token_hash", |it| it.claim("at_hash", "")),
        ("a hash that is no text", "provider_unreachable", |it| it.claim("at_hash", 7)),
        ("another app's", "wrong_audience", |it| it.claim("aud", google::FOREIGN_CLIENT_ID)),
        ("another app's too", "wrong_audience", |it| {
            it.claim("aud", json!([google::CLIENT_ID, google::FOREIGN_CLIENT_ID]))
        }),
        ("by another app", "wrong_authorized_party", |it| {
            it.claim("azp", google::FOREIGN_CLIENT_ID)
        }),
        ("another issuer's", "wrong_issuer", |it| it.claim("iss", "https://evil.example")),
        ("ours", "own_token", |it| it.claim("iss", "https://id.example.com")),
        ("expired", "expired", |it| it.claim("exp", NOW_SIGNED - 60)),
        ("from tomorrow", "not_yet_valid", |it| it.claim("iat", NOW_SIGNED + 3600)),
        ("without a person", "provider_unreachable", |it| it.without_claim("sub")),
        ("by a stranger", "bad_signature", |it| {
            it.signed(Signing::By(Key::OtherRsa, Scheme::Rs256))
        }),
        ("by a key of nobody", "unknown_key", |it| it.head("kid", "nobody")),
        ("unsigned", "unsupported_algorithm", |it| it.head("alg", "none")),
        ("an access token", "wrong_type", |it| it.head("typ", "at+jwt")),
        ("no token", "provider_unreachable", |it| it.then(|_| "opaque".to_owned())),
    ]
}

/// Changes that a provider may make.
fn right() -> Vec<(&'static str, Change)> {
    vec![
        ("as it is", |it| it),
        ("without a hash", |it| it.without_claim("at_hash")),
        ("for the app on iOS too", |it| {
            it.claim("aud", json!([google::CLIENT_ID, google::IOS_CLIENT_ID]))
        }),
        ("without azp", |it| it.without_claim("azp")),
        ("by the older issuer", |it| it.claim("iss", "accounts.google.com")),
        ("expired in the leeway", |it| it.claim("exp", NOW_SIGNED - 59)),
    ]
}

#[tokio::test]
async fn an_id_token_that_is_wrong_is_refused_for_its_own_reason() {
    let world = World::start().await;
    let slot = changing(&world.internet, "google");
    let google = site("google");
    let code = || google.code_with(&world.internet, |asked| asked.nonce = Some(NONCE.to_owned()));
    for (case, reason, change) in wrong() {
        *slot.lock().unwrap() = change;
        world.internet.forget_calls();
        let answer = world.post(&form("google", &code()).and("nonce", NONCE)).await;
        // What is no ID token at all was never in the caller's hands.
        let expected = match reason {
            "provider_unreachable" => UNAVAILABLE,
            _ => (400, "invalid_grant", reason),
        };
        answer.assert_refused(case, expected);
        let asked = world.internet.calls("openidconnect.googleapis.com", "/v1/userinfo");
        assert!(asked.is_empty(), "{case}: the access token does not help");
    }
    for (case, change) in right() {
        *slot.lock().unwrap() = change;
        let answer = world.post(&form("google", &code()).and("nonce", NONCE)).await;
        let claims = world.claims(&answer, case).await;
        assert_eq!(claims["idp_sub"], "110169484474386276334", "{case}");
    }
}

#[tokio::test]
async fn the_id_tokens_of_the_other_providers_are_verified_as_well() {
    let rows: [(&str, &str, Change); 4] = [
        ("wrong_audience", "another app's", |it| it.claim("aud", "somebody-else")),
        ("bad_signature", "by a stranger", |it| {
            it.signed(Signing::By(Key::OtherRsa, Scheme::Rs256))
        }),
        ("expired", "expired", |it| it.claim("exp", NOW_SIGNED - 60)),
        ("wrong_access_token_hash", "another token's hash", |it| {
            it.claim("at_hash", base64url(&sha256("another token")[..16]))
        }),
    ];
    for name in ["linkedin", "facebook"] {
        let world = World::start().await;
        let slot = changing(&world.internet, name);
        for (reason, case, change) in rows {
            *slot.lock().unwrap() = change;
            let code = site(name).code_with(&world.internet, |it| it.scope = "openid profile");
            let answer = world.redeem(site(name), &code).await;
            answer.assert_refused(&format!("{name}: {case}"), (400, "invalid_grant", reason));
        }
    }
}

/// An answer that has an ID token and no access token proves as much; one that has an access
/// token and an empty place for the other has none.
#[tokio::test]
async fn one_of_the_two_tokens_is_enough() {
    let changes: [(&str, Edit); 4] = [
        ("no access token", |answer| drop(answer.as_object_mut().unwrap().remove("access_token"))),
        ("no ID token", |answer| drop(answer.as_object_mut().unwrap().remove("id_token"))),
        ("null", |answer| answer["id_token"] = Value::Null),
        ("an empty text", |answer| answer["id_token"] = "".into()),
    ];
    for name in ["google", "linkedin"] {
        for (case, change) in changes {
            let case = format!("{name}: {case}");
            let world = World::start().await;
            let site = site(name);
            world.internet.change(site.host, site.path, change);
            let answer = world.redeem(site, &site.code(&world.internet)).await;
            let claims = world.claims(&answer, &case).await;
            assert_eq!(claims["idp_binding"], "code", "{case}");
        }
    }
}

#[tokio::test]
async fn domains_are_checked_whichever_way_the_person_is_found() {
    for (domain, is_allowed) in [("example.com", true), ("example.org", false)] {
        let world = World::configured(|text| {
            let secret = "client_secret = \"google-secret\"";
            instead(text, secret, &format!("{secret}\nhosted_domains = [\"{domain}\"]"))
        })
        .await;
        for scope in ["openid email profile", "email profile"] {
            let case = format!("{domain}, {scope}");
            let site = site("google");
            let code = site.code_with(&world.internet, |asked| asked.scope = scope);
            let answer = world.redeem(site, &code).await;
            if is_allowed {
                answer.token(&case);
            } else {
                answer.assert_refused(&case, (400, "invalid_grant", "domain_not_allowed"));
            }
        }
    }
}
