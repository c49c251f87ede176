//! Why a credential is refused: one variant per cause, each knowing what came and what was
//! expected. How that is said to the outside is `http::error`'s.

use std::time::Duration;

use crate::clock::UnixTime;
use crate::jose::{Algorithm, JwsError};
use crate::provider::ProviderId;

/// Why a credential is refused, or cannot be judged now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum VerifyError {
    /// Not a compact JWS, or a claim of the wrong type; says what.
    Malformed(String),
    /// Longer than the limit, in bytes.
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The header's `alg` is not in the provider's list, or the key does not serve it.
    UnsupportedAlgorithm {
        /// What the header says.
        received: String,
        /// The provider's list.
        expected: Vec<Algorithm>,
    },
    /// No key of the provider has this `kid`.
    UnknownKey {
        /// What the header says.
        key_id: Option<String>,
    },
    /// The key did not sign this.
    BadSignature,
    /// `iss` is not the provider's.
    WrongIssuer {
        /// What the token says.
        received: String,
        /// What would be accepted.
        expected: Vec<String>,
    },
    /// The app that the token was issued to is someone else, or someone else as well.
    WrongAudience {
        /// Where that stands: `aud`, or a place in the provider's answer.
        claim: String,
        /// What the token says.
        received: Vec<String>,
        /// Our client IDs.
        expected: Vec<String>,
    },
    /// `azp` is not ours, or missing where there are several audiences.
    WrongAuthorizedParty {
        /// What the token says.
        received: Option<String>,
        /// Our client IDs.
        expected: Vec<String>,
    },
    /// `exp` has passed.
    Expired {
        /// The claim.
        at: UnixTime,
        /// Our clock.
        now: UnixTime,
    },
    /// `nbf` or `iat` is still to come.
    NotYetValid {
        /// Which claim.
        claim: &'static str,
        /// The claim.
        at: UnixTime,
        /// Our clock.
        now: UnixTime,
    },
    /// `iat` is too long ago.
    TooOld {
        /// The claim.
        issued_at: UnixTime,
        /// The longest time that is accepted.
        max_age: Duration,
    },
    /// A claim that must be there is not, or is empty.
    MissingClaim(String),
    /// The nonce is missing on one side, or differs.
    NonceMismatch(NonceProblem),
    /// The person's domain is not one that may sign in.
    DomainNotAllowed {
        /// The claim that was looked at.
        claim: String,
        /// What the token says.
        received: Option<String>,
        /// The domains that may.
        expected: Vec<String>,
    },
    /// The tenant is not one that may sign in.
    TenantNotAllowed {
        /// What the token says.
        received: String,
    },
    /// The header's `typ` is another kind of token (RFC 8725 §3.11).
    WrongType {
        /// What the header says.
        received: String,
    },
    /// A token that we issued ourselves.
    OwnToken,
    /// A credential of a kind that is not taken of this provider: an access token of which nothing
    /// proves which app it was issued to, or a code that is not redeemed.
    NotTaken {
        /// Whose it is said to be.
        provider: ProviderId,
        /// What came.
        received: Kind,
        /// What would be accepted.
        expected: Vec<Kind>,
        /// Whether only the provider's client secret is missing in the configuration.
        needs_secret: bool,
    },
    /// A credential of another kind than the provider has, or than its name stands for.
    WrongKind {
        /// The provider, by the name that the request gave it.
        provider: String,
        /// What came.
        received: Kind,
        /// What would be accepted.
        expected: Vec<Kind>,
    },
    /// The provider was asked, and does not vouch for the person to us.
    Provider {
        /// The provider.
        provider: ProviderId,
        /// What came of it.
        problem: ProviderProblem,
    },
    /// The ID token's `at_hash` is not that of the access token beside it.
    WrongAccessTokenHash,
    /// More than one provider would accept the token; the request has to name one.
    SeveralProviders {
        /// Their names.
        names: Vec<ProviderId>,
    },
    /// The provider's keys could not be fetched and none are cached.
    Unreachable {
        /// Which provider.
        provider: ProviderId,
        /// When it is worth trying again.
        retry_after: Duration,
    },
}

impl VerifyError {
    /// Returns what is wrong with the form of a token, if that is what is wrong: nobody who takes
    /// it for what it is can have made it so.
    pub(super) fn of_form(&self) -> Option<String> {
        if let Self::Malformed(problem) = self {
            return Some(problem.clone());
        }
        if let Self::MissingClaim(name) = self {
            return Some(format!("`{name}` is missing"));
        }
        matches!(self, Self::WrongKind { .. }).then(|| "no compact JWS".to_owned())
    }
}

/// What comes of asking a provider, but for the person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProviderProblem {
    /// It says that the credential is not good.
    Rejected,
    /// It says that the credential lacks a scope: what is needed, space-separated.
    MissingScope(Option<String>),
    /// The account is not one that may sign in, an organization for instance: what would have
    /// had to be so.
    NotAPerson(String),
    /// It names two different people for one token.
    SubjectMismatch,
    /// It cannot answer now: it is away, slow, overloaded, or we ask too often. When it is worth
    /// trying again.
    Busy(Duration),
    /// It answers with something else than it is known to.
    UnexpectedAnswer,
    /// It does not accept our own client ID and secret.
    ClientRefused,
}

/// A kind of credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An ID token, a compact JWS.
    IdToken,
    /// An opaque access token.
    AccessToken,
    /// An authorization code.
    Code,
}

impl Kind {
    /// Returns it in one word, for the log.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::IdToken => "id_token",
            Self::AccessToken => "access_token",
            Self::Code => "code",
        }
    }
}

/// What is wrong with a nonce. The values themselves are nobody else's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NonceProblem {
    /// The token's is not the one sent.
    Differs,
    /// One was sent, the token has none.
    NotInToken,
    /// The provider's policy is `required` and none was sent.
    NotSent,
    /// One was sent, but this provider never puts one into its tokens.
    NeverEchoed,
    /// One was sent or is required, and an access token carries none.
    NotInAccessTokens,
}

impl From<JwsError> for VerifyError {
    fn from(error: JwsError) -> Self {
        match error {
            JwsError::Malformed(what) => Self::Malformed(what.to_owned()),
            JwsError::BadSignature => Self::BadSignature,
        }
    }
}
