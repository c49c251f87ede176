//! The keys of a running service: those that are meant to sign, and those that they replace.

use super::{JWKS_MAX_AGE, KeyRing, RingError, StoredKey};
use crate::clock::UnixTime;

/// The keys of one source and, while that replaces another, those of the other.
///
/// The other's go on signing until `takes_over`, so that every verifier knows the first one's
/// before they do, and both are published for as long as both are configured.
#[derive(Debug)]
pub(crate) struct KeySet {
    current: KeyRing,
    previous: Option<KeyRing>,
    takes_over: UnixTime,
}

impl KeySet {
    /// Puts two sources together.
    ///
    /// # Errors
    ///
    /// [`RingError::Doubled`] when a key ID is in both.
    pub(super) fn new(
        current: KeyRing,
        previous: Option<KeyRing>,
        takes_over: UnixTime,
    ) -> Result<Self, RingError> {
        let ids: Vec<_> = current.iter().map(StoredKey::key_id).collect();
        let other = previous.as_ref().map_or_else(Vec::new, |it| it.iter().collect());
        match other.into_iter().map(StoredKey::key_id).find(|id| ids.contains(id)) {
            Some(id) => Err(RingError::Doubled(id.clone())),
            None => Ok(Self { current, previous, takes_over }),
        }
    }

    /// Returns the key that signs: of the source before until the present one takes over, or if
    /// that one has none.
    pub(super) fn signing(&self, now: UnixTime) -> Option<&StoredKey> {
        let previous = self.previous.as_ref().filter(|_| now < self.takes_over);
        previous.and_then(|ring| ring.signing(now)).or_else(|| self.current.signing(now))
    }

    /// Whether there is a key to sign from now on: also when the present source takes over.
    pub(super) fn can_go_on(&self, now: UnixTime) -> bool {
        self.signing(now).is_some() && self.heir(now).is_some()
    }

    /// Returns the key that signs once the present source has taken over, as it looks at this moment.
    pub(super) fn heir(&self, now: UnixTime) -> Option<&StoredKey> {
        self.current.signing(now.max(self.takes_over))
    }

    /// Returns the keys that are published: all of both sources, since another replica, started
    /// later, may sign by the one before for longer.
    pub(super) fn published(&self, now: UnixTime) -> impl Iterator<Item = &StoredKey> {
        let previous = self.previous.iter().flat_map(move |ring| ring.published(now));
        self.current.published(now).chain(previous)
    }

    /// Returns the keys that sign before verifiers that keep `before` for as long as we allow know
    /// them, though one that they know could go on.
    pub(super) fn hasty(&self, before: &Self, now: UnixTime) -> Vec<&StoredKey> {
        let known: Vec<_> = before.published(now).map(StoredKey::key_id).collect();
        let is_known = |key: &StoredKey| known.contains(&key.key_id());
        let is_hasty = |key: &&StoredKey| {
            let at = key.not_before.max(now);
            let signs = self.signing(at).is_some_and(|signing| signing.key_id() == key.key_id());
            let mut others = self.published(at).filter(|other| other.not_before <= at);
            at < now.plus(JWKS_MAX_AGE) && signs && !is_known(key) && others.any(is_known)
        };
        self.current.iter().filter(is_hasty).collect()
    }

    /// Returns when the next published key runs out.
    pub(super) fn next_expiry(&self, now: UnixTime) -> Option<UnixTime> {
        self.published(now).filter_map(|key| key.expires).min()
    }
}

impl From<KeyRing> for KeySet {
    fn from(current: KeyRing) -> Self {
        Self { current, previous: None, takes_over: UnixTime::default() }
    }
}
