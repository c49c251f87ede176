//! Reading a compact JWS: first as a stranger's claim, then, checked against a key, as a fact.

use std::sync::Arc;

use aws_lc_rs::signature::ParsedPublicKey;
use serde_json::{Map, Value};

use super::{Algorithm, KeyId, VerifyingKey};
use crate::crypto::from_base64url;
use crate::json::parse_object;

/// A compact JWS (RFC 7515 §7.1) that has been taken apart and not been checked.
///
/// Its claims may be looked at to refuse early; only [`UnverifiedJws::verify`] gives them out.
#[derive(Debug)]
pub(crate) struct UnverifiedJws<'a> {
    /// Header and payload with the dot between them: what is signed (RFC 7515 §5.1 step 8).
    message: &'a str,
    signature: Vec<u8>,
    algorithm: String,
    key_id: Option<KeyId>,
    token_type: Option<String>,
    claims: Map<String, Value>,
}

/// Why text is no JWS that we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JwsError {
    /// The form is wrong; the text says which part.
    #[error("{0}")]
    Malformed(&'static str),
    /// The signature is not the key's.
    #[error("the signature does not match")]
    BadSignature,
}

/// What is said of text that does not even have the parts.
const NOT_A_JWS: &str = "a compact JWS, such as an ID token, has three parts with dots between \
                         them; an opaque access token has not";

impl<'a> UnverifiedJws<'a> {
    /// Takes a compact JWS apart: three parts of canonical base64url, a JSON object in the first
    /// two, no member twice.
    ///
    /// `crit` is refused because we understand no extension (RFC 7515 §4.1.11), `b64` because a
    /// JWT must be encoded (RFC 7797 §7). `jwk`, `jku`, `x5c` and `x5u` are never read: a token
    /// does not choose its key (RFC 8725 §3.10).
    ///
    /// # Errors
    ///
    /// [`JwsError::Malformed`] names the part that is wrong.
    pub(crate) fn parse(compact: &'a str) -> Result<Self, JwsError> {
        let parts = compact.rsplit_once('.').and_then(|(message, signature)| {
            let (header, payload) = message.split_once('.')?;
            (!payload.contains('.')).then_some((message, header, payload, signature))
        });
        let (message, header, payload, signature) = parts.ok_or(JwsError::Malformed(NOT_A_JWS))?;
        let signature = from_base64url(signature.as_bytes())
            .ok_or(JwsError::Malformed("the signature is not base64url"))?;
        let header = from_base64url(header.as_bytes())
            .and_then(|header| parse_object(&header).ok())
            .ok_or(JwsError::Malformed("the header is no JSON object, or names a member twice"))?;
        if header.contains_key("crit") || header.contains_key("b64") {
            return Err(JwsError::Malformed("the header asks for an extension"));
        }
        let payload = from_base64url(payload.as_bytes())
            .ok_or(JwsError::Malformed("the payload is not base64url"))?;
        let claims = parse_object(&payload).map_err(|_| {
            JwsError::Malformed("the payload is no JSON object, or names a member twice")
        })?;
        Ok(Self {
            message,
            signature,
            algorithm: text(&header, "alg", "the header has no `alg` that is a string")?
                .ok_or(JwsError::Malformed("the header has no `alg`"))?
                .to_owned(),
            key_id: text(&header, "kid", "the header's `kid` is not a string")?
                .map(|kid| {
                    KeyId::parse(kid).ok_or(JwsError::Malformed(
                        "the header's `kid` is empty, too long or not printable",
                    ))
                })
                .transpose()?,
            token_type: text(&header, "typ", "the header's `typ` is not a string")?
                .map(str::to_owned),
            claims,
        })
    }

    /// Returns the header's `alg` as it stands.
    pub(crate) fn algorithm(&self) -> &str {
        &self.algorithm
    }

    /// Returns the header's `kid`.
    pub(crate) fn key_id(&self) -> Option<&KeyId> {
        self.key_id.as_ref()
    }

    /// Returns the header's `typ` as it stands.
    pub(crate) fn token_type(&self) -> Option<&str> {
        self.token_type.as_deref()
    }

    /// Returns what the token says of itself. Good for refusing, not for believing.
    pub(crate) fn unverified_claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Checks the signature by one key and returns the claims that it covers.
    ///
    /// # Errors
    ///
    /// [`JwsError::BadSignature`] when the key does not serve `algorithm` or did not sign this.
    pub(crate) fn verify(
        &self,
        key: &VerifyingKey,
        algorithm: Algorithm,
    ) -> Result<&Map<String, Value>, JwsError> {
        let verifier = key.verifier(algorithm).ok_or(JwsError::BadSignature)?;
        verifier.verify(self.message.as_bytes(), &self.signature).map(|()| &self.claims)
    }
}

/// Whether `text` has the looks of a compact JWS: three parts, of which the first is a JSON
/// object with `alg`. Opaque access tokens with dots in them have none.
pub(crate) fn looks_like_jws(text: &str) -> bool {
    let mut parts = text.split('.');
    let header = parts.next().and_then(|part| from_base64url(part.as_bytes()));
    parts.count() == 2
        && header
            .and_then(|header| serde_json::from_slice::<Map<String, Value>>(&header).ok())
            .is_some_and(|header| header.contains_key("alg"))
}

fn text<'a>(
    header: &'a Map<String, Value>,
    name: &str,
    wrong: &'static str,
) -> Result<Option<&'a str>, JwsError> {
    header.get(name).map(|value| value.as_str().ok_or(JwsError::Malformed(wrong))).transpose()
}

/// A public key for one algorithm.
#[derive(Debug, Clone)]
pub(super) struct Verifier {
    pub(super) algorithm: Algorithm,
    key: Arc<ParsedPublicKey>,
}

impl Verifier {
    pub(super) fn new(algorithm: Algorithm, key: ParsedPublicKey) -> Self {
        Self { algorithm, key: Arc::new(key) }
    }

    /// Checks that the key signed a message.
    ///
    /// # Errors
    ///
    /// [`JwsError::BadSignature`].
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), JwsError> {
        self.key.verify_sig(message, signature).map_err(|_| JwsError::BadSignature)
    }
}
