//! docs/errors.md: every reason of the `OpenAPI` document, and what to do about it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::blocks::{read, root};
use crate::program::run;

const PAGE: &str = "docs/errors.md";

/// What stands before the table.
const INTRODUCTION: &str = "\
# What does this error mean, and what do I do?

`reason` is one word for one cause, and stable: programs may branch on it. Every failure is JSON with `error` (the code of OAuth),
`error_description` (what came and what was expected, never a credential) and `reason`. [refused.md](refused.md) shows every check
of an exchange.

Reasons, statuses and meanings are those of the OpenAPI document: `UPDATE=1 cargo test --test it docs`. What to do stands here.

| reason | status | meaning | what to do |
|---|---|---|---|
";

/// Returns the cells of the rows of a table that begin with a word in backticks.
fn rows(text: &str) -> Vec<Vec<String>> {
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |"));
    let cells = |row: &str| row.split(" | ").map(|it| it.trim_matches('`').to_owned()).collect();
    rows.map(cells).collect()
}

/// Returns reason, status and meaning, as the program says.
fn reasons() -> Vec<Vec<String>> {
    let printed = run(Path::new("."), &["openapi", "--format", "json"]).good();
    let document: Value = serde_json::from_str(&printed).unwrap();
    let reason = &document["components"]["schemas"]["Reason"];
    let rows = rows(reason["description"].as_str().unwrap());
    assert_eq!(rows.len(), reason["enum"].as_array().unwrap().len());
    rows
}

/// Returns what the page says to do, by reason.
fn advice() -> BTreeMap<String, String> {
    let rows = rows(&read(PAGE)).into_iter();
    rows.filter_map(|row| Some((row.first()?.clone(), row.get(3)?.clone()))).collect()
}

#[test]
fn the_page_has_every_reason_as_the_document_has_it() {
    let (mut page, advice) = (INTRODUCTION.to_owned(), advice());
    for row in reasons() {
        let [reason, status, meaning] = row.as_slice() else { panic!("{row:?}") };
        let advice = advice.get(reason).map_or("", String::as_str);
        let _ = writeln!(page, "| `{reason}` | {status} | {meaning} | {advice} |");
    }
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join(PAGE), &page).unwrap();
    }
    assert!(
        read(PAGE) == page,
        "{PAGE} is not what the document says: UPDATE=1 cargo test --test it docs"
    );
}

#[test]
fn every_reason_has_something_to_do() {
    let advice = advice();
    let silent: Vec<_> = reasons()
        .into_iter()
        .filter(|row| advice.get(&row[0]).is_none_or(String::is_empty))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}
