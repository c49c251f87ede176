//! Drift as the running service sees it: in what it fetches for its own needs, as a metric.

use std::sync::Arc;

use super::{Expected, What, compare_keys};
use crate::provider::{Discovery, IdTokenRules, ProviderId, Providers};
use crate::telemetry::{DriftLabels, Metrics};
use crate::verify::metadata::ProviderMetadata;

/// What every configured provider needs, and where drift is counted.
#[derive(Debug)]
pub(in crate::verify) struct Watch {
    documents: Vec<Watched>,
    metrics: Arc<Metrics>,
}

/// A provider whose addresses come from a document.
#[derive(Debug)]
struct Watched {
    provider: ProviderId,
    discovery: Arc<Discovery>,
    expected: Expected,
}

impl Watch {
    pub(in crate::verify) fn new(providers: &Providers, metrics: Arc<Metrics>) -> Self {
        let documents = providers.iter().filter_map(|provider| {
            Some(Watched {
                provider: provider.id.clone(),
                discovery: Arc::clone(provider.documented.as_ref()?.discovery.as_ref()?),
                expected: Expected::of(provider)?,
            })
        });
        Self { documents: documents.collect(), metrics }
    }

    /// Notes what a document says, for every provider that takes its addresses from there.
    pub(in crate::verify) fn document(&self, discovery: &Discovery, live: &ProviderMetadata) {
        for watched in self.documents.iter().filter(|it| *it.discovery == *discovery) {
            let findings = watched.expected.compare(live).findings;
            for what in What::OF_DOCUMENT {
                let has_drifted = findings.iter().any(|it| it.drifted() == Some(what));
                self.note(&watched.provider, what, has_drifted);
            }
        }
    }

    /// Notes how many keys of a provider's key set are usable.
    pub(in crate::verify) fn keys(&self, rules: &IdTokenRules, usable: usize) {
        let has_drifted = compare_keys(&rules.algorithms, usable).is_some();
        self.note(&rules.provider, What::Keys, has_drifted);
    }

    fn note(&self, provider: &ProviderId, what: What, has_drifted: bool) {
        let labels = DriftLabels { provider: provider.to_string(), what: what.name() };
        self.metrics.provider_drift(&labels, has_drifted);
    }
}
