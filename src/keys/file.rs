//! One key file: its name, its text, and reading it with suspicion. Writing is `lock`'s.

use std::fmt;
use std::fs::{self, Metadata};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::StoredKey;
use crate::clock::UnixTime;
use crate::jose::SigningKey;
use crate::json::parse_object;
use crate::secret::{Secret, SecretBytes, SecretMembers};

/// Largest file that is read; an RSA key of 8192 bits has 7 KiB.
const MAX_FILE: u64 = 64 * 1024;
/// The permission bit by which others may write. The group may: Kubernetes gives a volume to one.
const WRITABLE: u32 = 0o002;
/// The bits of a directory in which nobody may replace what is another's: so secrets are mounted.
const STICKY_DIRECTORY: u32 = 0o041_000;
/// The permission bits by which group or others may read.
const READABLE: u32 = 0o044;

/// What is wrong with a file and what to do about it, without anything that it holds.
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

/// Whether group or others may read what has this mode.
pub(super) fn is_readable_by_others(mode: u32) -> bool {
    mode & READABLE != 0
}

/// Refuses what others may write: whoever can write a key can sign with one. Decided by
/// the mode alone, since nothing is forbidden to root.
pub(super) fn refuse_writable(path: &Path, mode: u32, wanted: &str) -> Result<(), KeyFileError> {
    if mode & WRITABLE == 0 || mode & STICKY_DIRECTORY == STICKY_DIRECTORY {
        return Ok(());
    }
    let mode = mode & 0o7777;
    let problem = format!(
        "others may write it (mode {mode:o}), and so sign; `chmod {wanted}` it, after a look at \
         what they wrote"
    );
    Err(KeyFileError::new(path, problem))
}

/// Reads a file that holds a secret, and says with which mode it was found.
///
/// # Errors
///
/// [`KeyFileError`] when it is no file, cannot be read, has more than 64 KiB, or can be written by
/// others.
pub(super) fn read_secret(file: &Path) -> Result<(SecretBytes, u32), KeyFileError> {
    let unreadable = |error: &dyn fmt::Display| {
        KeyFileError::new(file, format!("cannot be read: {error}; restore it or remove it"))
    };
    let metadata = fs::metadata(file).map_err(|error| unreadable(&error))?;
    if !metadata.is_file() {
        return Err(unreadable(&"not a file"));
    }
    let mode = metadata.permissions().mode();
    refuse_writable(file, mode, "600")?;
    let bytes = read_at_most(file, &metadata).map_err(|error| unreadable(&error))?;
    if bytes.expose().len() as u64 > MAX_FILE {
        let problem = format!("more than {MAX_FILE} bytes are too many for a key; remove it");
        return Err(KeyFileError::new(file, problem));
    }
    Ok((bytes, mode))
}

fn read_at_most(file: &Path, metadata: &Metadata) -> io::Result<SecretBytes> {
    // Room for all of it at once: a buffer that grows leaves copies behind.
    let expected = metadata.len().min(MAX_FILE) + 1;
    let mut bytes = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    let read = fs::File::open(file)?.take(expected).read_to_end(&mut bytes);
    let bytes = SecretBytes::new(bytes);
    read.map(|_| bytes)
}

/// Reads a private JWK with its dates, or the PKCS#8 block of a `*.pem`, and says with which mode
/// the file was found.
///
/// # Errors
///
/// [`KeyFileError`] when it cannot be read, holds no key of ours, or has another name than its
/// key's.
pub(super) fn read_key(file: &Path) -> Result<(StoredKey, u32), KeyFileError> {
    let (bytes, mode) = read_secret(file)?;
    Ok((parse_key(file, &bytes)?, mode))
}

/// Reads what stands in a file of this name.
pub(super) fn parse_key(file: &Path, bytes: &SecretBytes) -> Result<StoredKey, KeyFileError> {
    let wrong = |problem: &dyn fmt::Display| {
        KeyFileError::new(file, format!("{problem}; restore it or remove it"))
    };
    if is_pem(file) {
        let text = std::str::from_utf8(bytes.expose()).map_err(|_| wrong(&"not UTF-8"))?;
        let key = SigningKey::from_pem(&Secret::new(text)).map_err(|error| wrong(&error))?;
        return Ok(StoredKey::new(key, UnixTime::default(), None));
    }
    let jwk = parse_object(bytes.expose()).map_err(|error| wrong(&error))?;
    let jwk = SecretMembers::new(jwk.into());
    let date = |name: &str| {
        let value = jwk.expose().get(name);
        let date = value.map(|value| value.as_u64().map(UnixTime).ok_or(name)).transpose();
        date.map_err(|name| wrong(&format!("`{name}` is not a whole number of seconds")))
    };
    let (not_before, expires) = (date("nbf")?.unwrap_or_default(), date("exp")?);
    let key = SigningKey::from_jwk(&jwk).map_err(|error| wrong(&error))?;
    let stored = StoredKey::new(key, not_before, expires);
    if file.file_name() != file_name(&stored).as_deref().map(AsRef::as_ref) {
        // Rotation and pruning find a key's file by its key ID.
        let problem =
            format!("the file of this key must be named {}.json; rename it", stored.key_id());
        return Err(KeyFileError::new(file, problem));
    }
    Ok(stored)
}

/// Whether a file is read as PEM.
pub(super) fn is_pem(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension == "pem")
}

/// The name of a key's file, if its key ID can be one.
pub(super) fn file_name(stored: &StoredKey) -> Option<String> {
    let id = stored.key_id().as_str();
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    (id.chars().all(plain) && !id.starts_with('.')).then(|| format!("{id}.json"))
}

/// The private JWK with its dates.
pub(super) fn file_text(stored: &StoredKey) -> Secret {
    let mut jwk = stored.key().private_jwk().clone();
    jwk.set("nbf", stored.not_before.0);
    match stored.expires {
        Some(expires) => jwk.set("exp", expires.0),
        None => jwk.unset("exp"),
    }
    jwk.to_text()
}
