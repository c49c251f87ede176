//! The published words: OAuth error codes and our reasons, each with its status and meaning.

use poem::http::StatusCode;
use poem_openapi::Enum;

/// An error code of RFC 6749 §5.2, RFC 8693 §2.2.2 or RFC 6749 §4.1.2.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum ErrorCode {
    InvalidClient,
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    InvalidTarget,
    ServerError,
    TemporarilyUnavailable,
    UnauthorizedClient,
    UnsupportedGrantType,
}

/// Makes the enum and its table from one list, so that no reason goes without its meaning.
macro_rules! reasons {
    ($($(#[$doc:meta])* $variant:ident, $name:literal, $status:ident, $meaning:literal;)+) => {
        /// The one cause of a failure. Stable: programs may branch on it.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
        pub(crate) enum Reason {
            $(#[oai(rename = $name)] $variant,)+
        }

        impl Reason {
            /// Every reason.
            pub(crate) const ALL: &[Self] = &[$(Self::$variant,)+];

            /// Returns the published name.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            /// Returns the status that it is answered with.
            pub(crate) const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)+ }
            }

            /// Returns what it means and what to do about it.
            pub(crate) const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)+ }
            }
        }
    };
}

reasons! {
    BadClientCredentials, "bad_client_credentials", UNAUTHORIZED,
        "The client has a secret, and none or another one was sent.";
    BadSignature, "bad_signature", BAD_REQUEST,
        "The key that the token names did not sign it.";
    ClientNotExplained, "client_not_explained", BAD_REQUEST,
        "The client asks about another one that is not in its `explains`.";
    CodeNotTaken, "code_not_taken", BAD_REQUEST,
        "This provider's authorization codes are not redeemed here: see its `client_secret`.";
    DomainNotAllowed, "domain_not_allowed", BAD_REQUEST,
        "The person is not of a domain or tenant that may sign in.";
    DoubledParameter, "doubled_parameter", BAD_REQUEST,
        "A parameter that may stand once stands twice (RFC 6749 section 3.2).";
    Expired, "expired", BAD_REQUEST,
        "The token's `exp` has passed. Get a fresh one from the provider.";
    Internal, "internal", INTERNAL_SERVER_ERROR,
        "Something failed here. The log has the request ID.";
    InvalidParameter, "invalid_parameter", BAD_REQUEST,
        "A parameter or the body does not have the form that it must have.";
    InvalidScope, "invalid_scope", BAD_REQUEST,
        "The client may not have this scope.";
    InvalidTarget, "invalid_target", BAD_REQUEST,
        "`audience` or `resource` is not one of the client's audiences.";
    Malformed, "malformed", BAD_REQUEST,
        "Not the kind of token that was expected, or a claim of the wrong type.";
    MethodNotAllowed, "method_not_allowed", METHOD_NOT_ALLOWED,
        "The path does not take this method.";
    MissingClaim, "missing_claim", BAD_REQUEST,
        "A claim that must be in the token is not, or is empty.";
    MissingParameter, "missing_parameter", BAD_REQUEST,
        "A parameter that is required was not sent, or is empty.";
    NonceMismatch, "nonce_mismatch", BAD_REQUEST,
        "The token's nonce is not the one that was sent, or one of them is missing.";
    NotFound, "not_found", NOT_FOUND,
        "Nothing is at this path.";
    NotReady, "not_ready", SERVICE_UNAVAILABLE,
        "No signing key may sign at this moment, or the service is stopping.";
    NotYetValid, "not_yet_valid", BAD_REQUEST,
        "The token's `nbf` or `iat` is more than a minute ahead. Check the clocks.";
    OriginNotAllowed, "origin_not_allowed", BAD_REQUEST,
        "The page's origin is not in the client's `origins`.";
    Overloaded, "overloaded", SERVICE_UNAVAILABLE,
        "Too much is under way here. `Retry-After` says when to try again.";
    OwnToken, "own_token", BAD_REQUEST,
        "The token is one of ours. It is not a credential here; call your API with it.";
    ProviderMisconfigured, "provider_misconfigured", INTERNAL_SERVER_ERROR,
        "The provider does not accept the client ID and secret that are configured for it.";
    ProviderRejected, "provider_rejected", BAD_REQUEST,
        "The provider says that the credential is not good, or lacks a scope. Sign in again.";
    ProviderUnreachable, "provider_unreachable", SERVICE_UNAVAILABLE,
        "The provider does not answer, is too busy, or answers wrongly. Try again.";
    RateLimited, "rate_limited", TOO_MANY_REQUESTS,
        "Too many requests from this address. `Retry-After` says when to try again.";
    RedirectUriNotAllowed, "redirect_uri_not_allowed", BAD_REQUEST,
        "`redirect_uri` is not one of the client's `redirect_uris`.";
    SubjectMismatch, "subject_mismatch", BAD_REQUEST,
        "The provider names two different people for one token.";
    TimedOut, "timed_out", SERVICE_UNAVAILABLE,
        "The request was not received and answered in time.";
    TooLarge, "too_large", PAYLOAD_TOO_LARGE,
        "The body is longer than `limits.body_bytes`, or (400) the token than any provider's.";
    TooOld, "too_old", BAD_REQUEST,
        "The token was issued too long ago, whatever its `exp` says.";
    UnboundAccessToken, "unbound_access_token", BAD_REQUEST,
        "Nothing proves which app the access token was issued to. Send an ID token or a code.";
    UnknownClient, "unknown_client", UNAUTHORIZED,
        "`client_id` is not one of the configured clients.";
    UnknownKey, "unknown_key", BAD_REQUEST,
        "No key of the provider has the token's `kid`.";
    UnknownProvider, "unknown_provider", BAD_REQUEST,
        "No provider of this name is configured for the client.";
    UnsupportedAlgorithm, "unsupported_algorithm", BAD_REQUEST,
        "The token's `alg` is not one that the provider is known to use.";
    UnsupportedGrantType, "unsupported_grant_type", BAD_REQUEST,
        "`grant_type` is not one that this endpoint takes.";
    UnsupportedMediaType, "unsupported_media_type", UNSUPPORTED_MEDIA_TYPE,
        "The content type is missing or not one that this path takes.";
    UnsupportedTokenType, "unsupported_token_type", BAD_REQUEST,
        "`subject_token_type` or `requested_token_type` is not one that is handled.";
    WrongAccessTokenHash, "wrong_access_token_hash", BAD_REQUEST,
        "The `at_hash` of the ID token is not that of the access token that came with it.";
    WrongAudience, "wrong_audience", BAD_REQUEST,
        "The token was issued to another app than one of our client IDs.";
    WrongAuthorizedParty, "wrong_authorized_party", BAD_REQUEST,
        "The token's `azp` is not one of our client IDs, or is missing.";
    WrongIssuer, "wrong_issuer", BAD_REQUEST,
        "The token's `iss` is not the provider's.";
    WrongType, "wrong_type", BAD_REQUEST,
        "The token's `typ` is of another kind of token than an ID token.";
}

impl Reason {
    /// The statuses that failures have, with what they mean.
    pub(super) const STATUSES: [(u16, &'static str); 9] = [
        (400, "The request or the credential is refused"),
        (401, "The client is unknown or not authenticated (`invalid_client`)"),
        (404, "Nothing is at this path"),
        (405, "The path does not take this method"),
        (413, "The body is too large"),
        (415, "The content type is not one that this path takes"),
        (429, "Too many requests from this address"),
        (500, "Something failed here"),
        (503, "The provider, or this service, cannot answer now (`temporarily_unavailable`)"),
    ];
}

#[cfg(test)]
mod tests {
    use poem_openapi::types::ToJSON;

    use super::*;

    #[test]
    fn reasons_are_sorted_and_have_a_documented_status() {
        assert!(Reason::ALL.windows(2).all(|pair| pair[0].name() < pair[1].name()));
        for reason in Reason::ALL {
            let status = reason.status().as_u16();
            assert!(
                Reason::STATUSES.iter().any(|(known, _)| *known == status),
                "{}",
                reason.name()
            );
            assert_eq!(reason.to_json().unwrap(), reason.name());
        }
    }
}
