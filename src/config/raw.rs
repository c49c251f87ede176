//! The configuration as it is written: every key, none checked beyond its type.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;

use super::written::text_or_number;
pub(super) use super::written::{List, Plain};
use crate::client::ProfileClaim;
use crate::jose::Algorithm;
use crate::provider::{NoncePolicy, RowTable};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) issuer: String,
    pub(super) listen: String,
    pub(super) admin_listen: Option<String>,
    #[serde(default)]
    pub(super) trusted_proxies: List<String>,
    #[serde(default)]
    pub(super) keys: RawKeys,
    pub(super) tokens: RawTokens,
    pub(super) subject: RawSubject,
    #[serde(default)]
    pub(super) clients: Vec<RawClient>,
    #[serde(default)]
    pub(super) providers: BTreeMap<String, RawProvider>,
    /// Rows beside the built-in ones, or changes of those.
    #[serde(default)]
    pub(super) catalogue: BTreeMap<String, RowTable>,
    pub(super) outbound: RawOutbound,
    pub(super) cache: RawCache,
    pub(super) limits: RawLimits,
    pub(super) tls: Option<RawTls>,
    pub(super) shutdown: RawShutdown,
    pub(super) traces: RawTraces,
    pub(super) log: RawLog,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeys {
    pub(super) directory: Option<String>,
    pub(super) seed_file: Option<String>,
    pub(super) period: Option<String>,
    pub(super) algorithm: Option<Algorithm>,
    pub(super) previous_seed_file: Option<String>,
    pub(super) previous_period: Option<String>,
    pub(super) previous_algorithm: Option<Algorithm>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTokens {
    pub(super) lifetime: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawSubject {
    pub(super) mode: RawMode,
    pub(super) secret: Option<RawSecret>,
    pub(super) secret_file: Option<String>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawMode {
    Uuid5,
    Pairwise,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawClient {
    pub(super) id: String,
    pub(super) secret: Option<RawSecret>,
    pub(super) secret_file: Option<String>,
    #[serde(default)]
    pub(super) audience: List<String>,
    #[serde(default)]
    pub(super) origins: List<String>,
    #[serde(default)]
    pub(super) redirect_uris: List<String>,
    pub(super) providers: Option<List<String>>,
    #[serde(default)]
    pub(super) scopes: List<String>,
    pub(super) lifetime: Option<String>,
    pub(super) claims: Option<List<ProfileClaim>>,
    #[serde(default)]
    pub(super) explains: List<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawProvider {
    pub(super) catalogue: Option<String>,
    pub(super) kind: Option<RawKind>,
    pub(super) issuer: Option<String>,
    #[serde(default)]
    pub(super) client_ids: List<String>,
    pub(super) client_secret: Option<RawSecret>,
    pub(super) client_secret_file: Option<String>,
    #[serde(default)]
    pub(super) hosted_domains: List<String>,
    #[serde(default)]
    pub(super) nonce: NoncePolicy,
    #[serde(default)]
    pub(super) settings: BTreeMap<String, String>,
    pub(super) algorithms: Option<List<Algorithm>>,
    #[serde(default)]
    pub(super) allow_unbound_access_tokens: Plain<bool>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawKind {
    Oidc,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawOutbound {
    pub(super) timeout: String,
    pub(super) proxy: Option<String>,
    pub(super) ca_file: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawCache {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) access_tokens: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLimits {
    pub(super) body_bytes: Plain<u64>,
    pub(super) requests_per_minute: Plain<u64>,
    pub(super) connections: Plain<u64>,
    pub(super) concurrent_exchanges: Plain<u64>,
    #[serde(deserialize_with = "text_or_number")]
    pub(super) processor_wait: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTls {
    pub(super) certificate: String,
    pub(super) key: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawShutdown {
    #[serde(deserialize_with = "text_or_number")]
    pub(super) grace: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTraces {
    pub(super) endpoint: Option<String>,
    pub(super) sample: Plain<f64>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLog {
    pub(super) format: RawLogFormat,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum RawLogFormat {
    Text,
    Json,
}

/// A secret as it is written; prints as nothing.
#[derive(Clone, Deserialize)]
#[serde(transparent)]
pub(super) struct RawSecret(pub(super) String);

impl fmt::Debug for RawSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}
