//! Our public keys as they are published.

use serde::Serialize;
use serde_json::{Map, Value};

use super::jwk::{UnusableKey, required_text};
use super::{Algorithm, KeyId};
use crate::crypto::{base64url, sha256};

/// One of our public keys as it is published. It has no member that could hold a private part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct PublicJwk {
    kty: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: Algorithm,
    kid: KeyId,
}

impl PublicJwk {
    /// Takes the public members out of a JWK, under `key_id` or the key's thumbprint.
    ///
    /// # Errors
    ///
    /// [`UnusableKey::Malformed`] when a member that the key type requires is missing.
    pub(crate) fn from_jwk(
        jwk: &Map<String, Value>,
        alg: Algorithm,
        key_id: Option<KeyId>,
    ) -> Result<Self, UnusableKey> {
        let (kty, members): (_, &[&str]) = match required_text(jwk, "kty")? {
            "EC" => ("EC", &["crv", "x", "y"]),
            "OKP" => ("OKP", &["crv", "x"]),
            "RSA" => ("RSA", &["n", "e"]),
            _ => return Err(UnusableKey::OtherAlgorithm),
        };
        let member = |name: &str| -> Result<Option<String>, UnusableKey> {
            let wanted = members.contains(&name);
            wanted.then(|| required_text(jwk, name).map(str::to_owned)).transpose()
        };
        let mut key = Self {
            kty,
            crv: member("crv")?,
            x: member("x")?,
            y: member("y")?,
            n: member("n")?,
            e: member("e")?,
            usage: "sig",
            alg,
            kid: KeyId(String::new()),
        };
        key.kid = key_id.unwrap_or_else(|| key.thumbprint());
        Ok(key)
    }

    /// Returns the key ID under which the key is published.
    pub(crate) fn key_id(&self) -> &KeyId {
        &self.kid
    }

    /// Returns the JWK thumbprint: base64url of the SHA-256 of the required members, sorted and
    /// without white space (RFC 7638 §3; for OKP RFC 8037 §2).
    fn thumbprint(&self) -> KeyId {
        let required = [
            ("crv", self.crv.as_deref()),
            ("e", self.e.as_deref()),
            ("kty", Some(self.kty)),
            ("n", self.n.as_deref()),
            ("x", self.x.as_deref()),
            ("y", self.y.as_deref()),
        ];
        let members: Map<String, Value> = required
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?.into())))
            .collect();
        KeyId(base64url(&sha256(Value::Object(members).to_string().as_bytes())))
    }
}
