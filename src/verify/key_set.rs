//! A provider's key set as it was last seen: what is in it, until when it is good, and what
//! happens to it when the provider answers again. Fetching is `remote_keys`'.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::clock::UnixTime;
use crate::jose::{KeyId, VerifyingKey};
use crate::provider::WebUrl;

/// Shortest time that an answer is used, whatever its `Cache-Control` says: a provider is not
/// asked on every request.
const MIN_LIFETIME: Duration = Duration::from_mins(5);
/// Longest time that an answer is used: withdrawn keys must go at some point.
const MAX_LIFETIME: Duration = Duration::from_hours(24);
/// How long an answer is used that does not say.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(1);
/// Least time between two fetches for the sake of an unknown key ID, or after a failure.
pub(super) const COOL_DOWN: Duration = Duration::from_mins(1);
/// Least time between two fetches while nothing is cached and nobody can sign in.
pub(super) const FIRST_FETCH_BACK_OFF: Duration = Duration::from_secs(5);

/// What is known of a provider's keys. Replaced as a whole, never changed.
#[derive(Debug)]
pub(crate) struct KeySet {
    keys: Vec<TrackedKey>,
    /// Where the keys are, and since when that is known.
    discovered: Option<(WebUrl, UnixTime)>,
    attempted_at: UnixTime,
    /// When an answer came last.
    fetched_at: Option<UnixTime>,
    refresh_at: UnixTime,
    failed: bool,
    refreshing: AtomicBool,
}

#[derive(Debug, Clone)]
struct TrackedKey {
    key: VerifyingKey,
    /// When a key that is no longer in the provider's answer stops being trusted.
    trusted_until: Option<UnixTime>,
}

/// A provider's answer, parsed.
#[derive(Debug)]
pub(super) struct Answer {
    /// Its usable keys, at least one.
    pub(super) keys: Vec<VerifyingKey>,
    /// `max-age` of `Cache-Control` (RFC 9111 §5.2.2.1) less `Age`, if it says.
    pub(super) max_age: Option<Duration>,
    /// Where they are.
    pub(super) address: WebUrl,
    /// Whether the address was looked up for this answer.
    pub(super) looked_up: bool,
}

impl KeySet {
    /// Returns what is known after an answer: its keys, and those that vanished since `previous`
    /// for `grace` longer. Providers whose replies differ from one request to the next (Microsoft)
    /// would otherwise refuse people at random.
    pub(super) fn merged(
        previous: Option<&Self>,
        answer: Answer,
        now: UnixTime,
        grace: Duration,
    ) -> Self {
        let lifetime = answer.max_age.unwrap_or(DEFAULT_LIFETIME).clamp(MIN_LIFETIME, MAX_LIFETIME);
        let named = |key: &VerifyingKey| {
            key.key_id.is_some() && answer.keys.iter().any(|new| new.key_id == key.key_id)
        };
        let vanished: Vec<_> = previous
            .iter()
            .flat_map(|set| &set.keys)
            .filter(|old| old.key.key_id.is_some() && !named(&old.key))
            .map(|old| TrackedKey {
                key: old.key.clone(),
                trusted_until: Some(
                    old.trusted_until.unwrap_or(UnixTime::MAX).min(now.plus(grace)),
                ),
            })
            .filter(|old| old.is_trusted(now))
            .collect();
        let current = answer.keys.into_iter().map(|key| TrackedKey { key, trusted_until: None });
        let known_since = previous
            .and_then(|set| set.discovered.as_ref())
            .map_or(now, |(_, since)| if answer.looked_up { now } else { *since });
        Self {
            keys: current.chain(vanished).collect(),
            discovered: Some((answer.address, known_since)),
            attempted_at: now,
            fetched_at: Some(now),
            // Ahead of expiry, so that no request has to wait for it.
            refresh_at: now.plus(lifetime * 3 / 4),
            failed: false,
            refreshing: AtomicBool::new(false),
        }
    }

    /// Returns what is known after a fetch that failed: what was known before. Where the keys
    /// are is discovered anew next time.
    pub(super) fn after_failure(previous: Option<&Self>, now: UnixTime) -> Self {
        Self {
            keys: previous.map(|set| set.keys.clone()).unwrap_or_default(),
            discovered: None,
            attempted_at: now,
            fetched_at: previous.and_then(|set| set.fetched_at),
            refresh_at: previous.map_or(now, |set| set.refresh_at),
            failed: true,
            refreshing: AtomicBool::new(false),
        }
    }

    /// Returns the keys that may have signed a token with this `kid`: of that ID, or all when
    /// the token names none.
    pub(super) fn candidates<'a>(
        &'a self,
        key_id: Option<&'a KeyId>,
        now: UnixTime,
    ) -> impl Iterator<Item = &'a VerifyingKey> + Clone {
        let trusted = self.keys.iter().filter(move |tracked| tracked.is_trusted(now));
        trusted
            .map(|tracked| &tracked.key)
            .filter(move |key| key_id.is_none_or(|wanted| key.key_id.as_ref() == Some(wanted)))
    }

    /// Returns where the keys are, while that needs no new look into the discovery document.
    pub(super) fn address(&self, now: UnixTime) -> Option<WebUrl> {
        let (address, since) = self.discovered.as_ref()?;
        (now < since.plus(MAX_LIFETIME)).then(|| address.clone())
    }

    /// Whether there is no key to verify with.
    pub(super) fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// Returns how long ago an answer came last, if one ever did.
    pub(super) fn age(&self, now: UnixTime) -> Option<Duration> {
        self.fetched_at.map(|at| now.since(at))
    }

    /// Whether the last fetch failed.
    pub(super) fn failed(&self) -> bool {
        self.failed
    }

    /// Whether the set is old enough to be fetched again ahead of its expiry.
    pub(super) fn is_due(&self, now: UnixTime) -> bool {
        (now >= self.refresh_at || self.is_of_the_future(now))
            && (!self.failed || self.cooled_down(now))
    }

    /// Whether another fetch for the sake of an unknown key ID is allowed.
    pub(super) fn cooled_down(&self, now: UnixTime) -> bool {
        now >= self.attempted_at.plus(COOL_DOWN) || self.is_of_the_future(now)
    }

    /// How long until the first fetch may be tried again, while there is no key at all.
    pub(super) fn back_off(&self, now: UnixTime) -> Duration {
        if self.is_of_the_future(now) {
            return Duration::ZERO;
        }
        self.attempted_at.plus(FIRST_FETCH_BACK_OFF).since(now)
    }

    /// Whether the clock was ahead when the provider was asked, and has been set right: to wait for
    /// the moment of then would be to wait for as long as it was ahead. By more than a cool-down,
    /// which is longer than a fetch: who waited for one has an older `now`.
    fn is_of_the_future(&self, now: UnixTime) -> bool {
        self.attempted_at > now.plus(COOL_DOWN)
    }

    /// Whether the caller is the one to start the refresh of this set; true once.
    pub(super) fn claim_refresh(&self) -> bool {
        !self.refreshing.swap(true, Ordering::AcqRel)
    }
}

impl TrackedKey {
    fn is_trusted(&self, now: UnixTime) -> bool {
        self.trusted_until.is_none_or(|until| now < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Algorithm, SigningKey};

    const GRACE: Duration = Duration::from_hours(2);

    fn key(id: &str) -> VerifyingKey {
        let jwk = SigningKey::generate(Algorithm::EdDsa).unwrap();
        let mut jwk = serde_json::to_value(jwk.public()).unwrap();
        jwk["kid"] = id.into();
        VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).unwrap()
    }

    fn answer(ids: &[&str], max_age: Option<u64>) -> Answer {
        Answer {
            keys: ids.iter().map(|id| key(id)).collect(),
            max_age: max_age.map(Duration::from_secs),
            address: WebUrl::parse("https://id.test/keys").unwrap(),
            looked_up: true,
        }
    }

    fn has(set: &KeySet, id: &str, now: u64) -> bool {
        set.candidates(KeyId::parse(id).as_ref(), UnixTime(now)).next().is_some()
    }

    #[test]
    fn lifetimes_are_clamped_and_refreshed_ahead() {
        for (max_age, due_after) in
            [(None, 2700), (Some(0), 225), (Some(600), 450), (Some(10_000_000), 64_800)]
        {
            let set = KeySet::merged(None, answer(&["a"], max_age), UnixTime(1000), GRACE);
            assert!(!set.is_due(UnixTime(1000 + due_after - 1)), "{max_age:?}");
            assert!(set.is_due(UnixTime(1000 + due_after)), "{max_age:?}");
        }
    }

    #[test]
    fn a_vanished_key_is_trusted_for_the_grace_time_and_no_longer() {
        let first = KeySet::merged(None, answer(&["a", "b"], None), UnixTime(0), GRACE);
        let second = KeySet::merged(Some(&first), answer(&["b"], None), UnixTime(100), GRACE);
        assert!(has(&second, "a", 7299) && has(&second, "b", 7299));
        assert!(!has(&second, "a", 7300), "also without another fetch");
        let third = KeySet::merged(Some(&second), answer(&["b"], None), UnixTime(200), GRACE);
        assert!(has(&third, "a", 7299) && !has(&third, "a", 7300), "the grace is not prolonged");
        let back = KeySet::merged(Some(&third), answer(&["a"], None), UnixTime(300), GRACE);
        assert!(has(&back, "a", 1_000_000));
    }

    #[test]
    fn where_the_keys_are_is_looked_up_again_after_a_day_or_a_failure() {
        let day = 86_400;
        let first = KeySet::merged(None, answer(&["a"], None), UnixTime(0), GRACE);
        let again = Answer { looked_up: false, ..answer(&["a"], None) };
        let second = KeySet::merged(Some(&first), again, UnixTime(100), GRACE);
        assert!(second.address(UnixTime(day - 1)).is_some());
        assert_eq!(second.address(UnixTime(day)), None);
        assert_eq!(
            KeySet::after_failure(Some(&second), UnixTime(200)).address(UnixTime(200)),
            None
        );
    }

    #[test]
    fn a_clock_that_is_set_back_makes_nobody_wait_for_what_it_showed() {
        let (hour, now) = (UnixTime(100_000 + 3600), UnixTime(100_000));
        let set = KeySet::merged(None, answer(&["a"], Some(600)), hour, GRACE);
        assert!(set.is_due(now) && set.cooled_down(now));
        let nothing = KeySet::after_failure(None, hour);
        assert!(nothing.cooled_down(now) && nothing.back_off(now).is_zero());
        let meanwhile = KeySet::merged(None, answer(&["a"], Some(600)), now.plus(COOL_DOWN), GRACE);
        assert!(
            !meanwhile.is_due(now) && !meanwhile.cooled_down(now),
            "one fetch for all who wait"
        );
    }

    #[test]
    fn a_failure_keeps_the_keys_and_cools_down() {
        let set = KeySet::merged(None, answer(&["a"], Some(600)), UnixTime(0), GRACE);
        let failed = KeySet::after_failure(Some(&set), UnixTime(500));
        assert!(has(&failed, "a", 1_000_000));
        assert!(!failed.is_due(UnixTime(559)));
        assert!(failed.is_due(UnixTime(560)));
        let nothing = KeySet::after_failure(None, UnixTime(500));
        assert!(nothing.is_empty());
        assert_eq!(nothing.back_off(UnixTime(502)), Duration::from_secs(3));
        assert_eq!(nothing.back_off(UnixTime(506)), Duration::ZERO);
    }
}
