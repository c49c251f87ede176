//! Why no token is issued: one variant per cause, each knowing what came and what was expected.

use crate::crypto::RandomFailed;
use crate::keys::KeyError;
use crate::provider::ProviderId;
use crate::verify::VerifyError;

/// Why no token is issued.
#[derive(Debug)]
pub(crate) enum IssueError {
    /// No client has this ID.
    UnknownClient {
        /// What was sent.
        received: String,
    },
    /// The browser page is not of one of the client's origins.
    OriginNotAllowed {
        /// What the browser sent.
        received: String,
        /// The client.
        client: String,
    },
    /// No provider that this client may use has this name.
    UnknownProvider {
        /// What was sent.
        received: String,
        /// The names that would be accepted.
        expected: Vec<ProviderId>,
    },
    /// Several providers have this name among theirs.
    AmbiguousProvider {
        /// What was sent.
        received: String,
        /// The names that would be accepted.
        expected: Vec<ProviderId>,
    },
    /// A credential that does not say whose it is, and no provider named that it could be of.
    NoProvider {
        /// The names that would be accepted.
        expected: Vec<ProviderId>,
    },
    /// The redirect URI of the code is not one of the client's.
    RedirectUriNotAllowed {
        /// What was sent.
        received: String,
        /// The client's redirect URIs.
        expected: Vec<String>,
    },
    /// The client may not have tokens for this audience.
    InvalidTarget {
        /// What was sent.
        received: String,
        /// The client's audiences.
        expected: Vec<String>,
    },
    /// The client may not have this scope.
    InvalidScope {
        /// What was sent.
        received: String,
        /// The client's scopes.
        expected: Vec<String>,
    },
    /// The credential is refused or cannot be judged.
    Verify(VerifyError),
    /// The system gives no random numbers.
    Random(RandomFailed),
    /// The token cannot be signed.
    Key(KeyError),
}

impl From<VerifyError> for IssueError {
    fn from(error: VerifyError) -> Self {
        Self::Verify(error)
    }
}

impl From<RandomFailed> for IssueError {
    fn from(error: RandomFailed) -> Self {
        Self::Random(error)
    }
}

impl From<KeyError> for IssueError {
    fn from(error: KeyError) -> Self {
        Self::Key(error)
    }
}
