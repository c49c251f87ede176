//! Replacing the signing key without any verifier noticing.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::is_pem;
use super::{JWKS_MAX_AGE, KeyDirectory, KeyFileError, KeyRing, RingError, StoredKey, write_key};
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

/// Adds the next signing key and dates the end of the others.
///
/// The next key is published at once and signs when every verifier that keeps our key set as
/// long as we allow, twice over, knows it. The others are published until the last token that
/// they can have signed has expired. The new file is written first: a crash in between leaves
/// old keys published for longer, which the next rotation mends.
///
/// # Errors
///
/// [`RotationError::UnderWay`] while a next key waits, else what the file system says.
pub(crate) fn rotate(
    directory: &Path,
    algorithm: Option<Algorithm>,
    now: UnixTime,
) -> Result<Rotation, RotationError> {
    let ring = KeyRing::new(KeyDirectory::new(directory.to_owned()).keys()?)?;
    if let Some(next) = ring.iter().find(|key| key.not_before > now) {
        let key_id = next.key_id().to_string();
        return Err(RotationError::UnderWay { key_id, at: next.not_before });
    }
    let current = ring.signing(now).or_else(|| ring.iter().next());
    let algorithm =
        algorithm.or_else(|| current.map(|key| key.key().algorithm())).unwrap_or(Algorithm::Es256);
    let not_before = now.plus(JWKS_MAX_AGE * 2);
    let next = StoredKey::new(SigningKey::generate(algorithm)?, not_before, None);
    write_key(directory, &next)?;
    let end = not_before.plus(MAX_TOKEN_LIFETIME).plus(MARGIN);
    let mut retired = Vec::new();
    for key in ring.iter().filter(|key| key.expires.is_none()) {
        let key = key.clone().ending_at(end);
        write_key(directory, &key)?;
        retired.push(key);
    }
    remove_imported(directory)?;
    Ok(Rotation { next, retired })
}

/// Removes the PEM files: their keys stand in JWK files with their dates now.
fn remove_imported(directory: &Path) -> Result<(), KeyFileError> {
    files(directory, is_pem).iter().try_for_each(|file| remove(file))
}

/// Removes the files of the keys that have run out, and returns them.
///
/// # Errors
///
/// [`KeyFileError`] when a file cannot be read or removed.
pub(crate) fn prune(directory: &Path, now: UnixTime) -> Result<Vec<PathBuf>, KeyFileError> {
    let keys = KeyDirectory::new(directory.to_owned()).keys()?;
    let expired: Vec<_> = keys
        .iter()
        .filter(|key| key.has_expired(now))
        .map(|key| directory.join(format!("{}.json", key.key_id())))
        .filter(|file| file.exists())
        .collect();
    expired.iter().try_for_each(|file| remove(file))?;
    Ok(expired)
}

fn remove(file: &Path) -> Result<(), KeyFileError> {
    fs::remove_file(file).map_err(|error| KeyFileError::new(file, error))
}

fn files(directory: &Path, wanted: impl Fn(&Path) -> bool) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).filter(|path| wanted(path)).collect()
}
