//! Our signing keys: which one signs now, which ones are published, and noticing that the
//! directory has changed. Files are `directory`'s, rotation `rotation`'s.

mod directory;
mod ring;
mod rotation;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;

use directory::Listing;
pub(crate) use directory::{KeyDirectory, KeyFileError, write_key};
pub(crate) use ring::{KeyRing, RingError, StoredKey};
pub(crate) use rotation::{Rotation, prune, rotate};

use crate::clock::{Clock, UnixTime};
use crate::crypto::{base64url, sha256};
use crate::jose::{Algorithm, KeyFormatError, KeyId, SigningKey};
use crate::secret::Secret;
use crate::telemetry::Metrics;
use crate::token::TokenClaims;

/// How long verifiers may keep our key set (`max-age`). Rotation waits for two of these before
/// the next key signs.
pub(crate) const JWKS_MAX_AGE: Duration = Duration::from_mins(15);

/// Why no token can be signed, or the keys cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// A file of the directory, or the directory.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The keys together make no set.
    #[error("{}: {problem}", directory.display())]
    Ring {
        /// The directory.
        directory: PathBuf,
        /// What is wrong with the set.
        problem: RingError,
    },
    /// The system would make no key.
    #[error(transparent)]
    Format(#[from] KeyFormatError),
    /// No key may sign at this moment.
    #[error("no key may sign now: every `nbf` is to come or every `exp` has passed")]
    NoneActive,
    /// The primitive failed.
    #[error("the signature could not be made")]
    Signature,
}

/// The keys of a running service. Reading them takes no lock.
#[derive(Debug)]
pub(crate) struct SigningKeys {
    current: ArcSwap<Current>,
    directory: Option<KeyDirectory>,
    last_failure: Mutex<Option<String>>,
    clock: Clock,
}

/// The keys with what is published of them: replaced together.
#[derive(Debug)]
struct Current {
    ring: Arc<KeyRing>,
    published: Arc<Published>,
}

impl Current {
    fn of(ring: Arc<KeyRing>, now: UnixTime) -> Self {
        let published = Arc::new(Published::of(&ring, now));
        Self { ring, published }
    }
}

/// Our key set as it is published, made once for as long as it stays the same.
#[derive(Debug)]
pub(crate) struct Published {
    /// JWK Set (RFC 7517 §5).
    pub(crate) body: Arc<str>,
    /// Strong entity tag (RFC 9110 §8.8.3), with its quotes.
    pub(crate) etag: String,
    /// The algorithms of its keys, without repetition.
    pub(crate) algorithms: Vec<Algorithm>,
    valid_until: Option<UnixTime>,
}

impl SigningKeys {
    /// Loads the keys of a directory.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the file that is wrong, or says that no key may sign now: the service
    /// does not start without one.
    pub(crate) fn load(directory: PathBuf, clock: Clock) -> Result<Self, KeyError> {
        let directory = KeyDirectory::new(directory);
        let (ring, listing) = read(&directory, clock.now())?;
        directory.now_in_use(listing);
        Ok(Self::new(ring, Some(directory), clock))
    }

    /// Makes a set of one new key that is nowhere but in memory.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the system's random numbers fail.
    pub(crate) fn throw_away(algorithm: Algorithm, clock: Clock) -> Result<Self, KeyError> {
        let key = StoredKey::new(SigningKey::generate(algorithm)?, clock.now(), None);
        let ring = KeyRing::new(vec![key]).map_err(|_| KeyError::NoneActive)?;
        Ok(Self::new(ring, None, clock))
    }

    fn new(ring: KeyRing, directory: Option<KeyDirectory>, clock: Clock) -> Self {
        let current = ArcSwap::from_pointee(Current::of(Arc::new(ring), clock.now()));
        Self { current, directory, last_failure: Mutex::new(None), clock }
    }

    /// Signs a token by the key that is active now.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoneActive`] when every key has run out.
    pub(crate) fn sign(&self, claims: &TokenClaims<'_>) -> Result<Secret, KeyError> {
        let current = self.current.load();
        let key = current.ring.signing(self.clock.now()).ok_or(KeyError::NoneActive)?;
        let payload = serde_json::to_vec(claims).map_err(|_| KeyError::Signature)?;
        key.signer().sign(&payload).map_err(|_| KeyError::Signature)
    }

    /// Whether a key may sign now.
    pub(crate) fn can_sign(&self) -> bool {
        self.current.load().ring.signing(self.clock.now()).is_some()
    }

    /// Returns the published key of this ID.
    pub(crate) fn published_key(&self, key_id: &KeyId) -> Option<serde_json::Value> {
        let current = self.current.load();
        let mut published = current.ring.published(self.clock.now());
        let key = published.find(|stored| stored.key().public().key_id() == key_id)?;
        serde_json::to_value(key.key().public()).ok()
    }

    /// Returns the key set to publish: every key not past its `exp`.
    pub(crate) fn published(&self) -> Arc<Published> {
        let now = self.clock.now();
        let current = self.current.load();
        if current.published.valid_until.is_none_or(|until| now < until) {
            return Arc::clone(&current.published);
        }
        let next = Arc::new(Current::of(Arc::clone(&current.ring), now));
        // Not over a set that was loaded meanwhile.
        self.current.compare_and_swap(&current, Arc::clone(&next));
        Arc::clone(&next.published)
    }

    /// Notes how the last reading failed, if it did; whether that is other than before. Readings
    /// go on every few seconds, and one line of the log says it.
    fn is_news(&self, failure: Option<&str>) -> bool {
        let Ok(mut last) = self.last_failure.lock() else { return true };
        let is_news = last.as_deref() != failure;
        *last = failure.map(str::to_owned);
        is_news
    }

    /// Reads the directory again if it has changed. A set that cannot be read never replaces a
    /// good one. Blocks on the file system: not for a runtime thread.
    pub(crate) fn reload_if_changed(&self, metrics: &Metrics) {
        let Some(directory) = self.directory.as_ref().filter(|it| it.has_changed()) else { return };
        let loaded = read(directory, self.clock.now());
        let failure = loaded.as_ref().err().map(ToString::to_string);
        if failure.is_some() && !self.is_news(failure.as_deref()) {
            return;
        }
        metrics.key_reload(loaded.is_ok());
        match loaded {
            Ok((ring, listing)) => {
                directory.now_in_use(listing);
                self.is_news(None);
                tracing::info!(keys = ring.len(), directory = %directory, "signing keys reloaded");
                self.current.store(Arc::new(Current::of(Arc::new(ring), self.clock.now())));
            }
            Err(error) => tracing::error!(
                %error,
                directory = %directory,
                "signing keys not reloaded; the last good set stays in use",
            ),
        }
    }
}

impl Published {
    fn of(ring: &KeyRing, now: UnixTime) -> Self {
        let keys: Vec<_> = ring.published(now).map(|stored| stored.key().public()).collect();
        let body = serde_json::json!({ "keys": keys }).to_string();
        let mut algorithms: Vec<_> =
            ring.published(now).map(|stored| stored.key().algorithm()).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        Self {
            etag: format!("\"{}\"", base64url(&sha256(body.as_bytes()))),
            body: body.into(),
            algorithms,
            valid_until: ring.next_expiry(now),
        }
    }
}

/// Reads a directory whose keys can be used: one of them may sign now.
fn read(directory: &KeyDirectory, now: UnixTime) -> Result<(KeyRing, Listing), KeyError> {
    let path = directory.path().to_owned();
    let (keys, listing) = directory.load()?;
    let ring = KeyRing::new(keys).map_err(|problem| KeyError::Ring { directory: path, problem })?;
    ring.signing(now).ok_or(KeyError::NoneActive)?;
    Ok((ring, listing))
}

#[cfg(test)]
mod tests;
