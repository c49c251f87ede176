//! Key files as a fuzzer writes them.

use std::path::Path;

use super::StoredKey;
use super::file::parse_key;
use crate::secret::SecretBytes;

/// Reads a file of this name and content as the directory does; the error's text, if it is none.
pub(crate) fn parse(name: &str, content: &SecretBytes) -> Result<StoredKey, String> {
    parse_key(Path::new(name), content).map_err(|error| error.to_string())
}
