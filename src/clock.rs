//! What time it is. The only place that asks the system; everything else takes a [`Clock`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use serde::{Deserialize, Serialize};

/// A moment as a `NumericDate`: whole seconds since the Unix epoch (RFC 7519 §2).
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct UnixTime(pub u64);

impl UnixTime {
    /// Later than any moment that occurs.
    pub(crate) const MAX: Self = Self(u64::MAX);

    /// Returns the moment `duration` later, whole seconds only.
    #[must_use]
    pub const fn plus(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(duration.as_secs()))
    }

    /// Returns how long after `earlier` this is, zero if it is not.
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_secs(self.0.saturating_sub(earlier.0))
    }

    /// Reads a moment of RFC 3339 text in UTC, as providers write them; fractions are cut off.
    pub(crate) fn from_rfc3339(text: &str) -> Option<Self> {
        let moment = humantime::parse_rfc3339_weak(text).ok()?;
        Some(Self(moment.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs()))
    }

    /// Returns the moment as RFC 3339 text in UTC, for people.
    pub fn to_rfc3339(self) -> String {
        SystemTime::UNIX_EPOCH
            .checked_add(Duration::from_secs(self.0))
            // humantime prints years of four digits only.
            .filter(|_| self.0 < 253_402_300_800)
            .map_or_else(|| self.0.to_string(), |at| humantime::format_rfc3339(at).to_string())
    }
}

/// Where the time comes from: the system, or a test's hand.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The system's wall clock.
    #[default]
    System,
    /// A moment in seconds since the Unix epoch that moves only when it is set.
    Fixed(Arc<AtomicU64>),
}

impl Clock {
    /// Returns a clock that stands at `at` until it is moved through the returned handle.
    pub fn fixed(at: UnixTime) -> (Self, Arc<AtomicU64>) {
        let hand = Arc::new(AtomicU64::new(at.0));
        (Self::Fixed(Arc::clone(&hand)), hand)
    }

    /// Returns the present moment; the epoch itself if the system's clock stands before it.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
    pub fn now(&self) -> UnixTime {
        match self {
            Self::System => UnixTime(
                SystemTime::now()
                    .duration_since(SystemTime::UNIX_EPOCH)
                    .map_or(0, |elapsed| elapsed.as_secs()),
            ),
            Self::Fixed(hand) => UnixTime(hand.load(Ordering::SeqCst)),
        }
    }

    /// Starts a stopwatch on the monotonic clock: for latencies, never for expiry.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that may ask")]
    pub fn stopwatch() -> Stopwatch {
        Stopwatch(Instant::now())
    }
}

/// Measures how long something took.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Returns the time since the stopwatch was started.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixed_clock_moves_only_by_hand() {
        let (clock, hand) = Clock::fixed(UnixTime(100));
        assert_eq!(clock.now(), UnixTime(100));
        hand.store(160, Ordering::SeqCst);
        assert_eq!(clock.now().since(UnixTime(100)), Duration::from_mins(1));
    }

    #[test]
    fn moments_print_for_people_even_when_absurd() {
        assert_eq!(UnixTime(1_764_000_000).to_rfc3339(), "2025-11-24T16:00:00Z");
        assert_eq!(UnixTime(u64::MAX).to_rfc3339(), u64::MAX.to_string());
        let read = UnixTime::from_rfc3339;
        assert_eq!(read("2025-11-24T16:00:00Z"), Some(UnixTime(1_764_000_000)));
        assert_eq!(read("2025-11-24T16:00:00.9Z"), Some(UnixTime(1_764_000_000)));
        assert_eq!(read("soon"), None);
    }
}
