//! The checks of an ID token: OpenID Connect Core §3.1.3.7 and RFC 8725, cheap ones first, the
//! network as late as possible, time last.

mod claims;
mod explain;
mod nonce;
mod person;
mod signature;

use std::sync::Arc;
use std::time::Duration;

use super::identity::{Binding, Verified, VerifiedIdentity};
use super::{RemoteKeys, VerifyError, domain};
use crate::clock::UnixTime;
use crate::crypto::base64url;
use crate::jose::{Algorithm, UnverifiedJws};
use crate::json::Members;
use crate::provider::{Answers, IdTokenRules, Issuers, Provider};
use crate::secret::Secret;
use crate::telemetry::Span;
pub(super) use explain::explain;
pub(super) use nonce::{check_absent as check_no_nonce, check_sent as check_nonce_sent};

use claims::{audiences, optional_text, required_text, required_time, time};
use nonce::check_nonce;
use person::{check_requirements, subject};
use signature::{CheckedIssuer, signed_claims, unsupported};

/// How far clocks may differ, for `exp`, `nbf` and `iat` alike (RFC 7519 §4.1.4). Longer would
/// keep a stolen token alive; shorter refuses people whose provider's clock runs ahead.
pub(super) const LEEWAY: Duration = Duration::from_mins(1);

/// What a token is checked against.
pub(super) struct Request<'a> {
    pub(super) provider: &'a Provider,
    pub(super) rules: &'a Arc<IdTokenRules>,
    pub(super) nonce: Option<&'a Secret>,
    /// The access token that the provider gave beside it, when it comes from the provider itself.
    pub(super) beside: Option<&'a Secret>,
    pub(super) binding: Binding,
    pub(super) now: UnixTime,
    /// What the verification is, in the exchange's trace.
    pub(super) span: &'a Span,
}

/// Verifies an ID token and tells whose it is.
///
/// Checks, stopping at the first that fails: `typ`, `alg`, `iss`, `aud` and `azp`, signature,
/// `exp`, `nbf` and `iat` (each ± [`LEEWAY`]), `nonce`, `at_hash`, domain, `sub`.
/// The provider is called only when no cached set holds the key.
///
/// # Errors
///
/// [`VerifyError`] has one variant per check; [`VerifyError::Unreachable`] when keys are needed
/// and cannot be had.
pub(super) async fn verify(
    jws: &UnverifiedJws<'_>,
    request: &Request<'_>,
    keys: &Arc<RemoteKeys>,
) -> Result<VerifiedIdentity, VerifyError> {
    let rules = request.rules;
    check_type(jws)?;
    let algorithm = check_algorithm(jws, rules)?;
    let issuer = check_issuer(jws.unverified_claims(), &rules.issuers)?;
    check_audience(jws.unverified_claims(), &rules.client_ids)?;
    let claims = signed_claims(jws, algorithm, &issuer, (request, keys)).await?;
    check_expiry(claims, request.now)?;
    check_start(claims, request.now)?;
    check_age(claims, request.now, rules.max_age)?;
    check_nonce(claims, request)?;
    check_access_token_hash(claims, request.beside.filter(|_| rules.at_hash), algorithm)?;
    domain::check(request.provider.domains.as_ref(), claims)?;
    let answers = Answers::of(claims);
    check_requirements(&answers, request)?;
    let subject = subject(&answers, rules)?;
    Ok(VerifiedIdentity::assertion(Verified {
        provider: request.provider.id.clone(),
        namespace: issuer.namespace(&request.provider.namespace),
        subject,
        profile: rules.claims.read(&answers),
        binding: request.binding,
        auth_time: time(claims, "auth_time")?,
    }))
}

/// Picks the provider whose issuer, and if need be whose client ID, the token names.
pub(super) fn recognise(
    jws: &UnverifiedJws<'_>,
    providers: &[&Arc<Provider>],
) -> Result<Arc<Provider>, VerifyError> {
    let claims = jws.unverified_claims();
    let received = required_text(claims, "iss")?;
    let of_issuer: Vec<_> = providers
        .iter()
        .copied()
        .filter(|provider| {
            let checked = provider.id_token.as_ref().map(|it| check_issuer(claims, &it.issuers));
            // A tenant that may not sign in is the provider's all the same.
            matches!(checked, Some(Ok(_) | Err(VerifyError::TenantNotAllowed { .. })))
        })
        .collect();
    let of_audience: Vec<_> = of_issuer
        .iter()
        .copied()
        .filter(|provider| {
            let rules = provider.id_token.as_ref();
            rules.is_some_and(|it| check_audience(claims, &it.client_ids).is_ok())
        })
        .collect();
    match (of_issuer.as_slice(), of_audience.as_slice()) {
        ([], _) => Err(VerifyError::WrongIssuer {
            received: received.to_owned(),
            expected: providers
                .iter()
                .filter_map(|provider| provider.id_token.as_ref())
                .flat_map(|rules| issuer_names(&rules.issuers))
                .collect(),
        }),
        // With one issuer or none that fits the audience, the check says what is wrong.
        ([provider], _) | ([provider, ..], []) | (_, [provider]) => Ok(Arc::clone(provider)),
        (_, several) => Err(VerifyError::SeveralProviders {
            names: several.iter().map(|provider| provider.id.clone()).collect(),
        }),
    }
}

/// An ID token has no `typ` or `JWT`. Other kinds of token of the same provider, an access token
/// (`at+jwt`) or a logout token for instance, say so in `typ` (RFC 8725 §3.11 and §3.12).
fn check_type(jws: &UnverifiedJws<'_>) -> Result<(), VerifyError> {
    match jws.token_type() {
        Some(other) if !is_jwt(other) => Err(VerifyError::WrongType { received: other.to_owned() }),
        _ => Ok(()),
    }
}

/// A media type without a slash stands for one below `application/` (RFC 7515 §4.1.9).
fn is_jwt(token_type: &str) -> bool {
    token_type.eq_ignore_ascii_case("JWT") || token_type.eq_ignore_ascii_case("application/jwt")
}

fn check_algorithm(
    jws: &UnverifiedJws<'_>,
    rules: &IdTokenRules,
) -> Result<Algorithm, VerifyError> {
    let allowed = |algorithm: &Algorithm| rules.algorithms.contains(algorithm);
    jws.algorithm().parse().ok().filter(allowed).ok_or_else(|| unsupported(jws, rules))
}

/// Core §3.1.3.7 step 2: exactly one of the issuers, or the tenant's own.
fn check_issuer<'a>(
    claims: &'a Members<'_>,
    issuers: &Issuers,
) -> Result<CheckedIssuer<'a>, VerifyError> {
    let issuer = required_text(claims, "iss")?;
    let wrong = |expected| VerifyError::WrongIssuer { received: issuer.to_owned(), expected };
    match issuers {
        Issuers::Exact(allowed) if allowed.iter().any(|it| it == issuer) => {
            Ok(CheckedIssuer { issuer, tenant: None })
        }
        Issuers::Exact(allowed) => Err(wrong(allowed.clone())),
        Issuers::PerTenant { template, claim, tenants } => {
            // Without a tenant it is most likely somebody else's token altogether.
            let tenant =
                optional_text(claims, claim)?.ok_or_else(|| wrong(vec![template.clone()]))?;
            let expected = Issuers::for_tenant(template, tenant);
            if !Issuers::is_tenant(tenant) || expected != issuer {
                return Err(wrong(vec![template.clone()]));
            }
            if !tenants.allow(tenant) {
                return Err(VerifyError::TenantNotAllowed { received: tenant.to_owned() });
            }
            Ok(CheckedIssuer { issuer, tenant: Some(tenant) })
        }
    }
}

fn issuer_names(issuers: &Issuers) -> Vec<String> {
    match issuers {
        Issuers::Exact(names) => names.clone(),
        Issuers::PerTenant { template, .. } => vec![template.clone()],
    }
}

/// Core §3.1.3.7 steps 3 to 5: `aud` is ours, and nobody's else; with several audiences, or when
/// there is an `azp`, that is ours too.
fn check_audience(claims: &Members<'_>, ours: &[String]) -> Result<(), VerifyError> {
    let received = audiences(claims)?;
    let is_ours = |id: &str| ours.iter().any(|our| our == id);
    if !received.iter().all(|audience| is_ours(audience)) {
        return Err(VerifyError::WrongAudience {
            claim: "aud".to_owned(),
            received: received.into_iter().map(str::to_owned).collect(),
            expected: ours.to_vec(),
        });
    }
    let party = optional_text(claims, "azp")?;
    match party {
        None if received.len() == 1 => Ok(()),
        Some(party) if is_ours(party) => Ok(()),
        _ => Err(VerifyError::WrongAuthorizedParty {
            received: party.map(str::to_owned),
            expected: ours.to_vec(),
        }),
    }
}

/// Core §3.1.3.7 step 9; RFC 7519 §4.1.4.
fn check_expiry(claims: &Members<'_>, now: UnixTime) -> Result<(), VerifyError> {
    let at = required_time(claims, "exp")?;
    if now < at.plus(LEEWAY) { Ok(()) } else { Err(VerifyError::Expired { at, now }) }
}

/// RFC 7519 §4.1.5 and §4.1.6: neither `iat` nor `nbf` is still to come.
fn check_start(claims: &Members<'_>, now: UnixTime) -> Result<(), VerifyError> {
    let issued_at = required_time(claims, "iat")?;
    let starts = [("iat", Some(issued_at)), ("nbf", time(claims, "nbf")?)];
    for (claim, at) in starts.into_iter().filter_map(|(claim, at)| Some((claim, at?))) {
        if now.plus(LEEWAY) < at {
            return Err(VerifyError::NotYetValid { claim, at, now });
        }
    }
    Ok(())
}

/// Core §3.1.3.7 step 10.
fn check_age(claims: &Members<'_>, now: UnixTime, max_age: Duration) -> Result<(), VerifyError> {
    let issued_at = required_time(claims, "iat")?;
    if now > issued_at.plus(max_age).plus(LEEWAY) {
        return Err(VerifyError::TooOld { issued_at, max_age });
    }
    Ok(())
}

/// Core §3.1.3.6: the left half of the access token's hash, by the hash of `alg`.
fn check_access_token_hash(
    claims: &Members<'_>,
    access_token: Option<&Secret>,
    algorithm: Algorithm,
) -> Result<(), VerifyError> {
    let (Some(token), Some(received)) = (access_token, optional_text(claims, "at_hash")?) else {
        return Ok(());
    };
    let digest = algorithm.hash(token.expose().as_bytes());
    let left_half = digest.get(..digest.len() / 2).unwrap_or_default();
    if base64url(left_half) == received { Ok(()) } else { Err(VerifyError::WrongAccessTokenHash) }
}

#[cfg(test)]
mod tests;
