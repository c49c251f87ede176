//! Nothing is left out: every backend of python-social-auth has a row, every living row a fixture,
//! and every other row a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use countersign::config::Config;

use super::catalogue::{Row, Rows};
use super::{assert_none, fixture};
use crate::program::{DONE, run};

/// Every backend of python-social-auth: its name, its protocol and its class.
const BACKENDS: &str = include_str!("../../fixtures/python_social_auth_backends.txt");

/// Where the rows are written.
const CATALOGUE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider/catalogue");

/// Returns the note of each row that nobody can sign in with, as it is written.
fn closed() -> BTreeMap<String, String> {
    let files = fs::read_dir(CATALOGUE).unwrap().map(|entry| entry.unwrap().path());
    let tables =
        files.map(|file| fs::read_to_string(file).unwrap().parse::<toml::Table>().unwrap());
    let text =
        |row: &toml::Value, word| row.get(word).and_then(toml::Value::as_str).map(str::to_owned);
    let is_closed = |row: &toml::Value| {
        text(row, "status").is_some_and(|status| ["dead", "unsupported"].contains(&status.as_str()))
    };
    let rows = tables.flatten().filter(|(_, row)| is_closed(row));
    rows.map(|(name, row)| (name, text(&row, "note").unwrap_or_default())).collect()
}

/// Returns what `providers show` prints of a name, if it is one.
fn shown(name: &str) -> Option<String> {
    let outcome = run(Path::new("."), &["providers", "show", name]);
    (outcome.code == DONE).then_some(outcome.stdout)
}

#[test]
fn every_backend_of_python_social_auth_is_a_name_of_a_row() {
    let rows = Rows::read();
    let names: BTreeSet<_> = rows.iter().flat_map(Row::names).collect();
    let backends = BACKENDS.lines().map(|line| line.split('\t').next().unwrap());
    let missing = backends.filter(|backend| !names.contains(backend) && shown(backend).is_none());
    assert_none(&missing.map(str::to_owned).collect::<Vec<_>>());
}

#[test]
fn every_provider_that_people_can_sign_in_with_has_a_fixture() {
    let rows = Rows::read();
    let fixtures = fixture::all();
    let with: BTreeSet<_> = fixtures.iter().map(|fixture| fixture.row.as_str()).collect();
    let missing = rows.iter().filter(|row| !row.is_closed() && !with.contains(row.name()));
    assert_none(&missing.map(|row| row.name().to_owned()).collect::<Vec<_>>());
    let closed = rows.iter().filter(|row| row.is_closed() && with.contains(row.name()));
    assert_none(&closed.map(|row| format!("{} is closed", row.name())).collect::<Vec<_>>());
}

#[test]
fn every_kind_of_credential_of_a_row_is_in_one_of_its_fixtures() {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for fixture in fixture::all() {
        let brought = fixture.kinds().map(|kind| kind.name().to_owned());
        kinds.entry(fixture.row.clone()).or_default().extend(brought);
    }
    let rows = Rows::read();
    let missing = rows.iter().filter(|row| !row.is_closed()).flat_map(|row| {
        let brought = kinds.get(row.name()).cloned().unwrap_or_default();
        row.kinds()
            .filter(move |kind| !brought.contains(*kind))
            .map(|kind| format!("{}: {kind}", row.name()))
    });
    assert_none(&missing.collect::<Vec<_>>());
}

#[test]
fn a_provider_that_nobody_can_sign_in_with_is_shown_with_its_reason_and_refused_with_it() {
    let (mut wrong, closed) = (Vec::new(), closed());
    assert!(closed.len() > 50, "{closed:?}");
    for (name, note) in closed {
        if note.is_empty() {
            wrong.push(format!("{name}: no note"));
        }
        let shown = shown(&name);
        if !shown.as_ref().is_some_and(|shown| shown.contains(&note)) {
            wrong.push(format!("{name}: `providers show` has not its note, {note}: {shown:?}"));
        }
        let complaint = Config::from_toml(&format!(
            "issuer = \"https://id.example.com\"\n\
             [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.com\"]\n\
             [providers.p]\ncatalogue = \"{name}\"\nclient_ids = [\"x\"]\nclient_secret = \"s\"\n"
        ));
        match complaint.map_err(|error| error.to_string()) {
            Ok(_) => wrong.push(format!("{name}: the configuration takes it")),
            Err(complaint) if complaint.contains(&note) => {}
            Err(complaint) => wrong.push(format!("{name}: refused without its note: {complaint}")),
        }
    }
    assert_none(&wrong);
}
