//! Keys that are derived from a seed, one for each period: whoever has the seed has the same ones.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::file::{KeyFileError, is_readable_by_others, read_secret};
use super::{KeyError, StoredKey};
use crate::clock::UnixTime;
use crate::crypto::hkdf_sha256;
use crate::jose::{Algorithm, KeyFormatError, SigningKey};
use crate::secret::SecretBytes;

/// Salt of the extraction (RFC 5869 §2.2): keeps apart what else is derived from the same seed.
const SALT: &[u8] = b"countersign signing keys v1";
/// Least length of a seed, in bytes: as long as the keys that are made of it.
const MIN_SEED: usize = 32;

/// A seed, and which keys are derived from it.
#[derive(Debug, Clone)]
pub(crate) struct Seed {
    secret: SecretBytes,
    file: PathBuf,
    is_readable_by_others: bool,
    /// What the keys sign with: ES256 or `EdDSA`.
    algorithm: Algorithm,
    /// How long each key signs, whole seconds.
    period: Duration,
}

impl PartialEq for Seed {
    /// Whether the same keys are derived.
    fn eq(&self, other: &Self) -> bool {
        let parameters = |seed: &Self| (seed.algorithm, seed.period);
        self.secret == other.secret && parameters(self) == parameters(other)
    }
}

impl Eq for Seed {}

impl fmt::Display for Seed {
    /// Names the file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.display().fmt(f)
    }
}

impl Seed {
    /// The algorithms whose keys can be derived.
    pub(crate) const ALGORITHMS: [Algorithm; 2] = [Algorithm::Es256, Algorithm::EdDsa];

    /// Reads a seed: the bytes of a file, without line ends at its end.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] when the file cannot be read, can be written by group or others, or holds
    /// less than 32 bytes or more than 64 KiB.
    pub(crate) fn read(
        file: &Path,
        algorithm: Algorithm,
        period: Duration,
    ) -> Result<Self, KeyFileError> {
        let (bytes, mode) = read_secret(file)?;
        let bytes = bytes.expose();
        let end = bytes.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
        let secret = bytes.get(..end).unwrap_or_default();
        if secret.len() < MIN_SEED {
            let problem = format!(
                "{} bytes are too few for a seed; `openssl rand -hex {MIN_SEED}` makes one",
                secret.len()
            );
            return Err(KeyFileError::new(file, problem));
        }
        Ok(Self {
            secret: SecretBytes::new(secret),
            file: file.to_owned(),
            is_readable_by_others: is_readable_by_others(mode),
            algorithm,
            period,
        })
    }

    /// Returns the file, if group or others may read it.
    pub(super) fn readable_file(&self) -> Option<PathBuf> {
        self.is_readable_by_others.then(|| self.file.clone())
    }

    /// Returns the number of the period that a moment is in, counted from the epoch.
    pub(super) fn period_at(&self, now: UnixTime) -> u64 {
        now.0.checked_div(self.period.as_secs()).unwrap_or_default()
    }

    /// Derives the keys of a period and of those before and after it.
    ///
    /// The key of each period signs while it lasts and is published from the period before to the
    /// one after. So a verifier knows it a period before it signs, and a replica whose clock is off
    /// by less signs with a published key.
    ///
    /// # Errors
    ///
    /// [`KeyError::Format`] when the primitives fail.
    pub(crate) fn keys(&self, now: UnixTime) -> Result<Vec<StoredKey>, KeyError> {
        let present = self.period_at(now);
        let numbers = present.saturating_sub(1)..=present.saturating_add(1);
        numbers.map(|number| self.key(number)).collect()
    }

    fn key(&self, number: u64) -> Result<StoredKey, KeyError> {
        let starts = |number: u64| UnixTime(number.saturating_mul(self.period.as_secs()));
        let key = self.derive(number)?;
        Ok(StoredKey::new(key, starts(number), Some(starts(number.saturating_add(2)))))
    }

    /// Derives the key of a period, as the page on keys describes it.
    fn derive(&self, number: u64) -> Result<SigningKey, KeyFormatError> {
        let candidates = (0..=u8::MAX).map_while(|counter| {
            let info = [
                self.algorithm.name().as_bytes(),
                &self.period.as_secs().to_be_bytes(),
                &number.to_be_bytes(),
                &[counter],
            ];
            let mut bytes = SecretBytes::new([0; 32]);
            hkdf_sha256((SALT, &info.concat()), self.secret.expose(), bytes.expose_mut())?;
            Some(bytes)
        });
        first_key(self.algorithm, candidates)
    }
}

/// Returns the first of some private keys that is one. For P-256 a candidate that is 0 or not below
/// the order, one of 2³², is passed over, not reduced: all keys are equally likely.
fn first_key(
    algorithm: Algorithm,
    candidates: impl Iterator<Item = SecretBytes>,
) -> Result<SigningKey, KeyFormatError> {
    let mut made = candidates.map(|candidate| SigningKey::from_raw(algorithm, &candidate));
    made.find_map(Result::ok).ok_or(KeyFormatError::Rejected)
}

#[cfg(test)]
mod tests;
