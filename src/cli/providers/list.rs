//! `providers list`: the catalogue as a table for people, as JSON, and as the tables of
//! docs/providers.md.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::provider::{Entry, Row};

/// Whether all the words fit an entry: each is a part of one of its names, or the start of a kind,
/// of its binding or of its status.
pub(super) fn fits(entry: Entry<'_>, words: &[String]) -> bool {
    let aliases = entry.aliases().iter().map(String::as_str);
    let names: Vec<_> = [entry.name(), entry.title()].into_iter().chain(aliases).collect();
    let kinds: Vec<_> =
        entry.kinds().into_iter().chain([entry.binding(), entry.status()]).collect();
    let fits = |word: &String| {
        let word = word.to_lowercase();
        names.iter().any(|name| name.to_lowercase().contains(&word))
            || kinds.iter().any(|kind| kind.starts_with(&word))
    };
    words.iter().all(fits)
}

/// Returns a line for each entry. The aliases, of which there may be any number, stand last.
pub(super) fn text(entries: &[Entry<'_>]) -> String {
    let head = ["name", "kinds", "binding", "status", "aliases"].map(str::to_owned);
    let line = |entry: &Entry<'_>| {
        let (kinds, aliases) = (entry.kinds().join(" "), entry.aliases().join(" "));
        let [name, binding, status] =
            [entry.name(), entry.binding(), entry.status()].map(str::to_owned);
        [name, kinds, binding, status, aliases]
    };
    let lines: Vec<_> = std::iter::once(head).chain(entries.iter().map(line)).collect();
    let mut widths = [0; 5];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = cell.len().max(*width);
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells = line.iter().zip(widths).map(|(cell, width)| format!("{cell:<width$}"));
        let line = cells.collect::<Vec<_>>().join("  ");
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Returns the published members of each entry.
pub(super) fn json(entries: &[Entry<'_>]) -> String {
    let member = |entry: &Entry<'_>| {
        json!({
            "name": entry.name(),
            "aliases": entry.aliases(),
            "namespace": entry.namespace(),
            "kinds": entry.kinds(),
            "binding": entry.binding(),
            "settings": entry.settings(),
            "status": entry.status(),
        })
    };
    format!("{:#}\n", Value::from(entries.iter().map(member).collect::<Vec<_>>()))
}

/// Returns a table of what can be configured, and one of what cannot.
pub(super) fn markdown(entries: &[Entry<'_>]) -> String {
    let mut text = "## Providers that can be configured\n\n\
        | name | other names | kinds | binding | settings | status | what `sub` is scoped to |\n\
        |---|---|---|---|---|---|---|\n"
        .to_owned();
    for entry in entries {
        if let Entry::Open(row) = entry {
            text.push_str(&open_row(*entry, row));
        }
    }
    text.push_str(
        "\n## Providers that cannot be configured\n\n\
         | name | other names | status | why |\n|---|---|---|---|\n",
    );
    for entry in entries {
        if let Entry::Closed(closed) = entry {
            let (name, aliases) = (code(&closed.name), codes(entry.aliases()));
            let (status, why) = (entry.status(), cell(&closed.reason()));
            // Writing to a string does not fail.
            let _ = writeln!(text, "| {name} | {aliases} | {status} | {why} |");
        }
    }
    text
}

fn open_row(entry: Entry<'_>, row: &Row) -> String {
    let cells = [
        code(&row.name),
        codes(&row.aliases),
        codes(&row.kinds()),
        code(row.binding_name()),
        codes(&entry.settings()),
        entry.status().to_owned(),
        cell(&row.subject),
    ];
    format!("| {} |\n", cells.join(" | "))
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn codes<T: AsRef<str>>(texts: &[T]) -> String {
    texts.iter().map(|text| code(text.as_ref())).collect::<Vec<_>>().join(" ")
}

/// A bar would end the cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
