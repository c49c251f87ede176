//! Bodies of requests, through every path that takes one.

use std::collections::BTreeSet;

use serde_json::{Number, Value};

use super::is_credential;
use super::service::{assert_refused, block_on, provider_keys, the_service};
use crate::crypto::hex;
use crate::http::fuzzing::{parameters, post};
use crate::jose::{Algorithm, CompactJws, UnverifiedJws, parse_key_set};
use crate::json::Json;

/// Parameters that may stand more than once.
const REPEATABLE: [&str; 2] = ["audience", "resource"];
/// Parameters that hold credentials.
const SECRETS: [&str; 6] =
    ["subject_token", "token", "code", "code_verifier", "client_secret", "nonce"];

/// The parameters of a body.
type Read = Vec<(String, String)>;

/// Posts a form. The first byte chooses the path.
pub fn form(input: &[u8]) {
    let [first, body @ ..] = input else { return };
    let path = match first % 8 {
        0 | 1 | 4 | 5 => "/token",
        2 | 6 => "/auth/convert-token",
        3 => "/introspect",
        _ => "/explain",
    };
    let read = parameters(false, body, &REPEATABLE);
    if let Some(read) = &read {
        assert_read(read);
        let printed: Vec<_> =
            read.iter().map(|(n, v)| format!("{}={}", coded(n), coded(v))).collect();
        let again = parameters(false, printed.join("&").as_bytes(), &REPEATABLE);
        assert_eq!(again.as_ref(), Some(read), "what is printed again is read again");
    }
    assert_answered(path, false, (body, read));
}

/// Posts JSON.
pub fn json_body(input: &[u8]) {
    let read = parameters(true, input, &REPEATABLE);
    if let Some(read) = &read {
        assert_read(read);
    }
    assert_answered("/auth/convert-token", true, (input, read));
}

/// Asserts that no parameter stands twice that may not.
fn assert_read(read: &[(String, String)]) {
    let once = || read.iter().map(|(name, _)| name).filter(|it| !REPEATABLE.contains(&it.as_str()));
    assert_eq!(once().count(), once().collect::<BTreeSet<_>>().len(), "no parameter stands twice");
    assert!(read.len() <= 64 && read.iter().all(|(name, _)| name.len() <= 64), "bounded");
}

fn coded(text: &str) -> String {
    hex(text.as_bytes()).chars().enumerate().fold(String::new(), |mut coded, (nth, digit)| {
        coded.extend((nth % 2 == 0).then_some('%').into_iter().chain([digit]));
        coded
    })
}

fn assert_answered(path: &str, is_json: bool, (body, read): (&[u8], Option<Read>)) {
    let service = the_service();
    let answered = block_on(post(&service.face, path, is_json, body));
    assert!(answered.cache_control.contains("no-store"), "nothing is kept");
    let read = read.unwrap_or_default();
    // What is sent as something else too may be quoted as that.
    let (secret, other): (Vec<_>, Vec<_>) =
        read.iter().partition(|(name, _)| SECRETS.contains(&name.as_str()));
    let is_quoted = |text: &str| other.iter().any(|(n, v)| n.contains(text) || v.contains(text));
    let secrets = secret.iter().map(|(_, value)| value.as_str());
    let secrets: Vec<_> = secrets.filter(|it| is_credential(it) && !is_quoted(it)).collect();
    if answered.status != 200 {
        return assert_refused(&answered, &secrets);
    }
    assert!(!read.is_empty(), "nothing is given for nothing");
    let Ok(Value::Object(answer)) = serde_json::from_slice(&answered.body) else {
        panic!("an answer is a JSON object");
    };
    if path == "/explain" {
        assert!(answer.contains_key("checks") && !answer.contains_key("access_token"), "no token");
    } else if path != "/introspect" {
        let Some(token) = answer.get("access_token").and_then(Value::as_str) else {
            panic!("an answer has a token");
        };
        assert_ours(token);
    }
}

/// Asserts that a token is signed by a key that is published, and by no provider's.
fn assert_ours(token: &str) {
    let keys = the_service().state.issuer.keys.published();
    let set = serde_json::from_slice(&keys.body).ok();
    let set = set.and_then(|set| parse_key_set(&set, &Algorithm::ALL)).unwrap_or_default();
    let Ok(compact) = CompactJws::decode(token) else { panic!("our tokens parse") };
    let Ok(jws) = UnverifiedJws::parse(&compact) else { panic!("our tokens parse") };
    let mut signed = set.iter().filter(|key| jws.verify(key, Algorithm::EdDsa).is_ok());
    assert!(signed.next().is_some(), "a published key signed it");
    assert!(provider_keys().iter().all(|key| Some(key.public().key_id()) != jws.key_id()));
    let claims = jws.unverified_claims();
    let number = |name: &str| claims.get(name).and_then(Json::as_number);
    let time = |name: &str| number(name).and_then(Number::as_u64).unwrap_or_default();
    assert!(time("exp") > time("iat"), "it lives");
    assert_eq!(claims.get("iss").and_then(Json::as_str), Some("https://id.example.com"));
}
