//! A row becomes a provider with an operator's settings, or is refused with the key to change.

mod access;
mod id_token;

use std::collections::BTreeMap;
use std::sync::Arc;

use super::call::Discovery;
use super::row::{Row, Setting};
use super::rules::DomainRule;
use super::{NoncePolicy, Provider, ProviderId, Unavailable, WebUrl};
use crate::jose::Algorithm;
use crate::secret::Secret;
pub(crate) use access::{basic, posted};

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
        Configuring { row: self, settings: self.settings(&operator)?, operator }.provider()
    }

    fn settings(&self, operator: &ProviderSettings) -> Result<BTreeMap<String, String>, RowError> {
        if let Some(name) = operator.settings.keys().find(|name| !self.settings.contains_key(*name))
        {
            let known: Vec<_> = self.settings.keys().map(String::as_str).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let problem = format!("not a setting of `{}`, which has: {known}", self.name);
            return Err(RowError::new(format!("settings.{name}"), problem));
        }
        let value = |(name, setting): (&String, &Setting)| {
            let value = operator.settings.get(name).or(setting.default.as_ref());
            let value = value.map(|value| value.trim()).filter(|value| !value.is_empty());
            value.map(|value| (name.clone(), value.to_owned())).ok_or_else(|| {
                let problem = format!("`{}` needs it: {}", self.name, setting.help);
                RowError::new(format!("settings.{name}"), problem)
            })
        };
        self.settings.iter().map(value).collect()
    }

    /// Whether no credential of any kind can be checked without the client secret.
    pub(crate) fn needs_secret(&self) -> bool {
        let binding = self.binding.as_ref();
        self.id_token.is_none() && binding.is_none_or(|binding| binding.method.needs_secret())
    }
}

/// A row, and what the operator says of it.
struct Configuring<'a> {
    row: &'a Row,
    settings: BTreeMap<String, String>,
    operator: ProviderSettings,
}

impl Configuring<'_> {
    fn provider(self) -> Result<Provider, RowError> {
        let row = self.row;
        let client_id = self.client_id()?;
        self.check_secret()?;
        self.check_nonce()?;
        let discovery = self.discovery()?;
        let profile = self.profile(discovery.as_ref())?;
        Ok(Provider {
            names: std::iter::once(&row.name).chain(&row.aliases).cloned().collect(),
            id_token_names: row.id_token_names.clone(),
            namespace: self.fill(&row.namespace),
            domains: self.domains()?,
            nonce: self.operator.nonce,
            id_token: self.id_token(discovery.as_ref())?.map(Arc::new),
            access_token: self.access_token(&client_id, profile.clone())?,
            code: self.code(&client_id, profile.ok(), discovery.as_ref())?,
            id: self.operator.id,
        })
    }

    /// Returns the client ID that the secret belongs to: the first.
    fn client_id(&self) -> Result<String, RowError> {
        let client_ids = &self.operator.client_ids;
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
        if self.row.needs_secret() && client_ids.len() > 1 {
            return error(format!(
                "`{0}` proves access tokens and codes by one client's secret, so one client ID is \
                 taken; for another make another table with catalogue = \"{0}\"",
                self.row.name
            ));
        }
        Ok(first.clone())
    }

    fn check_secret(&self) -> Result<(), RowError> {
        let (row, operator) = (self.row, &self.operator);
        let waived = operator.allow_unbound_access_tokens;
        if waived && row.binding.is_some() {
            let problem = format!("`{}` has a way to prove it; leave this out", row.name);
            return Err(RowError::new("allow_unbound_access_tokens", problem));
        }
        if waived && row.profile.is_none() {
            let problem = format!("`{}` takes no access tokens", row.name);
            return Err(RowError::new("allow_unbound_access_tokens", problem));
        }
        if row.needs_secret() && operator.client_secret.is_none() && !waived {
            let problem = format!("`{}` needs it: no credential can be checked without", row.name);
            return Err(RowError::new("client_secret", problem));
        }
        Ok(())
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
        let issuer = self.fill(issuer);
        if issuer.contains(['?', '|']) {
            let problem = format!("`{issuer}`: an issuer has no query and no '|'");
            return Err(RowError::new("settings.issuer", problem));
        }
        // One slash between the two, whatever the issuer ends in (Discovery §4).
        let base = issuer.trim_end_matches('/');
        let document = self.address(&format!("{base}/.well-known/openid-configuration"))?;
        Ok(Some(Arc::new(Discovery { issuer, document })))
    }

    /// Fills the settings into an address and parses it.
    fn address(&self, template: &str) -> Result<WebUrl, RowError> {
        let text = self.fill(template);
        WebUrl::parse(&text).map_err(|error| {
            let setting = self
                .settings
                .keys()
                .next()
                .map_or("catalogue".to_owned(), |name| format!("settings.{name}"));
            RowError::new(setting, format!("`{text}`: {error}"))
        })
    }

    fn fill(&self, template: &str) -> String {
        fill(template, &self.settings)
    }

    /// Returns the client secret, for what cannot be taken without.
    fn secret(&self) -> Result<&Secret, Unavailable> {
        self.operator.client_secret.as_ref().ok_or(Unavailable::NeedsSecret)
    }
}

fn fill(template: &str, settings: &BTreeMap<String, String>) -> String {
    settings.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}
