//! Configuring how it is proved to which app an access token was issued.

use std::sync::Arc;

use super::call::{Stop, Target, authorization, basic, posted};
use super::{Configuring, RowError};
use crate::provider::Unavailable;
use crate::provider::access::{AccessTokenRules, AppRules, BindingMethod, Inspection, Proof};
use crate::provider::call::{Announced, Call, TokenPlace};
use crate::provider::code::ClientAuth;
use crate::provider::profile::ProfileRules;
use crate::provider::requirements::Alternatives;
use crate::provider::row::{RawBinding, client_refused};
use crate::secret::Secret;

impl Configuring<'_> {
    pub(super) fn access_token(
        &self,
        profile: Result<Option<Arc<ProfileRules>>, Unavailable>,
    ) -> Result<AccessTokenRules, Stop> {
        let profile = profile?.filter(|rules| !rules.needs_token_answer);
        let profile = profile.ok_or(Unavailable::NotOffered)?;
        let binding = self.row.binding.as_ref();
        let proof = match binding {
            Some(raw) if raw.method == BindingMethod::Profile => {
                Proof::Profile(Box::new(self.app_rules(raw)?))
            }
            Some(raw) => Proof::Inspection(Box::new(self.inspection(raw)?)),
            None if self.operator.allow_unbound_access_tokens => Proof::Waived,
            None => return Err(Unavailable::NotOffered.into()),
        };
        Ok(AccessTokenRules { proof, profile, jwts: self.jwts() })
    }

    /// Returns what tells access tokens from ID tokens, where they may be JWTs.
    fn jwts(&self) -> Option<Alternatives> {
        let raw = self.row.profile.as_ref()?;
        raw.jwt.unwrap_or(self.row.id_token.is_none()).then(|| raw.jwt_when.clone())
    }

    fn inspection(&self, raw: &RawBinding) -> Result<Inspection, Stop> {
        let secret = raw.method.needs_secret().then(|| self.secret()).transpose()?;
        let query = TokenPlace::Query("access_token".to_owned());
        let target = Target {
            url: raw.url.as_deref(),
            announced: Announced::Introspection,
            values: &[],
            token: raw.token.clone().unwrap_or(query),
        };
        let mut call = self.call(target)?;
        call.meaning.scope.clone_from(&raw.scope);
        call.meaning.rejected.clone_from(&raw.rejected);
        if let Some(errors) = &raw.errors {
            call.meaning.errors.clone_from(errors);
        }
        if let Some(secret) = secret {
            call.meaning.client_refused = client_refused();
            // We ask as the client: 403 says nothing about the token's scope.
            call.meaning.missing_scope.clear();
            authenticate(&mut call, raw, (&self.client_id, secret));
        }
        Ok(Inspection { call, rules: self.app_rules(raw)? })
    }

    fn app_rules(&self, raw: &RawBinding) -> Result<AppRules, RowError> {
        let own = || Ok(self.operator.client_ids.clone());
        let named = |text: &String| Ok(vec![self.fill(text, &[])?]);
        let require = raw.require.filled(|text| self.fill(text, &[]))?;
        Ok(AppRules {
            client_id: raw.client_id.clone(),
            authorized_party: raw.authorized_party.clone(),
            client_ids: raw.equals.as_ref().map_or_else(own, named)?,
            require: require.with_first(raw.method.requirement()),
            subject: raw.subject.clone(),
            expires_in: raw.expires_in.clone(),
            expires_at: raw.expires_at.clone(),
        })
    }
}

/// Puts into a question what shows that it is our client that asks, and the token where the method
/// has it unless the row says otherwise.
fn authenticate(call: &mut Call, raw: &RawBinding, (id, secret): (&str, &Secret)) {
    let place = match raw.method {
        BindingMethod::Introspection => {
            match raw.client_auth {
                None | Some(ClientAuth::Basic) => {
                    call.headers.push(basic(id, secret));
                }
                Some(ClientAuth::Post) => call.form.extend(posted(id, secret)),
            }
            TokenPlace::Form("token".to_owned())
        }
        BindingMethod::CheckToken => {
            // No OAuth endpoint, so nothing is form-encoded (RFC 7617 §2).
            call.headers.push(authorization(&Secret::new(format!("{id}:{}", secret.expose()))));
            TokenPlace::Json("access_token".to_owned())
        }
        BindingMethod::DebugToken => {
            let app_token = Secret::new(format!("{id}|{}", secret.expose()));
            call.query.push(("access_token".to_owned(), app_token));
            TokenPlace::Query("input_token".to_owned())
        }
        BindingMethod::Tokeninfo | BindingMethod::Profile => return,
    };
    if raw.token.is_none() {
        call.token = place;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::call::Endpoint;
    use crate::provider::{Provider, Row, has_condition, settings_for_test};

    /// A row that the catalogue does not have, with these words on the app of a token.
    fn provider(binding: &str) -> Provider {
        let row = format!(
            "title = \"Next\"\naliases = []\nnamespace = \"{{host}}\"\nsubject = \"\"\nsetup = \"\"\n\
             [settings.host]\ndefault = \"https://next.test\"\nform = \"url\"\nhelp = \"\"\n\
             [profile]\nurl = \"{{host}}/me\"\nsubject = [\"/id\"]\n\
             [binding]\n{binding}\n"
        );
        let row: Row = toml::from_str(&row).unwrap();
        row.configure(settings_for_test("next")).unwrap()
    }

    fn inspection(binding: &str) -> Inspection {
        match provider(binding).access_token.unwrap().proof {
            Proof::Inspection(inspection) => *inspection,
            Proof::Profile(_) | Proof::Waived => panic!("it has a proof"),
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
        assert!(has_condition(&basic, "/active is true"));
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
