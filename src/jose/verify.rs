//! Reading a compact JWS: first as a stranger's claim, then, checked against a key, as a fact.

use std::borrow::Cow;
use std::sync::Arc;

use aws_lc_rs::signature::ParsedPublicKey;
use josekit::jws::JwsHeader;
use serde_json::{Map, Value};

use super::{Algorithm, KeyId, VerifyingKey};
use crate::crypto::from_base64url;
use crate::json::{Json, Members, parse_object};

/// The parts of a compact JWS (RFC 7515 §7.1), decoded. What is read of them is borrowed from here.
#[derive(Debug)]
pub(crate) struct CompactJws<'a> {
    /// Header and payload with the dot between them: what is signed (RFC 7515 §5.1 step 8).
    message: &'a str,
    header: Vec<u8>,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// A compact JWS that has been read and not been checked.
///
/// Its claims may be looked at to refuse early; only [`UnverifiedJws::verify`] gives them out.
#[derive(Debug)]
pub(crate) struct UnverifiedJws<'a> {
    compact: &'a CompactJws<'a>,
    algorithm: Cow<'a, str>,
    key_id: Option<KeyId>,
    token_type: Option<Cow<'a, str>>,
    claims: Members<'a>,
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
/// The members of most headers, and all that is read of any.
const READ: [&str; 3] = ["alg", "kid", "typ"];

impl<'a> CompactJws<'a> {
    /// Takes a compact JWS apart: three parts of canonical base64url.
    ///
    /// # Errors
    ///
    /// [`JwsError::Malformed`] names the part that is wrong.
    pub(crate) fn decode(compact: &'a str) -> Result<Self, JwsError> {
        let parts = compact.rsplit_once('.').and_then(|(message, signature)| {
            let (header, payload) = message.split_once('.')?;
            (!payload.contains('.')).then_some((message, header, payload, signature))
        });
        let (message, header, payload, signature) = parts.ok_or(JwsError::Malformed(NOT_A_JWS))?;
        let decoded =
            |part: &str, wrong| from_base64url(part.as_bytes()).ok_or(JwsError::Malformed(wrong));
        Ok(Self {
            message,
            signature: decoded(signature, "the signature is not base64url")?,
            header: decoded(header, "the header is not base64url")?,
            payload: decoded(payload, "the payload is not base64url")?,
        })
    }
}

impl<'a> UnverifiedJws<'a> {
    /// Reads a JWS: a JSON object in header and payload, no member twice.
    ///
    /// `crit` is refused because we understand no extension (RFC 7515 §4.1.11), `b64` because a
    /// JWT must be encoded (RFC 7797 §7). `jwk`, `jku`, `x5c` and `x5u` are never read: a token
    /// does not choose its key (RFC 8725 §3.10).
    ///
    /// # Errors
    ///
    /// [`JwsError::Malformed`] names the part that is wrong.
    pub(crate) fn parse(compact: &'a CompactJws<'_>) -> Result<Self, JwsError> {
        let header = parse_object(&compact.header).map_err(|_| {
            JwsError::Malformed("the header is no JSON object, or names a member twice")
        })?;
        if header.contains("crit") || header.contains("b64") {
            return Err(JwsError::Malformed("the header asks for an extension"));
        }
        let claims = parse_object(&compact.payload).map_err(|_| {
            JwsError::Malformed("the payload is no JSON object, or names a member twice")
        })?;
        let key_id = text(&header, "kid", "the header's `kid` is not a string")?.map(|kid| {
            let wrong = "the header's `kid` is empty, too long or not printable";
            KeyId::parse(&kid).ok_or(JwsError::Malformed(wrong))
        });
        Ok(Self {
            compact,
            algorithm: text(&header, "alg", "the header has no `alg` that is a string")?
                .ok_or(JwsError::Malformed("the header has no `alg`"))?,
            key_id: key_id.transpose()?,
            token_type: text(&header, "typ", "the header's `typ` is not a string")?,
            claims: check_others(header).map(|()| claims)?,
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
    pub(crate) fn unverified_claims(&self) -> &Members<'a> {
        &self.claims
    }

    /// Checks the signature by one key and returns the claims that it covers.
    ///
    /// # Errors
    ///
    /// [`JwsError::BadSignature`] when the header names another algorithm than `algorithm`, or the key
    /// does not serve it or did not sign this.
    pub(crate) fn verify(
        &self,
        key: &VerifyingKey,
        algorithm: Algorithm,
    ) -> Result<&Members<'a>, JwsError> {
        if self.algorithm != algorithm.name() {
            return Err(JwsError::BadSignature);
        }
        let verifier = key.verifier(algorithm).ok_or(JwsError::BadSignature)?;
        let CompactJws { message, signature, .. } = self.compact;
        verifier.verify(message.as_bytes(), signature).map(|()| &self.claims)
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

/// Checks what a header says beside what is read of it: of the parameters that RFC 7515 §4.1 knows,
/// each has its form.
fn check_others(header: Members<'_>) -> Result<(), JwsError> {
    if header.names().all(|name| READ.contains(&name)) {
        return Ok(());
    }
    let wrong = "the header has a parameter that is not of its form";
    JwsHeader::from_map(Map::from(header)).map(drop).map_err(|_| JwsError::Malformed(wrong))
}

fn text<'a>(
    header: &Members<'a>,
    name: &str,
    wrong: &'static str,
) -> Result<Option<Cow<'a, str>>, JwsError> {
    match header.get(name) {
        None => Ok(None),
        Some(Json::Text(text)) => Ok(Some(text.clone())),
        Some(_) => Err(JwsError::Malformed(wrong)),
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crypto::base64url;
    use crate::jose::SigningKey;
    use crate::jose::fuzzing::sealed;

    fn parsed(header: &str) -> Result<String, JwsError> {
        let text = format!("{}.e30.c2ln", base64url(header.as_bytes()));
        let compact = CompactJws::decode(&text)?;
        UnverifiedJws::parse(&compact).map(|jws| jws.algorithm().to_owned())
    }

    #[test]
    fn a_header_that_names_another_algorithm_is_refused_though_the_key_signed_it() {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let jwk = serde_json::to_value(key.public()).unwrap();
        let public = VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).unwrap();
        for (named, expected) in [("EdDSA", true), ("ES256", false), ("none", false)] {
            let header = format!(r#"{{"alg":"{named}"}}"#);
            let text = sealed(&key, header.as_bytes(), b"{}").unwrap();
            let compact = CompactJws::decode(&text).unwrap();
            let jws = UnverifiedJws::parse(&compact).unwrap();
            assert_eq!(jws.verify(&public, Algorithm::EdDsa).is_ok(), expected, "{named}");
        }
    }

    #[test]
    fn what_a_header_says_beside_is_not_read_but_has_its_form() {
        for fine in [
            r#"{"alg":"RS256","x5t":"c2ln","kid":"1","typ":"JWT"}"#,
            r#"{"alg":"RS256","jwk":{"kty":"OKP","crv":"Ed25519","x":"c2ln"}}"#,
            r#"{"alg":"RS256","jku":"https://a.test","other":[1]}"#,
        ] {
            assert_eq!(parsed(fine).as_deref(), Ok("RS256"), "{fine}");
        }
        for wrong in [
            r#"{"alg":"RS256","jwk":"key"}"#,
            r#"{"alg":"RS256","jwk":{"kty":1}}"#,
            r#"{"alg":"RS256","jku":7}"#,
            r#"{"alg":"RS256","x5c":"c2ln"}"#,
            r#"{"alg":"RS256","x5t":"+"}"#,
        ] {
            let problem = "the header has a parameter that is not of its form";
            assert_eq!(parsed(wrong), Err(JwsError::Malformed(problem)), "{wrong}");
        }
    }
}
