//! What a fuzzer calls, and the tests with what it found: no part of the program.
//!
//! Each function takes any bytes through the code that requests go through, and asserts what has
//! to hold whatever they are. Programs in `fuzz/` call them, one each, and the tests here call them
//! with every file of `fuzz/corpus`.

#![expect(
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "what does not hold has to stop the fuzzer"
)]

mod bodies;
mod keys;
mod providers;
mod service;
mod tokens;

pub use bodies::{form, json_body};
pub use keys::{jwks, key_file};
pub use providers::{discovery, provider_answer, row};
pub use tokens::jws;

/// A function that is called with any bytes.
pub type Target = fn(&[u8]);

/// Every target, by the name of its program.
pub const TARGETS: [(&str, Target); 8] = [
    ("discovery", discovery),
    ("form", form),
    ("json_body", json_body),
    ("jwks", jwks),
    ("jws", jws),
    ("key_file", key_file),
    ("provider_answer", provider_answer),
    ("row", row),
];

/// What time it is for a fuzzer: 2025-11-24T16:00:00Z.
const NOW: u64 = 1_764_000_000;

/// Whether a text may stand in a description (RFC 6749 §5.2).
fn is_description(text: &str) -> bool {
    text.chars().all(|c| matches!(c, ' '..='~') && !matches!(c, '"' | '\\'))
}

/// Whether a text can be told from what we say ourselves: long, whole, and of all kinds of characters,
/// as credentials are.
fn is_credential(text: &str) -> bool {
    let has = |kind: fn(&char) -> bool| text.chars().any(|c| kind(&c));
    let kinds = [char::is_ascii_digit, char::is_ascii_lowercase, char::is_ascii_uppercase];
    text.len() >= 40 && !text.contains(' ') && kinds.into_iter().all(has)
}

#[cfg(test)]
mod tests;
