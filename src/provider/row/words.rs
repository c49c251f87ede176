//! The words that rows are written with.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use crate::jose::Algorithm;
use crate::provider::access::BindingMethod;
use crate::provider::call::{Method, TokenPlace};
use crate::provider::claims::ClaimMap;
use crate::provider::code::{ClientAuth, CodeBody, ParameterNames};
use crate::provider::errors::ErrorCodes;
use crate::provider::place::Place;
use crate::provider::pointer::Pointer;
use crate::provider::requirements::Requirements;
use crate::provider::{NonceForm, Tenants};

/// A row's words on ID tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIdToken {
    /// That of the discovery document when there is none.
    #[serde(default)]
    issuers: Vec<String>,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) discovery: Option<String>,
    /// Where the discovery document is that a row without `discovery` is compared with, when not
    /// below the first issuer.
    pub(in crate::provider) document: Option<String>,
    /// Other addresses of the key set at `jwks_uri`, one of which the document may name.
    #[serde(default)]
    pub(in crate::provider) jwks_uri_aliases: Vec<String>,
    #[serde(default = "algorithms")]
    pub(crate) algorithms: Vec<Algorithm>,
    #[serde(default = "raw")]
    pub(crate) nonce_forms: Vec<NonceForm>,
    #[serde(default = "sub")]
    pub(in crate::provider) subject: Vec<Place>,
    /// Whether `at_hash` fits the access token beside; some write something else there.
    #[serde(default = "yes")]
    pub(in crate::provider) at_hash: bool,
    /// Subjects that are nobody's.
    #[serde(default)]
    pub(in crate::provider) refuse_subjects: Vec<String>,
    #[serde(default)]
    pub(in crate::provider) require: Requirements,
    #[serde(default, with = "duration")]
    pub(in crate::provider) key_grace: Option<Duration>,
    pub(in crate::provider) tenant: Option<RawTenant>,
    #[serde(default)]
    pub(in crate::provider) claims: ClaimMap,
}

impl RawIdToken {
    /// Whether each tenant has an issuer of its own.
    pub(in crate::provider) fn has_tenant(&self) -> bool {
        self.tenant.is_some()
    }

    /// Returns the issuers.
    pub(crate) fn issuers(&self) -> Vec<String> {
        let discovery = || self.discovery.iter().cloned().collect();
        if self.issuers.is_empty() { discovery() } else { self.issuers.clone() }
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::provider) struct RawTenant {
    pub(in crate::provider) claim: String,
    pub(in crate::provider) setting: String,
    pub(in crate::provider) sets: BTreeMap<String, Tenants>,
}

/// A row's words on the app of an access token. The method says how the question is put, unless
/// `token` and `client_auth` say otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBinding {
    pub(crate) method: BindingMethod,
    /// The discovery document says when absent, if the method has a call at all.
    pub(in crate::provider) url: Option<String>,
    pub(in crate::provider) token: Option<TokenPlace>,
    pub(in crate::provider) client_auth: Option<ClientAuth>,
    pub(in crate::provider) scope: Option<String>,
    #[serde(default = "rejected")]
    pub(in crate::provider) rejected: Vec<u16>,
    /// In place of the row's.
    pub(in crate::provider) errors: Option<ErrorCodes>,
    pub(in crate::provider) client_id: Place,
    /// What it is compared with in place of the client IDs.
    pub(in crate::provider) equals: Option<String>,
    pub(in crate::provider) authorized_party: Option<Place>,
    #[serde(default)]
    pub(in crate::provider) require: Requirements,
    pub(in crate::provider) subject: Option<Place>,
    pub(in crate::provider) expires_in: Option<Place>,
    pub(in crate::provider) expires_at: Option<Place>,
}

/// A row's words on authorization codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCode {
    /// The discovery document says when absent.
    pub(in crate::provider) token_endpoint: Option<String>,
    /// The discovery document says when absent.
    pub(in crate::provider) client_auth: Option<ClientAuth>,
    #[serde(default = "yes")]
    pub(crate) pkce: bool,
    #[serde(default = "post")]
    pub(in crate::provider) method: Method,
    #[serde(default)]
    pub(in crate::provider) body: CodeBody,
    #[serde(default)]
    pub(in crate::provider) names: ParameterNames,
    #[serde(default)]
    pub(in crate::provider) query: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::provider) extra: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::provider) headers: BTreeMap<String, String>,
    #[serde(default = "yes")]
    pub(in crate::provider) id_token: bool,
    /// That the client secret is a key, with which one is signed for each request.
    pub(crate) signed_secret: Option<RawSignedSecret>,
    pub(in crate::provider) code_suffix: Option<String>,
    #[serde(default)]
    pub(in crate::provider) redirect_words: Vec<String>,
    /// In place of the row's.
    pub(in crate::provider) errors: Option<ErrorCodes>,
    #[serde(default = "access_token")]
    pub(in crate::provider) access_token: Vec<Pointer>,
}

/// A row's words on client secrets that are JWTs (RFC 7519). The subject is the client ID.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawSignedSecret {
    pub(in crate::provider) audience: String,
    pub(in crate::provider) issuer: String,
    pub(in crate::provider) key_id: String,
}

impl RawCode {
    /// Whether the client secret is a key that signs one.
    pub(crate) fn is_signed(&self) -> bool {
        self.signed_secret.is_some()
    }
}

/// What most say of a credential that is not good (RFC 6749 §5.2, RFC 6750 §3.1).
pub(in crate::provider) fn rejected() -> Vec<u16> {
    vec![400, 401]
}

/// What most say of a client that does not authenticate (RFC 6749 §5.2).
pub(in crate::provider) fn client_refused() -> Vec<u16> {
    vec![401]
}

fn access_token() -> Vec<Pointer> {
    vec![Pointer::to_member("access_token")]
}

pub(super) fn sub() -> Vec<Place> {
    vec![Place::to_member("sub")]
}

fn raw() -> Vec<NonceForm> {
    vec![NonceForm::Raw]
}

fn post() -> Method {
    Method::Post
}

fn yes() -> bool {
    true
}

/// Every algorithm that anyone can verify.
fn algorithms() -> Vec<Algorithm> {
    Algorithm::ALL.to_vec()
}

mod duration {
    //! Durations as people write them, in a row.

    use std::time::Duration;

    use serde::{Deserialize, Deserializer, de};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Some).map_err(de::Error::custom)
    }
}
