//! The two steps of a stop: first traffic is turned away from here, then the doors are closed.

use tokio::sync::watch;

/// How far a stop has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Serving,
    /// Not ready any more, but whoever comes is served: a load balancer takes its time to notice.
    Leaving,
    /// No new connections.
    Closing,
}

/// Tells how far a stop has come.
#[derive(Debug, Clone)]
pub(super) struct Stopping(watch::Receiver<Step>);

impl Stopping {
    /// Whether the service is on its way out.
    pub(super) fn has_begun(&self) -> bool {
        *self.0.borrow() > Step::Serving
    }

    /// Returns when no more connections are to be accepted.
    pub(super) async fn closing(&self) {
        // Nobody is left to say it only when the service was dropped.
        let _ = self.0.clone().wait_for(|step| *step == Step::Closing).await;
    }
}

/// Says how far a stop has come.
#[derive(Debug)]
pub(super) struct Stop(watch::Sender<Step>);

impl Stop {
    /// Starts with a service that serves.
    pub(super) fn new() -> (Self, Stopping) {
        let (sender, receiver) = watch::channel(Step::Serving);
        (Self(sender), Stopping(receiver))
    }

    /// Begins: traffic is turned away.
    pub(super) fn leave(&self) {
        self.0.send_replace(Step::Leaving);
    }

    /// Ends: no new connections.
    pub(super) fn close(&self) {
        self.0.send_replace(Step::Closing);
    }
}
