//! Our signing keys: which one signs now, which ones are published, and noticing that there are
//! others. Files are `directory`'s and `file`'s, rotation `rotation`'s, derivation `seed`'s.

mod directory;
mod file;
#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod lock;
mod published;
mod ring;
mod rotation;
mod seed;
mod set;
mod source;
mod standing;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arc_swap::ArcSwap;

pub(crate) use directory::KeyDirectory;
pub(crate) use file::KeyFileError;
use lock::LockedDirectory;
pub(crate) use published::Published;
pub(crate) use ring::{KeyRing, RingError, StoredKey};
pub(crate) use rotation::{Rotation, generate, prune, rotate};
pub(crate) use seed::Seed;
use set::KeySet;
pub(crate) use source::{KeySettings, KeySource};
use source::{KeySources, Loaded};

use crate::clock::{Clock, UnixTime};
use crate::jose::{Algorithm, KeyFormatError, KeyId, SigningKey};
use crate::secret::Secret;
use crate::telemetry::Metrics;
use crate::token::TokenClaims;

/// How long verifiers may keep our key set (`max-age`). Rotation waits for two of these before
/// the next key signs.
pub(crate) const JWKS_MAX_AGE: Duration = Duration::from_mins(15);

/// Bytes that the claims of most tokens take less than.
const CLAIMS: usize = 1024;

/// Why no token can be signed, or the keys cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum KeyError {
    /// A file of the directory, or the directory.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The keys together make no set.
    #[error("{origin}: {problem}")]
    Ring {
        /// The directory or the seed's file.
        origin: String,
        /// What is wrong with the set.
        problem: RingError,
    },
    /// The system would make no key.
    #[error(transparent)]
    Format(#[from] KeyFormatError),
    /// No key may sign at this moment.
    #[error(
        "no key may sign now: every `nbf` is to come or every `exp` has passed; look at the clock, \
         or make a key with `countersign keys generate`"
    )]
    NoneActive,
    /// The primitive failed.
    #[error("the signature could not be made")]
    Signature,
}

/// The keys of a running service. Reading them takes no lock.
#[derive(Debug)]
pub(crate) struct SigningKeys {
    current: ArcSwap<Current>,
    sources: Option<KeySources>,
    last_failure: Mutex<Option<String>>,
    clock: Clock,
}

/// The keys with what is published of them: replaced together.
#[derive(Debug)]
struct Current {
    set: Arc<KeySet>,
    published: Arc<Published>,
}

impl Current {
    fn of(set: Arc<KeySet>, now: UnixTime) -> Self {
        let published = Arc::new(Published::of(&set, now));
        Self { set, published }
    }
}

impl SigningKeys {
    /// Loads the keys of a service that starts now.
    ///
    /// # Errors
    ///
    /// [`KeyError`] names the file that is wrong, or says that no key may sign now: the service
    /// does not start without one.
    pub(crate) fn load(settings: KeySettings, clock: Clock) -> Result<Self, KeyError> {
        let now = clock.now();
        let sources = KeySources::new(settings, now);
        let loaded = sources.load(now)?;
        warn_of_readable(&loaded);
        sources.in_use(loaded.looks);
        if let Some(at) = sources.takes_over() {
            let at = at.to_rfc3339();
            tracing::info!(keys = %sources, at, "the keys of the source before sign until then");
        }
        Ok(Self::new(loaded.set, Some(sources), clock))
    }

    /// Makes a set of one new key that is nowhere but in memory.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when the system's random numbers fail.
    pub(crate) fn throw_away(algorithm: Algorithm, clock: Clock) -> Result<Self, KeyError> {
        let key = StoredKey::new(SigningKey::generate(algorithm)?, clock.now(), None);
        let ring = KeyRing::new(vec![key]).map_err(|_| KeyError::NoneActive)?;
        Ok(Self::new(ring.into(), None, clock))
    }

    fn new(set: KeySet, sources: Option<KeySources>, clock: Clock) -> Self {
        let current = ArcSwap::from_pointee(Current::of(Arc::new(set), clock.now()));
        Self { current, sources, last_failure: Mutex::new(None), clock }
    }

    /// Signs a token by the key that is active now.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoneActive`] when every key has run out.
    pub(crate) fn sign(&self, claims: &TokenClaims<'_>) -> Result<Secret, KeyError> {
        let current = self.current.load();
        let key = current.set.signing(claims.iat).ok_or(KeyError::NoneActive)?;
        let mut payload = Vec::with_capacity(CLAIMS);
        serde_json::to_writer(&mut payload, claims).map_err(|_| KeyError::Signature)?;
        key.signer().sign(&payload).map_err(|_| KeyError::Signature)
    }

    /// Returns the key that signs now.
    pub(crate) fn signing_key(&self) -> Option<SigningKey> {
        let current = self.current.load();
        current.set.signing(self.clock.now()).map(|stored| stored.key().clone())
    }

    /// Whether a key may sign now.
    pub(crate) fn can_sign(&self) -> bool {
        self.current.load().set.signing(self.clock.now()).is_some()
    }

    /// Returns the published key of this ID.
    pub(crate) fn published_key(&self, key_id: &KeyId) -> Option<serde_json::Value> {
        let current = self.current.load();
        let mut published = current.set.published(self.clock.now());
        let key = published.find(|stored| stored.key().public().key_id() == key_id)?;
        serde_json::to_value(key.key().public()).ok()
    }

    /// Returns the key set to publish: every key not past its `exp`.
    pub(crate) fn published(&self) -> Arc<Published> {
        let now = self.clock.now();
        let current = self.current.load();
        if current.published.holds_at(now) {
            return Arc::clone(&current.published);
        }
        let next = Arc::new(Current::of(Arc::clone(&current.set), now));
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

    /// Reads the keys again if their source has changed, or another period has begun. A set that
    /// cannot be read never replaces a good one. Blocks on the file system: not for a runtime
    /// thread.
    pub(crate) fn reload_if_changed(&self, metrics: &Metrics) {
        let now = self.clock.now();
        let Some(sources) = self.sources.as_ref() else { return };
        if !sources.have_changed(now) {
            // As it was before a mistake, perhaps: the same mistake is news the next time.
            self.is_news(None);
            return;
        }
        let loaded = sources.load(now);
        let failure = loaded.as_ref().err().map(ToString::to_string);
        if failure.is_some() && !self.is_news(failure.as_deref()) {
            return;
        }
        metrics.key_reload(loaded.is_ok());
        match loaded {
            Ok(loaded) => {
                self.is_news(None);
                warn_of_readable(&loaded);
                sources.in_use(loaded.looks);
                warn_of_hasty(&loaded.set, &self.current.load().set, now);
                let next = Current::of(Arc::new(loaded.set), now);
                let published = next.set.published(now).count();
                tracing::info!(published, source = %sources, "signing keys reloaded");
                self.current.store(Arc::new(next));
            }
            Err(error) => tracing::error!(
                %error,
                source = %sources,
                "signing keys not reloaded; the last good set stays in use",
            ),
        }
    }
}

fn warn_of_readable(loaded: &Loaded) {
    for file in &loaded.readable {
        tracing::warn!(
            file = %file.display(),
            "group or others can read this secret; `chmod 600` it, if it is not mounted like that",
        );
    }
}

/// A key is taken into use as its dates say, also when that is a mistake.
fn warn_of_hasty(next: &KeySet, before: &KeySet, now: UnixTime) {
    for key in next.hasty(before, now) {
        tracing::warn!(
            key_id = %key.key_id(),
            from = key.not_before.max(now).to_rfc3339(),
            "this key signs before every verifier knows it; those that keep our key set refuse its \
             tokens for up to 15 minutes. Is the clock right? `keys rotate`, or `keys generate \
             --not-before`, makes a key that waits: remove this one to go back",
        );
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;
