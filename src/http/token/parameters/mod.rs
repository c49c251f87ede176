//! The parameters of `/token`, as they are documented and as they are read.

mod code;
mod convert;

use poem_openapi::Object;

use super::{ACCESS_TOKEN, Content, Credential, JWT, Secret};
use crate::http::authentication::ClientCredentials;
use crate::http::error::{ApiError, ErrorCode, Reason, quote};
use crate::http::form::{FORM, Fields, Parameters, missing};
use crate::http::secret_text::SecretText;

pub(super) use convert::ConvertRequest;

/// `grant_type` of RFC 8693 §2.1.
pub(in crate::http) const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// `grant_type` of drf-social-oauth2.
pub(in crate::http) const CONVERT_TOKEN: &str = "convert_token";
/// `grant_type` of RFC 6749 §4.1.3.
pub(in crate::http) const AUTHORIZATION_CODE: &str = "authorization_code";
/// `subject_token_type` of an ID token (RFC 8693 §3).
const ID_TOKEN: &str = "urn:ietf:params:oauth:token-type:id_token";

/// The parameters of `/token`. Which are required depends on `grant_type`.
#[derive(Debug, Object)]
pub(super) struct TokenRequest {
    /// `urn:ietf:params:oauth:grant-type:token-exchange` (RFC 8693), `authorization_code` (a
    /// provider's), or `convert_token`.
    grant_type: String,
    /// The client's ID. Not needed with HTTP Basic.
    client_id: Option<String>,
    /// Token exchange, required: the credential.
    subject_token: Option<SecretText>,
    /// Token exchange, required: `urn:ietf:params:oauth:token-type:id_token`, `…:jwt` or
    /// `…:access_token`.
    subject_token_type: Option<String>,
    /// Whose credential it is: a configured provider, or a name of the catalogue. Required for
    /// access tokens and codes; the `iss` of an ID token picks among the client's providers.
    provider: Option<String>,
    /// Read as `provider`.
    subject_issuer: Option<String>,
    /// Read as `provider`; required for `convert_token`.
    backend: Option<String>,
    /// `convert_token`, required: the credential.
    token: Option<SecretText>,
    /// `authorization_code`, required: the code that the provider sent to the page.
    code: Option<SecretText>,
    /// `authorization_code`, required: that of the authorization request, one of the client's.
    redirect_uri: Option<String>,
    /// `authorization_code`: what the `code_challenge` was made of (RFC 7636 §4.1). Left out
    /// at providers that know no PKCE.
    code_verifier: Option<SecretText>,
    /// For which of the client's audiences the token is to be; repeatable. All when absent.
    audience: Option<Vec<String>>,
    /// Read as `audience` (RFC 8707); repeatable.
    resource: Option<Vec<String>>,
    /// Scopes, space-separated. All of the client's when absent.
    scope: Option<String>,
    /// `urn:ietf:params:oauth:token-type:access_token` or `…:jwt`.
    requested_token_type: Option<String>,
    /// The nonce of the authentication request, to be compared with the ID token's.
    nonce: Option<SecretText>,
    /// For clients that have a secret.
    client_secret: Option<SecretText>,
}

/// The parameters of `/token`, by grant.
pub(super) enum GrantRequest {
    Exchange(ExchangeRequest),
    Code(ExchangeRequest),
    Convert(ConvertRequest),
}

/// The parameters of a token exchange or of a code, checked.
pub(super) struct ExchangeRequest {
    pub(super) client: ClientCredentials,
    pub(super) provider: Option<String>,
    pub(super) credential: Credential,
    pub(super) audience: Vec<String>,
    pub(super) scope: Option<String>,
    pub(super) requested_token_type: &'static str,
}

impl Parameters for TokenRequest {
    const CONTENT_TYPES: &'static [&'static str] = &[FORM];
    const REPEATABLE: &'static [&'static str] = &["audience", "resource"];

    fn take(mut fields: Fields) -> Result<Self, ApiError> {
        let secret = |text: Option<String>| text.map(SecretText);
        let for_actor = ["actor_token", "actor_token_type"];
        if for_actor.iter().any(|name| fields.optional(name).is_some()) {
            // A token that leaves the actor out would say less than was asked for.
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                Reason::InvalidParameter,
                "`actor_token`: delegation (RFC 8693 section 1.1) is not offered",
            ));
        }
        Ok(Self {
            grant_type: fields.required("grant_type")?,
            client_id: fields.optional("client_id"),
            subject_token: secret(fields.optional("subject_token")),
            subject_token_type: fields.optional("subject_token_type"),
            provider: fields.optional("provider"),
            subject_issuer: fields.optional("subject_issuer"),
            backend: fields.optional("backend"),
            token: secret(fields.optional("token")),
            code: secret(fields.optional("code")),
            redirect_uri: fields.optional("redirect_uri"),
            code_verifier: secret(fields.optional("code_verifier")),
            audience: Some(fields.all("audience")),
            resource: Some(fields.all("resource")),
            scope: fields.optional("scope"),
            requested_token_type: fields.optional("requested_token_type"),
            nonce: secret(fields.optional("nonce")),
            client_secret: secret(fields.optional("client_secret")),
        })
    }
}

impl TokenRequest {
    /// Sorts the parameters by grant.
    pub(super) fn into_grant(self) -> Result<GrantRequest, ApiError> {
        match self.grant_type.as_str() {
            TOKEN_EXCHANGE => self.into_exchange().map(GrantRequest::Exchange),
            AUTHORIZATION_CODE => self.into_code().map(GrantRequest::Code),
            CONVERT_TOKEN => self.into_convert().map(GrantRequest::Convert),
            other => {
                let expected = format!("{TOKEN_EXCHANGE}, {AUTHORIZATION_CODE} or {CONVERT_TOKEN}");
                Err(unsupported_grant(other, &expected))
            }
        }
    }

    fn into_convert(self) -> Result<ConvertRequest, ApiError> {
        let name = one_name([self.backend, self.provider, self.subject_issuer])?;
        Ok(ConvertRequest {
            backend: name.ok_or_else(|| missing("backend"))?,
            token: self.token.ok_or_else(|| missing("token"))?,
            grant_type: self.grant_type,
            client_id: self.client_id,
            audience: self.audience,
            resource: self.resource,
            scope: self.scope,
            nonce: self.nonce,
            client_secret: self.client_secret,
        })
    }

    fn into_exchange(self) -> Result<ExchangeRequest, ApiError> {
        let token = self.subject_token.ok_or_else(|| missing("subject_token"))?.into();
        let token_type = self.subject_token_type.ok_or_else(|| missing("subject_token_type"))?;
        let provider = one_name([self.provider, self.subject_issuer, self.backend])?;
        let content = match token_type.as_str() {
            ID_TOKEN | JWT => Content::IdToken(token),
            // Nobody's: that a provider has to be named is said once the client is known.
            ACCESS_TOKEN if provider.is_none() => Content::AccessToken(token),
            ACCESS_TOKEN => Content::of_access_token(token),
            other => {
                let expected = format!("{ID_TOKEN}, {JWT} or {ACCESS_TOKEN}");
                return Err(unsupported_type("subject_token_type", other, &expected));
            }
        };
        let requested_token_type = match self.requested_token_type.as_deref() {
            None | Some(ACCESS_TOKEN) => ACCESS_TOKEN,
            Some(JWT) => JWT,
            Some(other) => {
                let expected = format!("{ACCESS_TOKEN} or {JWT}");
                return Err(unsupported_type("requested_token_type", other, &expected));
            }
        };
        let (audience, resource) = (self.audience, self.resource);
        Ok(ExchangeRequest {
            client: ClientCredentials::new(self.client_id, self.client_secret.map(Secret::from)),
            provider,
            credential: Credential { content, nonce: self.nonce.map(Secret::from) },
            audience: audience.into_iter().chain(resource).flatten().collect(),
            scope: self.scope,
            requested_token_type,
        })
    }
}

/// The three spellings of one parameter: whichever is sent, or several that agree.
fn one_name(names: [Option<String>; 3]) -> Result<Option<String>, ApiError> {
    let mut names = names.into_iter().flatten();
    let first = names.next();
    if names.all(|name| Some(&name) == first.as_ref()) {
        return Ok(first);
    }
    Err(ApiError::new(
        ErrorCode::InvalidRequest,
        Reason::DoubledParameter,
        "`provider`, `subject_issuer` and `backend` mean the same and differ",
    ))
}

fn unsupported_grant(received: &str, expected: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnsupportedGrantType,
        Reason::UnsupportedGrantType,
        format!("`grant_type` is {}; expected {expected}", quote(received)),
    )
}

fn unsupported_type(name: &str, received: &str, expected: &str) -> ApiError {
    ApiError::new(
        ErrorCode::InvalidRequest,
        Reason::UnsupportedTokenType,
        format!("`{name}` is {}; expected {expected}", quote(received)),
    )
}
