//! How long a collector is left alone that did not take what it was sent.

use std::time::Duration;

use crate::clock::{Clock, Stopwatch};

/// After a first failure; twice as long after each that follows.
const SHORTEST: Duration = Duration::from_millis(200);
/// The longest, also where the collector asks for more: meanwhile spans are dropped.
const LONGEST: Duration = Duration::from_secs(30);

/// A pause, if something failed.
#[derive(Debug, Default)]
pub(super) struct BackOff(Option<Pause>);

#[derive(Debug)]
struct Pause {
    since: Stopwatch,
    length: Duration,
}

impl BackOff {
    /// Whether it may be tried.
    pub(super) fn is_over(&self) -> bool {
        self.0.as_ref().is_none_or(|pause| pause.since.elapsed() >= pause.length)
    }

    /// Begins a pause after a failure, of `asked` where the collector asks for one, and tells whether
    /// it is the first failure after a success.
    pub(super) fn begin(&mut self, asked: Option<Duration>) -> bool {
        let length = asked.unwrap_or_else(|| self.next()).clamp(SHORTEST, LONGEST);
        self.0.replace(Pause { since: Clock::stopwatch(), length }).is_none()
    }

    /// Ends the pause after a success, and tells whether there was one.
    pub(super) fn end(&mut self) -> bool {
        self.0.take().is_some()
    }

    fn next(&self) -> Duration {
        self.0.as_ref().map_or(SHORTEST, |pause| pause.length * 2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn length(back_off: &BackOff) -> u128 {
        back_off.0.as_ref().unwrap().length.as_millis()
    }

    #[test]
    fn each_failure_makes_the_pause_twice_as_long_up_to_its_end_and_success_ends_it() {
        let mut back_off = BackOff::default();
        assert!(back_off.is_over());
        assert!(back_off.begin(None), "the first");
        assert!(!back_off.is_over());
        let mut lengths = vec![length(&back_off)];
        for _ in 0..9 {
            assert!(!back_off.begin(None));
            lengths.push(length(&back_off));
        }
        let expected = [200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 30_000, 30_000];
        assert_eq!(lengths, expected);
        assert!(back_off.end() && !back_off.end());
        assert!(back_off.is_over() && back_off.begin(None));
        assert_eq!(length(&back_off), 200);
    }

    #[test]
    fn a_collector_may_ask_for_a_pause_within_bounds() {
        let mut back_off = BackOff::default();
        for (asked, expected) in [(7000, 7000), (0, 200), (3_600_000, 30_000)] {
            back_off.begin(Some(Duration::from_millis(asked)));
            assert_eq!(length(&back_off), expected);
        }
    }
}
