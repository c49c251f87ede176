//! The key directory: one file per signing key, read whole.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::StoredKey;
use super::file::{KeyFileError, is_pem, is_readable_by_others, read_key, refuse_writable};

/// A directory of key files: `<kid>.json`, a private JWK with `alg`, `nbf` and, once retired,
/// `exp`; or PKCS#8 in `*.pem`. Names that start with a dot and other extensions are skipped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyDirectory {
    path: PathBuf,
}

/// What tells that a directory has changed: its mode, and the names, times, sizes and modes of its
/// key files; nothing of a file that cannot be looked at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Listing {
    mode: u32,
    files: BTreeMap<PathBuf, Option<(Option<SystemTime>, u64, u32)>>,
}

/// The keys of a directory, and what it looked like when they were read.
#[derive(Debug)]
pub(super) struct Contents {
    pub(super) keys: Vec<StoredKey>,
    pub(super) listing: Listing,
    /// Files that group or others may read.
    pub(super) readable: Vec<PathBuf>,
}

impl KeyDirectory {
    /// Names a directory; nothing is read yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Returns what the directory looks like, if it can be looked at.
    pub(super) fn look(&self) -> Option<Listing> {
        list(&self.path).ok()
    }

    /// Reads every key file.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] for the first file that is no key, and for two with one key ID: half a set
    /// is not taken.
    pub(super) fn load(&self) -> Result<Contents, KeyFileError> {
        // Listed before reading: a file that changes meanwhile makes the next look see a change.
        let listing = list(&self.path).map_err(|error| {
            let problem = format!(
                "cannot be listed: {error}; restore it, or make a key there with `countersign keys \
                 generate`"
            );
            KeyFileError::new(&self.path, problem)
        })?;
        refuse_writable(&self.path, listing.mode, "700")?;
        let (mut keys, mut readable) = (Vec::new(), Vec::new());
        for file in listing.files.keys() {
            let (stored, mode) = read_key(file)?;
            keys.push((file, stored));
            readable.extend(is_readable_by_others(mode).then(|| file.clone()));
        }
        let keys = without_imported(keys);
        refuse_doubled(&keys)?;
        let keys = keys.into_iter().map(|(_, stored)| stored).collect();
        Ok(Contents { keys, listing, readable })
    }

    /// Returns the keys alone.
    ///
    /// # Errors
    ///
    /// As [`KeyDirectory::load`].
    pub(crate) fn keys(&self) -> Result<Vec<StoredKey>, KeyFileError> {
        self.load().map(|contents| contents.keys)
    }
}

impl fmt::Display for KeyDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

fn list(directory: &Path) -> io::Result<Listing> {
    let mode = |metadata: &Metadata| metadata.permissions().mode();
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        let is_key = path.extension().is_some_and(|ext| ext == "json" || ext == "pem");
        if is_key && !hidden {
            // Follows links: mounted secrets are links to the files.
            let seen = fs::metadata(&path).ok();
            let seen = seen.map(|it| (it.modified().ok(), it.len(), mode(&it)));
            files.insert(path, seen);
        }
    }
    Ok(Listing { mode: mode(&fs::metadata(directory)?), files })
}

/// Drops a PEM file's key where a JWK file holds the same one with its dates: rotation writes
/// that before it removes the PEM.
fn without_imported(keys: Vec<(&PathBuf, StoredKey)>) -> Vec<(&PathBuf, StoredKey)> {
    let dated: Vec<_> = keys
        .iter()
        .filter(|(file, _)| !is_pem(file))
        .map(|(_, stored)| stored.key().public().clone())
        .collect();
    let is_dated = |stored: &StoredKey| dated.contains(stored.key().public());
    keys.into_iter().filter(|(file, stored)| !is_pem(file) || !is_dated(stored)).collect()
}

fn refuse_doubled(keys: &[(&PathBuf, StoredKey)]) -> Result<(), KeyFileError> {
    let mut files = BTreeMap::new();
    for (file, stored) in keys {
        let Some(other) = files.insert(stored.key_id(), file) else { continue };
        let problem = format!(
            "its key has the key ID {} of {}; remove one of the two",
            stored.key_id(),
            other.display()
        );
        return Err(KeyFileError::new(file, problem));
    }
    Ok(())
}
