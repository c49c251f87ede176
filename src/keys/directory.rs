//! The key directory: one file per signing key, read whole, written atomically.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::SystemTime;

use serde_json::{Map, Value};

use super::StoredKey;
use crate::clock::UnixTime;
use crate::jose::SigningKey;
use crate::json::parse_object;
use crate::secret::Secret;

/// Largest file that is read; an RSA key of 8192 bits has 7 KiB.
const MAX_FILE: u64 = 64 * 1024;

/// A directory of key files: `<kid>.json`, a private JWK with `alg`, `nbf` and, once retired,
/// `exp`; or PKCS#8 in `*.pem`. Names that start with a dot and other extensions are skipped.
#[derive(Debug)]
pub(crate) struct KeyDirectory {
    path: PathBuf,
    in_use: Mutex<Option<Listing>>,
}

/// What tells that a directory has changed: the names, times and sizes of its key files.
pub(crate) type Listing = BTreeMap<PathBuf, (Option<SystemTime>, u64)>;

/// What is wrong with a file, without anything that it holds.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", path.display())]
pub(crate) struct KeyFileError {
    path: PathBuf,
    problem: String,
}

impl KeyFileError {
    pub(super) fn new(path: &Path, problem: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), problem: problem.to_string() }
    }
}

impl KeyDirectory {
    /// Names a directory; nothing is read yet.
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, in_use: Mutex::new(None) }
    }

    /// Returns where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Reads every key file, and says what the directory looked like then.
    ///
    /// # Errors
    ///
    /// [`KeyFileError`] for the first file that is no key: half a set is not taken.
    pub(crate) fn load(&self) -> Result<(Vec<StoredKey>, Listing), KeyFileError> {
        // Listed before reading: a file that changes meanwhile makes the next look see a change.
        let listing = list(&self.path).map_err(|error| KeyFileError::new(&self.path, error))?;
        let mut keys = Vec::new();
        for file in listing.keys() {
            keys.push((file, read_key(file)?));
        }
        let keys = without_imported(keys);
        Ok((keys, listing))
    }

    /// Returns the keys alone.
    ///
    /// # Errors
    ///
    /// As [`KeyDirectory::load`].
    pub(crate) fn keys(&self) -> Result<Vec<StoredKey>, KeyFileError> {
        self.load().map(|(keys, _)| keys)
    }

    /// Whether the directory looks other than it did when its keys were last taken into use.
    /// While they cannot be, it does: it may be enough that time passes.
    pub(crate) fn has_changed(&self) -> bool {
        let now = list(&self.path).ok();
        self.in_use.lock().map_or(true, |in_use| *in_use != now)
    }

    /// Notes that what `listing` lists is in use now.
    pub(crate) fn now_in_use(&self, listing: Listing) {
        if let Ok(mut in_use) = self.in_use.lock() {
            *in_use = Some(listing);
        }
    }
}

impl fmt::Display for KeyDirectory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(f)
    }
}

fn list(directory: &Path) -> io::Result<Listing> {
    let mut listing = Listing::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let hidden = path.file_name().is_none_or(|name| name.to_string_lossy().starts_with('.'));
        let is_key = path.extension().is_some_and(|ext| ext == "json" || ext == "pem");
        if is_key && !hidden {
            // Follows links: mounted secrets are links to the files.
            let metadata = fs::metadata(&path)?;
            listing.insert(path, (metadata.modified().ok(), metadata.len()));
        }
    }
    Ok(listing)
}

fn read_key(file: &Path) -> Result<StoredKey, KeyFileError> {
    let wrong = |problem: &dyn fmt::Display| KeyFileError::new(file, problem);
    let size = fs::metadata(file).map_err(|error| wrong(&error))?.len();
    if size > MAX_FILE {
        return Err(wrong(&format!("{size} bytes are too many for a key")));
    }
    let text = Secret::new(fs::read_to_string(file).map_err(|error| wrong(&error))?);
    warn_if_readable_by_others(file);
    if file.extension().is_some_and(|ext| ext == "pem") {
        let key = SigningKey::from_pem(&text).map_err(|error| wrong(&error))?;
        return Ok(StoredKey::new(key, UnixTime::default(), None));
    }
    let jwk = parse_object(text.expose().as_bytes()).map_err(|error| wrong(&error))?;
    let date = |name: &str| {
        let value = jwk.get(name);
        let date = value.map(|value| value.as_u64().map(UnixTime).ok_or(name)).transpose();
        date.map_err(|name| wrong(&format!("`{name}` is not a whole number of seconds")))
    };
    let (not_before, expires) = (date("nbf")?.unwrap_or_default(), date("exp")?);
    let key = SigningKey::from_jwk(&jwk).map_err(|error| wrong(&error))?;
    let stored = StoredKey::new(key, not_before, expires);
    if file.file_name() != file_name(&stored).as_deref().map(AsRef::as_ref) {
        // Rotation and pruning find a key's file by its key ID.
        return Err(wrong(&format!("the file of this key must be named {}.json", stored.key_id())));
    }
    Ok(stored)
}

/// Drops a PEM file's key where a JWK file holds the same one with its dates: rotation writes
/// that before it removes the PEM.
fn without_imported(keys: Vec<(&PathBuf, StoredKey)>) -> Vec<StoredKey> {
    let is_pem = |file: &Path| file.extension().is_some_and(|ext| ext == "pem");
    let dated: Vec<_> = keys
        .iter()
        .filter(|(file, _)| !is_pem(file))
        .map(|(_, stored)| stored.key().public().clone())
        .collect();
    keys.into_iter()
        .filter(|(file, stored)| !is_pem(file) || !dated.contains(stored.key().public()))
        .map(|(_, stored)| stored)
        .collect()
}

#[cfg(unix)]
fn warn_if_readable_by_others(file: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(file).map_or(0, |metadata| metadata.permissions().mode());
    if mode & 0o077 != 0 {
        tracing::warn!(
            file = %file.display(),
            mode = format!("{:o}", mode & 0o777),
            "this private key can be read by others; chmod 600",
        );
    }
}

#[cfg(not(unix))]
fn warn_if_readable_by_others(_file: &Path) {}

/// Writes a key to `<kid>.json`, mode 0600: into a new file first, synced, then renamed, so that
/// no reader ever sees half of it.
///
/// # Errors
///
/// [`KeyFileError`] when the key ID makes no file name or the file system refuses.
pub(crate) fn write_key(directory: &Path, stored: &StoredKey) -> Result<PathBuf, KeyFileError> {
    let name = file_name(stored).ok_or_else(|| {
        KeyFileError::new(directory, format!("the key ID `{}` makes no file name", stored.key_id()))
    })?;
    let file = directory.join(name);
    let written = write_atomically(directory, &file, &file_text(stored));
    written.map_err(|error| KeyFileError::new(&file, error))?;
    Ok(file)
}

/// The name of a key's file, if its key ID can be one.
fn file_name(stored: &StoredKey) -> Option<String> {
    let id = stored.key_id().as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (id.chars().all(plain) && !id.starts_with('.')).then(|| format!("{id}.json"))
}

fn file_text(stored: &StoredKey) -> Secret {
    let private = stored.key().private_jwk();
    let mut jwk: Map<String, Value> = parse_object(private.expose().as_bytes()).unwrap_or_default();
    jwk.insert("nbf".to_owned(), stored.not_before.0.into());
    match stored.expires {
        Some(expires) => jwk.insert("exp".to_owned(), expires.0.into()),
        None => jwk.remove("exp"),
    };
    Secret::new(format!("{:#}\n", Value::Object(jwk)))
}

fn write_atomically(directory: &Path, file: &Path, text: &Secret) -> io::Result<()> {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let temporary = directory.join(format!(".{name}.{}.tmp", std::process::id()));
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let result = options.open(&temporary).and_then(|mut handle| {
        handle.write_all(text.expose().as_bytes())?;
        handle.sync_all()?;
        fs::rename(&temporary, file)?;
        fs::File::open(directory)?.sync_all()
    });
    if result.is_err() {
        // The error that counts is the first one.
        let _ = fs::remove_file(&temporary);
    }
    result
}
