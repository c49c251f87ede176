//! From a domain error to what is answered. No error has two places here, and none is missing:
//! the matches have no `_`.

use super::{ApiError, ErrorCode, Reason, one_of, quote, show};
use crate::clock::UnixTime;
use crate::issuer::IssueError;
use crate::provider::ProviderId;
use crate::verify::{NonceProblem, VerifyError};

/// Which grant a request uses: it decides how a bad credential is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Grant {
    /// `urn:ietf:params:oauth:grant-type:token-exchange`.
    TokenExchange,
    /// `convert_token`.
    ConvertToken,
}

impl Grant {
    /// A bad subject token is `invalid_request` in a token exchange (RFC 8693 §2.2.2) and
    /// `invalid_grant` everywhere else (RFC 6749 §5.2).
    const fn bad_credential(self) -> ErrorCode {
        match self {
            Self::TokenExchange => ErrorCode::InvalidRequest,
            Self::ConvertToken => ErrorCode::InvalidGrant,
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
            format!("`provider` is required with an access token: {}", one_of(&names(expected))),
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
    let (reason, description) = (reason(error), description(error));
    match error {
        VerifyError::Unreachable { retry_after, .. } => {
            ApiError::new(ErrorCode::TemporarilyUnavailable, reason, description)
                .retry_after(*retry_after)
        }
        VerifyError::SeveralProviders { .. } => {
            ApiError::new(ErrorCode::InvalidRequest, reason, description)
        }
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
        | VerifyError::UnboundAccessToken { .. } => {
            ApiError::new(grant.bad_credential(), reason, description).of_credential()
        }
    }
}

const fn reason(error: &VerifyError) -> Reason {
    match error {
        VerifyError::Malformed(_) => Reason::Malformed,
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
        VerifyError::UnboundAccessToken { .. } => Reason::UnboundAccessToken,
        VerifyError::SeveralProviders { .. } => Reason::UnknownProvider,
        VerifyError::Unreachable { .. } => Reason::ProviderUnreachable,
    }
}

/// Says what was received and what was expected.
fn description(error: &VerifyError) -> String {
    let or_missing = |text: &Option<String>| text.as_deref().map_or("missing".to_owned(), show);
    match error {
        VerifyError::Malformed(what) => what.clone(),
        VerifyError::TooLarge { limit } => format!("the token is longer than {limit} bytes"),
        VerifyError::UnsupportedAlgorithm { received, expected } => {
            let expected: Vec<_> = expected.iter().map(|it| it.name().to_owned()).collect();
            expected_claim("alg", &show(received), &expected)
        }
        VerifyError::UnknownKey { key_id } => unknown_key(key_id.as_deref()),
        VerifyError::BadSignature => {
            "the signature is not by the key that the token names".to_owned()
        }
        VerifyError::WrongIssuer { received, expected } => {
            expected_claim("iss", &show(received), expected)
        }
        VerifyError::WrongAudience { received, expected } => {
            let received: Vec<_> = received.iter().take(5).map(|id| show(id)).collect();
            expected_claim("aud", &received.join(", "), expected)
        }
        VerifyError::WrongAuthorizedParty { received, expected } => {
            expected_claim("azp", &or_missing(received), expected)
        }
        VerifyError::Expired { at, now } => moment("exp", *at, *now),
        VerifyError::NotYetValid { claim, at, now } => moment(claim, *at, *now),
        VerifyError::TooOld { issued_at, max_age } => {
            let max_age = humantime::format_duration(*max_age);
            format!("`iat` is {}; expected at most {max_age} ago", issued_at.to_rfc3339())
        }
        VerifyError::MissingClaim(name) => format!("the token has no {}", show(name)),
        VerifyError::NonceMismatch(problem) => nonce(*problem).to_owned(),
        VerifyError::DomainNotAllowed { claim, received, expected } => {
            expected_claim(claim, &or_missing(received), expected)
        }
        VerifyError::TenantNotAllowed { received } => {
            format!("tenant {} may not sign in here", show(received))
        }
        VerifyError::WrongType { received } => {
            format!("`typ` is {}; expected 'JWT' or none, as ID tokens have", show(received))
        }
        VerifyError::OwnToken => {
            "the token was issued here; expected one that a provider issued".to_owned()
        }
        VerifyError::UnboundAccessToken { provider } => unbound(provider),
        VerifyError::SeveralProviders { names: several } => {
            format!("the token fits several providers; name {}", one_of(&names(several)))
        }
        VerifyError::Unreachable { provider, .. } => {
            format!("the keys of {provider} could not be fetched; try again")
        }
    }
}

fn unbound(provider: &ProviderId) -> String {
    format!(
        "an opaque access token came, of which nothing proves that {provider} issued it to this \
         app; expected an ID token (a compact JWS)"
    )
}

fn moment(claim: &str, at: UnixTime, now: UnixTime) -> String {
    format!("`{claim}` is {}; it is {} here", at.to_rfc3339(), now.to_rfc3339())
}

fn expected_claim(name: &str, received: &str, expected: &[String]) -> String {
    format!("`{name}` is {received}; expected {}", one_of(expected))
}

fn unknown_key(key_id: Option<&str>) -> String {
    match key_id {
        Some(key_id) => format!("the provider has no key of the ID {}", show(key_id)),
        None => "the token names no key, and none of the provider's signed it".to_owned(),
    }
}

const fn nonce(problem: NonceProblem) -> &'static str {
    match problem {
        NonceProblem::Differs => {
            "the token's `nonce` is not the one that was sent, nor its SHA-256"
        }
        NonceProblem::NotInToken => "`nonce` was sent, but the token has none",
        NonceProblem::NotSent => "`nonce` is required for this provider and was not sent",
        NonceProblem::NeverEchoed => "this provider puts no `nonce` into its tokens; leave it out",
    }
}

fn names(providers: &[ProviderId]) -> Vec<&str> {
    providers.iter().map(ProviderId::as_str).collect()
}
