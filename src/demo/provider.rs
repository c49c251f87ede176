//! The demo's OpenID provider: hands out ID tokens for whoever is asked for. Good for nothing
//! else.

use std::time::Duration;

use serde_json::json;

use super::CLIENT_ID;
use super::people::{PEOPLE, Person};
use crate::clock::Clock;
use crate::jose::{Algorithm, KeyFormatError, Signer, SigningKey};
use crate::keys::KeyError;

/// How long its ID tokens live.
const LIFETIME: Duration = Duration::from_hours(1);

/// A provider with one key.
#[derive(Debug)]
pub(super) struct DemoProvider {
    issuer: String,
    key: SigningKey,
    signer: Signer,
    clock: Clock,
}

impl DemoProvider {
    /// Makes a provider of this issuer.
    pub(super) fn new(issuer: &str, clock: Clock) -> Result<Self, KeyError> {
        let key = SigningKey::generate(Algorithm::Es256)
            .map_err(|error: KeyFormatError| KeyError::from(error))?;
        let signer = key.signer().typed("JWT");
        Ok(Self { issuer: issuer.to_owned(), key, signer, clock })
    }

    /// Returns its discovery document (OpenID Connect Discovery §4.2).
    pub(super) fn discovery(&self) -> serde_json::Value {
        json!({
            "issuer": self.issuer,
            "jwks_uri": format!("{}/jwks.json", self.issuer),
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm()],
        })
    }

    /// Returns its key set.
    pub(super) fn key_set(&self) -> serde_json::Value {
        json!({ "keys": [self.key.public()] })
    }

    /// Returns an ID token for a person, as a sign-in with this nonce would.
    pub(super) fn id_token(&self, person: &Person, client_id: &str, nonce: Option<&str>) -> String {
        let now = self.clock.now();
        let origin = self.issuer.trim_end_matches("/demo/provider");
        let mut claims = json!({
            "iss": self.issuer,
            "aud": client_id,
            "sub": person.subject,
            "iat": now,
            "exp": now.plus(LIFETIME),
            "auth_time": now,
            "name": person.name,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email,
            "email_verified": person.email_verified,
            "picture": format!("{origin}{}", person.picture()),
            "locale": person.locale,
        });
        if let (Some(nonce), Some(claims)) = (nonce, claims.as_object_mut()) {
            claims.insert("nonce".to_owned(), nonce.into());
        }
        let signed = self.signer.sign(claims.to_string().as_bytes());
        signed.map(|jwt| jwt.expose().to_owned()).unwrap_or_default()
    }

    /// Returns an ID token for the first person, without a nonce, to be pasted.
    pub(super) fn example(&self) -> String {
        let [first, ..] = &PEOPLE;
        self.id_token(first, CLIENT_ID, None)
    }
}
