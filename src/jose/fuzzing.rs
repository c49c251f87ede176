//! What a fuzzer needs of JOSE beside what is shipped: to sign headers that nobody would, and a
//! second opinion on signatures.

use josekit::jwk::Jwk;
use josekit::jws::{
    ES256, ES384, ES512, EdDSA, JwsContext, JwsVerifier, PS256, PS384, PS512, RS256, RS384, RS512,
};
use serde_json::{Map, Value};

use super::{Algorithm, SigningKey};

/// Signs any bytes as header and payload of a compact JWS.
pub(crate) fn sealed(key: &SigningKey, header: &[u8], payload: &[u8]) -> Option<String> {
    key.signer().seal(header, payload).ok()
}

/// Whether OpenSSL takes the signature of a compact JWS too: another implementation than the one
/// that decides.
pub(crate) fn openssl_accepts(compact: &str, key: &Map<String, Value>, by: Algorithm) -> bool {
    let members: &[&str] = match key.get("kty").and_then(Value::as_str) {
        Some("OKP") => &["kty", "crv", "x"],
        Some("EC") => &["kty", "crv", "x", "y"],
        _ => &["kty", "n", "e"],
    };
    let public = key.iter().filter(|(name, _)| members.contains(&name.as_str()));
    let public: Map<_, _> = public.map(|(name, value)| (name.clone(), value.clone())).collect();
    let verifier = Jwk::from_map(public).ok().and_then(|jwk| verifier(&jwk, by));
    verifier.is_some_and(|it| JwsContext::new().deserialize_compact(compact, &*it).is_ok())
}

fn verifier(jwk: &Jwk, by: Algorithm) -> Option<Box<dyn JwsVerifier>> {
    fn boxed<T: JwsVerifier + 'static, E>(verifier: Result<T, E>) -> Option<Box<dyn JwsVerifier>> {
        verifier.ok().map(|it| Box::new(it) as Box<dyn JwsVerifier>)
    }
    match by {
        Algorithm::EdDsa => boxed(EdDSA.verifier_from_jwk(jwk)),
        Algorithm::Es256 => boxed(ES256.verifier_from_jwk(jwk)),
        Algorithm::Es384 => boxed(ES384.verifier_from_jwk(jwk)),
        Algorithm::Es512 => boxed(ES512.verifier_from_jwk(jwk)),
        Algorithm::Ps256 => boxed(PS256.verifier_from_jwk(jwk)),
        Algorithm::Ps384 => boxed(PS384.verifier_from_jwk(jwk)),
        Algorithm::Ps512 => boxed(PS512.verifier_from_jwk(jwk)),
        Algorithm::Rs256 => boxed(RS256.verifier_from_jwk(jwk)),
        Algorithm::Rs384 => boxed(RS384.verifier_from_jwk(jwk)),
        Algorithm::Rs512 => boxed(RS512.verifier_from_jwk(jwk)),
    }
}
