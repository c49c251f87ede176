//! Credentials: ID tokens that are all good, and everything that can be wrong with one.

use aws_lc_rs::hmac;
use serde_json::{Map, Value, json};

use super::keys::{Key, Scheme, base64url};
use super::{NOW_SIGNED, secrecy};

/// Returns the claims of an ID token in which all is good at [`super::NOW`].
pub(crate) fn valid_claims(issuer: &str) -> Map<String, Value> {
    let claims = json!({
        "iss": issuer,
        "aud": "countersign",
        "sub": "24400320",
        "iat": NOW_SIGNED - 10,
        "exp": NOW_SIGNED + 3600,
        "auth_time": NOW_SIGNED - 30,
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
        "given_name": "Ada",
        "family_name": "Lovelace",
        "preferred_username": "ada",
        "picture": "https://pictures.example.com/ada.png",
        "locale": "en-GB",
    });
    claims.as_object().unwrap().clone()
}

/// Who signs a token, and how.
#[derive(Debug, Clone)]
pub(crate) enum Signing {
    /// A key, as it should be used or not.
    By(Key, Scheme),
    /// HMAC-SHA-256 under some bytes.
    Hmac(Vec<u8>),
    /// These bytes, whatever the token says.
    Bytes(Vec<u8>),
}

/// An ID token that is put together by hand. It starts out good; each test breaks one thing.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    /// The members of the header.
    pub(crate) header: Map<String, Value>,
    /// The claims.
    pub(crate) claims: Map<String, Value>,
    header_text: Option<String>,
    payload_bytes: Option<Vec<u8>>,
    signing: Signing,
    after: Option<fn(String) -> String>,
}

impl Token {
    /// Makes a good token of `issuer`, signed with the provider's RSA key.
    pub(crate) fn valid(issuer: &str) -> Self {
        Self {
            header: Map::from_iter([
                ("alg".to_owned(), "RS256".into()),
                ("typ".to_owned(), "JWT".into()),
                ("kid".to_owned(), "rsa".into()),
            ]),
            claims: valid_claims(issuer),
            header_text: None,
            payload_bytes: None,
            signing: Signing::By(Key::Rsa, Scheme::Rs256),
            after: None,
        }
    }

    /// Sets a claim.
    pub(crate) fn claim(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a claim out.
    pub(crate) fn without_claim(&mut self, name: &str) -> &mut Self {
        self.claims.remove(name);
        self
    }

    /// Sets a member of the header.
    pub(crate) fn head(&mut self, name: &str, value: impl Into<Value>) -> &mut Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Leaves a member of the header out.
    pub(crate) fn without_head(&mut self, name: &str) -> &mut Self {
        self.header.remove(name);
        self
    }

    /// Writes the header as this text, which need not be JSON.
    pub(crate) fn header_text(&mut self, text: impl Into<String>) -> &mut Self {
        self.header_text = Some(text.into());
        self
    }

    /// Writes the payload as these bytes, which need not be JSON.
    pub(crate) fn payload(&mut self, bytes: impl Into<Vec<u8>>) -> &mut Self {
        self.payload_bytes = Some(bytes.into());
        self
    }

    /// Puts members in front of the claims as raw text, so that one can stand twice.
    pub(crate) fn payload_starting(&mut self, members: &str) -> &mut Self {
        let claims = Value::Object(self.claims.clone()).to_string();
        self.payload(claims.replacen('{', &format!("{{{members},"), 1))
    }

    /// Puts members in front of the header's as raw text, so that one can stand twice.
    pub(crate) fn header_starting(&mut self, members: &str) -> &mut Self {
        let header = Value::Object(self.header.clone()).to_string();
        self.header_text(header.replacen('{', &format!("{{{members},"), 1))
    }

    /// Has it signed in another way; the header stays.
    pub(crate) fn signed(&mut self, signing: Signing) -> &mut Self {
        self.signing = signing;
        self
    }

    /// Has it signed by another key of the provider, with the header that belongs to it.
    pub(crate) fn by(&mut self, key: Key) -> &mut Self {
        let (algorithm, key_id, scheme) = match key {
            Key::Rsa => ("RS256", "rsa", Scheme::Rs256),
            Key::OtherRsa => ("RS256", "other", Scheme::Rs256),
            Key::Ec => ("ES256", "ec", Scheme::Es256),
            Key::Ed => ("EdDSA", "ed", Scheme::EdDsa),
        };
        self.head("alg", algorithm).head("kid", key_id).signed(Signing::By(key, scheme))
    }

    /// Changes the finished token.
    pub(crate) fn then(&mut self, change: fn(String) -> String) -> &mut Self {
        self.after = Some(change);
        self
    }

    /// Returns the compact JWS (RFC 7515 §7.1).
    pub(crate) fn compact(&self) -> String {
        let header = self
            .header_text
            .clone()
            .unwrap_or_else(|| Value::Object(self.header.clone()).to_string());
        let payload = self
            .payload_bytes
            .clone()
            .unwrap_or_else(|| Value::Object(self.claims.clone()).to_string().into_bytes());
        let input = format!("{}.{}", base64url(header), base64url(payload));
        let signature = match &self.signing {
            Signing::By(key, scheme) => key.sign(*scheme, input.as_bytes()),
            Signing::Hmac(secret) => {
                let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&key, input.as_bytes()).as_ref().to_vec()
            }
            Signing::Bytes(bytes) => bytes.clone(),
        };
        let compact = format!("{input}.{}", base64url(signature));
        let compact = self.after.map_or(compact.clone(), |change| change(compact));
        secrecy::keep(&compact);
        compact
    }
}
