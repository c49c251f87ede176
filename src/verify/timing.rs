//! What the headers of an answer say of time: for how long it is good, when to ask again.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::header::{AGE, CACHE_CONTROL, DATE, HeaderMap, RETRY_AFTER};

use crate::clock::UnixTime;

/// When a provider wants to be asked again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// After this time.
    After(Duration),
    /// At this moment.
    At(UnixTime),
}

/// When to try again: `Retry-After` (RFC 9110 §10.2.3), or the reset that GitHub and others name
/// once nothing remains.
pub(super) fn retry(headers: &HeaderMap) -> Option<Retry> {
    let text = |name: &str| headers.get(name)?.to_str().ok();
    if let Some(value) = text(RETRY_AFTER.as_str()) {
        return match value.parse() {
            Ok(seconds) => Some(Retry::After(Duration::from_secs(seconds))),
            Err(_) => moment(value).map(Retry::At),
        };
    }
    text("x-ratelimit-remaining").filter(|remaining| *remaining == "0")?;
    Some(Retry::At(UnixTime(text("x-ratelimit-reset")?.parse().ok()?)))
}

/// How long the answer is good: `max-age` less `Age` (RFC 9111 §4.2).
pub(super) fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let max_age: u64 = directives
        .split(',')
        .filter_map(|directive| directive.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("max-age"))
        .and_then(|(_, value)| value.trim_matches('"').parse().ok())?;
    Some(Duration::from_secs(max_age).saturating_sub(age(headers)))
}

/// When the answer left the provider's side by its clock: `Date`, and `Age` more where a cache kept
/// it meanwhile (RFC 9110 §6.6.1, RFC 9111 §5.1).
pub(super) fn sent_at(headers: &HeaderMap) -> Option<UnixTime> {
    Some(moment(headers.get(DATE)?.to_str().ok()?)?.plus(age(headers)))
}

fn age(headers: &HeaderMap) -> Duration {
    let seconds = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse().ok());
    Duration::from_secs(seconds.unwrap_or(0))
}

/// Reads an HTTP date (RFC 9110 §5.6.7).
fn moment(text: &str) -> Option<UnixTime> {
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(UnixTime(since.as_secs()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn when_to_try_again_is_read_as_providers_write_it() {
        let read = |pairs: &[(&'static str, &'static str)]| retry(&headers(pairs));
        let reset = ("x-ratelimit-reset", "1764000060");
        let at = |seconds| Some(Retry::At(UnixTime(seconds)));
        assert_eq!(read(&[("retry-after", "7")]), Some(Retry::After(Duration::from_secs(7))));
        assert_eq!(read(&[("retry-after", "Mon, 24 Nov 2025 16:01:00 GMT")]), at(1_764_000_060));
        assert_eq!(read(&[("x-ratelimit-remaining", "0"), reset]), at(1_764_000_060));
        assert_eq!(read(&[("x-ratelimit-remaining", "1"), reset]), None);
        assert_eq!(read(&[("retry-after", "soon")]), None);
        assert_eq!(read(&[]), None);
    }

    #[test]
    fn an_answer_says_when_it_was_sent_and_how_long_a_cache_kept_it() {
        let read = |pairs: &[(&'static str, &'static str)]| sent_at(&headers(pairs));
        let date = ("date", "Mon, 24 Nov 2025 16:01:00 GMT");
        assert_eq!(read(&[date]), Some(UnixTime(1_764_000_060)));
        assert_eq!(read(&[date, ("age", "3600")]), Some(UnixTime(1_764_003_660)));
        assert_eq!(read(&[date, ("age", "18446744073709551615")]), Some(UnixTime::MAX));
        assert_eq!(read(&[date, ("age", "-5")]), Some(UnixTime(1_764_000_060)));
        for nothing in ["", "today", "1764000060", "Mon, 24 Nov 1025 16:01:00 GMT"] {
            assert_eq!(read(&[("date", nothing)]), None, "{nothing}");
        }
        assert_eq!(read(&[("age", "3600")]), None);
    }

    #[test]
    fn max_age_is_read_as_providers_write_it() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            max_age(&headers(pairs)).map(|age| age.as_secs())
        };
        let google = "public, max-age=23641, must-revalidate, no-transform";
        assert_eq!(read(&[("cache-control", google)]), Some(23641));
        assert_eq!(read(&[("cache-control", "Max-Age=\"60\"")]), Some(60));
        assert_eq!(read(&[("cache-control", google), ("age", "641")]), Some(23000));
        assert_eq!(read(&[("cache-control", "max-age=10"), ("age", "60")]), Some(0));
        assert_eq!(read(&[("cache-control", "no-store")]), None);
        assert_eq!(read(&[("cache-control", "max-age=soon")]), None);
        assert_eq!(read(&[]), None);
    }

    proptest! {
        #[test]
        fn a_number_of_seconds_is_read_and_no_other_text_is(
            seconds in any::<u64>(), age in any::<u64>(), other in "[ -~]{0,40}",
        ) {
            let header = |name: &'static str, value: String| {
                HeaderMap::from_iter([(name.parse().unwrap(), value.parse().unwrap())])
            };
            let after = Some(Retry::After(Duration::from_secs(seconds)));
            prop_assert_eq!(retry(&header("retry-after", seconds.to_string())), after);
            let mut answer = header("cache-control", format!("private, max-age={seconds}"));
            prop_assert_eq!(max_age(&answer), Some(Duration::from_secs(seconds)));
            answer.extend(header("age", age.to_string()));
            prop_assert_eq!(max_age(&answer), Some(Duration::from_secs(seconds.saturating_sub(age))));
            let digits = other.strip_prefix('+').unwrap_or(&other).parse::<u64>().ok();
            match retry(&header("retry-after", other.clone())) {
                Some(Retry::After(time)) => prop_assert_eq!(Some(time.as_secs()), digits),
                Some(Retry::At(_)) => prop_assert!(other.contains(':'), "a date: {}", other),
                None => prop_assert_eq!(digits, None),
            }
            if !other.to_ascii_lowercase().contains("max-age") {
                prop_assert_eq!(max_age(&header("cache-control", other)), None);
            }
        }
    }
}
