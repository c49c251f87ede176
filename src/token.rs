//! What our tokens say: claims and their shape. Signing them is `keys`', deciding on them
//! `issuer`'s.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Serialize, Serializer};

use crate::client::{Client, ClientId, ProfileClaim};
use crate::clock::UnixTime;
use crate::crypto::{RandomFailed, base64url, random_bytes};
use crate::provider::{Profile, ProviderId};
use crate::secret::Secret;
use crate::user_id::UserId;
use crate::verify::VerifiedIdentity;

/// Random bytes that are drawn at once, for 64 IDs.
const AT_ONCE: usize = 1024;
/// The header's `typ` (RFC 9068 §2.1): so that no one takes our tokens for ID tokens.
pub(crate) const TOKEN_TYPE: &str = "at+jwt";

/// A token's own id (`jti`, RFC 7519 §4.1.7): 128 random bits, base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct TokenId(String);

impl TokenId {
    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where token IDs come from. Random numbers are drawn for many at once: what a draw costs beside its
/// numbers is more than everything else about an ID. Each is given out once.
#[derive(Default)]
pub(crate) struct TokenIds(Mutex<Vec<[u8; 16]>>);

impl TokenIds {
    /// Draws a new one.
    ///
    /// # Errors
    ///
    /// [`RandomFailed`] when the system gives no random numbers.
    pub(crate) fn draw(&self) -> Result<TokenId, RandomFailed> {
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if drawn.is_empty() {
            let bytes = random_bytes::<AT_ONCE>()?;
            drawn.extend_from_slice(bytes.as_chunks().0);
        }
        let id = drawn.pop().ok_or(RandomFailed)?;
        Ok(TokenId(base64url(&id)))
    }
}

impl fmt::Debug for TokenIds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenIds")
    }
}

/// One audience or several: a string when it is one (RFC 7519 §4.1.3), since some verifiers take
/// nothing else.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Audience<'a>(pub(crate) &'a [String]);

impl Serialize for Audience<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            [one] => one.serialize(serializer),
            several => several.serialize(serializer),
        }
    }
}

/// The claims of an issued token (RFC 9068 §2.2). Times are whole numbers.
#[derive(Debug, Serialize)]
pub(crate) struct TokenClaims<'a> {
    pub(crate) iss: &'a str,
    pub(crate) sub: UserId,
    pub(crate) aud: Audience<'a>,
    pub(crate) exp: UnixTime,
    pub(crate) iat: UnixTime,
    pub(crate) jti: &'a TokenId,
    pub(crate) client_id: &'a ClientId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) scope: Option<&'a str>,
    pub(crate) idp: &'a ProviderId,
    pub(crate) idp_binding: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) auth_time: Option<UnixTime>,
    #[serde(flatten)]
    pub(crate) person: PersonClaims<'a>,
}

/// The claims of which a client's `claims` list chooses.
#[derive(Debug, Default, Serialize)]
pub(crate) struct PersonClaims<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    idp_sub: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    given_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    family_name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    preferred_username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    picture: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
}

impl<'a> PersonClaims<'a> {
    /// Takes what `client` wants to know. `email_verified` stands wherever it is wanted, false
    /// when nothing is known.
    pub(crate) fn of(identity: &'a VerifiedIdentity, client: &Client) -> Self {
        let profile: &'a Profile = identity.profile();
        let wants = |claim: ProfileClaim| client.claims.contains(&claim);
        let text = |claim, value: &'a Option<String>| value.as_deref().filter(|_| wants(claim));
        Self {
            idp_sub: wants(ProfileClaim::IdpSub).then(|| identity.subject().as_str()),
            email: text(ProfileClaim::Email, &profile.email),
            email_verified: wants(ProfileClaim::EmailVerified).then_some(profile.email_verified),
            name: text(ProfileClaim::Name, &profile.name),
            given_name: text(ProfileClaim::GivenName, &profile.given_name),
            family_name: text(ProfileClaim::FamilyName, &profile.family_name),
            preferred_username: text(ProfileClaim::PreferredUsername, &profile.preferred_username),
            picture: text(ProfileClaim::Picture, &profile.picture),
            locale: text(ProfileClaim::Locale, &profile.locale),
        }
    }
}

/// A signed token and what its receiver is told beside it.
#[derive(Debug)]
pub(crate) struct IssuedToken {
    /// Compact JWS.
    pub(crate) jwt: Secret,
    /// Its `jti`, for the log.
    pub(crate) id: TokenId,
    /// Seconds until it expires.
    pub(crate) expires_in: u64,
    /// The granted scopes, space-separated; empty when none.
    pub(crate) scope: String,
    /// Its `sub`.
    pub(crate) sub: UserId,
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn an_audience_is_a_string_when_it_is_one() {
        let json = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            serde_json::to_string(&Audience(&names)).unwrap()
        };
        assert_eq!(json(&["a"]), r#""a""#);
        assert_eq!(json(&["a", "b"]), r#"["a","b"]"#);
    }

    #[test]
    fn token_ids_do_not_repeat() {
        let (ids, count) = (TokenIds::default(), AT_ONCE / 16 * 2 + 1);
        let drawn: HashSet<_> = (0..count).map(|_| ids.draw().unwrap().0).collect();
        assert_eq!(drawn.len(), count);
        assert!(drawn.iter().all(|id| id.len() == 22));
    }
}
