//! Configuring how access tokens and authorization codes are taken.

use std::sync::Arc;

use super::{Configuring, RowError};
use crate::crypto::base64;
use crate::provider::access::{
    AccessTokenRules, BindingMethod, ClientAuth, CodeRules, EmailRules, Inspection, ProfileRules,
    Proof, Unavailable,
};
use crate::provider::call::{Call, Discovery, Endpoint, Meaning, TokenPlace, TokenProof};
use crate::provider::row::{RawBinding, RawEmails, RawProfile, client_refused, rejected};
use crate::secret::Secret;

/// What becomes of a row's words: rules, or why there are none.
type Rules<T> = Result<Result<T, Unavailable>, RowError>;

impl Configuring<'_> {
    pub(super) fn profile(&self, discovery: Option<&Arc<Discovery>>) -> Rules<Arc<ProfileRules>> {
        let Some(raw) = &self.row.profile else { return Ok(Err(Unavailable::NotOffered)) };
        let key = match raw.proof.as_ref().map(|_| self.secret()).transpose() {
            Ok(key) => key.cloned(),
            Err(unavailable) => return Ok(Err(unavailable)),
        };
        let proof = raw.proof.clone().zip(key).map(|(name, key)| TokenProof { name, key });
        let endpoint = self.endpoint(raw.url.as_deref(), discovery)?;
        Ok(Ok(Arc::new(ProfileRules {
            call: Call { proof, ..self.bearer_call(endpoint, raw.scope.clone()) },
            subject: raw.subject.clone(),
            require: raw.require.clone(),
            claims: raw.claims.clone(),
            emails: raw.emails.as_ref().map(|emails| self.emails(emails, raw)).transpose()?,
        })))
    }

    fn emails(&self, raw: &RawEmails, profile: &RawProfile) -> Result<EmailRules, RowError> {
        let endpoint = Endpoint::At(self.address(&raw.url)?);
        let mut call = self.bearer_call(endpoint, profile.scope.clone());
        call.meaning.missing_scope.clone_from(&raw.hidden);
        Ok(EmailRules {
            call,
            list: raw.list.clone(),
            email: raw.email.clone(),
            primary: raw.primary.clone(),
            verified: raw.verified.clone(),
        })
    }

    pub(super) fn access_token(
        &self,
        client_id: &str,
        profile: Result<Arc<ProfileRules>, Unavailable>,
    ) -> Rules<AccessTokenRules> {
        let profile = match profile {
            Ok(profile) => profile,
            Err(unavailable) => return Ok(Err(unavailable)),
        };
        let proof = match &self.row.binding {
            Some(raw) => match self.inspection(raw, client_id)? {
                Ok(inspection) => Proof::Inspection(Box::new(inspection)),
                Err(unavailable) => return Ok(Err(unavailable)),
            },
            None if self.operator.allow_unbound_access_tokens => Proof::Waived,
            None => return Ok(Err(Unavailable::NotOffered)),
        };
        Ok(Ok(AccessTokenRules { proof, profile }))
    }

    fn inspection(&self, raw: &RawBinding, client_id: &str) -> Rules<Inspection> {
        let needed = raw.method.needs_secret().then(|| self.secret()).transpose();
        let secret = match needed {
            Ok(secret) => secret,
            Err(unavailable) => return Ok(Err(unavailable)),
        };
        let address = self.address(&raw.url.replace("{client_id}", &encoded(client_id)))?;
        let mut call = self.bearer_call(Endpoint::At(address), raw.scope.clone());
        call.meaning.rejected.clone_from(&raw.rejected);
        if let Some(errors) = &raw.errors {
            call.meaning.errors.clone_from(errors);
        }
        call.token = TokenPlace::Query("access_token".to_owned());
        if let Some(secret) = secret {
            call.meaning.client_refused = client_refused();
            // We ask as the client: 403 says nothing about the token's scope.
            call.meaning.missing_scope.clear();
            authenticate(&mut call, raw, (client_id, secret));
        }
        if let Some(token) = &raw.token {
            call.token = token.clone();
        }
        Ok(Ok(Inspection {
            call,
            client_id: raw.client_id.clone(),
            authorized_party: raw.authorized_party.clone(),
            client_ids: self.operator.client_ids.clone(),
            require: raw.method.requirement().into_iter().chain(raw.require.clone()).collect(),
            subject: raw.subject.clone(),
            expires_in: raw.expires_in.clone(),
            expires_at: raw.expires_at.clone(),
        }))
    }

    pub(super) fn code(
        &self,
        client_id: &str,
        profile: Option<Arc<ProfileRules>>,
        discovery: Option<&Arc<Discovery>>,
    ) -> Rules<CodeRules> {
        let Some(raw) = &self.row.code else { return Ok(Err(Unavailable::NotOffered)) };
        let client_secret = match self.secret() {
            Ok(secret) => secret.clone(),
            Err(unavailable) => return Ok(Err(unavailable)),
        };
        Ok(Ok(CodeRules {
            endpoint: self.endpoint(raw.token_endpoint.as_deref(), discovery)?,
            client_auth: raw.client_auth,
            client_id: client_id.to_owned(),
            client_secret,
            pkce: raw.pkce,
            code_suffix: raw.code_suffix.clone(),
            redirect_words: raw.redirect_words.clone(),
            access_token: raw.access_token.clone(),
            // No token endpoint says 403 of a scope: where one does, something else stands before it.
            meaning: Meaning {
                errors: raw.errors.as_ref().unwrap_or(&self.row.errors).clone(),
                client_refused: client_refused(),
                missing_scope: Vec::new(),
                ..self.meaning(None)
            },
            profile,
        }))
    }

    fn endpoint(
        &self,
        url: Option<&str>,
        discovery: Option<&Arc<Discovery>>,
    ) -> Result<Endpoint, RowError> {
        match (url, discovery) {
            (Some(url), _) => Ok(Endpoint::At(self.address(url)?)),
            (None, Some(discovery)) => Ok(Endpoint::Discovered(Arc::clone(discovery))),
            (None, None) => {
                Err(RowError::new("catalogue", "the row needs an address or `discovery`"))
            }
        }
    }

    fn bearer_call(&self, endpoint: Endpoint, scope: Option<String>) -> Call {
        let headers = self.row.headers.iter();
        Call {
            endpoint,
            headers: headers.map(|(name, value)| (name.clone(), Secret::new(value))).collect(),
            query: Vec::new(),
            form: Vec::new(),
            token: TokenPlace::Bearer,
            proof: None,
            meaning: self.meaning(scope),
        }
    }

    fn meaning(&self, scope: Option<String>) -> Meaning {
        let errors = self.row.errors.clone();
        let (missing_scope, client_refused) = (vec![403], Vec::new());
        Meaning { errors, rejected: rejected(), missing_scope, client_refused, scope }
    }
}

/// Puts into a question what shows that it is our client that asks.
fn authenticate(call: &mut Call, raw: &RawBinding, (id, secret): (&str, &Secret)) {
    match raw.method {
        BindingMethod::Introspection => {
            call.token = TokenPlace::Form("token".to_owned());
            match raw.client_auth {
                None | Some(ClientAuth::Basic) => call.headers.push(basic(id, secret)),
                Some(ClientAuth::Post) => call.form.extend(posted(id, secret)),
            }
        }
        BindingMethod::CheckToken => {
            call.token = TokenPlace::Json("access_token".to_owned());
            // No OAuth endpoint, so nothing is form-encoded (RFC 7617 §2).
            call.headers.push(authorization(&Secret::new(format!("{id}:{}", secret.expose()))));
        }
        BindingMethod::DebugToken => {
            call.token = TokenPlace::Query("input_token".to_owned());
            let app_token = Secret::new(format!("{id}|{}", secret.expose()));
            call.query.push(("access_token".to_owned(), app_token));
        }
        BindingMethod::Tokeninfo => {}
    }
}

/// HTTP Basic credentials, each half form-encoded (RFC 6749 §2.3.1).
pub(crate) fn basic(id: &str, secret: &Secret) -> (String, Secret) {
    authorization(&Secret::new(format!("{}:{}", encoded(id), encoded(secret.expose()))))
}

fn authorization(credentials: &Secret) -> (String, Secret) {
    let value = format!("Basic {}", base64(credentials.expose().as_bytes()));
    ("authorization".to_owned(), Secret::new(value))
}

/// Encodes a text for a form, or for an address.
fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// The client's credentials as parameters (RFC 6749 §2.3.1).
pub(crate) fn posted(id: &str, secret: &Secret) -> [(String, Secret); 2] {
    [("client_id".to_owned(), Secret::new(id)), ("client_secret".to_owned(), secret.clone())]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::row::Row;
    use crate::provider::{Provider, settings_for_test};

    /// A row that the catalogue does not have, with these words on the app of a token.
    fn provider(binding: &str) -> Provider {
        let row = format!(
            "title = \"Next\"\naliases = []\nnamespace = \"{{host}}\"\nsubject = \"\"\nsetup = \"\"\n\
             [settings.host]\ndefault = \"https://next.test\"\nhelp = \"\"\n\
             [profile]\nurl = \"{{host}}/me\"\nsubject = [\"/id\"]\n\
             [binding]\n{binding}\n"
        );
        let row: Row = toml::from_str(&row).unwrap();
        row.configure(settings_for_test("next")).unwrap()
    }

    fn inspection(binding: &str) -> Inspection {
        match provider(binding).access_token.unwrap().proof {
            Proof::Inspection(inspection) => *inspection,
            Proof::Waived => panic!("it has a proof"),
        }
    }

    #[test]
    fn the_next_provider_with_introspection_or_tokeninfo_is_a_row_and_no_code() {
        let names = |pairs: &[(String, Secret)]| {
            pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>()
        };
        // RFC 7662, the client by HTTP Basic: Okta, Keycloak.
        let basic = inspection(
            "method = \"introspection\"\nurl = \"{host}/introspect\"\nclient_id = \"/client_id\"",
        );
        assert_eq!(basic.call.token, TokenPlace::Form("token".to_owned()));
        assert_eq!(
            (names(&basic.call.headers), names(&basic.call.form)),
            (vec!["authorization".to_owned()], vec![])
        );
        assert!(basic.require.iter().any(|it| it.to_string() == "/active is true"));
        // Tokeninfo with the token in the header: GitLab, Discord, Twitch.
        let bearer = inspection(
            "method = \"tokeninfo\"\nurl = \"{host}/oauth/token/info\"\ntoken = \"bearer\"\n\
             client_id = \"/application/uid\"\nsubject = \"/resource_owner_id\"",
        );
        assert_eq!(bearer.call.token, TokenPlace::Bearer);
        let Endpoint::At(address) = &bearer.call.endpoint else { panic!("known") };
        assert_eq!(address.to_string(), "https://next.test/oauth/token/info");
        // Tokeninfo with the token under another name.
        let in_query = inspection(
            "method = \"tokeninfo\"\nurl = \"{host}/info\"\ntoken = { query = \"t\" }\nclient_id = \"/aud\"",
        );
        assert_eq!(in_query.call.token, TokenPlace::Query("t".to_owned()));
    }
}
