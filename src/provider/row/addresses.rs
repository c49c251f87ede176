//! Which addresses a row has called, for people. Calling them is `verify`'s.

use super::{RawBinding, RawIdToken, Row};
use crate::provider::access::BindingMethod;
use crate::provider::call::Announced;

/// What an address is for, and the address as the row has it: `{name}` stands for a setting.
pub(crate) type Called = (&'static str, String);

impl Row {
    /// Returns every address that is called for a credential of the row's.
    pub(crate) fn addresses(&self) -> Vec<Called> {
        let keys = self.id_token.iter().flat_map(RawIdToken::addresses);
        let binding = self.binding.iter().filter_map(RawBinding::address);
        let profile = self.profile.iter().flat_map(|profile| {
            let lookup = profile.lookup.as_ref().map(|it| ("lookup", it.url.clone()));
            let called = profile.from.is_none();
            let own =
                called.then(|| ("profile", known(profile.url.as_deref(), Announced::Userinfo)));
            let emails = profile.emails.as_ref().map(|it| ("e-mail addresses", it.url.clone()));
            let member = profile.membership.as_ref().map(|it| ("membership", it.url.clone()));
            [lookup, own, emails, member].into_iter().flatten()
        });
        let code = self.code.iter().map(|code| {
            ("token endpoint", known(code.token_endpoint.as_deref(), Announced::Token))
        });
        keys.chain(binding).chain(profile).chain(code).collect()
    }
}

impl RawIdToken {
    fn addresses(&self) -> impl Iterator<Item = Called> {
        let document = self.discovery.as_ref().map(|issuer| {
            let base = issuer.trim_end_matches('/');
            ("discovery document", format!("{base}/.well-known/openid-configuration"))
        });
        let keys = self.jwks_uri.clone().unwrap_or_else(|| announced("jwks_uri"));
        [document, Some(("key set", keys))].into_iter().flatten()
    }
}

impl RawBinding {
    fn address(&self) -> Option<Called> {
        let is_called = self.method != BindingMethod::Profile;
        is_called.then(|| ("binding", known(self.url.as_deref(), Announced::Introspection)))
    }
}

fn known(url: Option<&str>, member: Announced) -> String {
    url.map_or_else(|| announced(member.name()), str::to_owned)
}

fn announced(member: &str) -> String {
    format!("the discovery document's {member}")
}
