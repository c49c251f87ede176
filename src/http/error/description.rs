//! What is said of a credential that is refused: what was received and what was expected, never
//! the credential, and nothing of a provider's answer but ids and times.

use super::{one_of, show};
use crate::clock::UnixTime;
use crate::jose::Algorithm;
use crate::provider::ProviderId;
use crate::verify::{Kind, NonceProblem, ProviderProblem, VerifyError};

/// Says what was received and what was expected.
pub(super) fn description(error: &VerifyError) -> String {
    let or_missing = |text: &Option<String>| text.as_deref().map_or("missing".to_owned(), show);
    match error {
        VerifyError::Malformed(what) => what.clone(),
        VerifyError::TooLarge { limit } => format!("the token is longer than {limit} bytes"),
        VerifyError::UnsupportedAlgorithm { received, expected } => {
            algorithm(&show(received), expected)
        }
        VerifyError::UnknownKey { key_id } => unknown_key(key_id.as_deref()),
        VerifyError::BadSignature => {
            "the signature is not by the key that the token names".to_owned()
        }
        VerifyError::WrongIssuer { received, expected } => {
            expected_claim("iss", &show(received), expected)
        }
        VerifyError::WrongAudience { claim, received, expected } => {
            expected_claim(claim, &several(received), expected)
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
        VerifyError::NotTaken { provider, received, expected, needs_secret } => {
            not_taken(provider, *received, (expected, *needs_secret))
        }
        VerifyError::WrongKind { provider, received, expected } => {
            wrong_kind(provider, *received, expected)
        }
        VerifyError::Provider { provider, problem } => of_provider(provider, problem),
        VerifyError::WrongAccessTokenHash => {
            "`at_hash` is not the hash of the access token that came with it".to_owned()
        }
        VerifyError::SeveralProviders { names: several } => {
            format!("the token fits several providers; name {}", one_of(&names(several)))
        }
        VerifyError::Unreachable { provider, .. } => {
            format!("the keys of {provider} could not be fetched; try again")
        }
    }
}

fn of_provider(provider: &ProviderId, problem: &ProviderProblem) -> String {
    match problem {
        ProviderProblem::Rejected => format!(
            "{provider} says that the credential is not good: expired, revoked, used before, or \
             another app's"
        ),
        ProviderProblem::MissingScope(scope) => {
            let scope = scope.as_deref().map_or("one for the profile".to_owned(), show);
            format!("{provider} says that the token lacks a scope; expected {scope}")
        }
        ProviderProblem::NotAPerson(expected) => {
            format!("the account at {provider} may not sign in; expected one of which {expected}")
        }
        ProviderProblem::SubjectMismatch => {
            format!("{provider} names two different people for this token")
        }
        ProviderProblem::Busy(_) => format!("{provider} cannot answer now; try again"),
        ProviderProblem::UnexpectedAnswer => {
            format!("{provider} answers otherwise than it is known to; the log says where")
        }
        ProviderProblem::ClientRefused => format!(
            "{provider} does not accept the client ID and secret that are configured for it"
        ),
    }
}

fn wrong_kind(provider: &str, received: Kind, expected: &[Kind]) -> String {
    // The name of the provider or `subject_token_type` said so.
    let announced = if expected == [Kind::IdToken] { ", as was announced" } else { "" };
    let expected = one_of_kinds(expected);
    format!("{} came for {provider}; expected {expected}{announced}", kind(received))
}

fn not_taken(
    provider: &ProviderId,
    received: Kind,
    (expected, needs_secret): (&[Kind], bool),
) -> String {
    let problem = match received {
        Kind::AccessToken => format!("nothing proves that {provider} issued it to this app"),
        Kind::Code | Kind::IdToken => format!("those of {provider} are not taken here"),
    };
    let secret = if needs_secret { " while its `client_secret` is not configured" } else { "" };
    let expected = one_of_kinds(expected);
    format!("{} came, and {problem}{secret}; expected {expected}", kind(received))
}

fn one_of_kinds(kinds: &[Kind]) -> String {
    let names: Vec<_> = kinds.iter().map(|it| kind(*it)).collect();
    if names.is_empty() { "another provider".to_owned() } else { names.join(" or ") }
}

const fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::IdToken => "an ID token (a compact JWS)",
        Kind::AccessToken => "an opaque access token",
        Kind::Code => "an authorization code",
    }
}

fn several(received: &[String]) -> String {
    received.iter().take(5).map(|id| show(id)).collect::<Vec<_>>().join(", ")
}

fn algorithm(received: &str, expected: &[Algorithm]) -> String {
    let expected: Vec<_> = expected.iter().map(|it| it.name().to_owned()).collect();
    expected_claim("alg", received, &expected)
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
        NonceProblem::NotInAccessTokens => {
            "`nonce` was sent or is required, and an access token carries none: send an ID token"
        }
        NonceProblem::NeverEchoed => "this provider puts no `nonce` into its tokens; leave it out",
    }
}

pub(super) fn names(providers: &[ProviderId]) -> Vec<&str> {
    providers.iter().map(ProviderId::as_str).collect()
}
