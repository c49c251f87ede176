//! Sending traces: what has come together is sent from time to time, beside everything else, and what
//! cannot be sent is gone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::clock::Clock;
use crate::config::{Config, TraceSettings};
use crate::telemetry::{Exported, Metrics, Recorded};
use crate::verify::{Collector, OutboundError};

/// How often: a full queue fills in no less at 20,000 exchanges a second.
const PERIOD: Duration = Duration::from_millis(200);
/// How long the last spans may take after a stop.
const LAST: Duration = Duration::from_secs(2);

/// What is sent, and where to.
#[derive(Debug)]
pub(super) struct Export {
    recorded: Recorded,
    collector: Collector,
    metrics: Arc<Metrics>,
}

/// Makes the counters, and where there is a collector what sends traces there.
pub(super) fn metrics(
    config: &Config,
    clock: &Clock,
) -> Result<(Arc<Metrics>, Option<Export>), OutboundError> {
    let mut metrics = Metrics::new(clock.now());
    let Some(TraceSettings { endpoint, sample }) = &config.traces else {
        return Ok((Arc::new(metrics), None));
    };
    let recorded = metrics.trace(*sample);
    let collector = Collector::new(&config.verify.outbound, endpoint.clone())?;
    let metrics = Arc::new(metrics);
    let export = Export { recorded, collector, metrics: Arc::clone(&metrics) };
    Ok((metrics, Some(export)))
}

/// Sends until this is dropped, and then what is left.
#[derive(Debug)]
pub(super) struct Exporting {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Exporting {
    /// Waits for the last spans, for a while.
    pub(super) async fn finish(self) {
        drop(self.stop);
        if timeout(LAST, self.task).await.is_err() {
            tracing::warn!("stopped with traces still to be sent");
        }
    }
}

impl Export {
    pub(super) fn spawn(self) -> Exporting {
        let (stop, stopped) = oneshot::channel();
        Exporting { stop, task: tokio::spawn(self.run(stopped)) }
    }

    async fn run(self, mut stopped: oneshot::Receiver<()>) {
        let mut ticks = interval(PERIOD);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut is_last, mut is_failing) = (false, false);
        while !is_last {
            is_last = tokio::select! {
                _ = ticks.tick() => false,
                _ = &mut stopped => true,
            };
            match self.send().await {
                Err(error) if !is_failing => {
                    is_failing = true;
                    tracing::warn!(%error, "traces are not taken; exchanges go on without");
                }
                Ok(sent) if sent > 0 && is_failing => {
                    is_failing = false;
                    tracing::info!("traces are taken again");
                }
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// Sends what has come together, and returns how many spans that were. Where one message is not
    /// taken, those behind it are not tried.
    async fn send(&self) -> Result<usize, OutboundError> {
        let (mut sent, mut failure) = (0, None);
        for (count, message) in self.recorded.take() {
            if failure.is_none() {
                failure = self.collector.send(message).await.err();
            }
            let exported = if failure.is_none() { Exported::Yes } else { Exported::Failed };
            self.metrics.spans(exported, count);
            sent += count;
        }
        failure.map_or(Ok(sent), Err)
    }
}
