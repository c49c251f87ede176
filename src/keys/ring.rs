//! A set of signing keys with their dates: which one signs, which ones are published.

use crate::clock::UnixTime;
use crate::jose::{KeyId, Signer, SigningKey};
use crate::token::TOKEN_TYPE;

/// A key with its dates.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    key: SigningKey,
    signer: Signer,
    /// Signing may start.
    pub(crate) not_before: UnixTime,
    /// Publishing ends, and signing with it.
    pub(crate) expires: Option<UnixTime>,
}

impl StoredKey {
    /// Gives a key its dates.
    pub(crate) fn new(key: SigningKey, not_before: UnixTime, expires: Option<UnixTime>) -> Self {
        let signer = key.signer().typed(TOKEN_TYPE);
        Self { key, signer, not_before, expires }
    }

    /// Returns the key with another end.
    pub(super) fn ending_at(self, expires: UnixTime) -> Self {
        Self { expires: Some(expires), ..self }
    }

    /// Returns the key.
    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Returns its signer, whose header says that these are access tokens.
    pub(super) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Returns its key ID.
    pub(crate) fn key_id(&self) -> &KeyId {
        self.key.public().key_id()
    }

    /// Whether the key has run out.
    pub(crate) fn has_expired(&self, now: UnixTime) -> bool {
        self.expires.is_some_and(|expires| now >= expires)
    }
}

/// Keys of which no two share an ID, newest first. There is at least one.
#[derive(Debug)]
pub(crate) struct KeyRing(Vec<StoredKey>);

/// Why keys make no ring.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RingError {
    /// There is none.
    #[error("no key in it; `countersign keys generate` makes one")]
    Empty,
    /// Two keys with one ID: verifiers could not tell them apart.
    #[error("two keys have the key ID {0}; remove one of them")]
    Doubled(KeyId),
}

impl KeyRing {
    /// Collects keys.
    ///
    /// # Errors
    ///
    /// [`RingError`] when there is none or two share a key ID.
    pub(crate) fn new(mut keys: Vec<StoredKey>) -> Result<Self, RingError> {
        if keys.is_empty() {
            return Err(RingError::Empty);
        }
        // The ID decides between keys of one moment, so that every replica decides alike.
        keys.sort_by(|a, b| (b.not_before, b.key_id()).cmp(&(a.not_before, a.key_id())));
        let mut ids: Vec<_> = keys.iter().map(StoredKey::key_id).collect();
        ids.sort();
        if let Some(id) = ids.windows(2).find(|pair| pair.first() == pair.last()) {
            return Err(RingError::Doubled(id.first().copied().cloned().ok_or(RingError::Empty)?));
        }
        Ok(Self(keys))
    }

    /// Returns the key that signs: the newest whose `nbf` has passed and whose `exp` has not.
    pub(crate) fn signing(&self, now: UnixTime) -> Option<&StoredKey> {
        self.0.iter().find(|key| key.not_before <= now && !key.has_expired(now))
    }

    /// Returns the keys that are published: every one not past its `exp`, from the moment that
    /// its file exists, so that verifiers know it before it signs.
    pub(crate) fn published(&self, now: UnixTime) -> impl Iterator<Item = &StoredKey> {
        self.0.iter().filter(move |key| !key.has_expired(now))
    }

    /// Returns every key, newest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &StoredKey> {
        self.0.iter()
    }
}
