//! Configuring how authorization codes are redeemed.

use std::sync::Arc;

use super::call::Stop;
use super::{Configuring, RowError};
use crate::jose::KeyId;
use crate::provider::Unavailable;
use crate::provider::call::{Announced, Meaning};
use crate::provider::code::{ClientSecret, CodeForm, CodeRules, SecretSigner};
use crate::provider::profile::ProfileRules;
use crate::provider::row::{RawCode, client_refused};

impl Configuring<'_> {
    pub(super) fn code(&self, profile: Option<Arc<ProfileRules>>) -> Result<CodeRules, Stop> {
        let raw = self.row.code.as_ref().ok_or(Unavailable::NotOffered)?;
        Ok(CodeRules {
            endpoint: self.endpoint(raw.token_endpoint.as_deref(), Announced::Token)?,
            client_auth: raw.client_auth,
            form: CodeForm {
                method: raw.method,
                body: raw.body,
                names: raw.names.clone(),
                query: self.pairs(&raw.query)?,
                extra: self.pairs(&raw.extra)?,
                headers: self.headers(&raw.headers)?,
            },
            client_id: self.client_id.clone(),
            client_secret: self.client_secret(raw)?,
            pkce: raw.pkce,
            code_suffix: raw.code_suffix.clone(),
            redirect_words: raw.redirect_words.clone(),
            access_token: raw.access_token.clone(),
            takes_id_token: raw.id_token,
            // No token endpoint says 403 of a scope: where one does, something else stands before it.
            meaning: Meaning {
                errors: raw.errors.as_ref().unwrap_or(&self.row.errors).clone(),
                client_refused: client_refused(),
                missing_scope: Vec::new(),
                ..self.meaning(None)
            },
            profile,
        })
    }

    /// Returns the secret, or for a provider that wants signed ones what signs them.
    fn client_secret(&self, raw: &RawCode) -> Result<ClientSecret, Stop> {
        let Some(words) = &raw.signed_secret else {
            return Ok(ClientSecret::Text(self.secret()?.clone()));
        };
        let key = self.operator.client_secret.as_ref().ok_or(Unavailable::NeedsSecret)?;
        let key_id = self.fill(&words.key_id, &[])?;
        let wrong = || RowError::new("catalogue", format!("`{key_id}` is no key ID"));
        let id = KeyId::parse(&key_id).ok_or_else(wrong)?;
        let (issuer, audience) = (self.fill(&words.issuer, &[])?, self.fill(&words.audience, &[])?);
        let signer = SecretSigner::new(key, id, (issuer, self.client_id.clone(), audience));
        let signer = signer.map_err(|error| {
            let problem =
                format!("expected a PKCS#8 key in PEM, as the provider gives it: {error}");
            RowError::new("client_secret", problem)
        })?;
        Ok(ClientSecret::Signed(Box::new(signer)))
    }
}
