//! Rows over rows: what an operator changes, and what one row takes over from another.

use std::collections::{BTreeMap, BTreeSet};

use toml::{Table, Value};

use super::catalogue::{CatalogueError, MAX_DEPTH, RowTable, is_closed, wrong};

/// Words whose tables are one value: what replaces them replaces all of it.
const WHOLE: [&str; 6] =
    ["token", "primary", "verified", "client_id", "authorized_party", "subject"];
/// Words whose members are each one value.
const OF_WHOLES: [&str; 1] = ["values"];
/// Words that say where a provider is.
const ADDRESSES: [&str; 6] =
    ["url", "token_endpoint", "discovery", "jwks_uri", "issuers", "default"];
/// Words of a row that those that extend it do not take over.
const OWN: [&str; 6] = ["aliases", "id_token_names", "status", "note", "extends", "people"];
/// Puts an operator's table over the built-in ones. A name that cannot be configured is free.
pub(super) fn change(
    tables: &mut BTreeMap<String, Table>,
    name: &str,
    changes: &Table,
) -> Result<(), CatalogueError> {
    if let Some(row) = tables.iter().find(|(row, it)| *row != name && has_alias(it, name)) {
        let problem = format!("is another name of `{0}`: write [catalogue.{0}]", row.0);
        return Err(wrong(name, problem));
    }
    let table = tables.entry(name.to_owned()).or_default();
    if is_closed(table) {
        *table = Table::new();
    }
    if !table.is_empty() {
        check_place(name, table, changes)?;
    }
    merge(table, changes);
    Ok(())
}

fn has_alias(table: &Table, name: &str) -> bool {
    let aliases = table.get("aliases").and_then(Value::as_array);
    aliases.into_iter().flatten().any(|alias| alias.as_str() == Some(name))
}

/// Another host has other people: a row that is sent there says what their ids are unique within.
fn check_place(name: &str, base: &Table, changes: &Table) -> Result<(), CatalogueError> {
    let says = ["namespace", "people"].iter().any(|word| changes.contains_key(*word));
    // Who gives another issuer has that one's people.
    let of_issuer = ["discovery", "issuers"].into_iter().find_map(|word| issuer(changes, word));
    let namespace = base.get("namespace").and_then(Value::as_str);
    let own = namespace.or_else(|| issuer(base, "issuers")).or_else(|| issuer(base, "discovery"));
    let follows = namespace.is_none() && of_issuer.is_some();
    // One that is a setting is wherever that is.
    if says || follows || own.is_none_or(|own| own.starts_with('{')) {
        return Ok(());
    }
    let known = origins(base);
    let moved = origins(changes).into_iter().find(|origin| !known.contains(origin));
    moved.map_or(Ok(()), |origin| {
        let problem =
            format!("`namespace` is needed: {origin} is not where the other row's people are");
        Err(wrong(name, problem))
    })
}

/// Returns the first issuer of a row's ID tokens, as one word has it.
fn issuer<'a>(row: &'a Table, word: &str) -> Option<&'a str> {
    match row.get("id_token")?.get(word)? {
        Value::String(issuer) => Some(issuer),
        Value::Array(issuers) => issuers.first()?.as_str(),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => None,
    }
}

/// Returns scheme and host of every address in a table, as they are written.
fn origins(table: &Table) -> BTreeSet<String> {
    let origin = |text: &str| {
        let parts: Vec<_> = text.splitn(4, '/').take(3).collect();
        parts.join("/")
    };
    let mut found = BTreeSet::new();
    for (word, value) in table {
        match value {
            Value::Table(below) => found.extend(origins(below)),
            Value::String(text) if ADDRESSES.contains(&&**word) && text.contains("://") => {
                found.insert(origin(text));
            }
            Value::Array(items) if ADDRESSES.contains(&&**word) => {
                found.extend(items.iter().filter_map(Value::as_str).map(origin));
            }
            Value::String(_)
            | Value::Array(_)
            | Value::Integer(_)
            | Value::Float(_)
            | Value::Boolean(_)
            | Value::Datetime(_) => {}
        }
    }
    found
}

/// Returns scheme and host of what an operator wrote into a row, and into those that it extends.
pub(super) fn written(
    (tables, operator): (&BTreeMap<String, Table>, &BTreeMap<String, RowTable>),
    name: &str,
) -> BTreeSet<String> {
    let above = |name: &&str| tables.get(*name)?.get("extends")?.as_str();
    let rows = std::iter::successors(Some(name), above).take(MAX_DEPTH + 1);
    rows.filter_map(|name| operator.get(name)).flat_map(|RowTable(own)| origins(own)).collect()
}

/// Takes over what a row does not say from the one that it extends.
pub(super) fn extended(
    tables: &BTreeMap<String, Table>,
    name: &str,
    table: Table,
    depth: usize,
) -> Result<Table, CatalogueError> {
    let Some(base) = table.get("extends") else { return Ok(table) };
    let base = base.as_str().unwrap_or_default();
    let above = tables.get(base).filter(|above| depth > 0 && !is_closed(above));
    let missing = || format!("extends: `{base}` is no other row that can be configured");
    let above = above.ok_or_else(|| wrong(name, missing()))?;
    let mut whole = extended(tables, base, above.clone(), depth - 1)?;
    check_place(name, &whole, &table)?;
    for word in OWN {
        whole.remove(word);
    }
    merge(&mut whole, &table);
    Ok(whole)
}

/// Puts `changes` over `table`: tables are merged, everything else is replaced.
fn merge(table: &mut Table, changes: &Table) {
    for (name, change) in changes {
        match (table.get_mut(name), change) {
            (Some(Value::Table(below)), Value::Table(change)) if OF_WHOLES.contains(&&**name) => {
                below.extend(change.clone());
            }
            (Some(Value::Table(below)), Value::Table(change)) if !WHOLE.contains(&&**name) => {
                merge(below, change);
            }
            _ => {
                table.insert(name.clone(), change.clone());
            }
        }
    }
}
