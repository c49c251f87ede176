//! The one check that may call out: the signature, by a key of the provider's own set.

use std::sync::Arc;

use super::Request;
use crate::jose::{Algorithm, UnverifiedJws, VerifyingKey};
use crate::json::Members;
use crate::provider::{IdTokenRules, Issuers};
use crate::verify::gate::Turn;
use crate::verify::identity::Binding;
use crate::verify::key_set::KeySet;
use crate::verify::{RemoteKeys, VerifyError};

/// Keys that are tried for a token without `kid`.
const MAX_TRIES: usize = 5;

/// An issuer that was checked, with the tenant that it stands for.
pub(super) struct CheckedIssuer<'a> {
    pub(super) issuer: &'a str,
    pub(super) tenant: Option<&'a str>,
}

impl CheckedIssuer<'_> {
    /// Returns the namespace, with the tenant in its place.
    pub(super) fn namespace(&self, template: &str) -> String {
        match self.tenant {
            Some(tenant) => Issuers::for_tenant(template, tenant),
            None => template.to_owned(),
        }
    }

    /// Whether a key may sign for this issuer: keys of a provider with tenants say for whom.
    fn may_use(&self, key: &VerifyingKey) -> bool {
        match (self.tenant, &key.issuer) {
            (Some(tenant), Some(owner)) => Issuers::for_tenant(owner, tenant) == self.issuer,
            _ => true,
        }
    }
}

/// Core §3.1.3.7 step 6: the signature, by a key of the provider's own set. A key ID that is not
/// cached costs at most one fetch per cool-down, however many tokens name one.
pub(super) async fn signed_claims<'a>(
    jws: &'a UnverifiedJws<'_>,
    algorithm: Algorithm,
    issuer: &CheckedIssuer<'_>,
    (request, keys): (&Request<'_>, &Arc<RemoteKeys>),
) -> Result<&'a Members<'a>, VerifyError> {
    let check = |key_set: &KeySet| {
        let candidates = key_set.candidates(jws.key_id(), request.now);
        by_cached_key(jws, algorithm, issuer, &candidates)
    };
    // A code has had its turn, and is used up: it must not be lost for want of another.
    let turn = if request.binding == Binding::Code { Turn::Taken } else { Turn::Needed };
    match check(&*keys.current(request.rules, (turn, request.now), request.span).await?) {
        Err(Mismatch::UnknownKey) => {
            check(&*keys.after_unknown_key(request.rules, turn, request.span).await?)
        }
        result => result,
    }
    .map_err(|mismatch| mismatch.into_error(jws, issuer, request))
}

/// Why no key of a set verifies a token.
enum Mismatch {
    /// No key has its ID, or it names none and none fits.
    UnknownKey,
    /// The key is for other algorithms.
    OtherAlgorithm,
    /// The key is for other issuers: these.
    OtherIssuer(Vec<String>),
    /// The key did not sign it.
    BadSignature,
}

impl Mismatch {
    fn into_error(
        self,
        jws: &UnverifiedJws<'_>,
        issuer: &CheckedIssuer<'_>,
        request: &Request<'_>,
    ) -> VerifyError {
        match self {
            Self::UnknownKey => {
                VerifyError::UnknownKey { key_id: jws.key_id().map(ToString::to_string) }
            }
            Self::OtherAlgorithm => unsupported(jws, request.rules),
            Self::OtherIssuer(expected) => {
                VerifyError::WrongIssuer { received: issuer.issuer.to_owned(), expected }
            }
            Self::BadSignature => VerifyError::BadSignature,
        }
    }
}

fn by_cached_key<'a, 'k>(
    jws: &'a UnverifiedJws<'_>,
    algorithm: Algorithm,
    issuer: &CheckedIssuer<'_>,
    candidates: &(impl Iterator<Item = &'k VerifyingKey> + Clone),
) -> Result<&'a Members<'a>, Mismatch> {
    let mut serving = candidates.clone().filter(|key| key.serves(algorithm));
    let mut usable = serving.clone().filter(|key| issuer.may_use(key));
    let mut tried = usable.clone().take(MAX_TRIES).map(|key| jws.verify(key, algorithm));
    if let Some(claims) = tried.find_map(Result::ok) {
        return Ok(claims);
    }
    Err(if candidates.clone().next().is_none() {
        Mismatch::UnknownKey
    } else if serving.clone().next().is_none() {
        Mismatch::OtherAlgorithm
    } else if usable.next().is_none() {
        let owners = serving.by_ref().filter_map(|key| key.issuer.as_deref());
        Mismatch::OtherIssuer(owners.map(str::to_owned).collect())
    } else if jws.key_id().is_none() {
        // Without a key ID the right key may just not be cached yet.
        Mismatch::UnknownKey
    } else {
        Mismatch::BadSignature
    })
}

/// Says which algorithms would have been accepted.
pub(super) fn unsupported(jws: &UnverifiedJws<'_>, rules: &IdTokenRules) -> VerifyError {
    VerifyError::UnsupportedAlgorithm {
        received: jws.algorithm().to_owned(),
        expected: rules.algorithms.clone(),
    }
}
