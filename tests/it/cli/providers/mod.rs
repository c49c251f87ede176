//! `providers list` and `providers show`.

mod list;
mod show;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Value, json};

use crate::catalogue::{tables, with_suggestions};
use crate::program::{USAGE, configured, run};

/// Names that cannot be configured, each with its status.
const CLOSED: [(&str, &str); 4] =
    [("lyft", "dead"), ("twitter", "unsupported"), ("openid", "unsupported"), ("live", "dead")];
/// Every status.
const STATUSES: [&str; 6] = ["ok", "legacy", "self-hosted", "unknown", "dead", "unsupported"];

/// Names that others rely on, each with the name of its row.
const NAMES: [(&str, &str); 17] = [
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
    ("microsoft-graph", "microsoft-graph"),
    ("oidc", "oidc"),
    ("discord", "discord"),
    ("twitter-oauth2", "twitter-oauth2"),
    ("gitlab", "gitlab"),
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
