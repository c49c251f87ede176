//! The effective values for people, with where each came from.

use figment::value::{Dict, Value};
use figment::{Figment, Provider as _};

use super::load::{is_secret, source_name};

/// Returns one line per value: key, value, source. Secrets are redacted, also those in a proxy's
/// address.
pub(super) fn show(figment: &Figment) -> String {
    let values: Dict = figment.data().unwrap_or_default().into_values().next().unwrap_or_default();
    let mut lines = Vec::new();
    let root = Value::from(values);
    walk(figment, "", &root, &mut lines);
    lines.join("\n") + "\n"
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
        Some(text) => without_password(text),
        None => return serde_json::to_string(value).unwrap_or_default(),
    };
    format!("{text:?}")
}

fn without_password(text: &str) -> String {
    match url::Url::parse(text) {
        Ok(mut url) if url.password().is_some() => {
            // Fails only for addresses that cannot have a password.
            let _ = url.set_password(Some("redacted"));
            url.into()
        }
        _ => text.to_owned(),
    }
}
