//! Providers' key sets: fetched once for everybody, refreshed ahead of their expiry, never lost
//! to a provider's bad day.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use tokio::task::JoinSet;

use super::key_set::{Answer, COOL_DOWN, KeySet};
use super::outbound::{Body, OutboundError};
use super::{Outbound, VerifyError};
use crate::clock::Clock;
use crate::jose::parse_key_set;
use crate::json::parse_object;
use crate::provider::{KeySource, Provider, ProviderId, Providers, WebUrl};
use crate::telemetry::{FetchLabels, Metrics};

/// Largest number of sets that are held; there is one per configured provider.
const CAPACITY: u64 = 1024;

/// The cached key sets of all providers.
///
/// moka's `or_insert_with_if` is the single flight: whoever finds a set wanting evaluates the
/// fetch, everybody else who does waits for that one. Sets have no time to live in the cache,
/// because a failed fetch must not evict; when they are due is their own business.
#[derive(Debug)]
pub(crate) struct RemoteKeys {
    sets: Cache<ProviderId, Arc<KeySet>>,
    outbound: Outbound,
    clock: Clock,
    metrics: Arc<Metrics>,
}

impl RemoteKeys {
    /// Makes an empty cache. Nothing is fetched until a credential needs it, so that the service
    /// starts while a provider is down.
    pub(crate) fn new(outbound: Outbound, clock: Clock, metrics: Arc<Metrics>) -> Self {
        let sets = Cache::builder().max_capacity(CAPACITY).build();
        Self { sets, outbound, clock, metrics }
    }

    /// Returns the provider's keys: the cached ones at once, and only when there are none those
    /// that a fetch brings. A set that is due is refreshed in the background.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Unreachable`] when nothing is cached and the provider does not answer;
    /// then it is asked again at most every few seconds.
    pub(super) async fn current(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
    ) -> Result<Arc<KeySet>, VerifyError> {
        let now = self.clock.now();
        if let Some(set) = self.sets.get(&provider.id).await.filter(|set| !set.is_empty()) {
            self.refresh_if_due(provider, &set);
            return Ok(set);
        }
        let set = self
            .fetch_with_grace(provider, move |set| set.is_empty() && set.back_off(now).is_zero())
            .await;
        if set.is_empty() {
            let retry_after = set.back_off(self.clock.now()).max(Duration::from_secs(1));
            return Err(VerifyError::Unreachable { provider: provider.id.clone(), retry_after });
        }
        Ok(set)
    }

    /// Returns the provider's keys after one more look, because a key ID is not among them: a
    /// fetch if the last one is a cool-down ago, else what is cached.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Unreachable`] when the last look failed: the key may well exist.
    pub(super) async fn after_unknown_key(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
    ) -> Result<Arc<KeySet>, VerifyError> {
        let now = self.clock.now();
        let set = self.fetch_with_grace(provider, move |set| set.cooled_down(now)).await;
        if set.failed() {
            let provider = provider.id.clone();
            return Err(VerifyError::Unreachable { provider, retry_after: COOL_DOWN });
        }
        Ok(set)
    }

    /// Refreshes every cached set that is due, so that none grows old while nobody asks.
    pub(crate) async fn refresh_due(self: &Arc<Self>, providers: &Providers) {
        for provider in providers.iter() {
            if let Some(set) = self.sets.get(&provider.id).await {
                self.refresh_if_due(provider, &set);
            }
        }
    }

    /// Fetches every cached set now and gives withdrawn keys no grace: an operator's answer to a
    /// provider that was broken into. A provider that does not answer keeps its set.
    pub(crate) async fn renew(self: &Arc<Self>, providers: &Providers) {
        let mut fetches = JoinSet::new();
        for provider in providers.iter().filter(|it| self.sets.contains_key(&it.id)) {
            fetches.spawn(Arc::clone(self).renew_one(Arc::clone(provider)));
        }
        fetches.join_all().await;
    }

    async fn renew_one(self: Arc<Self>, provider: Arc<Provider>) {
        let mut is_own = false;
        // A fetch under way that another began gives grace: then once more.
        while !is_own {
            (_, is_own) = self.fetch_if(&provider, Duration::ZERO, |_| true).await;
        }
    }

    fn refresh_if_due(self: &Arc<Self>, provider: &Arc<Provider>, set: &KeySet) {
        let now = self.clock.now();
        if set.is_empty() || !set.is_due(now) || !set.claim_refresh() {
            return;
        }
        let (this, provider) = (Arc::clone(self), Arc::clone(provider));
        tokio::spawn(
            async move { this.fetch_with_grace(&provider, move |set| set.is_due(now)).await },
        );
    }

    async fn fetch_with_grace(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        wanting: impl FnMut(&Arc<KeySet>) -> bool + Send + 'static,
    ) -> Arc<KeySet> {
        self.fetch_if(provider, provider.id_token.key_grace, wanting).await.0
    }

    /// Fetches if the cached set is `wanting`, once for all who find it so, and tells whether this
    /// was the call that did.
    ///
    /// In a task of its own: a client that hangs up must not undo a fetch that has begun, or
    /// whoever sends made-up key IDs and hangs up at once would have us call the provider for each.
    async fn fetch_if(
        self: &Arc<Self>,
        provider: &Arc<Provider>,
        grace: Duration,
        wanting: impl FnMut(&Arc<KeySet>) -> bool + Send + 'static,
    ) -> (Arc<KeySet>, bool) {
        let (this, provider) = (Arc::clone(self), Arc::clone(provider));
        let fetched = tokio::spawn(async move {
            let entry = this.sets.entry(provider.id.clone());
            let entry = entry.or_insert_with_if(this.fetch(&provider, grace), wanting).await;
            let is_fresh = entry.is_fresh();
            (entry.into_value(), is_fresh)
        });
        // A task is lost only when the runtime is ending.
        let lost = || (KeySet::after_failure(None, self.clock.now()).into(), true);
        fetched.await.unwrap_or_else(|_| lost())
    }

    /// Asks the provider once and returns what is known then. Never fails: a failure is part of
    /// what is known.
    async fn fetch(&self, provider: &Arc<Provider>, grace: Duration) -> Arc<KeySet> {
        let previous = self.sets.get(&provider.id).await;
        let known = previous.as_ref().and_then(|set| set.address(self.clock.now()));
        let answer = self.ask(provider, known).await;
        let outcome = answer.as_ref().map_or_else(OutboundError::name, |_| "ok");
        let labels = FetchLabels { provider: provider.id.to_string(), outcome };
        self.metrics.key_set_fetch(&labels);
        let now = self.clock.now();
        Arc::new(match answer {
            Ok(answer) => {
                tracing::info!(provider = %provider.id, keys = answer.keys.len(), "key set fetched");
                KeySet::merged(previous.as_deref(), answer, now, grace)
            }
            Err(error) => {
                tracing::warn!(provider = %provider.id, %error, "key set not fetched");
                KeySet::after_failure(previous.as_deref(), now)
            }
        })
    }

    async fn ask(
        &self,
        provider: &Provider,
        known: Option<WebUrl>,
    ) -> Result<Answer, OutboundError> {
        let looked_up = known.is_none();
        let address = match (&provider.id_token.keys, known) {
            (KeySource::KeySet(address), _) => address.clone(),
            (KeySource::Discovery { .. }, Some(address)) => address,
            (KeySource::Discovery { issuer, document }, None) => {
                key_set_address((issuer, document), &self.outbound.get(document).await?)?
            }
        };
        let body = self.outbound.get(&address).await?;
        let set = parse_object(&body.bytes)
            .map_err(|_| OutboundError::Malformed("the key set is no JSON object"))?;
        let keys = parse_key_set(&set, &provider.id_token.algorithms)
            .ok_or(OutboundError::Malformed("the key set holds no usable key"))?;
        Ok(Answer { keys, max_age: body.max_age, address, looked_up })
    }
}

/// Reads `jwks_uri` out of a discovery document, whose `issuer` must be the configured one byte
/// for byte (OpenID Connect Discovery §4.3). It may send us to another host, as Google's does, but
/// only a provider on loopback may send us to loopback.
fn key_set_address(
    (issuer, address): (&str, &WebUrl),
    document: &Body,
) -> Result<WebUrl, OutboundError> {
    let document = parse_object(&document.bytes)
        .map_err(|_| OutboundError::Malformed("the discovery document is no JSON object"))?;
    if document.get("issuer").is_none_or(|named| named != issuer) {
        let problem = "the discovery document's `issuer` is not the configured one";
        return Err(OutboundError::Malformed(problem));
    }
    document
        .get("jwks_uri")
        .and_then(|uri| WebUrl::parse(uri.as_str()?).ok())
        .filter(|uri| !uri.is_loopback() || address.is_loopback())
        .ok_or(OutboundError::Malformed("the discovery document's `jwks_uri` is no https address"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discovery_document_names_its_issuer_and_sends_nobody_to_loopback() {
        let find = |at: &str, document: &str| {
            let body = Body { bytes: document.as_bytes().to_vec(), max_age: None };
            let at = WebUrl::parse(at).unwrap();
            key_set_address(("https://id.test", &at), &body).map(|uri| uri.to_string()).ok()
        };
        let document = |uri: &str| format!(r#"{{"issuer":"https://id.test","jwks_uri":"{uri}"}}"#);
        let (remote, local) = ("https://id.test/x", "http://127.0.0.1:1/x");
        let elsewhere = "https://keys.test/jwks";
        assert_eq!(find(remote, &document(elsewhere)).as_deref(), Some(elsewhere));
        for inside in ["http://127.0.0.1:9090/metrics", "https://localhost/x", "http://[::1]/x"] {
            assert_eq!(find(remote, &document(inside)), None, "{inside}");
            assert_eq!(find(local, &document(inside)).as_deref(), Some(inside));
        }
        for wrong in [
            r#"{"issuer":"https://id.test/","jwks_uri":"https://keys.test/jwks"}"#,
            r#"{"issuer":"https://id.test"}"#,
            r#"{"jwks_uri":"https://keys.test/jwks"}"#,
            r#"{"issuer":"https://id.test","issuer":"x","jwks_uri":"https://keys.test/jwks"}"#,
            "[]",
        ] {
            assert_eq!(find(remote, wrong), None, "{wrong}");
        }
    }
}
