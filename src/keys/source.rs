//! Where the keys come from: a directory or a seed, and what one of them replaces.

use std::fmt;
use std::path::PathBuf;
use std::sync::Mutex;

use super::directory::Listing;
use super::set::KeySet;
use super::{JWKS_MAX_AGE, KeyDirectory, KeyError, KeyRing, RingError, Seed, StoredKey};
use crate::clock::UnixTime;

/// Where keys come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// Files.
    Directory(KeyDirectory),
    /// A seed, and the time.
    Seed(Seed),
}

/// Whose keys sign, and whose did before.
#[derive(Debug, Clone)]
pub(crate) struct KeySettings {
    /// Whose keys sign.
    pub(crate) current: KeySource,
    /// Whose keys did, if they are replaced: they go on for a while.
    pub(crate) previous: Option<KeySource>,
}

/// The sources of a running service, and what they looked like when their keys were taken into
/// use.
#[derive(Debug)]
pub(super) struct KeySources {
    settings: KeySettings,
    takes_over: UnixTime,
    in_use: Mutex<Option<Looks>>,
}

/// What a source looks like: when it looks otherwise, it has other keys.
#[derive(Debug, PartialEq, Eq)]
enum Look {
    Directory(Listing),
    Period(u64),
}

/// What every source looks like; nothing for one that cannot be looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Looks(Option<Look>, Option<Look>);

/// What was read.
#[derive(Debug)]
pub(super) struct Loaded {
    pub(super) set: KeySet,
    pub(super) looks: Looks,
    /// Files that group or others may read.
    pub(super) readable: Vec<PathBuf>,
}

impl KeySource {
    fn look(&self, now: UnixTime) -> Option<Look> {
        match self {
            Self::Directory(directory) => directory.look().map(Look::Directory),
            Self::Seed(seed) => Some(Look::Period(seed.period_at(now))),
        }
    }

    /// Returns the keys with what the source looked like when they were read, and the files that
    /// group or others may read.
    fn load(&self, now: UnixTime) -> Result<(KeyRing, Look, Vec<PathBuf>), KeyError> {
        let (keys, look, readable) = match self {
            Self::Directory(directory) => {
                let contents = directory.load()?;
                (contents.keys, Look::Directory(contents.listing), contents.readable)
            }
            Self::Seed(seed) => {
                let readable = seed.readable_file().into_iter().collect();
                (seed.keys(now)?, Look::Period(seed.period_at(now)), readable)
            }
        };
        Ok((self.ring_of(keys)?, look, readable))
    }

    fn ring_of(&self, keys: Vec<StoredKey>) -> Result<KeyRing, KeyError> {
        KeyRing::new(keys).map_err(|problem| self.refused(problem))
    }

    fn refused(&self, problem: RingError) -> KeyError {
        KeyError::Ring { origin: self.to_string(), problem }
    }

    /// Returns the keys alone.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when a file is wrong, or there is no key.
    pub(crate) fn ring(&self, now: UnixTime) -> Result<KeyRing, KeyError> {
        self.load(now).map(|(ring, _, _)| ring)
    }
}

impl fmt::Display for KeySource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Directory(directory) => directory.fmt(f),
            Self::Seed(seed) => seed.fmt(f),
        }
    }
}

impl KeySources {
    /// Takes the sources of a service that starts at `start`. The keys of one that replaces another
    /// sign when every verifier that keeps our key set for as long as we allow, twice over, knows
    /// them. The second time is for the replicas that start after this one.
    pub(super) fn new(settings: KeySettings, start: UnixTime) -> Self {
        let replaces = settings.previous.is_some();
        let takes_over = if replaces { start.plus(JWKS_MAX_AGE * 2) } else { start };
        Self { settings, takes_over, in_use: Mutex::new(None) }
    }

    /// Returns when the keys of the source before stop to sign, if there is one.
    pub(super) fn takes_over(&self) -> Option<UnixTime> {
        self.settings.previous.as_ref().map(|_| self.takes_over)
    }

    /// Reads all keys.
    ///
    /// # Errors
    ///
    /// [`KeyError`] when a file is wrong, the keys make no set, or none of them may sign: half a
    /// set is not taken.
    pub(super) fn load(&self, now: UnixTime) -> Result<Loaded, KeyError> {
        let (current, look, mut readable) = self.settings.current.load(now)?;
        let (mut previous, mut previous_look) = (None, None);
        if let Some(source) = &self.settings.previous {
            let (ring, look, files) = source.load(now)?;
            readable.extend(files);
            (previous, previous_look) = (Some(ring), Some(look));
        }
        let set = KeySet::new(current, previous, self.takes_over)
            .map_err(|problem| self.settings.current.refused(problem))?;
        if !set.can_go_on(now) {
            return Err(KeyError::NoneActive);
        }
        Ok(Loaded { set, looks: Looks(Some(look), previous_look), readable })
    }

    /// Whether a source looks other than it did when its keys were last taken into use. While they
    /// cannot be, it does: it may be enough that time passes.
    pub(super) fn have_changed(&self, now: UnixTime) -> bool {
        let previous = self.settings.previous.as_ref();
        let looks =
            Looks(self.settings.current.look(now), previous.and_then(|source| source.look(now)));
        self.in_use.lock().map_or(true, |in_use| in_use.as_ref() != Some(&looks))
    }

    /// Notes that what looks like this is in use.
    pub(super) fn in_use(&self, looks: Looks) {
        if let Ok(mut in_use) = self.in_use.lock() {
            *in_use = Some(looks);
        }
    }
}

impl fmt::Display for KeySources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.settings.current.fmt(f)
    }
}
