//! Files that hold secrets: how they are read, and who else may.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use figment::value::{Dict, Value};
use figment::{Figment, Provider as _, Source};

use super::load::{Problem, is_secret};
use super::raw::RawConfig;
use crate::secret::{Secret, SecretBytes};

/// Longest file that is read as a secret, in bytes.
const MAX_SECRET_FILE: u64 = 64 * 1024;
/// Everybody may write.
const WRITABLE_BY_OTHERS: u32 = 0o002;
/// The group may write, or everybody may read. That the group may read is how a secret is given to a
/// service.
const OPEN: u32 = 0o024;

/// Reads a secret from a file, without the line's end. Symbolic links are followed: mounted
/// secrets are some.
///
/// # Errors
///
/// What is wrong with the file, which it names.
pub(super) fn read(file: &str) -> Result<Secret, String> {
    let unreadable = |error: std::io::Error| {
        if error.kind() == ErrorKind::NotFound && may_be_the_secret(file) {
            return "no such file; expected its path, and not the secret itself".to_owned();
        }
        format!("{file}: cannot be read: {error}")
    };
    let handle = File::open(file).map_err(unreadable)?;
    let mut bytes = Vec::new();
    handle.take(MAX_SECRET_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    let bytes = SecretBytes::new(bytes);
    if u64::try_from(bytes.expose().len()).is_ok_and(|length| length > MAX_SECRET_FILE) {
        return Err(format!("{file}: longer than {MAX_SECRET_FILE} bytes; expected a secret"));
    }
    let text = std::str::from_utf8(bytes.expose());
    let text = text.map_err(|_| format!("{file}: not UTF-8; expected a secret as text"))?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}

/// Whether a path that was given looks more like the secret itself, which is not to be quoted.
pub(super) fn may_be_the_secret(file: &str) -> bool {
    !file.contains(['/', '.']) && !Path::new(file).exists()
}

/// Checks who may write to the files that hold secrets, and returns what an operator should know
/// of who may read them.
///
/// # Errors
///
/// A file that others may write to: they could put their own secret there.
pub(super) fn check(figment: &Figment, raw: &RawConfig) -> Result<Vec<String>, Problem> {
    let mut warnings = Vec::new();
    for (key, file) in secret_files(raw) {
        warnings.extend(permissions(&key, Path::new(file))?);
    }
    for file in with_secrets(figment) {
        warnings.extend(permissions("", &file)?);
    }
    Ok(warnings)
}

/// Returns the files that stand for secrets, by key.
fn secret_files(raw: &RawConfig) -> Vec<(String, &str)> {
    let subject = [("subject.secret_file".to_owned(), &raw.subject.secret_file)].into_iter();
    let clients = raw.clients.iter().enumerate();
    let clients = clients.map(|(at, it)| (format!("clients.{at}.secret_file"), &it.secret_file));
    let providers = raw.providers.iter().map(|(name, provider)| {
        (format!("providers.{name}.client_secret_file"), &provider.client_secret_file)
    });
    let all = subject.chain(clients).chain(providers);
    let all = all.filter_map(|(key, file)| Some((key, file.as_deref()?)));
    all.chain(raw.tls.as_ref().map(|tls| ("tls.key".to_owned(), tls.key.as_str()))).collect()
}

/// Returns the configuration files that hold secrets themselves.
fn with_secrets(figment: &Figment) -> BTreeSet<PathBuf> {
    let values: Dict = figment.data().unwrap_or_default().into_values().next().unwrap_or_default();
    let mut files = BTreeSet::new();
    collect(figment, &mut Vec::new(), &Value::from(values), &mut files);
    files
}

fn collect(figment: &Figment, key: &mut Vec<String>, value: &Value, files: &mut BTreeSet<PathBuf>) {
    let below: Vec<(String, &Value)> = match value {
        Value::Dict(_, values) => values.iter().map(|(name, it)| (name.clone(), it)).collect(),
        Value::Array(_, items) => {
            items.iter().enumerate().map(|(at, it)| (at.to_string(), it)).collect()
        }
        Value::String(..) | Value::Char(..) | Value::Num(..) if is_secret(key) => {
            let source = figment.get_metadata(value.tag()).and_then(|it| it.source.as_ref());
            files.extend(source.and_then(Source::file_path).map(Path::to_owned));
            return;
        }
        Value::String(..)
        | Value::Char(..)
        | Value::Num(..)
        | Value::Bool(..)
        | Value::Empty(..) => return,
    };
    for (name, value) in below {
        key.push(name);
        collect(figment, key, value, files);
        key.pop();
    }
}

/// Says who else may read a file. Whatever is no regular file has no say in it, and one that is
/// absent is for its reader to miss.
fn permissions(key: &str, file: &Path) -> Result<Option<String>, Problem> {
    let Ok(found) = fs::metadata(file) else { return Ok(None) };
    let (mode, name) = (found.permissions().mode() & 0o7777, file.display());
    if !found.is_file() || mode & (WRITABLE_BY_OTHERS | OPEN) == 0 {
        return Ok(None);
    }
    if mode & WRITABLE_BY_OTHERS != 0 {
        let problem = format!(
            "{name} holds secrets, and others may write to it (mode {mode:04o}): chmod go-w '{name}'"
        );
        return Err(Problem { key: key.to_owned(), problem });
    }
    let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
    Ok(Some(format!(
        "{key}{name} holds secrets, and the group may write it or everybody on this machine read it \
         (mode {mode:04o}): chmod g-w,o-r '{name}'. Within a container of its own, as Docker mounts \
         secrets, it may stay so"
    )))
}

#[cfg(test)]
mod tests;
