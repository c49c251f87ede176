//! How a provider's ID tokens are verified, as data: what each check compares with.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::call::Discovery;
use super::claims::ClaimMap;
use super::place::Place;
use super::requirements::Requirements;
use super::{ProviderId, WebUrl};
use crate::jose::Algorithm;

/// Everything that the checks of an ID token compare with.
#[derive(Debug, Clone)]
pub(crate) struct IdTokenRules {
    /// Whose rules these are.
    pub(crate) provider: ProviderId,
    /// Whose tokens are accepted.
    pub(crate) issuers: Issuers,
    /// Where the keys are.
    pub(crate) keys: KeySource,
    /// `alg` values that are accepted: from configuration, never from a token (RFC 8725 §3.1).
    pub(crate) algorithms: Vec<Algorithm>,
    /// Our client IDs at the provider: the only audiences that are accepted. Never empty.
    pub(crate) client_ids: Vec<String>,
    /// What the claim may hold for a given nonce; empty when the provider echoes none.
    pub(crate) nonce_forms: Vec<NonceForm>,
    /// How long after `iat` a token is accepted at most, whatever its `exp` says.
    pub(crate) max_age: Duration,
    /// How long a key stays trusted after the provider stopped publishing it.
    pub(crate) key_grace: Duration,
    /// Where the person's id stands; the first place that is there counts.
    pub(crate) subject: Vec<Place>,
    /// Whether `at_hash` is compared with the access token that comes beside a token.
    pub(crate) at_hash: bool,
    /// Subjects that are nobody's: some write a sentence there.
    pub(crate) refuse_subjects: Vec<String>,
    /// What must be so beside the checks that all ID tokens go through.
    pub(crate) require: Requirements,
    /// Where the profile fields are.
    pub(crate) claims: ClaimMap,
}

/// Whose tokens are accepted: `iss` is compared byte for byte (OpenID Connect Core §3.1.3.7
/// step 2), against more than one spelling where the provider has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Issuers {
    /// One of these.
    Exact(Vec<String>),
    /// The tenant's own, made from a template.
    PerTenant {
        /// The issuer, with [`TENANT`] where the tenant's id belongs.
        template: String,
        /// The claim that names the tenant: a UUID.
        claim: String,
        /// Which tenants may sign in.
        tenants: Tenants,
    },
}

/// Stands for the tenant in templates; Microsoft's own word, also in its keys' `issuer`.
pub(crate) const TENANT: &str = "{tenantid}";

impl Issuers {
    /// Replaces the tenant's place in `template`.
    pub(crate) fn for_tenant(template: &str, tenant: &str) -> String {
        template.replace(TENANT, tenant)
    }

    /// Whether `text` has the form of a tenant's id, so that it may be put into a template.
    pub(crate) fn is_tenant(text: &str) -> bool {
        is_uuid(text)
    }
}

/// Whether `text` is a UUID in its usual form (RFC 9562 §4): what a tenant's id must be before
/// it is put into a template.
fn is_uuid(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    let lengths: Vec<_> = groups.iter().map(|group| group.len()).collect();
    lengths == [8, 4, 4, 4, 12] && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-')
}

/// Which tenants of a provider may sign in.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) struct Tenants {
    /// None but these; all when empty.
    #[serde(default)]
    pub(crate) only: Vec<String>,
    /// Not these.
    #[serde(default)]
    pub(crate) except: Vec<String>,
}

impl Tenants {
    /// Whether `tenant` may sign in.
    pub(crate) fn allow(&self, tenant: &str) -> bool {
        let listed = |list: &[String]| list.iter().any(|id| id.eq_ignore_ascii_case(tenant));
        (self.only.is_empty() || listed(&self.only)) && !listed(&self.except)
    }
}

/// Where a provider's key set is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeySource {
    /// At a fixed address.
    KeySet(WebUrl),
    /// Where the issuer's discovery document says.
    Discovery(Arc<Discovery>),
}

/// When a nonce is demanded (OpenID Connect Core §3.1.3.7 step 11).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NoncePolicy {
    /// Always: an exchange without a nonce is refused.
    Required,
    /// When the client sends one, the token must carry it.
    #[default]
    IfSent,
    /// Never compared.
    Ignored,
}

/// What the `nonce` claim holds for the nonce that the client knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum NonceForm {
    /// The nonce itself.
    Raw,
    /// Its SHA-256, as lower-case hexadecimal or base64url: mobile SDKs hash it on the way.
    Sha256,
}

/// A claim, or member of the profile, that must name one of some domains. An e-mail's domain is no substitute for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct DomainRule {
    /// The claim, for instance Google's `hd`.
    pub(crate) claim: String,
    /// The domains, in lower case.
    pub(crate) domains: Vec<String>,
}
