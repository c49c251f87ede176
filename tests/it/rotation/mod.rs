//! Our own keys: rotation as an operator does it, seen by a verifier that keeps our key set as
//! long as we allow.

mod files;
mod fleet;
mod seeds;

use std::path::Path;
use std::process::Command;

use countersign::clock::{Clock, UnixTime};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;

use crate::support::app::App;
use crate::support::claims::Token;

/// `max-age` of our key set, in seconds.
const MAX_AGE: u64 = 900;

/// Runs `countersign keys` on a directory.
fn keys_in(directory: &Path, command: &[&str]) -> String {
    let program = Command::new(env!("CARGO_BIN_EXE_countersign"))
        .arg("keys")
        .args(command)
        .arg("--dir")
        .arg(directory)
        .output()
        .unwrap();
    assert!(program.status.success(), "{}", String::from_utf8_lossy(&program.stderr));
    String::from_utf8(program.stdout).unwrap()
}

async fn key_set(app: &App) -> JwkSet {
    serde_json::from_str(&app.get("/.well-known/jwks.json").await.body).unwrap()
}

/// Moves the clock to a moment and has a token issued then.
async fn issue(app: &App, now: u64) -> String {
    app.set_clock(now);
    let mut token = Token::valid(app.acme.issuer());
    token.claim("iat", now).claim("exp", now + 3600);
    app.exchange(&token).await.token("issued")
}

/// Verifies as an API would, by a key set that it fetched some time ago.
fn accepts(set: &JwkSet, token: &str) -> bool {
    let key_id = decode_header(token).unwrap().kid.unwrap();
    let Some(key) = set.find(&key_id) else { return false };
    // The algorithm that the key set names, not the one that the token does.
    let named = key.common.key_algorithm.unwrap().to_string();
    let mut validation = Validation::new(named.parse::<Algorithm>().unwrap());
    validation.set_audience(&["https://api.example.com"]);
    validation.set_issuer(&["https://id.example.com"]);
    // The service's clock is moved in this test, that of the library is not.
    validation.validate_exp = false;
    decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &validation).is_ok()
}

#[tokio::test]
async fn a_rotation_is_noticed_by_no_verifier() {
    let app = App::start().await;
    let UnixTime(start) = Clock::System.now();
    app.set_clock(start);
    let kept_since_before = key_set(&app).await;
    let printed = keys_in(app.key_directory(), &["rotate"]);
    app.reload().await;
    let published = key_set(&app).await;
    assert_eq!(published.keys.len(), 2, "{printed}");

    // A verifier that fetched just before the rotation keeps that set for `max-age`, while the
    // old key signs; then it knows both.
    assert!(accepts(&kept_since_before, &issue(&app, start + MAX_AGE).await));
    let second_fetch = key_set(&app).await;
    let old = issue(&app, start + 2 * MAX_AGE - 5).await;
    assert!(accepts(&second_fetch, &old));

    // From here the next key signs.
    let later = start + 2 * MAX_AGE + 10;
    let new = issue(&app, later).await;
    assert_ne!(decode_header(&old).unwrap().kid, decode_header(&new).unwrap().kid);
    assert!(accepts(&second_fetch, &new) && accepts(&second_fetch, &old));
    assert!(!accepts(&kept_since_before, &new), "which is why the next key waits");

    // The longest-lived token that the old key can have signed has expired: it is gone.
    app.set_clock(later + 24 * 3600);
    assert_eq!(key_set(&app).await.keys.len(), 2);
    app.set_clock(later + 24 * 3600 + 300);
    assert_eq!(key_set(&app).await.keys.len(), 1);
}

#[tokio::test]
async fn a_broken_file_never_replaces_a_good_set() {
    let app = App::start().await;
    let before = app.get("/.well-known/jwks.json").await;
    std::fs::write(app.key_directory().join("half.json"), "{\"kty\":\"EC\",").unwrap();
    app.reload().await;
    let after = app.get("/.well-known/jwks.json").await;
    assert_eq!(before.body, after.body);
    assert_eq!(before.header("etag"), after.header("etag"));
    app.exchange(&app.id_token()).await.token("still signs");
    let metrics = app.get("/metrics").await.body;
    assert!(metrics.contains("countersign_key_reloads_total{outcome=\"failed\"} 1"), "{metrics}");
}
