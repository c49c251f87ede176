//! Making keys, and replacing the signing key without any verifier noticing.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::is_pem;
use super::{JWKS_MAX_AGE, KeyFileError, KeyRing, LockedDirectory, RingError, StoredKey};
use crate::clock::UnixTime;
use crate::jose::{Algorithm, KeyFormatError, SigningKey};

/// The longest that a token can live, whatever the configuration says now or said before.
const MAX_TOKEN_LIFETIME: Duration = Duration::from_hours(24);
/// For verifiers that accept a token a little past its `exp`.
const MARGIN: Duration = Duration::from_mins(5);

/// What a rotation did.
#[derive(Debug)]
pub(crate) struct Rotation {
    /// The new key.
    pub(crate) next: StoredKey,
    /// The keys that were given an end.
    pub(crate) retired: Vec<StoredKey>,
}

/// Why a rotation did not happen.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RotationError {
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] KeyFileError),
    /// The keys make no set.
    #[error(transparent)]
    Ring(#[from] RingError),
    /// The system would make no key.
    #[error(transparent)]
    Format(#[from] KeyFormatError),
    /// A key that is to sign next is there already.
    #[error("a rotation is under way: {key_id} starts to sign at {}", at.to_rfc3339())]
    UnderWay {
        /// The next key.
        key_id: String,
        /// When it starts to sign.
        at: UnixTime,
    },
}

/// Makes a key and writes its file, which it returns. The directory is made if it is not there.
///
/// # Errors
///
/// [`RotationError`] when the system makes no key or refuses to write it.
pub(crate) fn generate(
    directory: &Path,
    algorithm: Algorithm,
    not_before: UnixTime,
) -> Result<PathBuf, RotationError> {
    let mut builder = fs::DirBuilder::new();
    let made = builder.recursive(true).mode(0o700).create(directory);
    made.map_err(|error| KeyFileError::new(directory, format!("cannot be made: {error}")))?;
    let key = SigningKey::generate(algorithm)?;
    let locked = LockedDirectory::lock(directory)?;
    Ok(locked.write(&StoredKey::new(key, not_before, None))?)
}

/// Adds the next signing key and dates the end of the others.
///
/// The next key is published at once and signs when every verifier that keeps our key set as
/// long as we allow, twice over, knows it. The others are published until the last token that
/// they can have signed has expired. The new file is written first: a crash in between leaves
/// old keys published for longer, which the next rotation mends. Of two at the same time the second
/// waits, and finds the first one's key.
///
/// # Errors
///
/// [`RotationError::UnderWay`] while a next key waits, else what the file system says.
pub(crate) fn rotate(
    directory: &Path,
    algorithm: Option<Algorithm>,
    now: UnixTime,
) -> Result<Rotation, RotationError> {
    let locked = LockedDirectory::lock(directory)?;
    let ring = KeyRing::new(locked.keys()?)?;
    if let Some(next) = ring.iter().find(|key| key.not_before > now) {
        let key_id = next.key_id().to_string();
        return Err(RotationError::UnderWay { key_id, at: next.not_before });
    }
    let current = ring.signing(now).or_else(|| ring.iter().next());
    let algorithm =
        algorithm.or_else(|| current.map(|key| key.key().algorithm())).unwrap_or(Algorithm::Es256);
    let not_before = now.plus(JWKS_MAX_AGE * 2);
    let next = StoredKey::new(SigningKey::generate(algorithm)?, not_before, None);
    locked.write(&next)?;
    let end = not_before.plus(MAX_TOKEN_LIFETIME).plus(MARGIN);
    let mut retired = Vec::new();
    for key in ring.iter().filter(|key| key.expires.is_none()) {
        let key = key.clone().ending_at(end);
        locked.write(&key)?;
        retired.push(key);
    }
    remove_imported(&locked)?;
    Ok(Rotation { next, retired })
}

/// Removes the PEM files: their keys stand in JWK files with their dates now.
fn remove_imported(locked: &LockedDirectory) -> Result<(), KeyFileError> {
    files(locked.path(), is_pem).iter().try_for_each(|file| locked.remove(file))
}

/// Removes the files of the keys that have run out, and returns them; also what a command that was
/// killed has left.
///
/// # Errors
///
/// [`KeyFileError`] when a file cannot be read or removed.
pub(crate) fn prune(directory: &Path, now: UnixTime) -> Result<Vec<PathBuf>, KeyFileError> {
    let locked = LockedDirectory::lock(directory)?;
    let keys = locked.keys()?;
    let expired: Vec<_> = keys
        .iter()
        .filter(|key| key.has_expired(now))
        .map(|key| directory.join(format!("{}.json", key.key_id())))
        .filter(|file| file.exists())
        .collect();
    expired.iter().try_for_each(|file| locked.remove(file))?;
    Ok(expired)
}

fn files(directory: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| wanted(path)).collect()
}
