//! Every metric name and label, in one table; and how logs are set up.

mod logs;

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text::encode};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Metric, Registry};

pub(crate) use logs::start_logs;

/// Seconds: from a cached key set on a quiet core to a provider that uses up its time-out.
const LATENCY_BUCKETS: [f64; 10] =
    [0.000_1, 0.000_25, 0.000_5, 0.001, 0.005, 0.025, 0.1, 0.5, 2.0, 10.0];

/// Labels of an exchange. All come from closed sets: configured names and our own words.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct ExchangeLabels {
    /// Configured provider name, or `unknown`.
    pub(crate) provider: String,
    /// `issued`, or the `reason` of the refusal.
    pub(crate) outcome: &'static str,
}

/// Labels of a fetch of a key set.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct FetchLabels {
    /// Configured provider name.
    pub(crate) provider: String,
    /// `ok`, or what went wrong in one word.
    pub(crate) outcome: &'static str,
}

/// Labels of a call to a provider with a credential.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct CallLabels {
    /// Configured provider name.
    pub(crate) provider: String,
    /// `binding`, `profile`, `emails` or `token`.
    pub(crate) call: &'static str,
    /// `ok`, or what came instead in one word.
    pub(crate) outcome: &'static str,
}

/// Labels of what a provider publishes and its row says.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(crate) struct DriftLabels {
    /// Configured provider name.
    pub(crate) provider: String,
    /// `issuer`, `jwks_uri`, `token_endpoint`, `userinfo_endpoint`, `introspection_endpoint`,
    /// `client_auth`, `algorithms` or `keys`.
    pub(crate) what: &'static str,
}

/// Labels of a provider's clock.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ClockLabels {
    /// Configured provider name.
    provider: String,
}

/// The counters of one running service.
pub(crate) struct Metrics {
    registry: Registry,
    exchanges: Family<ExchangeLabels, Counter>,
    exchange_seconds: Histogram,
    key_set_fetches: Family<FetchLabels, Counter>,
    provider_drift: Family<DriftLabels, Gauge>,
    key_reloads: Family<ReloadLabels, Counter>,
    provider_calls: Family<CallLabels, Counter>,
    access_token_cache: Family<CacheLabels, Counter>,
    shed: Family<ShedLabels, Counter>,
    clock_offset: Family<ClockLabels, Gauge>,
}

/// Why something was refused without being looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shed {
    /// Too many exchanges at a time.
    Exchanges,
    /// Too long a queue for the processors.
    Processors,
    /// Too many exchanges at a time with one provider.
    Provider,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ShedLabels {
    limit: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CacheLabels {
    outcome: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReloadLabels {
    outcome: &'static str,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").finish_non_exhaustive()
    }
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("countersign");
        let exchange_seconds = Histogram::new(LATENCY_BUCKETS);
        let help = "Time from parsed request to answer";
        registry.register("exchange_seconds", help, exchange_seconds.clone());
        let build = Info::new([("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "The running program", build);
        let to = &mut registry;
        Self {
            exchanges: registered(to, "exchanges", "Exchanges by provider and outcome"),
            exchange_seconds,
            key_set_fetches: registered(
                to,
                "key_set_fetches",
                "Fetches of providers' key sets and discovery documents",
            ),
            provider_drift: registered(
                to,
                "provider_drift",
                "Whether what a provider published last is not what its row needs",
            ),
            key_reloads: registered(
                to,
                "key_reloads",
                "Times that the key directory changed and was read again",
            ),
            provider_calls: registered(
                to,
                "provider_calls",
                "Calls to providers about access tokens and codes",
            ),
            access_token_cache: registered(
                to,
                "access_token_cache",
                "Access tokens looked up in the cache of accepted ones",
            ),
            shed: registered(to, "shed", "Requests refused at once because of a limit"),
            clock_offset: registered(
                to,
                "clock_offset_seconds",
                "How far our clock is ahead of the one that a provider's last answer was dated by",
            ),
            registry,
        }
    }
}

fn registered<M: Metric + Clone + Default>(registry: &mut Registry, name: &str, help: &str) -> M {
    let metric = M::default();
    registry.register(name, help, metric.clone());
    metric
}

impl Metrics {
    /// Counts an exchange.
    pub(crate) fn exchange(&self, labels: &ExchangeLabels, took: Duration) {
        self.exchanges.get_or_create(labels).inc();
        self.exchange_seconds.observe(took.as_secs_f64());
    }

    /// Counts a fetch from a provider.
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

    /// Counts a look into the cache of accepted access tokens.
    pub(crate) fn access_token_cache(&self, hit: bool) {
        let outcome = if hit { "hit" } else { "miss" };
        self.access_token_cache.get_or_create(&CacheLabels { outcome }).inc();
    }

    /// Counts what was refused because of a limit.
    pub(crate) fn shed(&self, limit: Shed) {
        let limit = match limit {
            Shed::Exchanges => "exchanges",
            Shed::Processors => "processors",
            Shed::Provider => "provider",
        };
        self.shed.get_or_create(&ShedLabels { limit }).inc();
    }

    /// Says how far our clock is ahead of a provider's, in seconds.
    pub(crate) fn clock_offset(&self, provider: &str, ahead: i64) {
        let labels = ClockLabels { provider: provider.to_owned() };
        self.clock_offset.get_or_create(&labels).set(ahead);
    }

    /// Counts a reading of the key directory.
    pub(crate) fn key_reload(&self, ok: bool) {
        let outcome = if ok { "ok" } else { "failed" };
        self.key_reloads.get_or_create(&ReloadLabels { outcome }).inc();
    }

    /// Returns all metrics in the OpenMetrics text format.
    pub(crate) fn render(&self) -> String {
        let mut text = String::new();
        // Writing to a string does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_rendered() {
        let metrics = Metrics::default();
        let labels = ExchangeLabels { provider: "google".to_owned(), outcome: "issued" };
        metrics.exchange(&labels, Duration::from_micros(80));
        metrics.key_reload(false);
        let text = metrics.render();
        let line = "countersign_exchanges_total{provider=\"google\",outcome=\"issued\"} 1";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("countersign_key_reloads_total{outcome=\"failed\"} 1"), "{text}");
        assert!(text.ends_with("# EOF\n"));
    }
}
