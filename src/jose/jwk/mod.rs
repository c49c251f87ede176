//! The public keys that we read in a provider's key set.

use std::sync::Arc;

use aws_lc_rs::rsa::PublicKeyComponents;
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters, VerificationAlgorithm};
use serde_json::{Map, Value};

use super::verify::Verifier;
use super::{Algorithm, KeyId};
use crate::crypto::from_base64url;

/// Members of a key set beyond this many are not read; the largest provider sends 14.
const MAX_KEYS: usize = 100;

/// A provider's public key, parsed and ready to verify.
#[derive(Debug, Clone)]
pub(crate) struct VerifyingKey {
    /// The key's `kid`, if it has one.
    pub(crate) key_id: Option<KeyId>,
    /// Microsoft's extra member `issuer`: whose tokens this key may sign.
    pub(crate) issuer: Option<Arc<str>>,
    verifiers: Vec<Verifier>,
}

impl VerifyingKey {
    /// Parses a JWK (RFC 7517 §4) for use with those of `allowed` that it can serve.
    ///
    /// A key with `alg` serves that algorithm alone. Private members are not read.
    ///
    /// # Errors
    ///
    /// [`UnusableKey`] says why the key cannot verify anything here; a set holds such keys
    /// rightfully (encryption keys, say), so its reader skips them.
    pub(crate) fn from_jwk(jwk: &Value, allowed: &[Algorithm]) -> Result<Self, UnusableKey> {
        let jwk = jwk.as_object().ok_or(UnusableKey::Malformed)?;
        if optional_text(jwk, "use")?.is_some_and(|usage| usage != "sig") {
            return Err(UnusableKey::NotForSignatures);
        }
        if let Some(operations) = jwk.get("key_ops") {
            let operations = operations.as_array().ok_or(UnusableKey::Malformed)?;
            if !operations.iter().any(|operation| operation == "verify") {
                return Err(UnusableKey::NotForSignatures);
            }
        }
        let key_id = match optional_text(jwk, "kid")? {
            Some(text) => Some(KeyId::parse(text).ok_or(UnusableKey::Malformed)?),
            None => None,
        };
        let own = optional_text(jwk, "alg")?;
        let verifiers = allowed
            .iter()
            .filter(|algorithm| own.is_none_or(|name| name == algorithm.name()))
            .filter(|algorithm| fits(jwk, **algorithm))
            .map(|algorithm| {
                parse_public(jwk, *algorithm).map(|key| Verifier::new(*algorithm, key))
            })
            .collect::<Result<Vec<_>, _>>()?;
        if verifiers.is_empty() {
            return Err(UnusableKey::OtherAlgorithm);
        }
        Ok(Self { key_id, issuer: optional_text(jwk, "issuer")?.map(Arc::from), verifiers })
    }

    /// Returns the verifier for `algorithm`, if the key serves it.
    pub(super) fn verifier(&self, algorithm: Algorithm) -> Option<&Verifier> {
        self.verifiers.iter().find(|verifier| verifier.algorithm == algorithm)
    }

    /// Whether the key serves `algorithm`.
    pub(crate) fn serves(&self, algorithm: Algorithm) -> bool {
        self.verifier(algorithm).is_some()
    }
}

/// Why a member of a key set is skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum UnusableKey {
    /// `use` or `key_ops` gives the key another purpose.
    #[error("the key is not for verifying signatures")]
    NotForSignatures,
    /// Its type, curve or `alg` serves no algorithm that is allowed here.
    #[error("the key serves no allowed algorithm")]
    OtherAlgorithm,
    /// A member is missing, has the wrong type or makes no key.
    #[error("the key is malformed")]
    Malformed,
}

/// Reads a JWK Set (RFC 7517 §5) member by member, skipping the keys that cannot be used.
///
/// josekit refuses a whole set for one bad member, so the members are parsed one by one.
///
/// # Errors
///
/// `None` when the input is no JWK Set or no usable key is left: an empty set is a failure of
/// the provider, not a statement that it has no keys.
pub(crate) fn parse_key_set(
    set: &Map<String, Value>,
    allowed: &[Algorithm],
) -> Option<Vec<VerifyingKey>> {
    let keys: Vec<_> = set
        .get("keys")?
        .as_array()?
        .iter()
        .take(MAX_KEYS)
        .filter_map(|jwk| VerifyingKey::from_jwk(jwk, allowed).ok())
        .collect();
    (!keys.is_empty()).then_some(keys)
}

/// Whether the key's type and curve are those of `algorithm`.
fn fits(jwk: &Map<String, Value>, algorithm: Algorithm) -> bool {
    let is = |name: &str, value: &str| jwk.get(name).is_some_and(|member| member == value);
    match algorithm {
        Algorithm::EdDsa => is("kty", "OKP") && is("crv", "Ed25519"),
        Algorithm::Es256 => is("kty", "EC") && is("crv", "P-256"),
        Algorithm::Es384 => is("kty", "EC") && is("crv", "P-384"),
        Algorithm::Es512 => is("kty", "EC") && is("crv", "P-521"),
        Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512
        | Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512 => is("kty", "RSA"),
    }
}

fn parse_public(
    jwk: &Map<String, Value>,
    algorithm: Algorithm,
) -> Result<ParsedPublicKey, UnusableKey> {
    match algorithm {
        Algorithm::EdDsa => parse_raw(&signature::ED25519, &bytes(jwk, "x")?),
        Algorithm::Es256 => parse_point(&signature::ECDSA_P256_SHA256_FIXED, jwk, 32),
        Algorithm::Es384 => parse_point(&signature::ECDSA_P384_SHA384_FIXED, jwk, 48),
        Algorithm::Es512 => parse_point(&signature::ECDSA_P521_SHA512_FIXED, jwk, 66),
        Algorithm::Ps256 => parse_rsa(&signature::RSA_PSS_2048_8192_SHA256, jwk),
        Algorithm::Ps384 => parse_rsa(&signature::RSA_PSS_2048_8192_SHA384, jwk),
        Algorithm::Ps512 => parse_rsa(&signature::RSA_PSS_2048_8192_SHA512, jwk),
        Algorithm::Rs256 => parse_rsa(&signature::RSA_PKCS1_2048_8192_SHA256, jwk),
        Algorithm::Rs384 => parse_rsa(&signature::RSA_PKCS1_2048_8192_SHA384, jwk),
        Algorithm::Rs512 => parse_rsa(&signature::RSA_PKCS1_2048_8192_SHA512, jwk),
    }
}

fn parse_raw(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
) -> Result<ParsedPublicKey, UnusableKey> {
    ParsedPublicKey::new(algorithm, key).map_err(|_| UnusableKey::Malformed)
}

/// An uncompressed point (SEC 1 §2.3.3) of two coordinates of exactly `size` bytes
/// (RFC 7518 §6.2.1.2). That it lies on the curve is checked by the parser.
fn parse_point(
    algorithm: &'static dyn VerificationAlgorithm,
    jwk: &Map<String, Value>,
    size: usize,
) -> Result<ParsedPublicKey, UnusableKey> {
    let (x, y) = (bytes(jwk, "x")?, bytes(jwk, "y")?);
    if x.len() != size || y.len() != size {
        return Err(UnusableKey::Malformed);
    }
    parse_raw(algorithm, &[&[4], x.as_slice(), y.as_slice()].concat())
}

/// Modulus and exponent, tolerating the leading zero that RFC 7518 §6.3.1.1 forbids and some
/// providers send. Keys of fewer than 2048 or more than 8192 bits are refused.
fn parse_rsa(
    parameters: &'static RsaParameters,
    jwk: &Map<String, Value>,
) -> Result<ParsedPublicKey, UnusableKey> {
    let (n, e) = (bytes(jwk, "n")?, bytes(jwk, "e")?);
    let (n, e) = (without_leading_zeros(&n), without_leading_zeros(&e));
    if !(256..=1024).contains(&n.len()) {
        return Err(UnusableKey::Malformed);
    }
    PublicKeyComponents { n, e }
        .to_parsed_public_key(parameters)
        .map_err(|_| UnusableKey::Malformed)
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

fn bytes(jwk: &Map<String, Value>, name: &str) -> Result<Vec<u8>, UnusableKey> {
    from_base64url(required_text(jwk, name)?.as_bytes()).ok_or(UnusableKey::Malformed)
}

/// Returns a member that must be a string.
pub(super) fn required_text<'a>(
    jwk: &'a Map<String, Value>,
    name: &str,
) -> Result<&'a str, UnusableKey> {
    optional_text(jwk, name)?.ok_or(UnusableKey::Malformed)
}

fn optional_text<'a>(
    jwk: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a str>, UnusableKey> {
    jwk.get(name).map(|value| value.as_str().ok_or(UnusableKey::Malformed)).transpose()
}

#[cfg(test)]
mod tests;
