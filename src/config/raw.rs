//! The configuration as it is written: every key, none checked beyond its type.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{self, DeserializeOwned, Deserializer, Visitor};
use serde::{Deserialize, de::SeqAccess};

use crate::client::ProfileClaim;
use crate::jose::Algorithm;
use crate::provider::NoncePolicy;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) issuer: String,
    pub(super) listen: String,
    pub(super) admin_listen: Option<String>,
    #[serde(default)]
    pub(super) trusted_proxies: List<String>,
    pub(super) keys: RawKeys,
    pub(super) tokens: RawTokens,
    pub(super) subject: RawSubject,
    #[serde(default)]
    pub(super) clients: Vec<RawClient>,
    #[serde(default)]
    pub(super) providers: BTreeMap<String, RawProvider>,
    pub(super) outbound: RawOutbound,
    pub(super) limits: RawLimits,
    pub(super) log: RawLog,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawKeys {
    pub(super) directory: String,
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
pub(super) struct RawLimits {
    pub(super) body_bytes: Plain<u64>,
    pub(super) requests_per_minute: Plain<u64>,
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

/// A number or truth value, also as text: the environment knows nothing else.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Plain<T>(pub(super) T);

impl<'de> Deserialize<'de> for Plain<bool> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor::<bool>(PhantomData)).map(Self)
    }
}

impl<'de> Deserialize<'de> for Plain<u64> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PlainVisitor::<u64>(PhantomData)).map(Self)
    }
}

struct PlainVisitor<T>(PhantomData<T>);

impl Visitor<'_> for PlainVisitor<bool> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("true or false")
    }

    fn visit_bool<E>(self, value: bool) -> Result<bool, E> {
        Ok(value)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<bool, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

impl Visitor<'_> for PlainVisitor<u64> {
    type Value = u64;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number that is not negative")
    }

    fn visit_u64<E>(self, value: u64) -> Result<u64, E> {
        Ok(value)
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<u64, E> {
        value.try_into().map_err(|_| E::invalid_value(de::Unexpected::Signed(value), &self))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<u64, E> {
        text.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

/// A list, also as text with commas: the environment knows nothing else.
#[derive(Debug, Clone)]
pub(super) struct List<T>(pub(super) Vec<T>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData)).map(Self)
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned> Visitor<'de> for ListVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element()? {
            items.push(item);
        }
        Ok(items)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<T>, E> {
        let items = text.split(',').map(str::trim).filter(|item| !item.is_empty());
        items.map(|item| T::deserialize(de::value::StrDeserializer::new(item))).collect()
    }
}
