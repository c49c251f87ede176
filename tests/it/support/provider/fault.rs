//! What can be wrong with a provider.

use std::time::Duration;

/// What is wrong with a provider.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answers, but only after this time.
    Slow(Duration),
    /// Closes every connection without an answer.
    Closed,
    /// Answers 503.
    Unavailable,
    /// Sends a key set that does not end for a megabyte.
    Huge,
    /// Sends to another place for the key set, where a good one is.
    Redirecting,
    /// Sends a page in place of the key set.
    Html,
    /// Calls the key set plain text.
    PlainText,
    /// Sends a key set without keys.
    NoKeys,
    /// Calls itself otherwise in its discovery document.
    WrongIssuer,
    /// Has its key set at a plain http address that is not on loopback.
    PlainHttpKeys,
}
