//! The demo's OpenID provider: for codes by the standard's endpoints, and for ID tokens by one that
//! stands for a button such as Google's. It believes whoever says who they are, and is good for
//! nothing else.

mod authorization;
mod choice;
mod codes;
mod endpoint;
mod parameters;
mod redemption;

use std::time::Duration;

use serde_json::json;

use super::people::{PEOPLE, Person};
use super::{CLIENT_ID, PROVIDER_SECRET};
use crate::clock::{Clock, UnixTime};
use crate::crypto::{base64url, sha256};
use crate::jose::{Algorithm, KeyFormatError, Signer, SigningKey};
use crate::keys::KeyError;
use crate::provider::basic;
use crate::secret::Secret;
use codes::Codes;
pub(super) use endpoint::add_to;

/// How long its ID tokens live.
const LIFETIME: Duration = Duration::from_hours(1);

/// A provider with one key and one client.
#[derive(Debug)]
pub(super) struct DemoProvider {
    issuer: String,
    /// Where it sends its answers, each compared as it is (RFC 9700 §2.1).
    redirect_uris: Vec<String>,
    /// What its client sends as `Authorization`.
    credentials: Secret,
    key: SigningKey,
    signer: Signer,
    codes: Codes,
    clock: Clock,
}

/// What is wrong with an ID token that was asked for so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flaw {
    /// It is for another client.
    WrongAudience,
    /// Its time has passed.
    Expired,
}

impl Flaw {
    fn parse(name: &str) -> Option<Self> {
        match name {
            "wrong_audience" => Some(Self::WrongAudience),
            "expired" => Some(Self::Expired),
            _ => None,
        }
    }
}

/// Whom an ID token is about, and what for.
#[derive(Debug, Clone, Copy)]
pub(super) struct SignIn<'a> {
    pub(super) person: &'static Person,
    pub(super) client_id: &'a str,
    pub(super) nonce: Option<&'a str>,
    pub(super) flaw: Option<Flaw>,
    /// The access token beside it.
    pub(super) beside: Option<&'a str>,
}

impl DemoProvider {
    /// Makes a provider of this issuer, whose client has these redirect URIs.
    pub(super) fn new(
        issuer: &str,
        redirect_uris: Vec<String>,
        clock: Clock,
    ) -> Result<Self, KeyError> {
        let key = SigningKey::generate(Algorithm::Es256)
            .map_err(|error: KeyFormatError| KeyError::from(error))?;
        let signer = key.signer().typed("JWT");
        let (_, credentials) = basic(CLIENT_ID, &Secret::new(PROVIDER_SECRET));
        let (issuer, codes) = (issuer.to_owned(), Codes::default());
        Ok(Self { issuer, redirect_uris, credentials, key, signer, codes, clock })
    }

    /// Returns its discovery document (OpenID Connect Discovery §3).
    pub(super) fn discovery(&self) -> serde_json::Value {
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": format!("{}/authorize", self.issuer),
            "token_endpoint": format!("{}/token", self.issuer),
            "jwks_uri": format!("{}/jwks.json", self.issuer),
            "scopes_supported": ["openid"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.key.algorithm()],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": true,
            "request_uri_parameter_supported": false,
        })
    }

    /// Returns its key set.
    pub(super) fn key_set(&self) -> serde_json::Value {
        json!({ "keys": [self.key.public()] })
    }

    /// Returns an ID token.
    pub(super) fn id_token(&self, sign_in: SignIn<'_>) -> String {
        let SignIn { person, client_id, flaw, .. } = sign_in;
        let now = match flaw {
            Some(Flaw::Expired) => self.long_ago(),
            Some(Flaw::WrongAudience) | None => self.clock.now(),
        };
        let wrong_audience = flaw == Some(Flaw::WrongAudience);
        let audience = if wrong_audience { "another-app" } else { client_id };
        let origin = self.issuer.trim_end_matches("/demo/provider");
        let mut claims = json!({
            "iss": self.issuer,
            "aud": audience,
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
        if let Some(claims) = claims.as_object_mut() {
            let nonce = sign_in.nonce.map(|nonce| ("nonce".to_owned(), nonce.into()));
            let hash = sign_in.beside.map(|token| ("at_hash".to_owned(), left_half(token).into()));
            claims.extend(nonce.into_iter().chain(hash));
        }
        let signed = self.signer.sign(claims.to_string().as_bytes());
        signed.map(|jwt| jwt.expose().to_owned()).unwrap_or_default()
    }

    /// Returns an ID token for the first person, without a nonce, to be pasted.
    pub(super) fn example(&self) -> String {
        let [person, ..] = &PEOPLE;
        let client_id = CLIENT_ID;
        self.id_token(SignIn { person, client_id, nonce: None, flaw: None, beside: None })
    }

    /// A moment from which a lifetime has passed.
    fn long_ago(&self) -> UnixTime {
        UnixTime(self.clock.now().0.saturating_sub(2 * LIFETIME.as_secs()))
    }
}

/// Returns the hash of an access token that an ID token beside it has (OpenID Connect Core
/// §3.1.3.6).
fn left_half(access_token: &str) -> String {
    let digest = sha256(access_token.as_bytes());
    base64url(digest.first_chunk::<16>().map_or(&[][..], |half| half))
}
