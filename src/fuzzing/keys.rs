//! Keys: a provider's set, and our own files.

use serde_json::{Map, Value, json};

use super::service::provider_keys;
use crate::jose::fuzzing::openssl_accepts;
use crate::jose::{Algorithm, CompactJws, SigningKey, UnverifiedJws, VerifyingKey, parse_key_set};
use crate::json::{Json, Members, parse_object};
use crate::keys::fuzzing::parse;
use crate::secret::{SecretBytes, SecretMembers};

/// Reads a provider's key set.
pub fn jwks(input: &[u8]) {
    let Ok(set) = parse_object(input).map(Map::from) else { return };
    let Some(keys) = parse_key_set(&set, &Algorithm::ALL) else { return };
    assert!((1..=100).contains(&keys.len()), "a set has keys, and not too many");
    let printed = Value::Object(set.clone()).to_string();
    let again = parse_object(printed.as_bytes()).map(Map::from).ok();
    let again = again.and_then(|set| parse_key_set(&set, &Algorithm::ALL)).unwrap_or_default();
    let ids = |keys: &[VerifyingKey]| keys.iter().map(|key| key.key_id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&again), ids(&keys), "what is printed again is read again");
    for algorithm in Algorithm::ALL {
        let alone = parse_key_set(&set, &[algorithm]).unwrap_or_default();
        let serving = keys.iter().filter(|key| key.serves(algorithm)).count();
        assert_eq!(alone.len(), serving, "a key serves what it is read for");
    }
    for key in &keys {
        assert_verifies_only_its_own(key, &set);
    }
}

/// Asserts that a key takes the signature of a known key only if it is that one.
fn assert_verifies_only_its_own(key: &VerifyingKey, set: &Map<String, Value>) {
    for known in provider_keys() {
        let Ok(token) = known.signer().sign(b"{}") else { panic!("a known key signs") };
        let Ok(compact) = CompactJws::decode(token.expose()) else { panic!("it parses") };
        let Ok(jws) = UnverifiedJws::parse(&compact) else { panic!("it parses") };
        if jws.verify(key, known.algorithm()).is_err() {
            continue;
        }
        let members = set.get("keys").and_then(Value::as_array);
        let mut members = members.into_iter().flatten().filter_map(Value::as_object);
        let by = known.algorithm();
        assert!(
            members.any(|it| openssl_accepts(token.expose(), it, by)),
            "it is a key of the set"
        );
    }
}

/// Reads a key file: PEM where the first byte is odd, else JSON.
pub fn key_file(input: &[u8]) {
    let [first, text @ ..] = input else { return };
    // A file that is not UTF-8 is not read.
    let Ok(text) = std::str::from_utf8(text) else { return };
    let secret = SecretBytes::new(text.as_bytes());
    let is_pem = first % 2 == 1;
    let name = if is_pem { "key.pem".to_owned() } else { file_name(text) };
    let stored = match parse(&name, &secret) {
        Ok(stored) => stored,
        Err(problem) => {
            let private = private_members(text);
            let mut shown = private.iter().filter(|it| !name.contains(*it));
            assert!(shown.all(|it| !problem.contains(it)), "an error has no key in it");
            return;
        }
    };
    let key = stored.key();
    assert_signs(key);
    let private = key.private_jwk().to_text();
    let private = private.expose();
    let Some(again) = read_again(private) else { panic!("a private JWK is read again") };
    assert_eq!(again.public(), key.public(), "it is the same key");
    // A fraction in a member that means nothing here may come out another in its last digit.
    let text = again.private_jwk().to_text();
    assert_eq!(private_members(text.expose()), private_members(private), "with the same parts");
    let (shown, id) = (format!("{stored:?}"), key.public().key_id().to_string());
    // A file may name itself by its own private members: the ID is public all the same.
    let members = private_members_of_its_type(private);
    let mut hidden = members.iter().filter(|it| !id.contains(*it));
    assert!(hidden.all(|it| !shown.contains(it)), "it prints as nothing");
}

fn read_again(text: &str) -> Option<SigningKey> {
    let members = parse_object(text.as_bytes()).ok()?;
    SigningKey::from_jwk(&SecretMembers::new(members.into())).ok()
}

/// Returns the name that a file of this text has to have.
fn file_name(text: &str) -> String {
    read_again(text)
        .map_or_else(|| "key.json".to_owned(), |key| format!("{}.json", key.public().key_id()))
}

/// Asserts that what a key signs its public half verifies, here and by OpenSSL.
fn assert_signs(key: &SigningKey) {
    let (public, by) = (json!(key.public()), key.algorithm());
    let Ok(verifying) = VerifyingKey::from_jwk(&public, &Algorithm::ALL) else {
        panic!("a public half is a key");
    };
    let Ok(token) = key.signer().sign(br#"{"sub":"1"}"#) else { panic!("a key signs") };
    let Ok(compact) = CompactJws::decode(token.expose()) else { panic!("what is signed parses") };
    let Ok(jws) = UnverifiedJws::parse(&compact) else { panic!("what is signed parses") };
    assert!(jws.verify(&verifying, by).is_ok(), "the public half verifies");
    let members = public.as_object().cloned().unwrap_or_default();
    assert!(openssl_accepts(token.expose(), &members, by), "by OpenSSL too");
}

/// The private members of an RSA key (RFC 7518 section 6.3.2); other types have `d` alone.
const PRIVATE: [&str; 6] = ["d", "p", "q", "dp", "dq", "qi"];

/// Returns the private members of a JWK, those that are long enough to be told from other text.
fn private_members(text: &str) -> Vec<String> {
    members(&parse_object(text.as_bytes()).unwrap_or_default(), &PRIVATE)
}

/// Returns them without those that mean nothing to a key of this type, and may repeat its `x`.
fn private_members_of_its_type(text: &str) -> Vec<String> {
    let jwk = parse_object(text.as_bytes()).unwrap_or_default();
    let is_rsa = jwk.get("kty").and_then(Json::as_str) == Some("RSA");
    members(&jwk, if is_rsa { &PRIVATE } else { &["d"] })
}

fn members(jwk: &Members<'_>, names: &[&str]) -> Vec<String> {
    let texts = names.iter().filter_map(|name| jwk.get(name)?.as_str());
    texts.filter(|text| text.len() >= 20).map(str::to_owned).collect()
}
