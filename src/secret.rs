//! A value that must not be seen: credentials, client secrets, private keys. No parsing here.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::sha256;

/// A string that prints as `[redacted]`, compares in constant time and is wiped when dropped.
///
/// There is no `Display`, no `Serialize` and no `Deref`: the only way in to the text is
/// [`Secret::expose`], which can be searched for.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

impl Secret {
    /// Wraps `text`, which is wiped when the last clone is dropped.
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text itself. What is done with it must not print it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
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

/// Bytes that may hold a secret: a body on its way in or out. They print as `[redacted]` and are
/// wiped when dropped.
pub(crate) struct SecretBytes(Zeroizing<Vec<u8>>);

impl SecretBytes {
    /// Wraps bytes.
    pub(crate) fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// Returns the bytes themselves.
    pub(crate) fn expose(&self) -> &[u8] {
        &self.0
    }
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
    fn equality_looks_at_every_byte() {
        assert_eq!(Secret::new("abc"), Secret::new("abc"));
        assert_ne!(Secret::new("abc"), Secret::new("abd"));
        assert_ne!(Secret::new("abc"), Secret::new("abcd"));
    }
}
