//! The page for those who come from drf-social-oauth2: its SQL computes what is issued here, its
//! calls name backends that are known, its configuration is good.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use countersign::config::Config;
use serde_json::Value;
use tempfile::NamedTempFile;
use uuid::Uuid;

use crate::program::run;
use crate::readme::{blocks, commands, with_files};

/// The backends of drf-social-oauth2's guide.
const GUIDE: [&str; 6] = [
    "facebook",
    "google-oauth2",
    "google-identity",
    "github",
    "instagram",
    "linkedin-openidconnect",
];

fn page() -> String {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/drf-social-oauth2.md");
    fs::read_to_string(page).unwrap()
}

/// Returns the page's one block in a language.
fn block(language: &str) -> String {
    let mut blocks = blocks(&page(), &[language]);
    assert_eq!(blocks.len(), 1, "{language}");
    blocks.remove(0)
}

/// Returns the namespace of each name and alias of the catalogue that can be configured.
fn catalogue() -> BTreeMap<String, String> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let list = run(Path::new("."), &["providers", "list", "--format", "json"]).good();
    let rows: Vec<Value> = serde_json::from_str(&list).unwrap();
    rows.iter()
        .filter(|row| !row["namespace"].is_null())
        .flat_map(|row| {
            let names = [&row["name"]].into_iter().chain(row["aliases"].as_array().unwrap());
            names.map(|name| (text(name), text(&row["namespace"])))
        })
        .collect()
}

/// Returns the namespace of each backend in the SQL's `CASE`.
fn cases(sql: &str) -> BTreeMap<String, String> {
    let quoted = |text: &str| Some(text.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
    let case = |line: &str| {
        let (backend, namespace) = line.trim().strip_prefix("WHEN ")?.split_once(" THEN ")?;
        Some((quoted(backend)?, quoted(namespace)?))
    };
    sql.lines().filter_map(case).collect()
}

#[test]
fn the_sql_has_the_namespaces_of_the_catalogue() {
    let (sql, catalogue) = (block("sql"), catalogue());
    let cases = cases(&sql);
    assert_eq!(cases.len(), sql.matches("WHEN ").count(), "a case that was not read");
    for (backend, namespace) in &cases {
        assert_eq!(catalogue.get(backend), Some(namespace), "{backend}");
    }
    let absent: Vec<_> = GUIDE.into_iter().filter(|name| !cases.contains_key(*name)).collect();
    assert!(absent.is_empty(), "{absent:?}");
}

#[test]
fn the_sql_computes_the_ids_that_the_page_says() {
    let (sql, page) = (block("sql"), page());
    let namespace = Uuid::new_v5(&Uuid::NAMESPACE_URL, b"urn:countersign:subject:v1");
    let call = format!("uuid_generate_v5('{namespace}', namespace || '|' || uid)");
    assert!(sql.contains(&call), "{call}");
    let cases = cases(&sql);
    let rows = page.lines().filter_map(|line| {
        let mut cells = line.split('`').skip(1).step_by(2);
        let (backend, uid, sub) = (cells.next()?, cells.next()?, cells.next()?);
        Some((cases.get(backend)?, uid, sub.parse::<Uuid>().ok()?))
    });
    let rows: Vec<_> = rows.collect();
    assert!(rows.len() >= 2, "the page has no ids to compare with");
    for (provider, uid, sub) in rows {
        assert_eq!(Uuid::new_v5(&namespace, format!("{provider}|{uid}").as_bytes()), sub, "{uid}");
    }
}

#[test]
fn every_call_names_a_backend_that_is_known() {
    let catalogue = catalogue();
    let calls: Vec<_> = blocks(&page(), &["sh"]).iter().flat_map(|block| commands(block)).collect();
    let backends: Vec<_> = calls
        .iter()
        .map(|call| {
            let form = call.strip_prefix("curl -X POST -d \"").and_then(|it| it.split_once("\" "));
            let (form, address) = form.unwrap_or_else(|| panic!("no call: {call}"));
            assert!(address.ends_with("/auth/convert-token"), "{address}");
            let fields: BTreeMap<_, _> =
                url::form_urlencoded::parse(form.as_bytes()).into_owned().collect();
            let names: Vec<_> = fields.keys().map(String::as_str).collect();
            assert_eq!(names, ["backend", "client_id", "grant_type", "token"], "{call}");
            assert_eq!(fields["grant_type"], "convert_token");
            fields["backend"].clone()
        })
        .collect();
    let unknown: Vec<_> = backends.iter().filter(|it| !catalogue.contains_key(*it)).collect();
    assert!(unknown.is_empty(), "{unknown:?}");
    assert_eq!(backends, GUIDE);
}

#[test]
fn the_configuration_has_a_provider_for_every_call() {
    let secret = NamedTempFile::new().unwrap();
    fs::write(secret.path(), "a secret that is long enough for everything").unwrap();
    let text = with_files(&block("toml"), secret.path().to_str().unwrap());
    if let Err(error) = Config::from_toml(&text) {
        panic!("{error}:\n{text}");
    }
    let (catalogue, tables) = (catalogue(), text.lines());
    let configured: Vec<_> = tables
        .filter_map(|line| line.strip_prefix("[providers.")?.strip_suffix(']'))
        .map(|name| &catalogue[name])
        .collect();
    let absent: Vec<_> =
        GUIDE.into_iter().filter(|it| !configured.contains(&&catalogue[*it])).collect();
    assert!(absent.is_empty(), "{absent:?}");
}
