//! The parameters of `convert_token`.

use poem_openapi::Object;

use super::{CONVERT_TOKEN, unsupported_grant};
use crate::http::authentication::ClientCredentials;
use crate::http::error::{ApiError, Grant};
use crate::http::form::{FORM, Fields, JSON, Parameters};
use crate::http::secret_text::SecretText;
use crate::http::token::Order;
use crate::issuer::WantedScope;
use crate::secret::Secret;
use crate::verify::{Content, Credential};

/// The parameters of `convert_token`.
#[derive(Debug, Object)]
pub(in crate::http::token) struct ConvertRequest {
    /// `convert_token`.
    pub(super) grant_type: String,
    /// The client's ID. Not needed with HTTP Basic.
    pub(super) client_id: Option<String>,
    /// Whose credential it is: a name of python-social-auth, or a configured provider.
    pub(super) backend: String,
    /// The credential: an access token, or an ID token.
    pub(super) token: SecretText,
    /// For which of the client's audiences the token is to be; repeatable. All when absent.
    pub(super) audience: Option<Vec<String>>,
    /// Read as `audience` (RFC 8707); repeatable.
    pub(super) resource: Option<Vec<String>>,
    /// Scopes, space-separated. Those that the client may not have are left out.
    pub(super) scope: Option<String>,
    /// The nonce of the authentication request, to be compared with the ID token's.
    pub(super) nonce: Option<SecretText>,
    /// Read only for clients that have a secret.
    pub(super) client_secret: Option<SecretText>,
}

impl Parameters for ConvertRequest {
    const CONTENT_TYPES: &'static [&'static str] = &[FORM, JSON];
    const REPEATABLE: &'static [&'static str] = &["audience", "resource"];

    fn take(mut fields: Fields) -> Result<Self, ApiError> {
        let grant_type = fields.required("grant_type")?;
        if grant_type != CONVERT_TOKEN {
            return Err(unsupported_grant(&grant_type, CONVERT_TOKEN));
        }
        Ok(Self {
            grant_type,
            client_id: fields.optional("client_id"),
            backend: fields.required("backend")?,
            token: SecretText(fields.required("token")?),
            audience: Some(fields.all("audience")),
            resource: Some(fields.all("resource")),
            scope: fields.optional("scope"),
            nonce: fields.optional("nonce").map(SecretText),
            client_secret: fields.optional("client_secret").map(SecretText),
        })
    }
}

impl ConvertRequest {
    /// Reads the parameters as an exchange of an access token, which is what the call is for; an
    /// ID token is recognised by its form.
    pub(in crate::http::token) fn into_order(self) -> Order {
        Order {
            grant: Grant::ConvertToken,
            client: ClientCredentials::new(self.client_id, self.client_secret.map(Secret::from)),
            provider: Some(self.backend),
            credential: Credential {
                content: Content::of_access_token(self.token.into()),
                nonce: self.nonce.map(Secret::from),
            },
            audience: self.audience.into_iter().chain(self.resource).flatten().collect(),
            scope: self.scope.map_or(WantedScope::All, WantedScope::AtMost),
        }
    }
}
