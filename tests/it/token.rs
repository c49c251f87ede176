//! What a token exchange answers, and what the issued token says. Refusals of credentials are
//! `refusals`', of requests `requests`'.

use aws_lc_rs::hmac;
use jsonwebtoken::jwk::{JwkSet, ThumbprintHash};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::app::App;
use crate::support::claims::Token;
use crate::support::form::{ACCESS_TOKEN, Form, ID_TOKEN, JWT};
use crate::support::keys::{Key, base64url, hex, sha256};
use crate::support::verify::verify;
use crate::support::{NOW, NOW_SIGNED};

/// The namespace of `sub`, as published.
const NAMESPACE: Uuid = Uuid::from_u128(0x0179_a48e_d198_5832_9486_5b4f_f3bd_cb24);

#[tokio::test]
async fn an_id_token_is_exchanged_for_a_bearer_token() {
    let app = App::start().await;
    let answer = app.exchange(&app.id_token()).await;
    let token = answer.token("a good ID token");
    let expected = json!({
        "access_token": token,
        "issued_token_type": ACCESS_TOKEN,
        "token_type": "Bearer",
        "expires_in": 900,
    });
    assert_eq!(answer.json(), expected);
    assert_eq!(token.split('.').count(), 3);
    assert_eq!(answer.header("content-type"), Some("application/json; charset=utf-8"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.header("pragma"), Some("no-cache"));
    assert_eq!(answer.header("access-control-allow-origin"), None, "no browser asked");
    assert!(answer.header("x-request-id").is_some_and(|id| !id.is_empty()));
}

#[tokio::test]
async fn the_issued_token_says_what_is_published_and_nothing_else() {
    let app = App::start().await;
    let token = app.exchange(&app.id_token()).await.token("a good ID token");
    let (header, mut claims) = verify(&app, &token, "https://api.example.com").await;
    assert_eq!(header.typ.as_deref(), Some("at+jwt"));
    let set: JwkSet =
        serde_json::from_value(app.get("/.well-known/jwks.json").await.json()).unwrap();
    let thumbprint = set.keys.first().unwrap().thumbprint(ThumbprintHash::SHA256).unwrap();
    assert_eq!(header.kid, Some(thumbprint), "the key ID is the thumbprint of RFC 7638");
    assert!(claims.remove("jti").unwrap().as_str().is_some_and(|id| id.len() >= 22));
    let sub = Uuid::new_v5(&NAMESPACE, format!("{}|24400320", app.acme.issuer()).as_bytes());
    let expected = json!({
        "iss": "https://id.example.com",
        "sub": sub,
        "aud": "https://api.example.com",
        "iat": NOW,
        "exp": NOW + 900,
        "client_id": "spa",
        "idp": "acme",
        "idp_binding": "id_token",
        "auth_time": NOW - 30,
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
        "picture": "https://pictures.example.com/ada.png",
    });
    assert_eq!(Value::Object(claims.clone()), expected);
    for time in ["iat", "exp", "auth_time"] {
        assert!(claims.get(time).is_some_and(Value::is_u64), "{time} is a whole number");
    }
}

#[tokio::test]
async fn a_client_decides_on_audience_lifetime_scopes_and_claims() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact()).with("client_id", "wide");
    let answer = app.post_form("/token", &form).await;
    let token = answer.token("a client with everything");
    assert_eq!(answer.json().get("expires_in"), Some(&json!(300)));
    assert_eq!(answer.text("scope"), "read write", "none was asked for");
    let (_, claims) = verify(&app, &token, "https://two.example.com").await;
    for (name, expected) in [
        ("aud", json!(["https://one.example.com", "https://two.example.com"])),
        ("exp", json!(NOW + 300)),
        ("client_id", json!("wide")),
        ("scope", json!("read write")),
        ("idp_sub", json!("24400320")),
        ("given_name", json!("Ada")),
        ("family_name", json!("Lovelace")),
        ("preferred_username", json!("ada")),
        ("locale", json!("en-GB")),
    ] {
        assert_eq!(claims.get(name), Some(&expected), "{name}");
    }
}

#[tokio::test]
async fn what_a_provider_says_oddly_comes_out_in_one_form() {
    let app = App::start().await;
    for (name, value, expected) in [
        ("email_verified", json!("true"), Some(json!(true))),
        ("email_verified", json!("1"), Some(json!(true))),
        ("email_verified", json!("false"), Some(json!(false))),
        ("email_verified", json!("yes"), Some(json!(false))),
        ("email_verified", json!(null), Some(json!(false))),
        ("auth_time", json!(1_763_999_000.7), Some(json!(1_763_999_000))),
        // Then it is made of the two parts.
        ("name", json!(""), Some(json!("Ada Lovelace"))),
        ("name", json!(7), Some(json!("Ada Lovelace"))),
        ("name", json!("Zo\u{eb} \u{1f600}"), Some(json!("Zo\u{eb} \u{1f600}"))),
    ] {
        let case = format!("{name} {value}");
        let token = app.exchange(app.id_token().claim(name, value)).await.token(&case);
        let (_, claims) = verify(&app, &token, "https://api.example.com").await;
        assert_eq!(claims.get(name), expected.as_ref(), "{case}");
    }
    let token = app.exchange(app.id_token().without_claim("email_verified")).await;
    let (_, claims) = verify(&app, &token.token("unsaid"), "https://api.example.com").await;
    assert_eq!(claims.get("email_verified"), Some(&json!(false)), "false when unknown");
}

#[tokio::test]
async fn every_token_has_an_id_of_its_own_and_a_person_always_the_same() {
    let app = App::start().await;
    let mut tokens = Vec::new();
    for key in [Key::Rsa, Key::Ec, Key::Ed] {
        let token = app.exchange(app.id_token().by(key)).await.token("each key of the provider");
        tokens.push(verify(&app, &token, "https://api.example.com").await.1);
    }
    let mut other = app.id_token();
    let other = app.exchange(other.claim("sub", "24400321")).await.token("another person");
    let (_, other) = verify(&app, &other, "https://api.example.com").await;
    let mut ids: Vec<_> = tokens.iter().map(|claims| claims.get("jti")).collect();
    ids.dedup();
    assert_eq!(ids.len(), 3);
    assert!(tokens.iter().all(|claims| claims.get("sub") == tokens[0].get("sub")));
    assert_ne!(other.get("sub"), tokens[0].get("sub"), "the e-mail address takes no part");
}

#[tokio::test]
async fn pairwise_ids_are_keyed_and_are_no_version_5() {
    const SECRET: &str = "a secret of at least thirty-two bytes";
    let app = App::configured(|text| {
        format!("{text}\n[subject]\nmode = \"pairwise\"\nsecret = \"{SECRET}\"\n")
    })
    .await;
    let token = app.exchange(&app.id_token()).await.token("pairwise");
    let (_, claims) = verify(&app, &token, "https://api.example.com").await;
    let text = format!("{}|24400320", app.acme.issuer());
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes()), text.as_bytes());
    let first: [u8; 16] = *tag.as_ref().first_chunk().unwrap();
    let expected = Uuid::new_v8(first);
    assert_eq!(claims.get("sub"), Some(&json!(expected)));
    assert_ne!(expected, Uuid::new_v5(&NAMESPACE, text.as_bytes()));
    let metadata = app.get("/.well-known/openid-configuration").await.json();
    assert_eq!(metadata.get("subject_types_supported"), Some(&json!(["pairwise"])));
}

#[tokio::test]
async fn each_way_to_say_the_same_is_taken() {
    let app = App::start().await;
    let good = Form::exchange(&app.id_token().compact());
    let strict = app.id_token().claim("aud", "strict").claim("nonce", "n").compact();
    for (case, form, provider) in [
        ("no provider: iss picks", good.clone(), "acme"),
        ("no provider: iss and aud pick", Form::exchange(&strict).and("nonce", "n"), "strict"),
        ("provider", good.clone().and("provider", "acme"), "acme"),
        ("subject_issuer", good.clone().and("subject_issuer", "acme"), "acme"),
        ("backend", good.clone().and("backend", "acme"), "acme"),
        ("all three", good.clone().and("provider", "acme").and("backend", "acme"), "acme"),
        ("a provider that is empty", good.clone().and("provider", ""), "acme"),
        ("a JWT", good.clone().with("subject_token_type", JWT), "acme"),
        (
            "a JWT where an access token was expected",
            good.clone().with("subject_token_type", ACCESS_TOKEN).and("provider", "acme"),
            "acme",
        ),
        ("a secret that the client does not have", good.clone().and("client_secret", "x"), "acme"),
        ("a parameter that nobody knows", good.clone().and("prompt", "x"), "acme"),
    ] {
        let token = app.post_form("/token", &form).await.token(case);
        let (_, claims) = verify(&app, &token, "https://api.example.com").await;
        assert_eq!(claims.get("idp"), Some(&json!(provider)), "{case}");
    }
}

#[tokio::test]
async fn the_wanted_token_type_is_the_issued_one() {
    let app = App::start().await;
    let good = Form::exchange(&app.id_token().compact());
    for (wanted, issued) in [(ACCESS_TOKEN, ACCESS_TOKEN), (JWT, JWT), ("", ACCESS_TOKEN)] {
        let form = good.clone().and("requested_token_type", wanted);
        let answer = app.post_form("/token", &form).await;
        assert!(!answer.token(wanted).is_empty());
        assert_eq!(answer.text("issued_token_type"), issued, "{wanted}");
    }
    for wanted in [ID_TOKEN, "urn:ietf:params:oauth:token-type:refresh_token", "jwt"] {
        let form = good.clone().and("requested_token_type", wanted);
        let answer = app.post_form("/token", &form).await;
        answer.assert_refused(wanted, (400, "invalid_request", "unsupported_token_type"));
    }
}

#[tokio::test]
async fn audience_and_resource_repeat_and_never_reach_further_than_the_client() {
    const ONE: &str = "https://one.example.com";
    const TWO: &str = "https://two.example.com";
    let app = App::start().await;
    let good = Form::exchange(&app.id_token().compact()).with("client_id", "wide");
    for (case, form, expected) in [
        ("one audience", good.clone().and("audience", ONE), json!(ONE)),
        ("one resource", good.clone().and("resource", TWO), json!(TWO)),
        (
            "two audiences",
            good.clone().and("audience", ONE).and("audience", TWO),
            json!([ONE, TWO]),
        ),
        ("one of each", good.clone().and("audience", TWO).and("resource", ONE), json!([TWO, ONE])),
        ("one twice", good.clone().and("audience", ONE).and("resource", ONE), json!(ONE)),
    ] {
        let token = app.post_form("/token", &form).await.token(case);
        let audience = if case == "one resource" { TWO } else { ONE };
        let (_, claims) = verify(&app, &token, audience).await;
        assert_eq!(claims.get("aud"), Some(&expected), "{case}");
    }
    for (name, value) in [
        ("audience", "https://api.example.com"),
        ("resource", "https://one.example.com/"),
        ("audience", "https://one.example.com https://two.example.com"),
    ] {
        let form = good.clone().and("audience", ONE).and(name, value);
        let answer = app.post_form("/token", &form).await;
        answer.assert_refused(value, (400, "invalid_target", "invalid_target"));
    }
}

#[tokio::test]
async fn scopes_are_granted_as_asked_for_and_named_when_they_differ() {
    let app = App::start().await;
    let good = Form::exchange(&app.id_token().compact()).with("client_id", "wide");
    for (wanted, granted, named) in [
        ("read", "read", None),
        ("write read", "write read", None),
        ("read read", "read", Some("read")),
        ("", "read write", Some("read write")),
    ] {
        let answer = app.post_form("/token", &good.clone().and("scope", wanted)).await;
        let token = answer.token(wanted);
        assert_eq!(answer.json().get("scope").and_then(Value::as_str), named, "{wanted}");
        let (_, claims) = verify(&app, &token, "https://one.example.com").await;
        assert_eq!(claims.get("scope"), Some(&json!(granted)), "{wanted}");
    }
    for wanted in ["admin", "read admin", "READ", "read,write"] {
        let answer = app.post_form("/token", &good.clone().and("scope", wanted)).await;
        answer.assert_refused(wanted, (400, "invalid_scope", "invalid_scope"));
    }
    let without = Form::exchange(&app.id_token().compact());
    let answer = app.post_form("/token", &without.and("scope", "read")).await;
    answer.assert_refused("a client without scopes", (400, "invalid_scope", "invalid_scope"));
}

#[tokio::test]
async fn a_nonce_may_be_hashed_on_its_way() {
    let app = App::start().await;
    let nonce = "Y2hhbGxlbmdl";
    let hash = sha256(nonce);
    for in_token in [nonce.to_owned(), hex(&hash), base64url(&hash)] {
        let token = app.id_token().claim("nonce", in_token.as_str()).compact();
        let form = Form::exchange(&token).and("nonce", nonce);
        assert!(!app.post_form("/token", &form).await.token(&in_token).is_empty());
    }
}

#[tokio::test]
async fn time_passes_for_credentials_and_for_the_tokens_that_they_bring() {
    let app = App::start().await;
    let mut token = app.id_token();
    token.claim("exp", NOW_SIGNED + 100);
    app.exchange(&token).await.token("good still");
    app.advance(159);
    let late = app.exchange(&token).await.token("in the leeway");
    let (_, claims) = verify(&app, &late, "https://api.example.com").await;
    assert_eq!(claims.get("exp"), Some(&json!(NOW + 159 + 900)));
    app.advance(1);
    let answer = app.exchange(&token).await;
    answer.assert_refused("past it", (400, "invalid_request", "expired"));
}

#[tokio::test]
async fn providers_are_those_of_the_client() {
    let app = App::start().await;
    let mut strict = app.id_token();
    let strict = Form::exchange(&strict.claim("aud", "strict").claim("nonce", "n").compact())
        .and("nonce", "n")
        .with("client_id", "wide");
    let named = app.post_form("/token", &strict.clone().and("provider", "strict")).await;
    named.assert_refused("by name", (400, "invalid_request", "unknown_provider"));
    let by_issuer = app.post_form("/token", &strict).await;
    by_issuer.assert_refused("by issuer", (400, "invalid_request", "wrong_audience"));
    let rival = Token::valid(app.rival.issuer()).compact();
    let answer = app.post_form("/token", &Form::exchange(&rival).with("client_id", "wide")).await;
    answer.assert_refused("another's", (400, "invalid_request", "wrong_issuer"));
    let answer = app.post_form("/token", &Form::exchange(&rival).and("provider", "acme")).await;
    answer.assert_refused("under a wrong name", (400, "invalid_request", "wrong_issuer"));
    assert_eq!(app.rival.key_requests(), 0, "a hopeless request costs the provider nothing");
}
