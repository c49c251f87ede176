//! What was found out about access tokens and codes a moment ago: pages repeat themselves, and
//! providers limit how often they may be asked.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;

use super::access_token::Accepted;
use super::code::Code;
use super::{ProviderProblem, VerifiedIdentity, VerifyError};
use crate::clock::{Clock, UnixTime};
use crate::crypto::sha256;
use crate::provider::ProviderId;
use crate::secret::Secret;
use crate::telemetry::{Cached, Metrics};

/// Largest number of tokens that are remembered.
const CAPACITY: u64 = 10_000;
/// How long a refusal is remembered: the person may be putting it right.
const REFUSAL: Duration = Duration::from_secs(5);
/// By how much a clock was ahead if it has been set right since.
const AHEAD: Duration = Duration::from_mins(1);

/// Whose token, and its SHA-256: the token itself is not kept.
type Key = (ProviderId, [u8; 32]);

/// The tokens that were asked about.
#[derive(Debug)]
pub(super) struct AcceptedTokens {
    known: Cache<Key, Arc<Known>>,
    /// Of those that were accepted.
    lifetime: Duration,
    clock: Clock,
    /// Nothing where looks are not counted.
    metrics: Option<Arc<Metrics>>,
}

#[derive(Debug)]
struct Known {
    outcome: Result<VerifiedIdentity, VerifyError>,
    /// When that was found out.
    at: UnixTime,
    until: UnixTime,
}

impl Known {
    /// Whether it says nothing any more. Also when it was found out by a clock that was ahead, by
    /// more than any answer takes, and has been set right.
    fn is_over(&self, now: UnixTime) -> bool {
        now >= self.until || self.at > now.plus(AHEAD)
    }
}

impl AcceptedTokens {
    /// Makes an empty cache that remembers who was accepted for `lifetime`, which may be zero: then
    /// only refusals are remembered, and those who ask at the same time share an answer.
    pub(super) fn new(lifetime: Duration, clock: Clock, metrics: Arc<Metrics>) -> Self {
        // Entries know themselves how long they are good; this drops the ones nobody asks for.
        let longest = lifetime.max(REFUSAL);
        let known = Cache::builder().max_capacity(CAPACITY).time_to_live(longest).build();
        Self { known, lifetime, clock, metrics: Some(metrics) }
    }

    /// Makes one that remembers nothing of what this one does, and is not counted.
    pub(super) fn without_memory(&self) -> Self {
        let (known, clock) = (Cache::new(1), self.clock.clone());
        Self { known, lifetime: Duration::ZERO, clock, metrics: None }
    }

    /// Returns what is known of a token, or what `ask` brings, which is asked once for all who
    /// want to know at the same time.
    pub(super) async fn get_or(
        &self,
        provider: &ProviderId,
        token: &Secret,
        ask: impl Future<Output = Result<Accepted, VerifyError>>,
    ) -> Result<VerifiedIdentity, VerifyError> {
        let key = (provider.clone(), sha256(token.expose().as_bytes()));
        let now = self.clock.now();
        let asked = async { Arc::new(self.known(ask.await)) };
        let entry = self.known.entry(key).or_insert_with_if(asked, move |it| it.is_over(now)).await;
        if let Some(metrics) = &self.metrics {
            metrics.cache_lookup(Cached::AccessTokens, !entry.is_fresh());
        }
        entry.into_value().outcome.clone()
    }

    /// Forgets everything.
    pub(super) fn forget(&self) {
        self.known.invalidate_all();
    }

    /// Returns how many are remembered.
    pub(super) async fn entries(&self) -> u64 {
        self.known.run_pending_tasks().await;
        self.known.entry_count()
    }

    fn known(&self, outcome: Result<Accepted, VerifyError>) -> Known {
        let now = self.clock.now();
        match outcome {
            Ok(Accepted { identity, until }) => {
                let until = until.unwrap_or(UnixTime::MAX).min(now.plus(self.lifetime));
                Known { outcome: Ok(identity), at: now, until }
            }
            Err(error) => {
                let lifetime = if is_final(&error) { REFUSAL } else { Duration::ZERO };
                Known { outcome: Err(error), at: now, until: now.plus(lifetime) }
            }
        }
    }
}

/// The codes that providers did not take. One that was taken is never remembered: it is good once.
#[derive(Debug)]
pub(super) struct RefusedCodes {
    known: Cache<Key, (VerifyError, UnixTime)>,
    clock: Clock,
    /// Nothing where looks are not counted.
    metrics: Option<Arc<Metrics>>,
}

impl RefusedCodes {
    /// Makes an empty cache.
    pub(super) fn new(clock: Clock, metrics: Arc<Metrics>) -> Self {
        let known = Cache::builder().max_capacity(CAPACITY).time_to_live(REFUSAL).build();
        Self { known, clock, metrics: Some(metrics) }
    }

    /// Returns how many are remembered.
    pub(super) async fn entries(&self) -> u64 {
        self.known.run_pending_tasks().await;
        self.known.entry_count()
    }

    /// Makes one that remembers nothing of what this one does, and is not counted.
    pub(super) fn without_memory(&self) -> Self {
        Self { known: Cache::new(1), clock: self.clock.clone(), metrics: None }
    }

    /// Redeems a code, unless the very same request was refused a moment ago.
    ///
    /// # Errors
    ///
    /// The refusal of a moment ago, or what `redeem` says.
    pub(super) async fn unless_refused<T>(
        &self,
        provider: &ProviderId,
        code: &Code,
        redeem: impl Future<Output = Result<T, VerifyError>>,
    ) -> Result<T, VerifyError> {
        let key = (provider.clone(), code.digest());
        let known = self.known.get(&key).await;
        let known = known.filter(|(_, until)| self.clock.now() < *until);
        if let Some(metrics) = &self.metrics {
            metrics.cache_lookup(Cached::RefusedCodes, known.is_some());
        }
        if let Some((error, _)) = known {
            return Err(error);
        }
        let redeemed = redeem.await;
        if let Err(error) = &redeemed
            && matches!(error, VerifyError::Provider { problem: ProviderProblem::Rejected, .. })
        {
            let until = self.clock.now().plus(REFUSAL);
            self.known.insert(key, (error.clone(), until)).await;
        }
        redeemed
    }
}

/// Whether a refusal is about the token, and not about the moment.
fn is_final(error: &VerifyError) -> bool {
    let VerifyError::Provider { problem, .. } = error else { return true };
    match problem {
        ProviderProblem::Rejected
        | ProviderProblem::MissingScope(_)
        | ProviderProblem::NotAPerson(_)
        | ProviderProblem::SubjectMismatch => true,
        ProviderProblem::Busy(_)
        | ProviderProblem::UnexpectedAnswer
        | ProviderProblem::ClientRefused => false,
    }
}
