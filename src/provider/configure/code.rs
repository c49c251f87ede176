//! Configuring how authorization codes are redeemed.

use std::sync::Arc;

use super::call::Stop;
use super::{Configuring, RowError};
use crate::jose::KeyId;
use crate::provider::Unavailable;
use crate::provider::call::{Announced, Meaning};
use crate::provider::code::{ClientAuth, ClientSecret, CodeForm, CodeRules, SecretSigner};
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
                headers: self.pairs(&raw.headers)?,
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

    /// Returns the secret, or for a provider that wants signed ones what signs them: the secret is
    /// the key then, and the settings `key` and `team` say whose.
    fn client_secret(&self, raw: &RawCode) -> Result<ClientSecret, Stop> {
        let secret = self.secret()?;
        if raw.client_auth != Some(ClientAuth::SignedJwt) {
            return Ok(ClientSecret::Text(secret.clone()));
        }
        let setting = |name: &str| self.settings.get(name).cloned().unwrap_or_default();
        let (key_id, team) = (setting("key"), setting("team"));
        for (name, value) in [("key", &key_id), ("team", &team)] {
            if value.is_empty() {
                let problem = "is needed beside `client_secret`, the key that signs";
                return Err(RowError::new(format!("settings.{name}"), problem).into());
            }
        }
        let id =
            KeyId::parse(&key_id).ok_or_else(|| RowError::new("settings.key", "is no key ID"))?;
        let issuer = self.row.namespace.clone();
        let signer = SecretSigner::new(secret, id, (team, self.client_id.clone(), issuer));
        let signer = signer.map_err(|error| {
            let problem =
                format!("expected a PKCS#8 key in PEM, as the provider gives it: {error}");
            RowError::new("client_secret", problem)
        })?;
        Ok(ClientSecret::Signed(Box::new(signer)))
    }
}
