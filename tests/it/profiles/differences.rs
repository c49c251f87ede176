//! `docs/python-social-auth.md` lists every deliberate difference from python-social-auth; its table
//! is made of the fixtures.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::fixture::all;

const DOCUMENT: &str = "docs/python-social-auth.md";
/// Where the table begins in the document; all that follows is made here.
const START: &str = "| provider | what | reason |\n|---|---|---|\n";

/// Returns the fields that differ, by provider and reason.
fn table() -> String {
    let mut fields: BTreeMap<(String, String), Vec<String>> = BTreeMap::new();
    for fixture in all() {
        for (field, reason) in fixture.differs {
            let key = (fixture.row.clone(), reason.as_str().unwrap().to_owned());
            let known = fields.entry(key).or_default();
            if !known.contains(&field) {
                known.push(field);
            }
        }
    }
    let line = |((row, reason), mut fields): ((String, String), Vec<String>)| {
        fields.sort();
        let what = fields.join(", ").replace("error", "whether they can sign in");
        format!("| {row} | {what} | {reason} |\n")
    };
    fields.into_iter().map(line).collect()
}

#[test]
fn the_document_lists_every_difference_with_its_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let text = fs::read_to_string(&path).unwrap();
    let (before, committed) = text.split_once(START).unwrap();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, format!("{before}{START}{}", table())).unwrap();
        return;
    }
    let hint = "UPDATE=1 cargo test --test it differences";
    assert!(committed == table(), "{DOCUMENT} is not current: {hint}");
}
