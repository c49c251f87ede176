//! The catalogue: rows as they are written. What an operator makes of one is `configure`'s.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::claims::ClaimMap;
use super::{NonceForm, Tenants};
use crate::jose::Algorithm;

/// The built-in rows.
const BUILT_IN: &str = include_str!("catalogue.toml");

/// A row of the catalogue: all that is known of a provider without an operator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The row's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// For people.
    pub(crate) title: String,
    /// Other names, among them python-social-auth's for the same service.
    pub(crate) aliases: Vec<String>,
    /// What the person's id is unique within.
    pub(crate) namespace: String,
    /// What `sub` is scoped to, for people.
    pub(crate) subject: String,
    /// Where the client ID comes from, for people.
    pub(crate) setup: String,
    /// Settings that stand in addresses.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Setting>,
    /// How ID tokens are verified.
    pub(crate) id_token: RawIdToken,
}

/// A setting of a row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    /// Its value when the operator gives none; without one the operator must.
    pub(crate) default: Option<String>,
    /// What it means, for people.
    pub(crate) help: String,
}

/// A row's words on ID tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIdToken {
    pub(crate) issuers: Vec<String>,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) discovery: Option<String>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) nonce_forms: Vec<NonceForm>,
    pub(crate) domain_claim: Option<String>,
    #[serde(default, with = "duration")]
    pub(super) key_grace: Option<Duration>,
    pub(super) tenant: Option<RawTenant>,
    #[serde(default)]
    pub(super) claims: ClaimMap,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTenant {
    pub(super) claim: String,
    pub(super) setting: String,
    pub(super) sets: BTreeMap<String, Tenants>,
}

/// The rows, by name.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue(BTreeMap<String, Row>);

impl Catalogue {
    /// Returns the rows that the program brings.
    ///
    /// # Errors
    ///
    /// Says which row does not load. A test loads them, so a released program has none.
    pub(crate) fn built_in() -> Result<Self, toml::de::Error> {
        let mut rows: BTreeMap<String, Row> = toml::from_str(BUILT_IN)?;
        for (name, row) in &mut rows {
            row.name.clone_from(name);
        }
        Ok(Self(rows))
    }

    /// Returns the row of this name or alias.
    pub(crate) fn find(&self, name: &str) -> Option<&Row> {
        self.0.get(name).or_else(|| self.rows().find(|row| row.aliases.iter().any(|a| a == name)))
    }

    /// Returns every row, in the order of their names.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.0.values()
    }
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
