//! Providers' key sets: fetched once for everybody, refreshed ahead of their expiry, never lost
//! to a provider's bad day.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use moka::future::Cache;
use tokio::task::JoinSet;

use super::clock_offset::ClockOffset;
use super::drift::Watch;
use super::gate::{Gates, Turn};
use super::key_fetch::ask;
use super::key_set::{COOL_DOWN, KeySet};
use super::outbound::OutboundError;
use super::seen::Seen;
use super::{Outbound, VerifyError};
use crate::clock::{Clock, UnixTime};
use crate::provider::{IdTokenRules, ProviderId, Providers};
use crate::telemetry::{Cached, FetchLabels, Metrics, Span};

/// The cached key sets of all providers.
///
/// Every exchange reads one, so they are read without a lock. moka's `or_insert_with_if` is the
/// single flight: whoever finds a set wanting evaluates the fetch, everybody else who does waits
/// for that one. Sets have no time to live, because a failed fetch must not evict; when they are
/// due is their own business.
#[derive(Debug)]
pub(crate) struct RemoteKeys {
    /// What is known of each configured provider's keys, once it was asked.
    known: HashMap<ProviderId, ArcSwapOption<KeySet>>,
    fetches: Cache<ProviderId, Arc<KeySet>>,
    outbound: Outbound,
    clock: Clock,
    metrics: Arc<Metrics>,
    watch: Arc<Watch>,
    clock_offset: Arc<ClockOffset>,
    gates: Gates,
}

impl RemoteKeys {
    /// Makes an empty cache. Nothing is fetched until a credential needs it, so that the service
    /// starts while a provider is down.
    pub(super) fn new<'a>(
        providers: impl IntoIterator<Item = &'a ProviderId>,
        outbound: Outbound,
        (clock, metrics): (Clock, Arc<Metrics>),
        (watch, clock_offset): (Arc<Watch>, Arc<ClockOffset>),
        gates: Gates,
    ) -> Self {
        let known = providers.into_iter().map(|id| (id.clone(), ArcSwapOption::empty()));
        let known: HashMap<_, _> = known.collect();
        // One for each provider, so that none makes room for another.
        let fetches = Cache::builder().max_capacity(known.len().try_into().unwrap_or(u64::MAX));
        let fetches = fetches.build();
        Self { known, fetches, outbound, clock, metrics, watch, clock_offset, gates }
    }

    /// Returns what is known of a provider's keys, if it was ever asked.
    fn known(&self, provider: &ProviderId) -> Option<Arc<KeySet>> {
        self.known.get(provider)?.load_full()
    }

    /// Returns the provider's keys: the cached ones at once, and only when there are none those
    /// that a fetch brings, for which a turn is needed. A set that is due is refreshed in the
    /// background.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Unreachable`] when nothing is cached and the provider does not answer;
    /// then it is asked again at most every few seconds. [`VerifyError::Provider`] when too many
    /// wait for it.
    pub(super) async fn current(
        self: &Arc<Self>,
        rules: &Arc<IdTokenRules>,
        (turn, now): (Turn, UnixTime),
        span: &Span,
    ) -> Result<Arc<KeySet>, VerifyError> {
        let known = self.known(&rules.provider).filter(|set| !set.is_empty());
        self.metrics.cache_lookup(Cached::KeySets, known.is_some());
        if let Some(set) = known {
            self.refresh_if_due(rules, &set, now);
            return Ok(set);
        }
        let _turn = self.gates.enter_if(turn, &rules.provider)?;
        let set = self
            .fetch_with_grace(rules, span.clone(), move |set| {
                set.is_empty() && set.back_off(now).is_zero()
            })
            .await;
        if set.is_empty() {
            let retry_after = set.back_off(self.clock.now()).max(Duration::from_secs(1));
            return Err(VerifyError::Unreachable { provider: rules.provider.clone(), retry_after });
        }
        Ok(set)
    }

    /// Returns the provider's keys after one more look, because a key ID is not among them: a
    /// fetch if the last one is a cool-down ago, for which a turn is needed, else what is cached.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Unreachable`] when the last look failed: the key may well exist.
    /// [`VerifyError::Provider`] when too many wait for the provider.
    pub(super) async fn after_unknown_key(
        self: &Arc<Self>,
        rules: &Arc<IdTokenRules>,
        turn: Turn,
        span: &Span,
    ) -> Result<Arc<KeySet>, VerifyError> {
        let now = self.clock.now();
        let known = self.known(&rules.provider);
        let set = if let Some(set) = known.filter(|set| !set.cooled_down(now)) {
            set
        } else {
            let _turn = self.gates.enter_if(turn, &rules.provider)?;
            self.fetch_with_grace(rules, span.clone(), move |set| set.cooled_down(now)).await
        };
        if set.failed() {
            let provider = rules.provider.clone();
            return Err(VerifyError::Unreachable { provider, retry_after: COOL_DOWN });
        }
        Ok(set)
    }

    /// Returns what is known of the keys of each provider that was asked.
    pub(super) fn all(&self) -> impl Iterator<Item = (&ProviderId, Arc<KeySet>)> {
        self.known.iter().filter_map(|(id, set)| Some((id, set.load_full()?)))
    }

    /// Refreshes every cached set that is due, so that none grows old while nobody asks.
    pub(crate) fn refresh_due(self: &Arc<Self>, providers: &Providers) {
        for rules in providers.id_tokens() {
            if let Some(set) = self.known(&rules.provider) {
                self.refresh_if_due(rules, &set, self.clock.now());
            }
        }
    }

    /// Fetches every cached set now and gives withdrawn keys no grace: an operator's answer to a
    /// provider that was broken into. A provider that does not answer keeps its set.
    pub(crate) async fn renew(self: &Arc<Self>, providers: &Providers) {
        let mut fetches = JoinSet::new();
        for rules in providers.id_tokens().filter(|it| self.known(&it.provider).is_some()) {
            fetches.spawn(Arc::clone(self).renew_one(Arc::clone(rules)));
        }
        fetches.join_all().await;
    }

    async fn renew_one(self: Arc<Self>, rules: Arc<IdTokenRules>) {
        let mut is_own = false;
        // A fetch under way that another began gives grace: then once more.
        while !is_own {
            (_, is_own) =
                self.fetch_if(&rules, (Duration::ZERO, self.metrics.traces.root()), |_| true).await;
        }
    }

    fn refresh_if_due(self: &Arc<Self>, rules: &Arc<IdTokenRules>, set: &KeySet, now: UnixTime) {
        if set.is_empty() || !set.is_due(now) || !set.claim_refresh() {
            return;
        }
        let (this, rules) = (Arc::clone(self), Arc::clone(rules));
        let span = self.metrics.traces.root();
        tokio::spawn(async move {
            this.fetch_with_grace(&rules, span, move |set| set.is_due(now)).await
        });
    }

    async fn fetch_with_grace(
        self: &Arc<Self>,
        rules: &Arc<IdTokenRules>,
        span: Span,
        wanting: impl FnMut(&Arc<KeySet>) -> bool + Send + 'static,
    ) -> Arc<KeySet> {
        self.fetch_if(rules, (rules.key_grace, span), wanting).await.0
    }

    /// Fetches if the cached set is `wanting`, once for all who find it so, and tells whether this
    /// was the call that did.
    ///
    /// In a task of its own: a client that hangs up must not undo a fetch that has begun, or
    /// whoever sends made-up key IDs and hangs up at once would have us call the provider for each.
    /// The fetch is a part of the span of whoever found the set wanting first.
    async fn fetch_if(
        self: &Arc<Self>,
        rules: &Arc<IdTokenRules>,
        (grace, span): (Duration, Span),
        wanting: impl FnMut(&Arc<KeySet>) -> bool + Send + 'static,
    ) -> (Arc<KeySet>, bool) {
        let (this, rules) = (Arc::clone(self), Arc::clone(rules));
        let fetched = tokio::spawn(async move {
            let entry = this.fetches.entry(rules.provider.clone());
            let entry = entry.or_insert_with_if(this.fetch(&rules, grace, &span), wanting).await;
            let is_fresh = entry.is_fresh();
            (entry.into_value(), is_fresh)
        });
        // A task is lost only when the runtime is ending.
        let lost = || (KeySet::after_failure(None, self.clock.now()).into(), true);
        fetched.await.unwrap_or_else(|_| lost())
    }

    /// Asks the provider once, notes what is known then, and returns it. Never fails: a failure is
    /// part of what is known.
    async fn fetch(&self, rules: &Arc<IdTokenRules>, grace: Duration, span: &Span) -> Arc<KeySet> {
        let previous = self.known(&rules.provider);
        let known = previous.as_ref().and_then(|set| set.address(self.clock.now()));
        let seen = Seen { outbound: &self.outbound, metrics: &self.metrics, span };
        let watch = (&*self.watch, &*self.clock_offset, &self.clock);
        let answer = ask(seen, rules, known, watch).await;
        let outcome = answer.as_ref().map_or_else(OutboundError::name, |_| "ok");
        let labels = FetchLabels { provider: rules.provider.to_string(), outcome };
        self.metrics.key_set_fetch(&labels);
        let now = self.clock.now();
        let set = Arc::new(match answer {
            Ok(answer) => {
                tracing::info!(provider = %rules.provider, keys = answer.keys.len(), "key set fetched");
                KeySet::merged(previous.as_deref(), answer, now, grace)
            }
            Err(error) => {
                tracing::warn!(provider = %rules.provider, %error, "key set not fetched");
                KeySet::after_failure(previous.as_deref(), now)
            }
        });
        if let Some(known) = self.known.get(&rules.provider) {
            known.store(Some(Arc::clone(&set)));
        }
        set
    }
}
