//! How far this machine's clock is from the providers', by the dates of their answers. Nothing is
//! decided by it: an operator is told.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::id_token::LEEWAY;
use crate::clock::UnixTime;
use crate::provider::ProviderId;
use crate::telemetry::Metrics;

/// Answers in a row after which the clock is said to be wrong, or right again: one may have been
/// kept by a cache that does not say so.
const IN_A_ROW: u8 = 2;

/// What the providers' answers say of our clock.
#[derive(Debug)]
pub(super) struct ClockOffset {
    heard: Mutex<Heard>,
    metrics: Arc<Metrics>,
}

#[derive(Debug, Default)]
struct Heard {
    /// By how much our clock was ahead when each provider answered last, in seconds.
    ahead: BTreeMap<ProviderId, i64>,
    is_wrong: bool,
    /// Answers in a row that say otherwise.
    otherwise: u8,
}

/// What an operator is told, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum News {
    /// The clock is wrong, ahead by so many seconds.
    Wrong(i64),
    /// It is right again.
    Right,
}

impl ClockOffset {
    pub(super) fn new(metrics: Arc<Metrics>) -> Self {
        Self { heard: Mutex::default(), metrics }
    }

    /// Notes when an answer was sent by the provider's clock, and when it came by ours. Answers are
    /// https, or from this machine, so nobody on the way can have dated them.
    pub(super) fn note(&self, provider: &ProviderId, sent_at: Option<UnixTime>, now: UnixTime) {
        let Some(sent_at) = sent_at else { return };
        let seconds = |at: UnixTime| i64::try_from(at.0).unwrap_or(i64::MAX);
        let ahead = seconds(now).saturating_sub(seconds(sent_at));
        self.metrics.clock_offset(provider.as_str(), ahead);
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        let news = heard.note(provider, ahead);
        drop(heard);
        match news {
            Some(News::Wrong(ahead)) => {
                let off = humantime::format_duration(Duration::from_secs(ahead.unsigned_abs()));
                let way = if ahead > 0 { "ahead of" } else { "behind" };
                tracing::warn!(
                    ahead,
                    "this machine's clock is {off} {way} the providers': good credentials are \
                     refused as expired or as not valid yet, and our tokens elsewhere; set it \
                     right (NTP)"
                );
            }
            Some(News::Right) => tracing::info!("this machine's clock is as the providers' again"),
            None => {}
        }
    }
}

impl Heard {
    fn note(&mut self, provider: &ProviderId, ahead: i64) -> Option<News> {
        if let Some(last) = self.ahead.get_mut(provider) {
            *last = ahead;
        } else {
            self.ahead.insert(provider.clone(), ahead);
        }
        let median = self.median();
        let is_wrong = median.unsigned_abs() > LEEWAY.as_secs();
        self.otherwise = if is_wrong == self.is_wrong { 0 } else { self.otherwise + 1 };
        if self.otherwise < IN_A_ROW {
            return None;
        }
        (self.is_wrong, self.otherwise) = (is_wrong, 0);
        Some(if is_wrong { News::Wrong(median) } else { News::Right })
    }

    /// Returns the median, so that one provider whose clock is wrong is not believed against two
    /// others; of an even number that which is nearer to us.
    fn median(&self) -> i64 {
        let mut sorted: Vec<_> = self.ahead.values().copied().collect();
        sorted.sort_unstable();
        let (low, high) = (sorted.len().saturating_sub(1) / 2, sorted.len() / 2);
        let middle = [low, high].into_iter().filter_map(|place| sorted.get(place).copied());
        middle.min_by_key(|ahead| ahead.unsigned_abs()).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(name: &str) -> ProviderId {
        ProviderId::try_from(name.to_owned()).unwrap()
    }

    /// Returns what an operator is told at each of the answers.
    fn told(answers: &[(&str, i64)]) -> Vec<Option<News>> {
        let mut heard = Heard::default();
        answers.iter().map(|(provider, ahead)| heard.note(&id(provider), *ahead)).collect()
    }

    #[test]
    fn a_clock_that_two_answers_call_wrong_is_reported_once_and_so_is_a_right_one() {
        let wrong = |ahead| Some(News::Wrong(ahead));
        assert_eq!(told(&[("a", 60), ("a", -60), ("a", 0)]), [None; 3]);
        let ahead = [("a", 3600), ("a", 3601), ("a", 3600), ("a", 0), ("a", 1), ("a", 0)];
        let expected = [None, wrong(3601), None, None, Some(News::Right), None];
        assert_eq!(told(&ahead), expected);
        assert_eq!(told(&[("a", -61), ("b", -70)]), [None, wrong(-61)]);
        assert_eq!(told(&[("a", 61), ("a", 0), ("a", 61), ("a", 0)]), [None; 4]);
    }

    #[test]
    fn one_provider_whose_clock_is_wrong_is_not_believed_against_others() {
        let liar = [("a", 0), ("b", -7200), ("b", -7200), ("b", -7200), ("c", 1), ("b", -7200)];
        assert_eq!(told(&liar), [None; 6]);
        let truth = [("a", 0), ("b", 0), ("c", 0), ("a", 3600), ("b", 3600), ("c", 3600)];
        assert_eq!(told(&truth), [None, None, None, None, None, Some(News::Wrong(3600))]);
    }

    #[test]
    fn a_date_beyond_all_times_is_no_trouble() {
        let offset = ClockOffset::new(Arc::default());
        for (sent_at, now) in
            [(0, u64::MAX), (u64::MAX, 0), (u64::MAX, u64::MAX), (0, 0), (0, 1), (1, 0)]
        {
            offset.note(&id("a"), Some(UnixTime(sent_at)), UnixTime(now));
        }
    }
}
