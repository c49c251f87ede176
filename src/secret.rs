//! A value that must not be seen: credentials, client secrets, private keys. No parsing here.

use std::fmt;

use serde_json::{Map, Value};
use subtle::ConstantTimeEq;
use zeroize::Zeroize as _;

use crate::crypto::sha256;

/// A string that prints as `[redacted]`, compares in constant time and is wiped when dropped.
///
/// There is no `Display`, no `Serialize` and no `Deref`: the only way in to the text is
/// [`Secret::expose`], which can be searched for.
#[derive(Clone)]
pub(crate) struct Secret(String);

impl Secret {
    /// Wraps `text`, which is wiped when the last clone is dropped.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text itself. What is done with it must not print it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        wipe(&mut std::mem::take(&mut self.0).into_bytes());
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for Secret {
    /// Compares digests, so that the time tells neither where two differ nor whether their lengths
    /// do: it grows by the 64 bytes of each text, apart from the other's.
    fn eq(&self, other: &Self) -> bool {
        let [one, other] = [self, other].map(|secret| sha256(secret.0.as_bytes()));
        one.ct_eq(&other).into()
    }
}

impl Eq for Secret {}

/// Bytes that may hold a secret: a key, or a body on its way in or out. They print as `[redacted]`,
/// compare in constant time and are wiped when dropped.
#[derive(Clone)]
pub(crate) struct SecretBytes(Vec<u8>);

impl SecretBytes {
    /// Wraps bytes, which are wiped when the last clone is dropped.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Makes room for as many bytes, which are none yet.
    pub(crate) fn with_room(length: usize) -> Self {
        Self(Vec::with_capacity(length))
    }

    /// Appends bytes. Where they have no room all are moved, and none is left behind.
    pub(crate) fn append(&mut self, more: &[u8]) {
        if self.0.capacity() - self.0.len() < more.len() {
            let mut wider = Self::with_room((self.0.len() + more.len()).next_power_of_two());
            wider.0.extend_from_slice(&self.0);
            *self = wider;
        }
        self.0.extend_from_slice(more);
    }

    /// Returns the bytes themselves.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the bytes to be filled in; their number stays.
    pub(crate) fn expose_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for SecretBytes {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

/// Wipes bytes and what lies behind them, all at once: a `Vec` wipes itself byte by byte.
fn wipe(bytes: &mut Vec<u8>) {
    bytes.resize(bytes.capacity(), 0);
    bytes.as_mut_slice().zeroize();
}

impl AsRef<[u8]> for SecretBytes {
    fn as_ref(&self) -> &[u8] {
        self.expose()
    }
}

impl fmt::Debug for SecretBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl PartialEq for SecretBytes {
    /// Compares in time that depends on the lengths alone.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SecretBytes {}

/// The members of a JSON object, a private JWK for one: they print as `[redacted]`, and their texts
/// are wiped when dropped.
#[derive(Clone)]
pub(crate) struct SecretMembers(Map<String, Value>);

impl SecretMembers {
    /// Takes the members over.
    pub(crate) fn new(members: Map<String, Value>) -> Self {
        Self(members)
    }

    /// Returns the members themselves.
    pub(crate) fn expose(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Adds a member, or wipes it and puts another in its place.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<Value>) {
        if let Some(mut old) = self.0.insert(name.to_owned(), value.into()) {
            wipe_value(&mut old);
        }
    }

    /// Takes a member out and wipes it.
    pub(crate) fn unset(&mut self, name: &str) {
        if let Some(mut old) = self.0.remove(name) {
            wipe_value(&mut old);
        }
    }

    /// Returns the object as JSON text, on many lines for people.
    pub(crate) fn to_text(&self) -> Secret {
        // A map with text for keys can always be written.
        Secret::new(serde_json::to_string_pretty(&self.0).unwrap_or_default())
    }
}

impl fmt::Debug for SecretMembers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for SecretMembers {
    fn drop(&mut self) {
        self.0.values_mut().for_each(wipe_value);
    }
}

fn wipe_value(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe_value),
        Value::Object(members) => members.values_mut().for_each(wipe_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_never_printed() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?}"), "[redacted]");
        assert_eq!(format!("{:?}", Some(&secret)), "Some([redacted])");
        assert_eq!(format!("{:?}", SecretBytes::new("hunter2")), "[redacted]");
    }

    #[test]
    fn what_is_wiped_is_gone_to_the_last_byte() {
        let mut bytes = Vec::with_capacity(64);
        bytes.extend_from_slice(b"hunter2");
        bytes.truncate(3);
        wipe(&mut bytes);
        assert_eq!(bytes, [0; 64]);
        let mut secret = SecretBytes::with_room(2);
        for more in [b"hun".as_slice(), b"", b"ter2"] {
            secret.append(more);
        }
        assert_eq!(secret.expose(), b"hunter2");
    }

    #[test]
    fn the_texts_of_members_are_wiped_at_any_depth() {
        let mut value = serde_json::json!({ "d": "deep", "oth": [{ "r": "deeper" }], "nbf": 1 });
        wipe_value(&mut value);
        assert_eq!(value, serde_json::json!({ "d": "", "oth": [{ "r": "" }], "nbf": 1 }));
        let members = SecretMembers::new(Map::from_iter([("d".to_owned(), "deep".into())]));
        assert_eq!(format!("{members:?}"), "[redacted]");
    }

    #[test]
    fn equality_looks_at_every_byte() {
        assert_eq!(Secret::new("abc"), Secret::new("abc"));
        assert_ne!(Secret::new("abc"), Secret::new("abd"));
        assert_ne!(Secret::new("abc"), Secret::new("abcd"));
        assert_eq!(SecretBytes::new(*b"abc"), SecretBytes::new(*b"abc"));
        assert_ne!(SecretBytes::new(*b"abc"), SecretBytes::new(*b"abd"));
        assert_ne!(SecretBytes::new(*b"abc"), SecretBytes::new(*b"abcd"));
    }
}
