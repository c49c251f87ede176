//! Configuring how ID tokens are verified.

use std::sync::Arc;
use std::time::Duration;

use super::{Configuring, RowError};
use crate::jose::Algorithm;
use crate::provider::row::RawIdToken;
use crate::provider::{IdTokenRules, Issuers, KeySource, Tenants};

/// How long after `iat` an ID token is accepted at most. The longest-lived ones known, Apple's
/// and Microsoft's, are good for a day; nobody needs to present one later.
const MAX_AGE: Duration = Duration::from_hours(25);

/// How long a key stays trusted after it vanished from a key set, unless the row says otherwise.
const KEY_GRACE: Duration = Duration::from_hours(2);

impl Configuring<'_> {
    pub(super) fn id_token(&self) -> Result<Option<IdTokenRules>, RowError> {
        let Some(rules) = &self.row.id_token else {
            if self.operator.algorithms.is_some() {
                let problem = format!("`{}` has no ID tokens", self.row.name);
                return Err(RowError::new("algorithms", problem));
            }
            return Ok(None);
        };
        Ok(Some(IdTokenRules {
            provider: self.operator.id.clone(),
            issuers: self.issuers(rules)?,
            keys: match (&rules.jwks_uri, &self.discovery) {
                (Some(uri), _) => KeySource::KeySet(self.address(uri)?),
                (None, Some(discovery)) => KeySource::Discovery(Arc::clone(discovery)),
                (None, None) => {
                    let problem = "the row needs either `jwks_uri` or `discovery`";
                    return Err(RowError::new("catalogue", problem));
                }
            },
            algorithms: algorithms(rules, self.operator.algorithms.clone())?,
            nonce_forms: rules.nonce_forms.clone(),
            max_age: MAX_AGE,
            key_grace: rules.key_grace.unwrap_or(KEY_GRACE),
            subject: rules.subject.clone(),
            at_hash: rules.at_hash,
            refuse_subjects: rules.refuse_subjects.clone(),
            require: rules.require.filled(|text| self.fill(text, &[]))?,
            claims: rules.claims.clone(),
            client_ids: self.operator.client_ids.clone(),
        }))
    }

    fn issuers(&self, rules: &RawIdToken) -> Result<Issuers, RowError> {
        let issuers = rules.issuers();
        let filled = issuers.iter().map(|issuer| self.issuer(issuer));
        let filled = filled.collect::<Result<Vec<_>, _>>()?;
        let (Some(tenant), Some(template)) = (&rules.tenant, filled.first()) else {
            return Ok(Issuers::Exact(filled));
        };
        let chosen = self.settings.get(&tenant.setting).map(String::as_str).unwrap_or_default();
        let tenants = match tenant.sets.get(chosen) {
            Some(set) => set.clone(),
            None if Issuers::is_tenant(chosen) => {
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
