//! The table: what is counted, under which name.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::{ConstGauge, Gauge};
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Metric, Registry};

use super::handles::{ByKind, Cached, Lookups, Named};
use super::labels::{
    CallLabels, CallTimeLabels, DriftLabels, ExchangeLabels, FetchLabels, KindLabels,
    OutcomeLabels, ProviderLabels, Shed, ShedLabels, SpanFate, build,
};
use super::standing::Standing;
use super::traces::{Recorded, Traces};
use crate::clock::UnixTime;

/// Before each name.
pub(super) const PREFIX: &str = "countersign";
/// Seconds: from a signature to a provider that uses up its time-out.
const OF_WORK: [f64; 12] =
    [0.000_025, 0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 2.0, 10.0];
/// Seconds: from a provider in the same network to the longest time-out.
const OF_CALLS: [f64; 11] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 14.0];

/// Times, by labels.
type Times<L> = Family<L, Histogram, fn() -> Histogram>;

/// The counters of one running service, and where its traces begin.
pub(crate) struct Metrics {
    /// Where traces begin; nowhere unless [`Metrics::trace`] was called.
    pub(crate) traces: Traces,
    registry: Registry,
    exchanges: Family<ExchangeLabels, Counter>,
    exchange_seconds: ByKind,
    verify_seconds: ByKind,
    sign_seconds: Histogram,
    provider_calls: Family<CallLabels, Counter>,
    provider_call_seconds: Times<CallTimeLabels>,
    key_set_fetches: Family<FetchLabels, Counter>,
    cache_lookups: Lookups,
    provider_drift: Family<DriftLabels, Gauge>,
    clock_offset: Family<ProviderLabels, Gauge>,
    key_reloads: Family<OutcomeLabels, Counter>,
    shed: Family<ShedLabels, Counter>,
    spans: Family<OutcomeLabels, Counter>,
    explanations: Family<OutcomeLabels, Counter>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(UnixTime::default())
    }
}

impl Metrics {
    /// Makes the counters of a service that starts at `start`.
    pub(crate) fn new(start: UnixTime) -> Self {
        let mut registry = Registry::with_prefix(PREFIX);
        let to = &mut registry;
        to.register("build", "The running program", build());
        let started = ConstGauge::new(i64::try_from(start.0).unwrap_or(i64::MAX));
        to.register("process_start_time_seconds", "When the service started", started);
        let metrics = Self {
            traces: Traces::default(),
            exchanges: registered(to, "exchanges", "Exchanges by what came of them"),
            exchange_seconds: by_kind(to, "exchange_seconds", "Time from parsed request to answer"),
            verify_seconds: by_kind(to, "verify_seconds", "Time that verifying credentials takes"),
            sign_seconds: sign_seconds(to),
            provider_calls: registered(
                to,
                "provider_calls",
                "Calls to providers about access tokens and codes",
            ),
            provider_call_seconds: provider_call_seconds(to),
            key_set_fetches: registered(
                to,
                "key_set_fetches",
                "Fetches of providers' key sets, and of where they are if that is unknown",
            ),
            cache_lookups: Lookups::of(&registered(to, "cache_lookups", "Looks into caches")),
            provider_drift: registered(
                to,
                "provider_drift",
                "Whether what a provider published last is not what its row needs",
            ),
            clock_offset: registered(
                to,
                "clock_offset_seconds",
                "How far our clock is ahead of the one that a provider's last answer was dated by",
            ),
            key_reloads: registered(
                to,
                "key_reloads",
                "Times that the key directory changed and was read again",
            ),
            shed: registered(to, "shed", "Requests refused at once because of a limit"),
            explanations: registered(to, "explanations", "Exchanges that were explained"),
            spans: registered(to, "spans", "Finished spans of traces by what came of them"),
            registry,
        };
        // There from the start, so that a first event is an increase.
        for limit in Shed::ALL.map(Shed::name) {
            metrics.shed.get_or_create_owned(&ShedLabels { limit });
        }
        for outcome in ["accepted", "refused", "failed"] {
            metrics.explanations.get_or_create_owned(&OutcomeLabels { outcome });
        }
        for outcome in ["ok", "failed"] {
            metrics.key_reloads.get_or_create_owned(&OutcomeLabels { outcome });
        }
        metrics
    }
}

fn registered<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, Named(metric.clone()));
    metric
}

fn by_kind(registry: &mut Registry, name: &str, help: &str) -> ByKind {
    let family = Times::<KindLabels>::new_with_constructor(|| Histogram::new(OF_WORK));
    registry.register(name, help, family.clone());
    ByKind::of(&family)
}

fn sign_seconds(registry: &mut Registry) -> Histogram {
    let histogram = Histogram::new(OF_WORK);
    registry.register("sign_seconds", "Time that making a token takes", histogram.clone());
    histogram
}

fn provider_call_seconds(registry: &mut Registry) -> Times<CallTimeLabels> {
    let family = Times::new_with_constructor(|| Histogram::new(OF_CALLS));
    let help = "Time of calls to providers, whatever came of them";
    registry.register("provider_call_seconds", help, Named(family.clone()));
    family
}

impl Metrics {
    /// Begins traces from now on, of which this share is recorded where nobody who may has decided,
    /// and returns what is recorded.
    pub(crate) fn trace(&mut self, sample: f64) -> Recorded {
        for fate in SpanFate::ALL {
            self.span_counter(fate);
        }
        let (traces, recorded) = Traces::start(sample, self.span_counter(SpanFate::Dropped));
        self.traces = traces;
        recorded
    }

    /// Counts an exchange.
    pub(crate) fn exchange(&self, labels: &ExchangeLabels, took: Duration) {
        self.exchanges.get_or_create(labels).inc();
        self.exchange_seconds.observe(labels.kind, took.as_secs_f64());
    }

    /// Notes how long it took to verify a credential of a kind, whatever came of it.
    pub(crate) fn verified(&self, kind: &'static str, took: Duration) {
        self.verify_seconds.observe(kind, took.as_secs_f64());
    }

    /// Notes how long it took to make a token.
    pub(crate) fn signed(&self, took: Duration) {
        self.sign_seconds.observe(took.as_secs_f64());
    }

    /// Counts a fetch of a provider's key set.
    pub(crate) fn key_set_fetch(&self, labels: &FetchLabels) {
        self.key_set_fetches.get_or_create(labels).inc();
    }

    /// Says whether something that a provider publishes has drifted from its row.
    pub(crate) fn provider_drift(&self, labels: &DriftLabels, has_drifted: bool) {
        self.provider_drift.get_or_create(labels).set(i64::from(has_drifted));
    }

    /// Counts a call to a provider about an access token or a code.
    pub(crate) fn provider_call(&self, labels: &CallLabels) {
        self.provider_calls.get_or_create(labels).inc();
    }

    /// Notes how long a call to a provider took, whatever came of it.
    pub(crate) fn provider_call_took(&self, provider: &str, call: &'static str, took: Duration) {
        let labels = CallTimeLabels { provider: provider.to_owned(), call };
        self.provider_call_seconds.get_or_create(&labels).observe(took.as_secs_f64());
    }

    /// Counts a look into a cache.
    pub(crate) fn cache_lookup(&self, cache: Cached, hit: bool) {
        self.cache_lookups.count(cache, hit);
    }

    /// Counts what was refused because of a limit.
    pub(crate) fn shed(&self, limit: Shed) {
        self.shed.get_or_create(&ShedLabels { limit: limit.name() }).inc();
    }

    /// Counts an explanation by what the exchange would come to.
    pub(crate) fn explanation(&self, outcome: &'static str) {
        self.explanations.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Says how far our clock is ahead of a provider's, in seconds.
    pub(crate) fn clock_offset(&self, provider: &str, ahead: i64) {
        let labels = ProviderLabels { provider: provider.to_owned() };
        self.clock_offset.get_or_create(&labels).set(ahead);
    }

    /// Counts a reading of the key directory.
    pub(crate) fn key_reload(&self, ok: bool) {
        let outcome = if ok { "ok" } else { "failed" };
        self.key_reloads.get_or_create(&OutcomeLabels { outcome }).inc();
    }

    /// Counts finished spans.
    pub(crate) fn spans(&self, fate: SpanFate, count: usize) {
        self.span_counter(fate).inc_by(count.try_into().unwrap_or(u64::MAX));
    }

    fn span_counter(&self, fate: SpanFate) -> Counter {
        self.spans.get_or_create_owned(&OutcomeLabels { outcome: fate.name() })
    }

    /// Returns all metrics in the OpenMetrics text format, with what is measured at this moment.
    pub(crate) fn render(&self, standing: &Standing) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode_registry(&mut text, &self.registry)
            .and_then(|()| encode_registry(&mut text, &standing.registry()))
            .and_then(|()| encode_eof(&mut text));
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered() {
        let metrics = Metrics::default();
        let provider = "google".to_owned();
        let (kind, outcome, reason) = ("id_token", "issued", "none");
        let labels = ExchangeLabels { provider, kind, outcome, reason };
        metrics.exchange(&labels, Duration::from_micros(80));
        metrics.verified("id_token", Duration::from_micros(50));
        metrics.cache_lookup(Cached::Discovery, true);
        metrics.key_reload(false);
        let text = metrics.render(&Standing::default());
        for line in [
            "exchanges_total{provider=\"google\",kind=\"id_token\",outcome=\"issued\",reason=\"none\"} 1",
            "exchange_seconds_count{kind=\"id_token\"} 1",
            "verify_seconds_bucket{le=\"0.00005\",kind=\"id_token\"} 1",
            "verify_seconds_count{kind=\"code\"} 0",
            "cache_lookups_total{cache=\"discovery\",outcome=\"hit\"} 1",
            "cache_lookups_total{cache=\"key_sets\",outcome=\"hit\"} 0",
            "key_reloads_total{outcome=\"failed\"} 1",
        ] {
            assert!(text.contains(&format!("countersign_{line}\n")), "{line}: {text}");
        }
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("# EOF\n"));
    }
}
