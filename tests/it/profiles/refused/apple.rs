//! Apple's client secret: a JWT that the operator's key signs for each request.

use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::{Kind, Outcome, Scene};
use crate::support::NOW;
use crate::support::keys::{Key, base64url};

const FILE: &str = "apple.json";
const TOKEN: &str = "/auth/token";

/// Verifies a secret with the public half of the key, and returns its claims. The library asks the
/// system for the time, so the times are left to the caller.
fn verified(secret: &str) -> Map<String, Value> {
    let header = decode_header(secret).unwrap();
    assert_eq!(header.alg, Algorithm::ES256);
    assert_eq!(header.kid.as_deref(), Some("ABC123DEFG"));
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&["https://appleid.apple.com"]);
    validation.set_issuer(&["DEF123GHIJ"]);
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    validation.validate_exp = false;
    let point = Key::Ec.public();
    let (x, y) = point[1..].split_at(32);
    let key = DecodingKey::from_ec_components(&base64url(x), &base64url(y)).unwrap();
    decode(secret, &key, &validation).unwrap().claims
}

/// Returns the secrets that Apple was sent.
fn secrets(outcome: &Outcome) -> Vec<String> {
    let calls = outcome.calls.iter().filter(|call| call.path == TOKEN);
    calls.map(|call| call.in_form("client_secret").unwrap()).collect()
}

#[tokio::test]
async fn the_secret_is_signed_for_each_request_and_good_for_minutes() {
    let stage = Scene::of(FILE).start(Kind::Code).await;
    stage.bring().await.assert_in("first");
    stage.app.advance(60);
    let outcome = stage.bring().await;
    outcome.assert_in("second");
    let secrets = secrets(&outcome);
    assert_eq!(secrets.len(), 2);
    for (secret, now) in secrets.iter().zip([NOW, NOW + 60]) {
        let claims = verified(secret);
        assert_eq!(claims["sub"], "com.example.web");
        assert_eq!(claims["aud"], "https://appleid.apple.com");
        let (from, until) = (claims["iat"].as_u64().unwrap(), claims["exp"].as_u64().unwrap());
        assert_eq!(from, now);
        assert!((1..=600).contains(&(until - from)), "{from} {until}");
    }
    for call in outcome.calls.iter().filter(|call| call.path == TOKEN) {
        assert_eq!(call.basic(), None);
        assert_eq!(call.in_form("client_id").as_deref(), Some("com.example.web"));
        assert!(!String::from_utf8_lossy(&call.body).contains("PRIVATE"));
    }
}

#[tokio::test]
async fn what_the_key_belongs_to_has_to_be_said() {
    for name in ["team", "key"] {
        let mut scene = Scene::of(FILE);
        // The harness gives a key where `key` is set.
        scene = scene.configured(&format!("{name} = \""), &format!("{name} = \"\" # \""));
        let complaint = scene.complaint(Kind::Code).await.unwrap();
        assert!(complaint.contains(&format!("providers.p.settings.{name}")), "{complaint}");
    }
}

/// Returns the configuration with another client secret.
async fn complaint(secret: &str) -> Option<String> {
    let scene = Scene::of(FILE);
    let (ours, other) = (Value::from(Key::Ec.pem()), Value::from(secret));
    scene.configured(&ours.to_string(), &other.to_string()).complaint(Kind::Code).await
}

#[tokio::test]
async fn what_is_no_key_is_refused_and_never_shown() {
    let cut = Key::Ec.pem().replacen("-----END", "-----ENDE", 1);
    let broken: String = Key::Ec.pem().replacen("MIG", "AAA", 1);
    for (case, secret) in [
        ("a text", "s3cr3t-0123456789-s3cr3t"),
        ("nothing", " "),
        ("a PEM that does not end", &*cut),
        ("a PEM of something else", &*broken),
        ("a public key", "-----BEGIN PUBLIC KEY-----\nMFkw0123456789\n-----END PUBLIC KEY-----\n"),
    ] {
        let complaint = complaint(secret).await.unwrap_or_else(|| panic!("{case}: it is taken"));
        assert!(complaint.contains("providers.p.client_secret"), "{case}: {complaint}");
        let words = secret.split(['\n', '-', ' ']).filter(|word| word.len() > 9);
        for word in words.filter(|word| !["ABC123DEFG"].contains(word)) {
            assert!(!complaint.contains(word), "{case}: {complaint}");
        }
    }
}

#[tokio::test]
async fn a_key_that_cannot_make_apples_signature_is_refused() {
    for key in [Key::Rsa, Key::Ed] {
        let complaint = complaint(key.pem()).await;
        let complaint = complaint.unwrap_or_else(|| panic!("{key:?}: it is taken"));
        assert!(complaint.contains("providers.p.client_secret"), "{key:?}: {complaint}");
    }
}

#[tokio::test]
async fn a_client_that_apple_refuses_is_the_operators_fault() {
    let refused = serde_json::json!({ "error": "invalid_client" });
    let scene = Scene::of(FILE).answering(TOKEN, 400, refused);
    scene.bring(Kind::Code).await.assert_misconfigured(FILE);
}
