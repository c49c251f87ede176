//! A row becomes a provider with an operator's settings, or is refused with the key to change.

use std::collections::BTreeMap;
use std::time::Duration;

use super::row::{RawIdToken, Row, Setting};
use super::rules::{DomainRule, TENANT};
use super::{IdTokenRules, Issuers, KeySource, NoncePolicy, Provider, ProviderId, Tenants, WebUrl};
use crate::jose::Algorithm;

/// How long after `iat` an ID token is accepted at most. The longest-lived ones known, Apple's
/// and Microsoft's, are good for a day; nobody needs to present one later.
const MAX_AGE: Duration = Duration::from_hours(25);

/// How long a key stays trusted after it vanished from a key set, unless the row says otherwise.
const KEY_GRACE: Duration = Duration::from_hours(2);

/// What an operator says of one provider.
#[derive(Debug, Clone)]
pub(crate) struct ProviderSettings {
    /// The provider's name in the configuration.
    pub(crate) id: ProviderId,
    /// Values for the row's settings.
    pub(crate) settings: BTreeMap<String, String>,
    /// Our client IDs at the provider.
    pub(crate) client_ids: Vec<String>,
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
        let rules = &self.id_token;
        if operator.client_ids.iter().all(|id| id.trim().is_empty()) {
            let problem = "at least one client ID is needed: it is what tokens are checked against";
            return Err(RowError::new("client_ids", problem));
        }
        if operator.nonce == NoncePolicy::Required && rules.nonce_forms.is_empty() {
            let problem =
                format!("{} puts no nonce into its tokens, so none can be required", self.title);
            return Err(RowError::new("nonce", problem));
        }
        Ok(Provider {
            names: std::iter::once(&self.name).chain(&self.aliases).cloned().collect(),
            namespace: fill(&self.namespace, &settings),
            id_token: IdTokenRules {
                issuers: self.issuers(&settings)?,
                keys: self.keys(&settings)?,
                algorithms: algorithms(rules, operator.algorithms)?,
                nonce: operator.nonce,
                nonce_forms: rules.nonce_forms.clone(),
                domains: self.domains(&operator.hosted_domains)?,
                max_age: MAX_AGE,
                key_grace: rules.key_grace.unwrap_or(KEY_GRACE),
                claims: rules.claims.clone(),
                client_ids: operator.client_ids,
            },
            id: operator.id,
        })
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

    fn issuers(&self, settings: &BTreeMap<String, String>) -> Result<Issuers, RowError> {
        let rules = &self.id_token;
        let filled: Vec<_> = rules.issuers.iter().map(|issuer| fill(issuer, settings)).collect();
        let (Some(tenant), Some(template)) = (&rules.tenant, filled.first()) else {
            return Ok(Issuers::Exact(filled));
        };
        let chosen = settings.get(&tenant.setting).map(String::as_str).unwrap_or_default();
        let tenants = match tenant.sets.get(chosen) {
            Some(set) => set.clone(),
            None if is_uuid(chosen) => {
                Tenants { only: vec![chosen.to_owned()], except: Vec::new() }
            }
            None => {
                let sets: Vec<_> = tenant.sets.keys().map(String::as_str).collect();
                let problem =
                    format!("`{chosen}` is neither a GUID nor one of {}", sets.join(", "));
                return Err(RowError::new(format!("settings.{}", tenant.setting), problem));
            }
        };
        Ok(Issuers::PerTenant { template: template.clone(), claim: tenant.claim.clone(), tenants })
    }

    fn keys(&self, settings: &BTreeMap<String, String>) -> Result<KeySource, RowError> {
        let address = |text: &str| {
            WebUrl::parse(text)
                .map_err(|error| RowError::new("settings.issuer", format!("`{text}`: {error}")))
        };
        match (&self.id_token.jwks_uri, &self.id_token.discovery) {
            (Some(uri), None) => Ok(KeySource::KeySet(address(&fill(uri, settings))?)),
            (None, Some(issuer)) => {
                let issuer = fill(issuer, settings);
                if issuer.contains(['?', '|']) {
                    let problem = format!("`{issuer}`: an issuer has no query and no '|'");
                    return Err(RowError::new("settings.issuer", problem));
                }
                // One slash between the two, whatever the issuer ends in (Discovery §4).
                let base = issuer.trim_end_matches('/');
                let document = address(&format!("{base}/.well-known/openid-configuration"))?;
                Ok(KeySource::Discovery { issuer, document })
            }
            _ => Err(RowError::new("catalogue", "the row needs either `jwks_uri` or `discovery`")),
        }
    }

    fn domains(&self, hosted_domains: &[String]) -> Result<Option<DomainRule>, RowError> {
        match (&self.id_token.domain_claim, hosted_domains.is_empty()) {
            (_, true) => Ok(None),
            (Some(claim), false) => Ok(Some(DomainRule {
                claim: claim.clone(),
                domains: hosted_domains.iter().map(|domain| domain.to_lowercase()).collect(),
            })),
            (None, false) => {
                let problem = format!("{} has no claim that names a domain", self.title);
                Err(RowError::new("hosted_domains", problem))
            }
        }
    }
}

fn algorithms(
    rules: &RawIdToken,
    chosen: Option<Vec<Algorithm>>,
) -> Result<Vec<Algorithm>, RowError> {
    let chosen = chosen.unwrap_or_else(|| rules.algorithms.clone());
    if let Some(other) = chosen.iter().find(|algorithm| !rules.algorithms.contains(algorithm)) {
        let known: Vec<_> = rules.algorithms.iter().map(|algorithm| algorithm.name()).collect();
        let problem = format!("{other} is not one of {}", known.join(", "));
        return Err(RowError::new("algorithms", problem));
    }
    if chosen.is_empty() {
        return Err(RowError::new("algorithms", "at least one is needed"));
    }
    Ok(chosen)
}

fn fill(template: &str, settings: &BTreeMap<String, String>) -> String {
    settings.iter().fold(template.to_owned(), |text, (name, value)| {
        text.replace(&format!("{{{name}}}"), value)
    })
}

/// Whether `text` is a UUID in its usual form (RFC 9562 §4): what a tenant's id must be before
/// it is put into a template.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

impl Issuers {
    /// Replaces the tenant's place in `template`.
    pub(crate) fn for_tenant(template: &str, tenant: &str) -> String {
        template.replace(TENANT, tenant)
    }

    /// Whether `text` has the form of a tenant's id, so that it may be put into a template.
    pub(crate) fn is_tenant(text: &str) -> bool {
        is_uuid(text)
    }
}
