//! The parameters of `authorization_code`.

use super::{ExchangeRequest, TokenRequest, one_name};
use crate::http::authentication::ClientCredentials;
use crate::http::error::{ApiError, ErrorCode, Reason};
use crate::http::form::missing;
use crate::http::token::ACCESS_TOKEN;
use crate::secret::Secret;
use crate::verify::{Code, Content, Credential};

impl TokenRequest {
    pub(super) fn into_code(self) -> Result<ExchangeRequest, ApiError> {
        let verifier = self.code_verifier.map(Secret::from);
        if verifier.as_ref().is_some_and(|verifier| !is_verifier(verifier.expose())) {
            return Err(ApiError::new(
                ErrorCode::InvalidRequest,
                Reason::InvalidParameter,
                "`code_verifier` is not 43 to 128 of A-Z, a-z, 0-9, '-', '.', '_' and '~' (RFC 7636 section 4.1)",
            ));
        }
        let code = Code {
            value: self.code.ok_or_else(|| missing("code"))?.into(),
            redirect_uri: self.redirect_uri.ok_or_else(|| missing("redirect_uri"))?,
            verifier,
        };
        let name = one_name([self.provider, self.subject_issuer, self.backend])?;
        Ok(ExchangeRequest {
            client: ClientCredentials::new(self.client_id, self.client_secret.map(Secret::from)),
            provider: Some(name.ok_or_else(|| missing("provider"))?),
            credential: Credential {
                content: Content::Code(code),
                nonce: self.nonce.map(Secret::from),
            },
            audience: self.audience.into_iter().chain(self.resource).flatten().collect(),
            scope: self.scope,
            requested_token_type: ACCESS_TOKEN,
        })
    }
}

fn is_verifier(text: &str) -> bool {
    let is_unreserved = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    (43..=128).contains(&text.len()) && text.chars().all(is_unreserved)
}
