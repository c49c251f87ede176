//! What the two grants answer.

use poem_openapi::Object;

/// The answer to a token exchange (RFC 8693 §2.2.1).
#[derive(Debug, Object)]
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
    pub(super) scope: Option<String>,
}

/// The answer to `convert_token`, as drf-social-oauth2 gives it, with the user's id.
#[derive(Debug, Object)]
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

/// The person, with empty texts for what the provider does not say.
#[derive(Debug, Object)]
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
