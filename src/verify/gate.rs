//! How many exchanges may wait for one provider at a time: a slow one must not use up what the
//! others need.

use std::collections::HashMap;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::timeout;

use super::{ProviderProblem, VerifyError};
use crate::provider::{ProviderId, Providers};

/// Exchanges under way with one provider. Far fewer than connections to us (4096), so that people of
/// other providers are served while this one hangs.
const AT_A_TIME: usize = 256;
/// How long an exchange waits for its turn.
const TURN: Duration = Duration::from_secs(1);

/// The gates of all providers.
#[derive(Debug)]
pub(super) struct Gates(HashMap<ProviderId, Semaphore>);

impl Gates {
    pub(super) fn new(providers: &Providers) -> Self {
        let gate = |id: &ProviderId| (id.clone(), Semaphore::new(AT_A_TIME));
        Self(providers.iter().map(|provider| gate(&provider.id)).collect())
    }

    /// Waits for a turn with a provider, and not for long.
    pub(super) async fn enter(
        &self,
        provider: &ProviderId,
    ) -> Result<SemaphorePermit<'_>, VerifyError> {
        let busy = || {
            tracing::warn!(%provider, "too many exchanges wait for this provider");
            VerifyError::Provider {
                provider: provider.clone(),
                problem: ProviderProblem::Busy(TURN),
            }
        };
        let gate = self.0.get(provider).ok_or_else(busy)?;
        match timeout(TURN, gate.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_provider_that_hangs_keeps_out_its_own_people_and_nobody_else() {
        let id = |name: &str| ProviderId::try_from(name.to_owned()).unwrap();
        let (slow, other) = (id("slow"), id("other"));
        let gates = [&slow, &other].map(|id| (id.clone(), Semaphore::new(AT_A_TIME)));
        let gates = Gates(gates.into_iter().collect());
        let mut inside = Vec::new();
        for _ in 0..AT_A_TIME {
            inside.push(gates.enter(&slow).await.unwrap());
        }
        let (kept_out, let_in) = tokio::join!(gates.enter(&slow), gates.enter(&other));
        let busy = ProviderProblem::Busy(TURN);
        let refused = VerifyError::Provider { provider: slow.clone(), problem: busy };
        assert_eq!(kept_out.err(), Some(refused));
        assert!(let_in.is_ok());
        inside.pop();
        assert!(gates.enter(&slow).await.is_ok());
    }
}
