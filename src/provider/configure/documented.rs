//! Configuring what an issuer's discovery document is compared with.

use super::{Configuring, RowError};
use crate::provider::WebUrl;
use crate::provider::access::BindingMethod;
use crate::provider::call::TokenPlace;
use crate::provider::documented::Documented;
use crate::provider::row::{RawIdToken, RawProfile};

impl Configuring<'_> {
    pub(super) fn documented(&self) -> Result<Option<Documented>, RowError> {
        let row = self.row;
        let Some(rules) = &row.id_token else { return Ok(None) };
        let Some(document) = self.document(rules)? else { return Ok(None) };
        let jwks_uris = rules.jwks_uri.iter().chain(&rules.jwks_uri_aliases);
        let token_endpoint = row.code.as_ref().and_then(|code| code.token_endpoint.as_ref());
        let profile = row.profile.as_ref().filter(|profile| is_userinfo(profile));
        let binding = row.binding.as_ref().filter(|it| it.method == BindingMethod::Introspection);
        let address = |text: &String| self.address(text);
        Ok(Some(Documented {
            document,
            discovery: self.discovery.clone(),
            jwks_uris: jwks_uris.map(address).collect::<Result<_, _>>()?,
            token_endpoint: token_endpoint.map(address).transpose()?,
            userinfo_endpoint: profile
                .and_then(|profile| profile.url.as_ref())
                .map(address)
                .transpose()?,
            introspection_endpoint: binding
                .and_then(|binding| binding.url.as_ref())
                .map(address)
                .transpose()?,
        }))
    }

    /// Returns where the document is: where the service looks, or where the row says, or below
    /// the first issuer. A template is no address, so a row with tenants has to say.
    fn document(&self, rules: &RawIdToken) -> Result<Option<WebUrl>, RowError> {
        match (&self.discovery, &rules.document, rules.issuers().first()) {
            (Some(discovery), ..) => Ok(Some(discovery.document.clone())),
            (None, Some(document), _) => self.address(document).map(Some),
            (None, None, Some(issuer)) if rules.tenant.is_none() => {
                self.well_known(issuer).map(Some)
            }
            (None, None, _) => Ok(None),
        }
    }

    /// Returns where an issuer's document is: one slash between the two, whatever the issuer ends
    /// in (OpenID Connect Discovery §4).
    pub(super) fn well_known(&self, issuer: &str) -> Result<WebUrl, RowError> {
        let base = issuer.trim_end_matches('/');
        self.address(&format!("{base}/.well-known/openid-configuration"))
    }
}

/// Whether the person's id is where userinfo has it (OpenID Connect Core §5.3.2), and the address
/// is the same for everybody.
fn is_userinfo(profile: &RawProfile) -> bool {
    profile.subject.first().is_some_and(|place| place.is_member("sub"))
        && profile.from.is_none()
        && profile.values.is_empty()
        && profile.token != TokenPlace::Path
}
