//! A row becomes a provider with an operator's settings, or is refused with the key to change.

mod binding;
mod call;
mod code;
mod documented;
mod form;
mod id_token;
mod profile;
mod sample;
mod settings;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::call::Discovery;
use super::row::Row;
use super::rules::DomainRule;
use super::{NoncePolicy, Provider, ProviderId, Unavailable};
use crate::jose::Algorithm;
use crate::secret::Secret;
use call::Stop;
pub(crate) use call::{basic, posted};
pub(crate) use sample::Demand;

/// What an operator says of one provider.
#[derive(Debug, Clone)]
pub(crate) struct ProviderSettings {
    /// The provider's name in the configuration.
    pub(crate) id: ProviderId,
    /// Values for the row's settings.
    pub(crate) settings: BTreeMap<String, String>,
    /// Our client IDs at the provider.
    pub(crate) client_ids: Vec<String>,
    /// The secret of the first of them.
    pub(crate) client_secret: Option<Secret>,
    /// Whether access tokens are taken though nothing proves which app they were issued to.
    pub(crate) allow_unbound_access_tokens: bool,
    /// Overrides the row's list.
    pub(crate) algorithms: Option<Vec<Algorithm>>,
    /// When a nonce is demanded.
    pub(crate) nonce: NoncePolicy,
    /// Which domains may sign in; all when empty.
    pub(crate) hosted_domains: Vec<String>,
}

/// Why a row cannot be used with an operator's settings. `key` is the key below the provider's
/// table that has to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct RowError {
    /// The key, for instance `settings.tenant_id`.
    pub(crate) key: String,
    /// What is wrong, and what is allowed.
    pub(crate) problem: String,
}

impl RowError {
    fn new(key: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { key: key.into(), problem: problem.into() }
    }
}

impl Row {
    /// Makes a provider of the row.
    ///
    /// # Errors
    ///
    /// [`RowError`] names the setting that is missing, unknown or impossible here.
    pub(crate) fn configure(&self, operator: ProviderSettings) -> Result<Provider, RowError> {
        let settings = self.settings(&operator)?;
        let client_id = self.client_id(&operator)?;
        let made = Configuring {
            row: self,
            settings,
            client_id,
            operator,
            named: BTreeSet::new(),
            discovery: None,
        };
        let made = Configuring { named: made.named_hosts(), ..made };
        let discovery = made.discovery()?;
        Configuring { discovery, ..made }.provider()
    }

    /// Returns the client ID that the secret belongs to: the first.
    fn client_id(&self, operator: &ProviderSettings) -> Result<String, RowError> {
        let client_ids = &operator.client_ids;
        let error = |problem: String| Err(RowError::new("client_ids", problem));
        let Some(first) = client_ids.iter().find(|id| !id.trim().is_empty()) else {
            return error(
                "at least one client ID is needed: it is what tokens are checked against"
                    .to_owned(),
            );
        };
        // An empty one would be the audience of every token that names none.
        let is_id = |id: &&String| !id.is_empty() && id.chars().all(|c| ('!'..='~').contains(&c));
        if let Some(wrong) = client_ids.iter().find(|id| !is_id(id)) {
            return error(format!("`{wrong}` is no client ID: printable ASCII without spaces"));
        }
        if self.needs_secret() && client_ids.len() > 1 {
            return error(format!(
                "`{0}` proves access tokens and codes by one client's secret, so one client ID is \
                 taken; for another make another table with catalogue = \"{0}\"",
                self.name
            ));
        }
        Ok(first.clone())
    }
}

/// A row, and what the operator says of it.
struct Configuring<'a> {
    row: &'a Row,
    settings: BTreeMap<String, String>,
    /// The client ID that the secret belongs to.
    client_id: String,
    operator: ProviderSettings,
    /// The hosts that the operator wrote.
    named: BTreeSet<String>,
    discovery: Option<Arc<Discovery>>,
}

impl Configuring<'_> {
    fn provider(self) -> Result<Provider, RowError> {
        let row = self.row;
        self.check_secret()?;
        self.check_nonce()?;
        let profile = Stop::settle(self.profile())?;
        let access_token = Stop::settle(self.access_token(profile.clone()))?;
        let code = Stop::settle(self.code(profile.ok().flatten()))?;
        if row.id_token.is_none() && access_token.is_err() && code.is_err() {
            let needs_secret = Some(Unavailable::NeedsSecret);
            if access_token.as_ref().err() == needs_secret.as_ref()
                || code.as_ref().err() == needs_secret.as_ref()
            {
                return Err(self.no_secret());
            }
            let problem = format!(
                "without it no credential of `{}` is taken: nothing proves to which app its access \
                 tokens were issued",
                row.name
            );
            return Err(RowError::new("allow_unbound_access_tokens", problem));
        }
        Ok(Provider {
            names: std::iter::once(&row.name).chain(&row.aliases).cloned().collect(),
            id_token_names: row.id_token_names.clone(),
            namespace: self.namespace()?,
            domains: self.domains()?,
            nonce: self.operator.nonce,
            id_token: self.id_token()?.map(Arc::new),
            documented: self.documented()?,
            access_token,
            code,
            id: self.operator.id,
        })
    }

    fn check_secret(&self) -> Result<(), RowError> {
        let (row, operator) = (self.row, &self.operator);
        let waived = operator.allow_unbound_access_tokens;
        if waived && row.binding.is_some() {
            let problem = format!("`{}` has a way to prove it; leave this out", row.name);
            return Err(RowError::new("allow_unbound_access_tokens", problem));
        }
        if waived && !row.kinds().contains(&"access_token") {
            let problem = format!("`{}` takes no access tokens", row.name);
            return Err(RowError::new("allow_unbound_access_tokens", problem));
        }
        if row.needs_secret() && operator.client_secret.is_none() && !waived {
            return Err(self.no_secret());
        }
        Ok(())
    }

    fn no_secret(&self) -> RowError {
        let problem = format!("`{}` needs it: no credential can be checked without", self.row.name);
        RowError::new("client_secret", problem)
    }

    fn check_nonce(&self) -> Result<(), RowError> {
        let forms = self.row.id_token.as_ref().map(|rules| rules.nonce_forms.as_slice());
        if self.operator.nonce == NoncePolicy::Required && forms.is_none_or(<[_]>::is_empty) {
            let problem = format!(
                "{} puts no nonce into its tokens, so none can be required",
                self.row.title
            );
            return Err(RowError::new("nonce", problem));
        }
        Ok(())
    }

    fn domains(&self) -> Result<Option<DomainRule>, RowError> {
        let hosted_domains = &self.operator.hosted_domains;
        match (&self.row.domain_claim, hosted_domains.is_empty()) {
            (_, true) => Ok(None),
            (Some(claim), false) => Ok(Some(DomainRule {
                claim: claim.clone(),
                domains: hosted_domains.iter().map(|domain| domain.to_lowercase()).collect(),
            })),
            (None, false) => {
                let problem = format!("{} has no claim that names a domain", self.row.title);
                Err(RowError::new("hosted_domains", problem))
            }
        }
    }

    fn discovery(&self) -> Result<Option<Arc<Discovery>>, RowError> {
        let Some(issuer) = self.row.id_token.as_ref().and_then(|rules| rules.discovery.as_ref())
        else {
            return Ok(None);
        };
        let issuer = self.fill(issuer, &[])?;
        let document = self.well_known(&issuer)?;
        Ok(Some(Arc::new(Discovery { issuer, document })))
    }

    /// Returns the client secret, for what cannot be taken without.
    fn secret(&self) -> Result<&Secret, Stop> {
        if self.row.code.as_ref().is_some_and(|code| code.signed_secret.is_some()) {
            let problem = "the client secret is a key here, which is sent to nobody";
            return Err(RowError::new("catalogue", problem).into());
        }
        Ok(self.operator.client_secret.as_ref().ok_or(Unavailable::NeedsSecret)?)
    }
}
