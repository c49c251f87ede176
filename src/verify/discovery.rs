//! Discovery documents (OpenID Connect Discovery §4): read once and kept. What they say is
//! `metadata`'s.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use moka::future::Cache;
use tokio::task::JoinHandle;

use super::call::About;
use super::drift::Watch;
use super::judgement::Judgement;
use super::metadata::{self, ProviderMetadata};
use super::seen::Seen;
use super::{Outbound, OutboundError};
use crate::clock::{Clock, UnixTime};
use crate::provider::{Discovery, ProviderId};
use crate::telemetry::{Cached, Metrics, Span};

/// Largest number of documents that are kept; there is one for each configured issuer.
const CAPACITY: u64 = 1024;
/// How long a document is used.
const LIFETIME: Duration = Duration::from_hours(24);
/// Least time between two attempts while none has succeeded.
const FIRST_BACK_OFF: Duration = Duration::from_secs(5);
/// Least time between two attempts while an older document is used, or one that lacks something.
const BACK_OFF: Duration = Duration::from_mins(1);

/// Fetches a document, and notes what has drifted in it. It must be the configured issuer's.
pub(super) async fn fetch(
    seen: Seen<'_>,
    provider: &ProviderId,
    (discovery, watch): (&Discovery, &Watch),
) -> Result<ProviderMetadata, OutboundError> {
    let got = seen.get(About { provider, call: "discovery" }, &discovery.document);
    let metadata = metadata::read(&discovery.document, got).await?;
    watch.document(discovery, &metadata);
    metadata.of_issuer(&discovery.issuer)
}

/// The documents that were read. One that cannot be read again is used on.
#[derive(Debug)]
pub(super) struct Documents {
    /// By issuer: `https://id.test` and `https://id.test/` have one address and are two (§4.3).
    known: Cache<String, Arc<Known>>,
    outbound: Outbound,
    clock: Clock,
    metrics: Arc<Metrics>,
    watch: Arc<Watch>,
}

#[derive(Debug)]
struct Known {
    metadata: Option<Arc<ProviderMetadata>>,
    /// When it was answered.
    at: UnixTime,
    until: UnixTime,
    refreshing: AtomicBool,
}

impl Known {
    /// Whether it may be used while it is fetched again.
    fn is_good(&self) -> bool {
        self.metadata.as_ref().is_some_and(|metadata| metadata.is_complete())
    }

    /// Whether it is time to ask again. Also when the clock was ahead and has been set right, by
    /// more than any fetch takes: nobody waits for what it showed.
    fn is_old(&self, now: UnixTime) -> bool {
        now >= self.until || self.at > now.plus(BACK_OFF)
    }
}

impl Documents {
    pub(super) fn new(
        outbound: Outbound,
        (clock, metrics): (Clock, Arc<Metrics>),
        watch: Arc<Watch>,
    ) -> Self {
        let known = Cache::builder().max_capacity(CAPACITY).build();
        Self { known, outbound, clock, metrics, watch }
    }

    /// Returns how many are kept.
    pub(super) async fn entries(&self) -> u64 {
        self.known.run_pending_tasks().await;
        self.known.entry_count()
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.known.invalidate_all();
    }

    /// Returns what an issuer's document says: what is known at once, and only when nothing is, or
    /// something lacks, what a fetch brings, which is made once for everybody. What is old is
    /// fetched again in the background.
    ///
    /// # Errors
    ///
    /// [`Judgement::Busy`] while it cannot be had.
    pub(super) async fn get(
        self: &Arc<Self>,
        provider: &ProviderId,
        discovery: &Arc<Discovery>,
        span: &Span,
    ) -> Result<Arc<ProviderMetadata>, Judgement> {
        let now = self.clock.now();
        let good = self.known.get(&discovery.issuer).await.filter(|known| known.is_good());
        self.metrics.cache_lookup(Cached::Discovery, good.is_some());
        let known = match good {
            Some(known) => {
                if known.is_old(now) && !known.refreshing.swap(true, Ordering::AcqRel) {
                    drop(self.renew((provider, discovery), self.metrics.traces.root(), now));
                }
                known
            }
            // A task is lost only when the runtime is ending.
            None => {
                self.renew((provider, discovery), span.clone(), now).await.unwrap_or_else(|_| {
                    Known {
                        metadata: None,
                        at: now,
                        until: now,
                        refreshing: AtomicBool::new(false),
                    }
                    .into()
                })
            }
        };
        let retry_after = known.until.since(now);
        known.metadata.clone().ok_or(Judgement::Busy { why: "no_discovery", retry_after })
    }

    /// Fetches what is old, once for all who ask at the same time. In a task of its own: clients
    /// that hang up must not have a slow provider asked anew by each.
    fn renew(
        self: &Arc<Self>,
        (provider, discovery): (&ProviderId, &Arc<Discovery>),
        span: Span,
        now: UnixTime,
    ) -> JoinHandle<Arc<Known>> {
        let this = Arc::clone(self);
        let (provider, discovery) = (provider.clone(), Arc::clone(discovery));
        tokio::spawn(async move {
            let entry = this.known.entry_by_ref(&discovery.issuer);
            let fetched = this.fetch(&provider, &discovery, &span);
            entry.or_insert_with_if(fetched, move |known| known.is_old(now)).await.into_value()
        })
    }

    async fn fetch(&self, provider: &ProviderId, discovery: &Discovery, span: &Span) -> Arc<Known> {
        let seen = Seen { outbound: &self.outbound, metrics: &self.metrics, span };
        let fetched = fetch(seen, provider, (discovery, &self.watch)).await;
        let now = self.clock.now();
        let (metadata, lifetime) = match fetched {
            Ok(metadata) => {
                let lifetime = if metadata.is_complete() { LIFETIME } else { BACK_OFF };
                (Some(Arc::new(metadata)), lifetime)
            }
            Err(error) => {
                tracing::warn!(%provider, %error, "discovery document not fetched");
                let previous = self.known.get(&discovery.issuer).await;
                let metadata = previous.and_then(|known| known.metadata.clone());
                let back_off = metadata.as_ref().map_or(FIRST_BACK_OFF, |_| BACK_OFF);
                (metadata, back_off)
            }
        };
        let until = now.plus(lifetime);
        Arc::new(Known { metadata, at: now, until, refreshing: AtomicBool::new(false) })
    }
}
