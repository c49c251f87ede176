//! What the headers of an answer say of time: for how long it is good, when to ask again.

use std::time::{Duration, UNIX_EPOCH};

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap, RETRY_AFTER};

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
        let date = || httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok();
        return match value.parse() {
            Ok(seconds) => Some(Retry::After(Duration::from_secs(seconds))),
            Err(_) => Some(Retry::At(UnixTime(date()?.as_secs()))),
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
    let age: u64 = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse().ok()).unwrap_or(0);
    Some(Duration::from_secs(max_age.saturating_sub(age)))
}

#[cfg(test)]
mod tests {
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
}
