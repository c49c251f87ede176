//! The published keys as an operator watches them: which one signs, and how old each is.

use super::SigningKeys;
use super::set::KeySet;
use crate::clock::UnixTime;
use crate::telemetry::{KeyState, SigningKeyStanding};

impl SigningKeys {
    /// Returns what there is to know of each published key now.
    pub(crate) fn standing(&self) -> Vec<SigningKeyStanding> {
        let now = self.clock.now();
        standing(&self.current.load().set, now)
    }
}

fn standing(set: &KeySet, now: UnixTime) -> Vec<SigningKeyStanding> {
    let active = set.signing(now).map(|key| key.key_id().clone());
    let heir = set.heir(now).map(|key| key.key_id().clone());
    let of_key = |key: &super::StoredKey| {
        let is = |other: &Option<_>| other.as_ref() == Some(key.key_id());
        let state = if is(&active) {
            KeyState::Active
        } else if key.not_before > now || is(&heir) {
            KeyState::Next
        } else {
            KeyState::Retiring
        };
        SigningKeyStanding {
            key_id: key.key_id().to_string(),
            age: seconds(key.not_before, now),
            expires_in: key.expires.map(|expires| seconds(now, expires)),
            state,
        }
    };
    set.published(now).map(of_key).collect()
}

/// Returns how many seconds `to` is after `from`.
fn seconds(from: UnixTime, to: UnixTime) -> i64 {
    let signed = |at: UnixTime| i64::try_from(at.0).unwrap_or(i64::MAX);
    signed(to).saturating_sub(signed(from))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::{Algorithm, SigningKey};
    use crate::keys::{KeyRing, StoredKey};

    fn key(not_before: u64, expires: Option<u64>) -> StoredKey {
        let key = SigningKey::generate(Algorithm::EdDsa).unwrap();
        StoredKey::new(key, UnixTime(not_before), expires.map(UnixTime))
    }

    fn said(set: &KeySet, now: u64) -> Vec<(KeyState, i64, Option<i64>)> {
        let said = standing(set, UnixTime(now)).into_iter();
        said.map(|key| (key.state, key.age, key.expires_in)).collect()
    }

    #[test]
    fn one_key_signs_and_the_others_did_or_will() {
        let keys = vec![key(100, Some(1000)), key(200, None), key(500, None), key(50, Some(300))];
        let set = KeySet::from(KeyRing::new(keys).unwrap());
        let expected = [
            (KeyState::Next, -200, None),
            (KeyState::Active, 100, None),
            (KeyState::Retiring, 200, Some(700)),
        ];
        assert_eq!(said(&set, 300), expected, "what has run out is not published");
        assert_eq!(
            said(&set, 500)[..2],
            [(KeyState::Active, 0, None), (KeyState::Retiring, 300, None)]
        );
    }

    #[test]
    fn a_key_that_waits_for_its_source_to_take_over_is_the_next() {
        let ring = |from| KeyRing::new(vec![key(from, None)]).unwrap();
        let set = KeySet::new(ring(100), Some(ring(50)), UnixTime(400)).unwrap();
        let states = |now| said(&set, now).into_iter().map(|key| key.0).collect::<Vec<_>>();
        assert_eq!(states(300), [KeyState::Next, KeyState::Active]);
        assert_eq!(states(400), [KeyState::Active, KeyState::Retiring]);
    }
}
