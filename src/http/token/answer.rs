//! What the grants answer.

use poem_openapi::Object;
use serde::Serialize;

use crate::provider::Profile;

/// The answer to a token exchange (RFC 8693 §2.2.1).
#[derive(Debug, Object, Serialize)]
pub(super) struct TokenAnswer {
    /// Our JWT, compact JWS with `typ` `at+jwt` (RFC 9068).
    pub(super) access_token: String,
    /// The `requested_token_type`, or `urn:ietf:params:oauth:token-type:access_token`.
    pub(super) issued_token_type: String,
    /// `Bearer`.
    pub(super) token_type: String,
    /// Seconds until the token expires.
    pub(super) expires_in: u64,
    /// The granted scopes, when they differ from those asked for.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<String>,
}

/// The answer to `authorization_code` (RFC 6749 §5.1).
#[derive(Debug, Object, Serialize)]
pub(super) struct CodeAnswer {
    /// Our JWT, compact JWS with `typ` `at+jwt` (RFC 9068).
    pub(super) access_token: String,
    /// `Bearer`.
    pub(super) token_type: String,
    /// Seconds until the token expires.
    pub(super) expires_in: u64,
    /// The granted scopes, when they differ from those asked for.
    #[oai(skip_serializing_if_is_none)]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scope: Option<String>,
}

/// The answer to `convert_token`, as drf-social-oauth2 gives it, with the user's id.
#[derive(Debug, Object, Serialize)]
pub(super) struct ConvertAnswer {
    /// Our JWT, compact JWS with `typ` `at+jwt` (RFC 9068).
    pub(super) access_token: String,
    /// Seconds until the token expires.
    pub(super) expires_in: u64,
    /// `Bearer`.
    pub(super) token_type: String,
    /// The granted scopes, space-separated.
    pub(super) scope: String,
    /// Whom the token is for.
    pub(super) user: User,
}

/// The person, with empty texts for what the provider does not say. A provider that gives the
/// name as a whole has it split at the first space, as python-social-auth does.
#[derive(Debug, Object, Serialize)]
pub(super) struct User {
    /// The token's `sub`, a UUID.
    pub(super) id: String,
    /// E-mail address, verified or not.
    pub(super) email: String,
    /// Given names.
    pub(super) first_name: String,
    /// Family names.
    pub(super) last_name: String,
}

impl User {
    /// Says whom a token is for, in the words of drf-social-oauth2.
    pub(super) fn new(id: String, profile: &Profile) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let (mut first_name, mut last_name) =
            (text(&profile.given_name), text(&profile.family_name));
        if first_name.is_empty() && last_name.is_empty() {
            let name = text(&profile.name);
            let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
            (first_name, last_name) = (first.to_owned(), last.trim().to_owned());
        }
        Self { id, email: text(&profile.email), first_name, last_name }
    }
}
