//! Whether this machine stands still. Where everything is on one machine that is busy with something
//! else, a provider that is well can be too late.

use std::sync::Mutex;
use std::time::Duration;

use countersign::clock::Clock;
use tokio::time::sleep;

use super::world::Base;

/// How often it is felt.
const BEAT: Duration = Duration::from_millis(100);
/// A beat that comes so late says that the machine stood still.
const LATE: Duration = Duration::from_millis(500);

/// The beats that came late: when, and how late.
#[derive(Debug, Default)]
pub(super) struct Pulse(Mutex<Vec<(Duration, Duration)>>);

impl Pulse {
    /// Whether the machine stood still at any time between two moments.
    pub(super) fn stood_still(&self, (from, to): (Duration, Duration)) -> bool {
        let late = self.0.lock().unwrap();
        late.iter().any(|(at, late)| *at >= from && at.saturating_sub(*late) <= to)
    }
}

/// Feels the pulse for ever.
pub(super) async fn feel(base: &Base) {
    loop {
        let waited = Clock::stopwatch();
        sleep(BEAT).await;
        let late = waited.elapsed().saturating_sub(BEAT);
        if late >= LATE {
            base.tally.note("times that the machine stood still");
            base.pulse.0.lock().unwrap().push((base.uptime(), late));
        }
    }
}
