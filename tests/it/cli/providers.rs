//! `providers list` and `providers show`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{USAGE, configured, run};

/// Names that others rely on, each with the name of its row.
const NAMES: [(&str, &str); 14] = [
    ("google", "google"),
    ("google-oauth2", "google"),
    ("google-identity", "google"),
    ("linkedin", "linkedin"),
    ("linkedin-openidconnect", "linkedin"),
    ("facebook", "facebook"),
    ("github", "github"),
    ("instagram", "instagram"),
    ("apple", "apple"),
    ("apple-id", "apple"),
    ("microsoft", "microsoft"),
    ("azuread-v2-tenant-oauth2", "microsoft"),
    ("microsoft-graph", "microsoft"),
    ("oidc", "oidc"),
];

fn list(words: &[&str]) -> String {
    run(Path::new("."), &[["providers", "list"].as_slice(), words].concat()).good()
}

/// Returns the catalogue by name.
fn rows(words: &[&str]) -> BTreeMap<String, Value> {
    let rows: Vec<Value> =
        serde_json::from_str(&list(&[words, &["--format", "json"]].concat())).unwrap();
    rows.into_iter().map(|row| (row["name"].as_str().unwrap().to_owned(), row)).collect()
}

#[test]
fn the_list_for_programs_has_the_published_members_and_names() {
    let rows = rows(&[]);
    let members =
        BTreeSet::from(["name", "aliases", "namespace", "kinds", "binding", "settings", "status"]);
    for row in rows.values() {
        let names = row.as_object().unwrap().keys().map(String::as_str);
        assert_eq!(names.collect::<BTreeSet<_>>(), members, "{row}");
        assert!(["aliases", "kinds", "settings"].iter().all(|name| row[name].is_array()), "{row}");
    }
    for (name, row) in NAMES {
        let known = name == row || rows[row]["aliases"].as_array().unwrap().contains(&json!(name));
        assert!(known, "{name} is not a name of {row}");
    }
    let mut names: Vec<_> = rows
        .values()
        .flat_map(|row| [&row["name"]].into_iter().chain(row["aliases"].as_array().unwrap()))
        .map(|name| name.as_str().unwrap())
        .collect();
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "a name of two rows: {names:?}");
}

#[test]
fn a_persons_id_is_unique_within_the_published_namespace() {
    let rows = rows(&[]);
    for (name, namespace) in [
        ("google", "https://accounts.google.com"),
        ("linkedin", "https://www.linkedin.com/oauth"),
        ("facebook", "https://www.facebook.com"),
        ("apple", "https://appleid.apple.com"),
        ("github", "https://github.com"),
        ("instagram", "https://www.instagram.com"),
    ] {
        assert_eq!(rows[name]["namespace"], namespace);
    }
    assert_eq!(rows["microsoft"]["settings"], json!(["tenant_id"]));
}

#[test]
fn the_list_for_people_has_a_line_for_every_row_with_its_aliases() {
    let text = list(&[]);
    let rows = rows(&[]);
    assert_eq!(text.lines().count(), rows.len() + 1, "{text}");
    for (name, row) in &rows {
        let line = text.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
        for alias in row["aliases"].as_array().unwrap() {
            assert!(line.contains(alias.as_str().unwrap()), "{line}");
        }
    }
}

#[test]
fn words_narrow_the_list_and_all_of_them_must_fit() {
    for (words, expected) in [
        (["google"].as_slice(), ["google"].as_slice()),
        (&["OAuth2", "goog"], &["google"]),
        (&["linkedin-openidconnect"], &["linkedin"]),
        (&["google", "linkedin"], &[]),
        (&["myspace"], &[]),
    ] {
        assert_eq!(rows(words).keys().collect::<Vec<_>>(), expected, "{words:?}");
    }
    let none_of_these = ["github", "instagram"];
    let with_id_tokens = rows(&["id_token"]);
    assert_eq!(with_id_tokens.len() + none_of_these.len(), rows(&[]).len());
    assert!(none_of_these.iter().all(|name| !with_id_tokens.contains_key(*name)));
}

#[test]
fn a_row_says_which_credentials_it_has_and_what_binds_its_access_tokens() {
    let rows = rows(&[]);
    for (name, kinds, binding) in [
        ("google", json!(["id_token", "access_token", "code"]), "tokeninfo"),
        ("linkedin", json!(["id_token", "access_token", "code"]), "introspection"),
        ("github", json!(["access_token", "code"]), "check_token"),
        ("facebook", json!(["id_token", "access_token", "code"]), "debug_token"),
        ("instagram", json!(["access_token", "code"]), "none"),
        ("microsoft", json!(["id_token", "code"]), "none"),
        ("apple", json!(["id_token"]), "none"),
    ] {
        assert_eq!((&rows[name]["kinds"], &rows[name]["binding"]), (&kinds, &json!(binding)));
    }
}

#[test]
fn a_row_is_shown_by_its_name_and_by_each_alias() {
    let show = |name: &str| run(Path::new("."), &["providers", "show", name]).good();
    for (name, row) in NAMES {
        assert_eq!(show(name), show(row), "{name}");
        assert!(show(row).contains("https://") || row == "oidc");
    }
    let complaint = run(Path::new("."), &["providers", "show", "myspace"]).refused_with(USAGE);
    assert!(complaint.contains("myspace") && complaint.contains("linkedin"), "{complaint}");
}

#[test]
fn what_show_prints_is_a_configuration_once_it_is_filled_in() {
    for name in rows(&[]).keys() {
        let shown = run(Path::new("."), &["providers", "show", name]).good();
        let (_, table) = shown.split_once("\n[providers.").unwrap();
        let table = table.replace('…', "00000000-0000-0000-0000-000000000000");
        let directory = configured(&format!(
            "issuer = \"https://id.example.test\"\n\
             [[clients]]\nid = \"spa\"\naudience = [\"https://api.example.test\"]\n\
             [providers.{table}"
        ));
        run(directory.path(), &["config", "check"]).good();
        // What is only a suggestion has to be right too.
        let file = directory.path().join("countersign.toml");
        let text = std::fs::read_to_string(&file).unwrap().replace("\n# ", "\n");
        std::fs::write(&file, text).unwrap();
        run(directory.path(), &["config", "check"]).good();
    }
}
