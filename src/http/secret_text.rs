//! A credential in a request: documented as text, printed as what it is, a secret.

use std::fmt;

use poem_openapi::NewType;

use crate::secret::Secret;

/// A secret of a request; it becomes a `Secret` in the first line of its handler.
#[derive(Clone, NewType)]
#[oai(to_header = false, from_parameter = false, from_multipart = false)]
pub(super) struct SecretText(pub(super) String);

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl From<SecretText> for Secret {
    fn from(mut text: SecretText) -> Self {
        Self::new(std::mem::take(&mut text.0))
    }
}

impl Drop for SecretText {
    /// Wipes what no handler took, since the request was refused before.
    fn drop(&mut self) {
        drop(Secret::new(std::mem::take(&mut self.0)));
    }
}
