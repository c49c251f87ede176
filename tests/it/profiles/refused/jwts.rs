//! Access tokens that are JWTs: one that is not addressed to us counts by what introspection says
//! of it and by nothing that stands in it; one that is addressed to us is an ID token.

use serde_json::{Value, json};

use super::{Kind, Scene};
use crate::support::NOW_SIGNED;
use crate::support::claims::{Signing, Token};
use crate::support::keys::{Key, Scheme};

/// A provider whose access tokens are JWTs: its fixture, and where it is asked about them.
#[derive(Debug)]
struct Site {
    file: &'static str,
    introspection: &'static str,
    userinfo: &'static str,
    /// Where the answer names the person.
    subject: &'static str,
}

const SITES: [Site; 2] = [
    Site {
        file: "keycloak.json",
        introspection: "/realms/acme/protocol/openid-connect/token/introspect",
        userinfo: "/realms/acme/protocol/openid-connect/userinfo",
        subject: "/sub",
    },
    Site {
        file: "okta-oauth2.json",
        introspection: "/oauth2/v1/introspect",
        userinfo: "/oauth2/v1/userinfo",
        subject: "/uid",
    },
];

impl Site {
    /// Returns the JWT that the provider issues for our app, to be called with at its API.
    fn token(&self) -> Token {
        let fixture = Scene::of(self.file).fixture;
        let mut token = Token::valid(fixture.issuer.as_deref().unwrap());
        token.claim("aud", "account").claim("azp", "client").claim("client_id", "client");
        token.claim("typ", "Bearer").claim("scope", "openid profile email");
        token.claim("sub", fixture.expected["id"].clone());
        token
    }

    /// Returns the provider for which that is the access token.
    fn issuing(&self, token: &Token) -> Scene {
        Scene::of(self.file).holding(&token.compact())
    }
}

/// A change of a token.
type Change = for<'a> fn(&'a mut Token) -> &'a mut Token;

/// What says nothing about whether a token counts, since it is the provider that is asked.
const IRRELEVANT: [(&str, Change); 8] = [
    ("as it is issued", |token| token),
    ("for several others", |token| token.claim("aud", json!(["account", "api"]))),
    ("for nobody", |token| token.without_claim("aud")),
    ("for something that is no text", |token| token.claim("aud", json!([7, {}]))),
    ("announced as an access token", |token| token.head("typ", "at+jwt")),
    ("over by its own word", |token| token.claim("exp", NOW_SIGNED - 9000)),
    ("signed by a stranger", |token| token.signed(Signing::By(Key::OtherRsa, Scheme::Rs256))),
    ("signed with bytes", |token| token.signed(Signing::Bytes(vec![7; 256]))),
];

#[tokio::test]
async fn a_jwt_that_is_not_addressed_to_us_counts_by_what_introspection_says() {
    for site in SITES {
        for (what, change) in IRRELEVANT {
            let case = format!("{} {what}", site.file);
            let mut token = site.token();
            change(&mut token);
            let outcome = site.issuing(&token).bring(Kind::AccessToken).await;
            let claims = outcome.assert_in(&case);
            assert_eq!(claims["idp_binding"], "introspection", "{case}");
            assert!(outcome.asked(site.introspection) > 0, "{case}");
            assert!(outcome.calls.iter().all(|call| !call.path.ends_with("/certs")), "{case}");
        }
    }
}

#[tokio::test]
async fn a_jwt_is_refused_when_introspection_refuses_it_whatever_stands_in_it() {
    for site in SITES {
        for (pointer, value, reason) in [
            ("/active", json!(false), "provider_rejected"),
            ("/active", json!("no"), "provider_rejected"),
            ("/client_id", json!("another"), "wrong_audience"),
            ("/client_id", json!(["client"]), ""),
            ("/client_id", Value::Null, ""),
            (site.subject, json!("somebody-else"), "subject_mismatch"),
            (site.subject, Value::Null, ""),
            ("/exp", json!(NOW_SIGNED - 1), "expired"),
        ] {
            for (what, change) in [IRRELEVANT[0], IRRELEVANT[4], IRRELEVANT[6]] {
                let case = format!("{} {what}: {pointer} {value}", site.file);
                let mut token = site.token();
                change(&mut token);
                let scene = site.issuing(&token).saying(site.introspection, pointer, value.clone());
                let outcome = scene.bring(Kind::AccessToken).await;
                match reason {
                    "" => outcome.assert_unavailable(&case),
                    reason => outcome.assert_refused(&case, reason),
                }
            }
        }
    }
}

#[tokio::test]
async fn an_inactive_token_of_which_nothing_else_is_said_is_refused() {
    for site in SITES {
        let scene = site.issuing(&site.token());
        let scene = scene.answering(site.introspection, 200, json!({ "active": false }));
        let outcome = scene.bring(Kind::AccessToken).await;
        outcome.assert_refused(site.file, "provider_rejected");
    }
}

#[tokio::test]
async fn a_jwt_that_the_provider_does_not_know_never_gets_in_by_itself() {
    for site in SITES {
        for (what, change) in [
            ("unsigned", unsigned as Change),
            ("signed with the client secret", |token| {
                token.head("alg", "HS256").signed(Signing::Hmac(b"secret".to_vec()))
            }),
            ("signed by a stranger", |token| {
                token.signed(Signing::By(Key::OtherRsa, Scheme::Rs256))
            }),
        ] {
            for audience in ["client", "account"] {
                let case = format!("{} {what} for {audience}", site.file);
                let mut token = site.token();
                token.claim("aud", audience);
                change(&mut token);
                let inactive = json!({ "active": false });
                let scene = site.issuing(&token).answering(site.introspection, 200, inactive);
                let outcome = scene.bring(Kind::AccessToken).await;
                let refused = outcome.answers().all(|it| (400..500).contains(&it.status));
                assert!(refused, "{case}: {}", outcome.answer.body);
            }
        }
    }
}

fn unsigned(token: &mut Token) -> &mut Token {
    token.head("alg", "none").without_head("kid").signed(Signing::Bytes(Vec::new()))
}

#[tokio::test]
async fn a_jwt_that_is_addressed_to_us_is_an_id_token_and_the_provider_is_not_asked_about_it() {
    for site in SITES {
        for (what, change, reason) in [
            ("good", (|token| token) as Change, ""),
            ("expired", |token| token.claim("exp", NOW_SIGNED - 61), "expired"),
            (
                "signed by a stranger",
                |token| token.signed(Signing::By(Key::OtherRsa, Scheme::Rs256)),
                "bad_signature",
            ),
            ("unsigned", unsigned, "unsupported_algorithm"),
            ("of another issuer", |token| token.claim("iss", "https://x.test"), "wrong_issuer"),
            ("of another app", |token| token.claim("azp", "x"), "wrong_authorized_party"),
            ("announced otherwise", |token| token.head("typ", "at+jwt"), "wrong_type"),
        ] {
            let case = format!("{} {what}", site.file);
            let mut token = site.token();
            token.claim("aud", "client").without_claim("typ");
            change(&mut token);
            let outcome = site.issuing(&token).bring(Kind::AccessToken).await;
            match reason {
                "" => assert_eq!(outcome.assert_in(&case)["idp_binding"], "id_token", "{case}"),
                reason => outcome.assert_refused(&case, reason),
            }
            for path in [site.introspection, site.userinfo] {
                assert_eq!(outcome.asked(path), 0, "{case}: {path}");
            }
        }
    }
}

#[tokio::test]
async fn where_access_tokens_are_no_jwts_every_jws_is_an_id_token() {
    for (file, reason) in [("google.json", "wrong_audience"), ("github.json", "malformed")] {
        let mut token = Token::valid("https://accounts.google.com");
        token.claim("aud", "somebody-else");
        let outcome = Scene::of(file).holding(&token.compact()).bring(Kind::AccessToken).await;
        outcome.assert_refused(file, reason);
        assert_eq!(outcome.calls.len(), 0, "{file}: {:?}", outcome.calls);
    }
}

#[tokio::test]
async fn without_the_secret_that_introspection_takes_a_jwt_of_others_is_refused_unasked() {
    let site = &SITES[0];
    let scene = site.issuing(&site.token()).configured("client_secret = \"secret\"", "");
    let outcome = scene.bring(Kind::AccessToken).await;
    outcome.assert_refused(site.file, "wrong_audience");
    assert_eq!(outcome.asked(site.introspection), 0);
}

#[tokio::test]
async fn what_says_that_it_is_an_access_token_is_one_also_when_it_is_addressed_to_us() {
    let site = &SITES[0];
    for audience in [json!("client"), json!(["client", "account"])] {
        let mut token = site.token();
        token.claim("aud", audience.clone());
        let outcome = site.issuing(&token).bring(Kind::AccessToken).await;
        assert_eq!(outcome.assert_in(site.file)["idp_binding"], "introspection", "{audience}");
        let inactive = json!({ "active": false });
        let scene = site.issuing(&token).answering(site.introspection, 200, inactive);
        let case = audience.to_string();
        scene.bring(Kind::AccessToken).await.assert_refused(&case, "provider_rejected");
        // Announced as an ID token it is none.
        let mut scene = Scene::of(site.file).claiming("typ", "Bearer");
        scene.fixture.id_token.as_mut().unwrap().insert("aud".to_owned(), audience);
        let outcome = scene.bring(Kind::IdToken).await;
        let refused = outcome.answers().all(|answer| answer.status == 400);
        assert!(refused, "{case}: {}", outcome.answer.body);
    }
}

#[tokio::test]
async fn a_jwt_of_another_issuer_is_shown_to_nobody() {
    for site in SITES {
        for issuer in [json!("https://evil.test"), json!(""), json!(7), Value::Null] {
            let case = format!("{} {issuer}", site.file);
            let mut token = site.token();
            token.claim("iss", issuer);
            let outcome = site.issuing(&token).bring(Kind::AccessToken).await;
            let refused = outcome.answers().all(|answer| answer.status == 400);
            assert!(refused, "{case}: {}", outcome.answer.body);
            assert_eq!(outcome.calls.len(), 0, "{case}: {:?}", outcome.calls);
        }
    }
}
