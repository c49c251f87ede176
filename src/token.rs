//! What our tokens say: claims and their shape. Signing them is `keys`', deciding on them
//! `issuer`'s.

use serde::Serialize;

use crate::client::{Client, ClientId, ProfileClaim};
use crate::clock::UnixTime;
use crate::crypto::{RandomFailed, random_id};
use crate::provider::{Profile, ProviderId};
use crate::secret::Secret;
use crate::user_id::UserId;
use crate::verify::VerifiedIdentity;

/// The header's `typ` (RFC 9068 §2.1): so that no one takes our tokens for ID tokens.
pub(crate) const TOKEN_TYPE: &str = "at+jwt";

/// A token's own id (`jti`, RFC 7519 §4.1.7): 128 random bits, base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub(crate) struct TokenId(String);

impl TokenId {
    /// Draws a new one.
    ///
    /// # Errors
    ///
    /// [`RandomFailed`] when the system gives no random numbers.
    pub(crate) fn random() -> Result<Self, RandomFailed> {
        random_id().map(Self)
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// One audience or several: a string when it is one (RFC 7519 §4.1.3), since some verifiers take
/// nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Audience {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl From<Vec<String>> for Audience {
    fn from(mut audiences: Vec<String>) -> Self {
        match audiences.len() {
            1 => Self::One(audiences.remove(0)),
            _ => Self::Several(audiences),
        }
    }
}

/// The claims of an issued token (RFC 9068 §2.2). Times are whole numbers.
#[derive(Debug, Serialize)]
pub(crate) struct TokenClaims<'a> {
    pub(crate) iss: &'a str,
    pub(crate) sub: UserId,
    pub(crate) aud: &'a Audience,
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
    use super::*;

    #[test]
    fn an_audience_is_a_string_when_it_is_one() {
        let json = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
            serde_json::to_string(&Audience::from(names)).unwrap()
        };
        assert_eq!(json(&["a"]), r#""a""#);
        assert_eq!(json(&["a", "b"]), r#"["a","b"]"#);
    }

    #[test]
    fn token_ids_do_not_repeat() {
        assert_ne!(TokenId::random().unwrap(), TokenId::random().unwrap());
        assert_eq!(TokenId::random().unwrap().as_str().len(), 22);
    }
}
