//! From a domain error to what is answered. No error has two places here, and none is missing:
//! the matches have no `_`.

use std::time::Duration;

use super::description::{description, names};
use super::{ApiError, ErrorCode, Reason, one_of, quote, show};
use crate::issuer::IssueError;
use crate::verify::{Kind, ProviderProblem, VerifyError};

/// When it is worth trying again after an answer that nobody expected: it will take a person.
const UNEXPECTED_RETRY: Duration = Duration::from_mins(1);

/// What else may be wrong with a code that a provider does not take.
const OF_CODES: &str =
    "; or the code verifier or the redirect URI is not that of the authorization request";

/// Which grant a request uses: it decides how a bad credential is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// `urn:ietf:params:oauth:grant-type:token-exchange`.
    TokenExchange,
    /// `authorization_code`, the code being a provider's.
    AuthorizationCode,
    /// `convert_token`.
    ConvertToken,
}

impl Grant {
    /// A bad subject token is `invalid_request` in a token exchange (RFC 8693 §2.2.2) and
    /// `invalid_grant` everywhere else (RFC 6749 §5.2).
    const fn bad_credential(self) -> ErrorCode {
        match self {
            Self::TokenExchange => ErrorCode::InvalidRequest,
            Self::AuthorizationCode | Self::ConvertToken => ErrorCode::InvalidGrant,
        }
    }
}

/// Says why no token is issued.
pub(crate) fn refusal(error: &IssueError, grant: Grant) -> ApiError {
    use ErrorCode as Code;
    match error {
        IssueError::UnknownClient { received } => ApiError::new(
            Code::InvalidClient,
            Reason::UnknownClient,
            format!("no client has the ID {}", quote(received)),
        ),
        IssueError::OriginNotAllowed { received, client } => origin_not_allowed(received, client),
        IssueError::UnknownProvider { received, expected } => ApiError::new(
            Code::InvalidRequest,
            Reason::UnknownProvider,
            format!("provider {}; expected {}", quote(received), one_of(&names(expected))),
        ),
        IssueError::AmbiguousProvider { received, expected } => ApiError::new(
            Code::InvalidRequest,
            Reason::UnknownProvider,
            format!(
                "several providers are known as {}; name {}",
                quote(received),
                one_of(&names(expected))
            ),
        ),
        IssueError::NoProvider { expected } => ApiError::new(
            Code::InvalidRequest,
            Reason::MissingParameter,
            format!(
                "`provider` is required with an access token or a code: {}",
                one_of(&names(expected))
            ),
        ),
        IssueError::RedirectUriNotAllowed { received, expected } => ApiError::new(
            Code::InvalidGrant,
            Reason::RedirectUriNotAllowed,
            format!("`redirect_uri` is {}; expected {}", quote(received), one_of(expected)),
        ),
        IssueError::InvalidTarget { received, expected } => ApiError::new(
            Code::InvalidTarget,
            Reason::InvalidTarget,
            format!("audience {}; expected {}", quote(received), one_of(expected)),
        ),
        IssueError::InvalidScope { received, expected } => ApiError::new(
            Code::InvalidScope,
            Reason::InvalidScope,
            format!("scope {}; expected {}", quote(received), one_of(expected)),
        ),
        IssueError::Verify(error) => bad_credential(error, grant),
        IssueError::Random(error) => internal(error),
        IssueError::Key(error) => internal(error),
    }
}

/// Says that a page may not use a client.
fn origin_not_allowed(received: &str, client: &str) -> ApiError {
    ApiError::new(
        ErrorCode::UnauthorizedClient,
        Reason::OriginNotAllowed,
        format!("origin {} is not in `origins` of client {}", show(received), show(client)),
    )
}

/// Says nothing to the outside; the log has it.
fn internal(error: &dyn std::error::Error) -> ApiError {
    tracing::error!(%error, "no token could be signed");
    let description = "the token could not be signed; see the log";
    ApiError::new(ErrorCode::ServerError, Reason::Internal, description)
}

fn bad_credential(error: &VerifyError, grant: Grant) -> ApiError {
    let told = || {
        let is_code =
            grant == Grant::AuthorizationCode && reason(error) == Reason::ProviderRejected;
        description(error) + if is_code { OF_CODES } else { "" }
    };
    let answer = |code| ApiError::new(code, reason(error), told());
    let unavailable = |after| answer(ErrorCode::TemporarilyUnavailable).retry_after(after);
    match error {
        VerifyError::Unreachable { retry_after, .. } => unavailable(*retry_after),
        VerifyError::Provider { problem, .. } => match problem {
            ProviderProblem::Busy(retry_after) => unavailable(*retry_after),
            ProviderProblem::UnexpectedAnswer => unavailable(UNEXPECTED_RETRY),
            ProviderProblem::ClientRefused => answer(ErrorCode::ServerError),
            ProviderProblem::Rejected
            | ProviderProblem::MissingScope(_)
            | ProviderProblem::NotAPerson(_)
            | ProviderProblem::SubjectMismatch => answer(grant.bad_credential()).of_credential(),
        },
        VerifyError::SeveralProviders { .. } => answer(ErrorCode::InvalidRequest),
        VerifyError::Malformed(_)
        | VerifyError::TooLarge { .. }
        | VerifyError::UnsupportedAlgorithm { .. }
        | VerifyError::UnknownKey { .. }
        | VerifyError::BadSignature
        | VerifyError::WrongIssuer { .. }
        | VerifyError::WrongAudience { .. }
        | VerifyError::WrongAuthorizedParty { .. }
        | VerifyError::Expired { .. }
        | VerifyError::NotYetValid { .. }
        | VerifyError::TooOld { .. }
        | VerifyError::MissingClaim(_)
        | VerifyError::NonceMismatch(_)
        | VerifyError::DomainNotAllowed { .. }
        | VerifyError::TenantNotAllowed { .. }
        | VerifyError::WrongType { .. }
        | VerifyError::OwnToken
        | VerifyError::NotTaken { .. }
        | VerifyError::WrongKind { .. }
        | VerifyError::WrongAccessTokenHash => answer(grant.bad_credential()).of_credential(),
    }
}

const fn reason(error: &VerifyError) -> Reason {
    match error {
        VerifyError::Malformed(_) | VerifyError::WrongKind { .. } => Reason::Malformed,
        VerifyError::TooLarge { .. } => Reason::TooLarge,
        VerifyError::UnsupportedAlgorithm { .. } => Reason::UnsupportedAlgorithm,
        VerifyError::UnknownKey { .. } => Reason::UnknownKey,
        VerifyError::BadSignature => Reason::BadSignature,
        VerifyError::WrongIssuer { .. } => Reason::WrongIssuer,
        VerifyError::WrongAudience { .. } => Reason::WrongAudience,
        VerifyError::WrongAuthorizedParty { .. } => Reason::WrongAuthorizedParty,
        VerifyError::Expired { .. } => Reason::Expired,
        VerifyError::NotYetValid { .. } => Reason::NotYetValid,
        VerifyError::TooOld { .. } => Reason::TooOld,
        VerifyError::MissingClaim(_) => Reason::MissingClaim,
        VerifyError::NonceMismatch(_) => Reason::NonceMismatch,
        VerifyError::DomainNotAllowed { .. } | VerifyError::TenantNotAllowed { .. } => {
            Reason::DomainNotAllowed
        }
        VerifyError::WrongType { .. } => Reason::WrongType,
        VerifyError::OwnToken => Reason::OwnToken,
        VerifyError::NotTaken { received, .. } => match received {
            Kind::AccessToken => Reason::UnboundAccessToken,
            Kind::Code => Reason::CodeNotTaken,
            Kind::IdToken => Reason::Malformed,
        },
        VerifyError::SeveralProviders { .. } => Reason::UnknownProvider,
        VerifyError::Provider { problem, .. } => match problem {
            ProviderProblem::Rejected
            | ProviderProblem::MissingScope(_)
            | ProviderProblem::NotAPerson(_) => Reason::ProviderRejected,
            ProviderProblem::SubjectMismatch => Reason::SubjectMismatch,
            ProviderProblem::Busy(_) | ProviderProblem::UnexpectedAnswer => {
                Reason::ProviderUnreachable
            }
            ProviderProblem::ClientRefused => Reason::ProviderMisconfigured,
        },
        VerifyError::WrongAccessTokenHash => Reason::WrongAccessTokenHash,
        VerifyError::Unreachable { .. } => Reason::ProviderUnreachable,
    }
}
