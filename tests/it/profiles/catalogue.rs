//! What the program says of its own catalogue.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use super::fixture::Fixture;
use crate::program::run;

/// The rows, by name.
#[derive(Debug)]
pub(super) struct Rows(BTreeMap<String, Row>);

/// A row.
#[derive(Debug, Clone)]
pub(super) struct Row(Value);

impl Rows {
    /// Asks the program.
    pub(super) fn read() -> Self {
        let list = run(Path::new("."), &["providers", "list", "--format", "json"]).good();
        let rows: Vec<Value> = serde_json::from_str(&list).unwrap();
        Self(
            rows.into_iter()
                .map(|row| (row["name"].as_str().unwrap().to_owned(), Row(row)))
                .collect(),
        )
    }

    /// Returns the row of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Row> {
        self.0.get(name)
    }

    /// Returns every row.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Row> {
        self.0.values()
    }
}

impl Row {
    fn text(&self, member: &str) -> &str {
        self.0[member].as_str().unwrap()
    }

    /// Returns its name.
    pub(super) fn name(&self) -> &str {
        self.text("name")
    }

    /// Returns its name and its other names.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let aliases =
            self.0["aliases"].as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        [self.name()].into_iter().chain(aliases)
    }

    /// Returns the kinds of credentials that it takes.
    pub(super) fn kinds(&self) -> impl Iterator<Item = &str> {
        self.0["kinds"].as_array().unwrap().iter().map(|kind| kind.as_str().unwrap())
    }

    /// Tells whether nobody can sign in there.
    pub(super) fn is_closed(&self) -> bool {
        ["dead", "unsupported"].contains(&self.text("status"))
    }

    /// Tells whether something says which app an access token was issued to.
    pub(super) fn is_bound(&self) -> bool {
        self.text("binding") != "none"
    }

    /// Returns what a person's id is unique within, with an operator's settings.
    pub(super) fn namespace(&self, fixture: &Fixture) -> String {
        let mut namespace = self.text("namespace").to_owned();
        let tenant = fixture.id_token.as_ref().and_then(|claims| claims.get("tid")?.as_str());
        namespace = namespace.replace("{tenantid}", tenant.unwrap_or_default());
        namespace = namespace.replace("{client_id}", &fixture.client_id);
        for (name, value) in &fixture.settings {
            namespace = namespace.replace(&format!("{{{name}}}"), value.as_str().unwrap());
        }
        if !namespace.contains('{') {
            return namespace;
        }
        for (name, value) in self.defaults() {
            namespace = namespace.replace(&format!("{{{name}}}"), &value);
        }
        namespace
    }

    /// Returns the settings that `providers show` suggests.
    fn defaults(&self) -> BTreeMap<String, String> {
        let shown = run(Path::new("."), &["providers", "show", self.name()]).good();
        let Some((_, table)) = shown.split_once("\n[providers.") else { return BTreeMap::new() };
        let table: toml::Table = format!("[providers.{table}").parse().unwrap();
        let mut providers = table["providers"].as_table().unwrap().values();
        let settings = providers.next().and_then(|provider| provider.get("settings")?.as_table());
        let text = |value: &toml::Value| value.as_str().unwrap_or_default().to_owned();
        settings.into_iter().flatten().map(|(name, value)| (name.clone(), text(value))).collect()
    }
}
