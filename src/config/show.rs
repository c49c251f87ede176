//! The effective values for people, with where each came from.

use figment::value::{Dict, Value};
use figment::{Figment, Provider as _};

use super::check::{DEFAULT_ALGORITHM, DEFAULT_DIRECTORY, DEFAULT_PERIOD};
use super::files::may_be_the_secret;
use super::load::{is_secret, source_name};
use crate::client::ProfileClaim;
use crate::provider::NoncePolicy;

/// Where traces go.
const COLLECTOR: &str = "traces.endpoint";
/// Addresses that may hold a secret.
const MAY_HOLD_A_SECRET: [&str; 2] = ["outbound.proxy", COLLECTOR];

/// Returns one line per value: key, value, source. Secrets are redacted, also those in the address of
/// a proxy or collector.
pub(super) fn show(figment: &Figment) -> String {
    let values: Dict = figment.data().unwrap_or_default().into_values().next().unwrap_or_default();
    let mut lines = Vec::new();
    for (key, value) in left_out(&values) {
        lines.push(format!("{key} = {value}  # default"));
    }
    walk(figment, "", &Value::from(values), &mut lines);
    lines.sort();
    lines.join("\n") + "\n"
}

/// What keys, clients and providers have where nothing is said.
fn left_out(values: &Dict) -> Vec<(String, String)> {
    let lifetime = Value::from(values.clone()).find("tokens.lifetime");
    let lifetime = lifetime.as_ref().and_then(Value::as_str).unwrap_or_default();
    let of_clients = [
        ("lifetime", format!("{lifetime:?}")),
        ("claims", serde_json::to_string(&ProfileClaim::DEFAULT).unwrap_or_default()),
        ("origins", "[]".to_owned()),
    ];
    let clients = values.get("clients").and_then(Value::as_array).unwrap_or_default();
    let clients = clients.iter().enumerate().flat_map(|(place, client)| {
        let missing = of_clients.iter().filter(|(name, _)| client.find_ref(name).is_none());
        missing.map(move |(name, value)| (format!("clients.{place}.{name}"), value.clone()))
    });
    let providers = values.get("providers").and_then(Value::as_dict).into_iter().flatten();
    let providers = providers.filter(|(_, provider)| provider.find_ref("nonce").is_none());
    let nonce = serde_json::to_string(&NoncePolicy::default()).unwrap_or_default();
    let providers = providers.map(|(name, _)| (format!("providers.{name}.nonce"), nonce.clone()));
    keys(values).into_iter().chain(clients).chain(providers).collect()
}

/// Files are where keys come from, or what derives them from a seed.
fn keys(values: &Dict) -> Vec<(String, String)> {
    let set = |name: &str| values.get("keys").and_then(|keys| keys.find_ref(name));
    let algorithm = DEFAULT_ALGORITHM.name().to_owned();
    let of_seed =
        [("period", DEFAULT_PERIOD.to_owned()), ("algorithm", algorithm)].map(|(name, value)| {
            let previous =
                set(name).and_then(|it| it.as_str().map(str::to_owned)).unwrap_or(value.clone());
            [(name.to_owned(), value), (format!("previous_{name}"), previous)]
        });
    let directory = ("directory".to_owned(), DEFAULT_DIRECTORY.to_owned());
    let (seed, previous) = (set("seed_file").is_some(), set("previous_seed_file").is_some());
    let has_use = |name: &str| match name {
        "directory" => !seed,
        name if name.starts_with("previous_") => previous,
        _ => seed,
    };
    let defaults = of_seed.into_iter().flatten().chain([directory]);
    let missing = defaults.filter(|(name, _)| has_use(name) && set(name).is_none());
    missing.map(|(name, value)| (format!("keys.{name}"), format!("{value:?}"))).collect()
}

fn walk(figment: &Figment, key: &str, value: &Value, lines: &mut Vec<String>) {
    let below = |name: &str| if key.is_empty() { name.to_owned() } else { format!("{key}.{name}") };
    match value {
        Value::Dict(_, values) => {
            for (name, value) in values {
                walk(figment, &below(name), value, lines);
            }
        }
        Value::Array(_, items) if items.iter().any(|item| item.as_dict().is_some()) => {
            for (place, item) in items.iter().enumerate() {
                walk(figment, &below(&place.to_string()), item, lines);
            }
        }
        leaf @ (Value::String(..)
        | Value::Char(..)
        | Value::Bool(..)
        | Value::Num(..)
        | Value::Empty(..)
        | Value::Array(..)) => {
            let source = figment.get_metadata(leaf.tag()).map(source_name).unwrap_or_default();
            lines.push(format!("{key} = {}  # {source}", printed(key, leaf)));
        }
    }
}

fn printed(key: &str, value: &Value) -> String {
    if is_secret(&key.split('.').collect::<Vec<_>>()) {
        return "[redacted]".to_owned();
    }
    let text = match value.as_str() {
        // What is no address may have its password anywhere.
        Some(text) if MAY_HOLD_A_SECRET.contains(&key) && !is_address(text) => {
            return "[redacted]".to_owned();
        }
        Some(text) if key == COLLECTOR => without_query(&without_credentials(text)),
        Some(text) if key.ends_with("secret_file") && may_be_the_secret(text) => {
            return "[redacted]".to_owned();
        }
        Some(text) => without_credentials(text),
        None => return serde_json::to_string(value).unwrap_or_default(),
    };
    format!("{text:?}")
}

fn is_address(text: &str) -> bool {
    text.contains("://") && url::Url::parse(text).is_ok()
}

/// Leaves out what may be the key of an operator's account.
fn without_query(text: &str) -> String {
    match text.split_once(['?', '#']) {
        Some((address, _)) => format!("{address}?redacted"),
        None => text.to_owned(),
    }
}

fn without_credentials(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() || !url.username().is_empty() => {
            // These fail only for addresses that cannot have either.
            let _ = url.set_password(None);
            let _ = url.set_username("redacted");
            url.into()
        }
        _ => text.to_owned(),
    }
}
