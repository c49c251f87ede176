//! Rows as a fuzzer writes them, and every built-in row configured.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;
use toml::Table;

use super::configure::ProviderSettings;
use super::row::{Catalogue, Entry, Row, RowTable, built_in as built_in_tables};
use super::{AccessTokenRules, Endpoint, KeySource, NoncePolicy, Provider, ProviderId, WebUrl};
use crate::secret::Secret;

/// The built-in rows that are there when a fuzzer's rows load: few, since each load checks all.
const BUILT_IN: [&str; 6] = ["google", "github", "gitlab", "facebook", "keycloak", "oidc"];

/// `[catalogue.NAME]` of a configuration.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tables {
    catalogue: BTreeMap<String, RowTable>,
}

/// Loads rows as the configuration does, over a few built-in ones.
///
/// # Errors
///
/// What is said of rows that do not load.
pub(crate) fn load(text: &str) -> Result<Vec<Row>, String> {
    static BASE: LazyLock<BTreeMap<String, Table>> = LazyLock::new(|| {
        let mut tables = built_in_tables().unwrap_or_default();
        tables.retain(|name, _| BUILT_IN.contains(&name.as_str()));
        tables
    });
    let tables: Tables = toml::from_str(text).map_err(|error| error.to_string())?;
    let catalogue = Catalogue::over(BASE.clone(), &tables.catalogue);
    let catalogue = catalogue.map_err(|error| error.to_string())?;
    let rows = tables.catalogue.keys().filter_map(|name| match catalogue.entry(name) {
        Some(Entry::Open(row)) => Some(row.clone()),
        Some(Entry::Closed(_)) | None => None,
    });
    Ok(rows.collect())
}

/// Configures every built-in row with which something can be done by made-up values.
pub(crate) fn built_in() -> Vec<Provider> {
    let catalogue = Catalogue::built_in();
    let rows = catalogue.iter().flat_map(Catalogue::rows);
    rows.filter_map(sample).collect()
}

/// Configures a row with made-up values, and with everything allowed that can be.
pub(crate) fn sample(row: &Row) -> Option<Provider> {
    let open = row.settings.iter().filter(|(_, setting)| setting.default.is_none());
    let value = |(name, setting): (&String, &super::Setting)| {
        (name.clone(), setting.form.example().to_owned())
    };
    let operator = |(client_secret, allow_unbound_access_tokens)| ProviderSettings {
        id: ProviderId(row.name.as_str().into()),
        settings: open.clone().map(value).collect(),
        client_ids: vec!["client".to_owned()],
        client_secret,
        allow_unbound_access_tokens,
        algorithms: None,
        nonce: NoncePolicy::IfSent,
        hosted_domains: Vec::new(),
    };
    let secret = || Some(Secret::new("secret"));
    // Some have a proof, and some a secret that is a key.
    let tried = [(secret(), true), (secret(), false), (None, false)];
    tried.into_iter().find_map(|it| row.configure(operator(it)).ok())
}

/// Returns every address that a provider may have us call, those that are put together filled with
/// `value`.
pub(crate) fn addresses(provider: &Provider, value: &str) -> Vec<WebUrl> {
    let keys = provider.id_token.iter().map(|rules| match &rules.keys {
        KeySource::KeySet(address) => Some(address.clone()),
        KeySource::Discovery(discovery) => Some(discovery.document.clone()),
    });
    let at = |endpoint: &Endpoint| match endpoint {
        Endpoint::At(address) => Some(address.clone()),
        Endpoint::Template(template) => template.fill(|_| Some(value)),
        Endpoint::Discovered(discovery, _) => Some(discovery.document.clone()),
    };
    let calls = provider.access_token.iter().flat_map(AccessTokenRules::calls);
    let calls = calls.map(|call| at(&call.endpoint));
    let code = provider.code.iter().map(|rules| at(&rules.endpoint));
    keys.chain(calls).chain(code).flatten().collect()
}
