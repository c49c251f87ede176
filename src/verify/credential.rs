//! What a client holds of a person, and which kinds of that a provider takes.

use super::code::Code;
use super::error::{Kind, VerifyError};
use crate::jose::{CompactJws, UnverifiedJws, looks_like_jws};
use crate::json::Json;
use crate::provider::{
    AccessTokenRules, Alternatives, Answers, CodeRules, Issuers, Provider, Unavailable,
};
use crate::secret::Secret;
use crate::telemetry::Span;

/// Longest credential that is looked at, in bytes. The largest ID tokens seen, with dozens of
/// group claims, have 8 KiB.
const MAX_TOKEN: usize = 16 * 1024;

/// What a client holds of a person.
#[derive(Debug)]
pub(crate) struct Credential {
    /// What it is.
    pub(crate) content: Content,
    /// The nonce that the client put into the authentication request.
    pub(crate) nonce: Option<Secret>,
}

/// What an exchange has beside its credential.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'a> {
    pub(super) nonce: Option<&'a Secret>,
    /// What the verification is, in the exchange's trace.
    pub(super) span: &'a Span,
}

/// The kinds of credentials.
#[derive(Debug)]
pub(crate) enum Content {
    /// An ID token (OpenID Connect Core §2): compact JWS, at most 16 KiB.
    IdToken(Secret),
    /// A compact JWS that was announced as an access token: nearly always an ID token, since sending
    /// the one as the other is the commonest mistake.
    Jws(Secret),
    /// An opaque access token, as the provider issued it.
    AccessToken(Secret),
    /// An authorization code (RFC 6749 §4.1).
    Code(Code),
}

impl Credential {
    /// Returns the credential itself.
    pub(crate) fn secret(&self) -> &Secret {
        match &self.content {
            Content::IdToken(secret) | Content::Jws(secret) | Content::AccessToken(secret) => {
                secret
            }
            Content::Code(code) => &code.value,
        }
    }

    /// Checks that a name which stands for ID tokens alone is not used for anything else.
    pub(super) fn check_name(
        &self,
        provider: &Provider,
        name: Option<&str>,
    ) -> Result<(), VerifyError> {
        let named = name.filter(|name| provider.id_token_names.iter().any(|known| known == name));
        match (named, self.kind()) {
            (None, _) | (Some(_), Kind::IdToken) => Ok(()),
            (Some(name), received) => Err(VerifyError::WrongKind {
                provider: name.to_owned(),
                received,
                expected: vec![Kind::IdToken],
            }),
        }
    }

    /// Returns what it is.
    pub(crate) fn kind(&self) -> Kind {
        match &self.content {
            Content::IdToken(_) | Content::Jws(_) => Kind::IdToken,
            Content::AccessToken(_) => Kind::AccessToken,
            Content::Code(_) => Kind::Code,
        }
    }
}

impl Content {
    /// Takes what was announced as an access token.
    pub(crate) fn of_access_token(token: Secret) -> Self {
        if looks_like_jws(token.expose()) { Self::Jws(token) } else { Self::AccessToken(token) }
    }
}

/// Returns what tells the provider's access tokens from ID tokens, if they are JWTs.
pub(super) fn jwts(provider: &Provider) -> Option<&Alternatives> {
    provider.access_token.as_ref().ok()?.jwts.as_ref()
}

/// Whether a JWS that was announced as an access token is one of a provider whose access tokens are
/// JWTs: it says that it is this provider's, and that it is one, or is not addressed to us, as every
/// ID token of ours is. Anything else is checked as an ID token, which is stricter, and shown to
/// nobody.
pub(super) fn is_access_token(
    provider: &Provider,
    says_so: &Alternatives,
    jws: &UnverifiedJws<'_>,
) -> bool {
    let Some(rules) = &provider.id_token else { return true };
    let claims = jws.unverified_claims();
    let is_ours = |audience: &Json<'_>| rules.client_ids.iter().any(|id| audience.is(id));
    let names_us = match claims.get("aud") {
        Some(Json::Array(several)) => several.iter().any(is_ours),
        Some(one) => is_ours(one),
        None => false,
    };
    let issuers = match &rules.issuers {
        Issuers::Exact(issuers) => issuers.as_slice(),
        Issuers::PerTenant { .. } => &[],
    };
    let is_theirs = |issuer: &Json<'_>| issuers.iter().any(|known| issuer.is(known));
    claims.get("iss").is_some_and(is_theirs) && (!names_us || says_so.any(&Answers::of(claims)))
}

/// Returns the kinds of credentials that are taken of a provider.
pub(super) fn kinds(provider: &Provider) -> Vec<Kind> {
    let id_token = provider.id_token.as_ref().map(|_| Kind::IdToken);
    let access_token = provider.access_token.as_ref().ok().map(|_| Kind::AccessToken);
    let code = provider.code.as_ref().ok().map(|_| Kind::Code);
    [id_token, access_token, code].into_iter().flatten().collect()
}

/// Returns how access tokens are taken, or why they are not.
pub(super) fn access_token_rules(provider: &Provider) -> Result<&AccessTokenRules, VerifyError> {
    let rules = provider.access_token.as_ref();
    rules.map_err(|why| not_taken(provider, Kind::AccessToken, *why))
}

/// Returns how codes are redeemed, or why they are not.
pub(super) fn code_rules(provider: &Provider) -> Result<&CodeRules, VerifyError> {
    provider.code.as_ref().map_err(|why| not_taken(provider, Kind::Code, *why))
}

fn not_taken(provider: &Provider, received: Kind, why: Unavailable) -> VerifyError {
    let (expected, needs_secret) = (kinds(provider), why == Unavailable::NeedsSecret);
    VerifyError::NotTaken { provider: provider.id.clone(), received, expected, needs_secret }
}

/// Checks that a credential is not longer than any that is known.
pub(super) fn check_size(credential: &Secret) -> Result<(), VerifyError> {
    let fits = credential.expose().len() <= MAX_TOKEN;
    if fits { Ok(()) } else { Err(VerifyError::TooLarge { limit: MAX_TOKEN }) }
}

/// Takes a JWS apart that is not too large.
pub(super) fn decode(token: &Secret) -> Result<CompactJws<'_>, VerifyError> {
    check_size(token)?;
    Ok(CompactJws::decode(token.expose())?)
}

/// Checks that an access token or code is printable ASCII (RFC 6749 §A.11 and §A.12; no provider is
/// known that has spaces in them): anything else would not even make a request.
pub(super) fn check_printable(credential: &Secret) -> Result<(), VerifyError> {
    if credential.expose().chars().all(|c| ('!'..='~').contains(&c)) {
        return Ok(());
    }
    let problem = "the credential holds characters that no access token or code has";
    Err(VerifyError::Malformed(problem.to_owned()))
}
