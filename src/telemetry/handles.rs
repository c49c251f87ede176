//! Metrics of closed sets of labels, found without a hash and a lock: they are counted in every
//! exchange. All are there from the start, so that a first event is an increase.

use std::fmt;

use prometheus_client::encoding::{EncodeMetric, MetricEncoder};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::histogram::Histogram;

use super::labels::{KindLabels, LookupLabels};

/// A metric that is named in the answer while nothing is in it, so that whoever asks sees what there is.
#[derive(Debug)]
pub(super) struct Named<M>(pub(super) M);

impl<M: EncodeMetric> EncodeMetric for Named<M> {
    fn encode(&self, encoder: MetricEncoder<'_>) -> fmt::Result {
        self.0.encode(encoder)
    }

    fn metric_type(&self) -> MetricType {
        self.0.metric_type()
    }
}

/// The kinds of credentials.
const KINDS: [&str; 3] = ["id_token", "access_token", "code"];

/// A cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cached {
    /// Providers' key sets.
    KeySets,
    /// What was found out about access tokens.
    AccessTokens,
    /// Codes that were refused a moment ago.
    RefusedCodes,
    /// Discovery documents.
    Discovery,
}

impl Cached {
    /// Every cache, each at its own place.
    pub(super) const ALL: [Self; 4] =
        [Self::KeySets, Self::AccessTokens, Self::RefusedCodes, Self::Discovery];

    /// Returns its name, for a label.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::KeySets => "key_sets",
            Self::AccessTokens => "access_tokens",
            Self::RefusedCodes => "refused_codes",
            Self::Discovery => "discovery",
        }
    }
}

/// Looks into caches.
pub(super) struct Lookups {
    hits: [Counter; 4],
    misses: [Counter; 4],
}

impl Lookups {
    pub(super) fn of(family: &Family<LookupLabels, Counter>) -> Self {
        let counters = |outcome| {
            Cached::ALL.map(|cache| {
                let labels = LookupLabels { cache: cache.name(), outcome };
                family.get_or_create_owned(&labels)
            })
        };
        Self { hits: counters("hit"), misses: counters("miss") }
    }

    pub(super) fn count(&self, cache: Cached, hit: bool) {
        let counters = if hit { &self.hits } else { &self.misses };
        if let Some(counter) = counters.get(cache as usize) {
            counter.inc();
        }
    }
}

/// Times by the kind of the credential.
pub(super) struct ByKind([(&'static str, Histogram); 3]);

impl ByKind {
    pub(super) fn of<C: MetricConstructor<Histogram>>(
        family: &Family<KindLabels, Histogram, C>,
    ) -> Self {
        Self(KINDS.map(|kind| (kind, family.get_or_create_owned(&KindLabels { kind }))))
    }

    pub(super) fn observe(&self, kind: &'static str, seconds: f64) {
        if let Some((_, histogram)) = self.0.iter().find(|(known, _)| *known == kind) {
            histogram.observe(seconds);
        }
    }
}
