//! `keys jwks --format pem`: public keys for verifiers that read no JWKS.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::Failure;
use crate::clock::UnixTime;
use crate::jose::KeyId;
use crate::keys::KeyRing;

/// Writes each published key under its ID: to a file, or to what is printed. Files of keys that are
/// published no more are removed: who reads the directory would go on trusting them.
pub(super) fn written(
    ring: &KeyRing,
    (now, out): (UnixTime, Option<&Path>),
) -> Result<String, Failure> {
    let (mut text, mut written) = (String::new(), Vec::new());
    for key in ring.published(now) {
        let (id, pem) = (key.key_id(), key.key().public_pem());
        let pem = pem.map_err(|error| Failure::Other(format!("{id}: {error}")))?;
        match out {
            // Writing to a string does not fail.
            None => drop(write!(text, "# {id}\n{pem}")),
            Some(directory) => written.push(write_pem((directory, id), &pem)?),
        }
    }
    let removed = out.map_or(Ok(Vec::new()), |directory| remove_others(directory, &written))?;
    let lines = written.iter().map(|file| format!("{}\n", file.display()));
    let removals = removed.iter().map(|file| format!("removed {}\n", file.display()));
    text.extend(lines.chain(removals));
    Ok(text)
}

/// Removes the files that are named as ours are, by a thumbprint (RFC 7638), and are not among those.
fn remove_others(directory: &Path, written: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| {
        Failure::Other(format!("{}: cannot be tidied: {error}", directory.display()))
    };
    let mut removed = Vec::new();
    let entries = match fs::read_dir(directory) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(removed),
        entries => entries.map_err(failed)?,
    };
    for entry in entries {
        let file = entry.map_err(failed)?.path();
        let is_pem = file.extension().is_some_and(|it| it == "pem");
        let is_ours = file.file_stem().and_then(|it| it.to_str()).is_some_and(is_thumbprint);
        if is_pem && is_ours && !written.contains(&file) {
            fs::remove_file(&file).map_err(failed)?;
            removed.push(file);
        }
    }
    Ok(removed)
}

fn is_thumbprint(name: &str) -> bool {
    name.len() == 43 && name.chars().all(is_of_base64url)
}

fn is_of_base64url(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Puts a file in its place whole: a gateway may be reading the directory.
fn write_pem((directory, id): (&Path, &KeyId), pem: &str) -> Result<PathBuf, Failure> {
    if !id.as_str().chars().all(is_of_base64url) {
        return Err(Failure::Other(format!("{id}: this key ID makes no name for a file")));
    }
    let failed = |file: &Path, error: std::io::Error| {
        Failure::Other(format!("{}: cannot be written: {error}", file.display()))
    };
    fs::create_dir_all(directory).map_err(|error| failed(directory, error))?;
    let (file, draft) =
        (directory.join(format!("{id}.pem")), directory.join(format!(".{id}.pem.new")));
    fs::write(&draft, pem).map_err(|error| failed(&draft, error))?;
    fs::rename(&draft, &file).map_err(|error| failed(&file, error))?;
    Ok(file)
}
