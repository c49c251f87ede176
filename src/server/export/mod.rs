//! Sending traces: what has come together is sent from time to time, beside everything else. What the
//! collector does not take is gone, and it is left alone for a while.

mod back_off;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::clock::Clock;
use crate::config::{Config, TraceSettings};
use crate::telemetry::{Metrics, Recorded, SpanFate, rejected};
use crate::verify::{Collector, NotTaken, OutboundError};
use back_off::BackOff;

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
    let collector = Collector::new(&config.verify.outbound, endpoint.clone(), clock.clone())?;
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
        let (mut is_last, mut back_off) = (false, BackOff::default());
        while !is_last {
            is_last = tokio::select! {
                _ = ticks.tick() => false,
                _ = &mut stopped => true,
            };
            if is_last || back_off.is_over() {
                self.send(&mut back_off).await;
            }
        }
    }

    /// Sends what has come together. Where one message is not taken, what is behind it waits.
    async fn send(&self, back_off: &mut BackOff) {
        while let Some((count, message)) = self.recorded.take() {
            match self.collector.send(message).await {
                Ok(answer) => {
                    let failed = rejected(answer.expose()).min(count);
                    self.metrics.spans(SpanFate::Failed, failed);
                    self.metrics.spans(SpanFate::Exported, count - failed);
                    if back_off.end() {
                        tracing::info!("traces are taken again");
                    }
                }
                Err(NotTaken { error, retry_after }) => {
                    self.metrics.spans(SpanFate::Failed, count);
                    if back_off.begin(retry_after) {
                        tracing::warn!(%error, "traces are not taken; exchanges go on without");
                    }
                    return;
                }
            }
        }
    }
}
