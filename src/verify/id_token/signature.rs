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
pub(super) struct CheckedIssuer {
    pub(super) issuer: String,
    pub(super) tenant: Option<String>,
}

impl CheckedIssuer {
    /// Returns the namespace, with the tenant in its place.
    pub(super) fn namespace(&self, template: &str) -> String {
        match &self.tenant {
            Some(tenant) => Issuers::for_tenant(template, tenant),
            None => template.to_owned(),
        }
    }

    /// Whether a key may sign for this issuer: keys of a provider with tenants say for whom.
    fn may_use(&self, key: &VerifyingKey) -> bool {
        match (&self.tenant, &key.issuer) {
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
    issuer: &CheckedIssuer,
    (request, keys): (&Request<'_>, &Arc<RemoteKeys>),
) -> Result<&'a Members<'a>, VerifyError> {
    let check = |key_set: &KeySet| {
        let candidates = key_set.candidates(jws.key_id(), request.now);
        by_cached_key(jws, algorithm, issuer, &candidates)
    };
    // A code has had its turn, and is used up: it must not be lost for want of another.
    let turn = if request.binding == Binding::Code { Turn::Taken } else { Turn::Needed };
    match check(&*keys.current(request.rules, turn).await?) {
        Err(Mismatch::UnknownKey) => check(&*keys.after_unknown_key(request.rules, turn).await?),
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
        issuer: &CheckedIssuer,
        request: &Request<'_>,
    ) -> VerifyError {
        match self {
            Self::UnknownKey => {
                VerifyError::UnknownKey { key_id: jws.key_id().map(ToString::to_string) }
            }
            Self::OtherAlgorithm => unsupported(jws, request.rules),
            Self::OtherIssuer(expected) => {
                VerifyError::WrongIssuer { received: issuer.issuer.clone(), expected }
            }
            Self::BadSignature => VerifyError::BadSignature,
        }
    }
}

fn by_cached_key<'a>(
    jws: &'a UnverifiedJws<'_>,
    algorithm: Algorithm,
    issuer: &CheckedIssuer,
    candidates: &[&VerifyingKey],
) -> Result<&'a Members<'a>, Mismatch> {
    if candidates.is_empty() {
        return Err(Mismatch::UnknownKey);
    }
    let serving: Vec<_> = candidates.iter().filter(|key| key.serves(algorithm)).collect();
    if serving.is_empty() {
        return Err(Mismatch::OtherAlgorithm);
    }
    let usable: Vec<_> = serving.iter().filter(|key| issuer.may_use(key)).collect();
    if usable.is_empty() {
        let owners = serving.iter().filter_map(|key| key.issuer.as_deref());
        return Err(Mismatch::OtherIssuer(owners.map(str::to_owned).collect()));
    }
    let mut tried = usable.iter().take(MAX_TRIES).map(|key| jws.verify(key, algorithm));
    match (tried.find_map(Result::ok), jws.key_id()) {
        (Some(claims), _) => Ok(claims),
        // Without a key ID the right key may just not be cached yet.
        (None, None) => Err(Mismatch::UnknownKey),
        (None, Some(_)) => Err(Mismatch::BadSignature),
    }
}

/// Says which algorithms would have been accepted.
pub(super) fn unsupported(jws: &UnverifiedJws<'_>, rules: &IdTokenRules) -> VerifyError {
    VerifyError::UnsupportedAlgorithm {
        received: jws.algorithm().to_owned(),
        expected: rules.algorithms.clone(),
    }
}
