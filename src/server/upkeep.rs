//! What has to be looked after while the service runs.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::interval;

use super::tls::Tls;
use crate::http::{RateLimit, State};
use crate::issuer::Issuer;
use crate::keys::SigningKeys;
use crate::telemetry::Metrics;

/// How often the files of keys and certificates are looked at.
const FILE_POLL: Duration = Duration::from_secs(5);
/// How often cached key sets are looked at, to refresh the ones that are due.
const KEY_SET_POLL: Duration = Duration::from_secs(15);
/// How often addresses that are no longer limited are forgotten.
const LIMIT_SWEEP: Duration = Duration::from_mins(1);

/// Everything that changes by itself.
#[derive(Debug, Clone)]
pub(crate) struct Upkeep {
    pub(super) keys: Arc<SigningKeys>,
    pub(super) issuer: Arc<Issuer>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) rate_limit: Option<Arc<RateLimit>>,
    pub(super) tls: Option<Arc<Tls>>,
}

impl Upkeep {
    /// Starts the tasks, which end when the set is dropped.
    pub(super) fn spawn(&self, state: &Arc<State>) -> JoinSet<()> {
        let (files, sets, limit) = (self.clone(), self.clone(), self.rate_limit.clone());
        let poll_files = async move {
            let mut ticks = interval(FILE_POLL);
            loop {
                ticks.tick().await;
                files.poll_files().await;
            }
        };
        let poll_sets = async move {
            let mut ticks = interval(KEY_SET_POLL);
            loop {
                ticks.tick().await;
                sets.issuer.verifier.keys().refresh_due(&sets.issuer.providers);
            }
        };
        let sweep = limit.map(|limit| async move {
            let mut ticks = interval(LIMIT_SWEEP);
            loop {
                ticks.tick().await;
                limit.forget_idle();
            }
        });
        let mut tasks = JoinSet::new();
        let state = Arc::clone(state);
        tasks.spawn(async move { state.admission.watch().await });
        tasks.spawn(poll_files);
        tasks.spawn(poll_sets);
        if let Some(sweep) = sweep {
            tasks.spawn(sweep);
        }
        tasks
    }

    /// Files are read on a thread that may block.
    pub(super) async fn poll_files(&self) {
        let (keys, metrics, tls) =
            (Arc::clone(&self.keys), Arc::clone(&self.metrics), self.tls.clone());
        let read = move || {
            keys.reload_if_changed(&metrics);
            if let Some(tls) = tls {
                tls.reload_if_changed();
            }
        };
        // Fails only when the runtime is ending.
        let _ = tokio::task::spawn_blocking(read).await;
    }
}
