//! Compact JWS, and the whole verification of an ID token after it.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::service::{assert_said, block_on, provider_keys, the_service};
use super::{NOW, is_credential};
use crate::jose::fuzzing::{openssl_accepts, sealed};
use crate::jose::{Algorithm, CompactJws, SigningKey, UnverifiedJws};
use crate::secret::Secret;
use crate::telemetry::Span;
use crate::verify::{Content, Credential};

/// Reads an ID token of a provider, and verifies it.
///
/// The first byte says which key signs what follows, or that nothing signs it; the second which
/// provider it comes to, or that its `iss` picks one. What is signed is a header and a payload, a
/// line each; an empty header is a good one.
pub fn jws(input: &[u8]) {
    let [first, second, rest @ ..] = input else { return };
    let token = match provider_keys().get(usize::from(*first)) {
        Some(key) => signed(key, rest),
        None => String::from_utf8(rest.to_vec()).ok(),
    };
    let Some(token) = token else { return };
    let names = ["google", "microsoft", "apple", "acme"];
    verify(&token, names.get(usize::from(*second)).copied());
}

fn signed(key: &SigningKey, text: &[u8]) -> Option<String> {
    let mut lines = text.splitn(2, |byte| *byte == b'\n');
    let (header, payload) = (lines.next()?, lines.next()?);
    let good = json!({"alg": key.algorithm(), "kid": key.public().key_id()}).to_string();
    sealed(key, if header.is_empty() { good.as_bytes() } else { header }, payload)
}

fn verify(token: &str, name: Option<&str>) {
    let issuer = &the_service().state.issuer;
    let secret = Secret::new(token);
    let secrets: &[&str] = if is_credential(token) { &[token] } else { &[] };
    let providers: Vec<_> = issuer.providers.iter().collect();
    let named = providers.iter().find(|provider| Some(provider.id.as_str()) == name);
    let provider = match named {
        Some(provider) => Ok(Arc::clone(provider)),
        None => issuer.verifier.recognise(&secret, &providers),
    };
    let provider = match provider {
        Ok(provider) => provider,
        Err(error) => return assert_said(error, secrets),
    };
    let credential = Credential { content: Content::IdToken(secret), nonce: None };
    let identity =
        match block_on(issuer.verifier.verify(&provider, None, &credential, &Span::default())) {
            Ok(identity) => identity,
            Err(error) => return assert_said(error, secrets),
        };
    let claims = assert_signed(token);
    assert_eq!(identity.provider(), &provider.id, "the provider is the one that was asked for");
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    assert_eq!(text("sub"), Some(identity.subject().as_str()), "the subject is the token's");
    assert!(identity.namespace().starts_with("https://"), "a namespace is an address");
    assert!(!identity.namespace().contains('|'), "a namespace has no bar");
    let ours = provider.id_token.as_ref().map(|rules| rules.client_ids.clone()).unwrap_or_default();
    let is_ours = |audience: &Value| ours.iter().any(|id| audience == id);
    let for_us = match claims.get("aud") {
        Some(Value::Array(several)) => !several.is_empty() && several.iter().all(is_ours),
        Some(one) => is_ours(one),
        None => false,
    };
    assert!(for_us, "every audience is ours");
    let time = |name: &str| claims.get(name).and_then(Value::as_f64);
    let now = f64::from(u32::try_from(NOW).unwrap_or(u32::MAX));
    assert!(time("exp").is_some_and(|exp| exp + 60.0 > now - 1.0), "it has not expired");
    assert!(time("iat").is_some_and(|iat| iat < now + 61.0), "it was issued");
    assert!(time("nbf").is_none_or(|nbf| nbf < now + 61.0), "it is valid");
}

/// Asserts that OpenSSL too takes the signature, by the key of the providers that the token names,
/// and that each part is written in the one way.
fn assert_signed(token: &str) -> Map<String, Value> {
    let Ok(compact) = CompactJws::decode(token) else { panic!("what is accepted parses") };
    let Ok(jws) = UnverifiedJws::parse(&compact) else { panic!("what is accepted parses") };
    let algorithm = jws.algorithm().parse::<Algorithm>();
    let Ok(algorithm) = algorithm else { panic!("what is accepted has an algorithm of ours") };
    let accepts = |key: &&SigningKey| {
        let Ok(Value::Object(public)) = serde_json::to_value(key.public()) else { return false };
        jws.key_id().is_none_or(|id| id == key.public().key_id())
            && openssl_accepts(token, &public, algorithm)
    };
    assert!(provider_keys().iter().any(|key| accepts(&key)), "a key of the set signed it");
    jws.unverified_claims().clone().into()
}
