//! How many exchanges may wait for one provider at a time: a slow one must not use up what the
//! others need. Those that call it, and those that wait for its key set, which is fetched once for
//! all of them, are counted apart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::{ProviderProblem, VerifyError};
use crate::provider::ProviderId;
use crate::telemetry::{Metrics, Shed};

/// Most exchanges that call one provider, if there are places for four times as many: people of
/// other providers are served while this one hangs.
pub(super) const AT_A_TIME: usize = 256;
/// When to try again.
const RETRY: Duration = Duration::from_secs(1);

/// Whether a turn has to be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has to be.
    Needed,
    /// The exchange has one already.
    Taken,
}

/// The gates of all providers.
#[derive(Debug)]
pub(super) struct Gates {
    gates: HashMap<ProviderId, Semaphore>,
    metrics: Arc<Metrics>,
}

impl Gates {
    /// Makes the gates of calls: a quarter of all places, and no more than a provider can be
    /// expected to bear.
    pub(super) fn of_calls<'a>(
        providers: impl IntoIterator<Item = &'a ProviderId>,
        (places, metrics): (usize, Arc<Metrics>),
    ) -> Self {
        Self::new(providers, (AT_A_TIME.min(places / 4).max(1), metrics))
    }

    /// Makes the gates of those who wait for a key set: all but a quarter of the places, since
    /// everybody may come at once when a provider has a new key.
    pub(super) fn of_key_sets<'a>(
        providers: impl IntoIterator<Item = &'a ProviderId>,
        (places, metrics): (usize, Arc<Metrics>),
    ) -> Self {
        Self::new(providers, (places - places / 4, metrics))
    }

    fn new<'a>(
        providers: impl IntoIterator<Item = &'a ProviderId>,
        (at_a_time, metrics): (usize, Arc<Metrics>),
    ) -> Self {
        let gate = |id: &ProviderId| (id.clone(), Semaphore::new(at_a_time));
        Self { gates: providers.into_iter().map(gate).collect(), metrics }
    }

    /// Takes a turn with a provider, until the permit is dropped.
    ///
    /// # Errors
    ///
    /// [`ProviderProblem::Busy`] at once when all turns are taken: to wait would only add to what
    /// waits already.
    pub(super) fn enter(&self, provider: &ProviderId) -> Result<SemaphorePermit<'_>, VerifyError> {
        let turn = self.gates.get(provider).and_then(|gate| gate.try_acquire().ok());
        turn.ok_or_else(|| {
            tracing::debug!(%provider, "too many exchanges wait for this provider");
            self.metrics.shed(Shed::Provider);
            let (provider, problem) = (provider.clone(), ProviderProblem::Busy(RETRY));
            VerifyError::Provider { provider, problem }
        })
    }

    /// Takes a turn with a provider if one is needed.
    ///
    /// # Errors
    ///
    /// As [`Self::enter`].
    pub(super) fn enter_if(
        &self,
        turn: Turn,
        provider: &ProviderId,
    ) -> Result<Option<SemaphorePermit<'_>>, VerifyError> {
        match turn {
            Turn::Needed => self.enter(provider).map(Some),
            Turn::Taken => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_hangs_keeps_out_its_own_people_and_nobody_else() {
        let id = |name: &str| ProviderId::try_from(name.to_owned()).unwrap();
        let (slow, other) = (id("slow"), id("other"));
        let gates = Gates::of_calls([&slow, &other], (4 * AT_A_TIME, Arc::default()));
        let mut inside: Vec<_> = (0..AT_A_TIME).map(|_| gates.enter(&slow).unwrap()).collect();
        let busy = ProviderProblem::Busy(RETRY);
        let refused = VerifyError::Provider { provider: slow.clone(), problem: busy };
        assert_eq!(gates.enter(&slow).err(), Some(refused));
        assert!(gates.enter(&other).is_ok());
        inside.pop();
        assert!(gates.enter(&slow).is_ok());
        let few = Gates::of_calls([&slow], (8, Arc::default()));
        let inside = [few.enter(&slow), few.enter(&slow)];
        assert!(inside.iter().all(Result::is_ok));
        assert!(few.enter(&slow).is_err(), "a quarter of the places at most");
        let keys = Gates::of_key_sets([&slow], (8, Arc::default()));
        let inside: Vec<_> = (0..6).map(|_| keys.enter(&slow).unwrap()).collect();
        assert!(keys.enter(&slow).is_err(), "{} wait for a key set", inside.len());
    }
}
