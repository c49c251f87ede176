//! Providers as data: the catalogue's rows and what an operator makes of them. No I/O, and no
//! code for any one provider.

mod access;
mod address;
mod call;
mod claims;
mod code;
mod condition;
mod configure;
mod documented;
mod errors;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod network;
mod place;
mod pointer;
mod profile;
mod reference;
mod requirements;
mod row;
mod rules;
mod template;

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub(crate) use access::{AccessTokenRules, AppRules, Inspection, Proof, Unavailable};
pub(crate) use address::{Reach, WebUrl};
pub(crate) use call::{
    Announced, Call, Discovery, Endpoint, Meaning, Method, TOKEN_PLACE, TokenPlace, TokenProof,
};
pub(crate) use claims::{Profile, text as profile_text};
pub(crate) use code::{ClientAuth, ClientSecret, CodeBody, CodeForm, CodeRules};
pub(crate) use configure::{Demand, ProviderSettings, basic, posted};
pub(crate) use documented::Documented;
pub(crate) use errors::Failure;
pub(crate) use network::{NotPublic, is_public};
pub(crate) use place::{Found, Place};
pub(crate) use pointer::identifier;
pub(crate) use profile::{EmailRules, MembershipRules, ProfileRules, ProfileSource};
pub(crate) use reference::Answers;
pub(crate) use requirements::{Alternatives, Unmet};
pub(crate) use row::{
    Catalogue, Closed, Entry, Form, RawCode, RawIdToken, Row, RowTable, Setting, Status,
};
pub(crate) use rules::{
    DomainRule, IdTokenRules, Issuers, KeySource, NonceForm, NoncePolicy, Tenants,
};

/// The name of a provider in the configuration: 1 to 64 of `a-z`, `A-Z`, `0-9`, `-`, `_` and `.`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct ProviderId(Arc<str>);

/// Text that is no provider name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a provider's name is 1 to 64 of a-z, A-Z, 0-9, '-', '_' and '.'")]
pub(crate) struct BadProviderId;

impl ProviderId {
    /// Returns the name.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ProviderId {
    type Error = BadProviderId;

    fn try_from(name: String) -> Result<Self, BadProviderId> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let fits = (1..=64).contains(&name.len()) && name.chars().all(allowed);
        if fits { Ok(Self(name.into())) } else { Err(BadProviderId) }
    }
}

impl From<ProviderId> for String {
    fn from(id: ProviderId) -> Self {
        id.as_str().to_owned()
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A provider as this service uses it: a row of the catalogue with the operator's client IDs.
///
/// What it can do is the data that it holds; there are no flags beside missing data.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// The name in the configuration, and the issued token's `idp`.
    pub(crate) id: ProviderId,
    /// The row's own name and its aliases, by which the provider is known as well.
    pub(crate) names: Vec<String>,
    /// Those of the names that stand for ID tokens and for nothing else.
    pub(crate) id_token_names: Vec<String>,
    /// What the person's id is unique within; the first half of what `sub` is derived from.
    pub(crate) namespace: String,
    /// Which domains of the provider may sign in, if not all.
    pub(crate) domains: Option<DomainRule>,
    /// When a nonce is demanded.
    pub(crate) nonce: NoncePolicy,
    /// How its ID tokens are verified, if it has any.
    pub(crate) id_token: Option<Arc<IdTokenRules>>,
    /// What its issuer's discovery document should say, if there is one.
    pub(crate) documented: Option<Documented>,
    /// How its access tokens are taken.
    pub(crate) access_token: Result<AccessTokenRules, Unavailable>,
    /// How its authorization codes are redeemed.
    pub(crate) code: Result<CodeRules, Unavailable>,
}

impl Provider {
    /// Whether access tokens are taken of which nothing proves which app they were issued to.
    pub(crate) fn takes_unbound(&self) -> bool {
        self.access_token.as_ref().is_ok_and(|rules| matches!(rules.proof, Proof::Waived))
    }

    /// Returns where the addresses lead that are known at start.
    fn reaches(&self) -> impl Iterator<Item = Reach> {
        let keys = self.id_token.iter().map(|rules| match &rules.keys {
            KeySource::KeySet(address) => address,
            KeySource::Discovery(discovery) => &discovery.document,
        });
        let calls = self.access_token.iter().flat_map(AccessTokenRules::calls);
        let profiles = self.code.iter().filter_map(|rules| rules.profile.as_deref());
        let calls = calls.chain(profiles.flat_map(ProfileRules::calls));
        let code = self.code.iter().map(|rules| &rules.endpoint);
        let endpoints = calls.map(|call| &call.endpoint).chain(code).map(Endpoint::reach);
        keys.map(WebUrl::reach).chain(endpoints)
    }
}

/// The configured providers, in the order of their names.
#[derive(Debug, Clone, Default)]
pub(crate) struct Providers(Vec<Arc<Provider>>);

/// Why a name stands for no provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// No configured provider has it, nor does any row in use.
    Unknown,
    /// Several configured providers use the row that has it.
    Ambiguous(Vec<ProviderId>),
}

impl Providers {
    /// Collects configured providers.
    pub(crate) fn new(providers: impl IntoIterator<Item = Provider>) -> Self {
        Self(providers.into_iter().map(Arc::new).collect())
    }

    /// Returns every provider.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Provider>> {
        self.0.iter()
    }

    /// Returns where the addresses lead that are known at start.
    pub(crate) fn reaches(&self) -> BTreeSet<Reach> {
        self.iter().flat_map(|provider| provider.reaches()).collect()
    }

    /// Whether any provider's authorization codes can be redeemed.
    pub(crate) fn redeem_codes(&self) -> bool {
        self.iter().any(|provider| provider.code.is_ok())
    }

    /// Returns how ID tokens are verified, of every provider that has any.
    pub(crate) fn id_tokens(&self) -> impl Iterator<Item = &Arc<IdTokenRules>> {
        self.iter().filter_map(|provider| provider.id_token.as_ref())
    }

    /// Returns the provider of exactly this configured name.
    pub(crate) fn get(&self, id: &ProviderId) -> Option<&Arc<Provider>> {
        self.iter().find(|provider| provider.id == *id)
    }

    /// Finds a provider among the `usable` ones by its configured name or, failing that, by a
    /// name or alias of the row that it uses.
    ///
    /// # Errors
    ///
    /// [`NotFound::Ambiguous`] when several providers share that row: a guess would decide whose
    /// client IDs are trusted.
    pub(crate) fn find(
        &self,
        name: &str,
        usable: &[ProviderId],
    ) -> Result<&Arc<Provider>, NotFound> {
        let usable = || self.iter().filter(|provider| usable.contains(&provider.id));
        if let Some(provider) = usable().find(|provider| provider.id.as_str() == name) {
            return Ok(provider);
        }
        let found: Vec<_> = usable().filter(|it| it.names.iter().any(|n| n == name)).collect();
        match found.as_slice() {
            [] => Err(NotFound::Unknown),
            [provider] => Ok(provider),
            several => Err(NotFound::Ambiguous(several.iter().map(|it| it.id.clone()).collect())),
        }
    }
}

#[cfg(test)]
pub(crate) use tests::{
    has_condition, inspection_for_test, row as row_for_test, settings as settings_for_test,
};

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
