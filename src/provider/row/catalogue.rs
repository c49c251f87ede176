//! The catalogue: the built-in rows, those of an operator over them, and what holds for all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::{Closed, RawIdToken, Row, Status};

/// The built-in rows.
const BUILT_IN: [&str; 8] = [
    include_str!("../catalogue/common.toml"),
    include_str!("../catalogue/openid.toml"),
    include_str!("../catalogue/a-c.toml"),
    include_str!("../catalogue/d-j.toml"),
    include_str!("../catalogue/k-o.toml"),
    include_str!("../catalogue/p-s.toml"),
    include_str!("../catalogue/t-z.toml"),
    include_str!("../catalogue/closed.toml"),
];

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
/// How many rows may extend each other.
const MAX_DEPTH: usize = 4;

/// A row as an operator writes it, in the words of the built-in ones.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct RowTable(Table);

/// Why the catalogue does not load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{row}: {problem}")]
pub(crate) struct CatalogueError {
    /// Which row.
    pub(crate) row: String,
    /// What is wrong.
    pub(crate) problem: String,
}

fn wrong(row: &str, problem: impl Into<String>) -> CatalogueError {
    CatalogueError { row: row.to_owned(), problem: problem.into() }
}

/// The rows, by name.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue {
    rows: BTreeMap<String, Row>,
    closed: BTreeMap<String, Closed>,
}

/// What a name stands for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Entry<'a> {
    /// A row that can be configured.
    Open(&'a Row),
    /// A service that cannot.
    Closed(&'a Closed),
}

impl Catalogue {
    /// Returns the rows that the program brings.
    ///
    /// # Errors
    ///
    /// Says which row does not load. A test loads them, so a released program has none.
    pub(crate) fn built_in() -> Result<Self, CatalogueError> {
        Self::load(&BTreeMap::new())
    }

    /// Puts an operator's rows over those that the program brings: a table of a built-in row's
    /// name changes what it says, any other is a row of its own.
    ///
    /// # Errors
    ///
    /// Says which row does not load, and why.
    pub(crate) fn load(operator: &BTreeMap<String, RowTable>) -> Result<Self, CatalogueError> {
        let mut tables = built_in()?;
        for (name, RowTable(changes)) in operator {
            change(&mut tables, name, changes)?;
        }
        let mut catalogue = Self { rows: BTreeMap::new(), closed: BTreeMap::new() };
        for (name, table) in &tables {
            let whole = extended(&tables, name, table.clone(), MAX_DEPTH)?;
            if is_closed(&whole) {
                let closed = Closed { name: name.clone(), ..parse(name, whole)? };
                catalogue.closed.insert(name.clone(), closed);
            } else {
                catalogue.rows.insert(name.clone(), row(name, whole)?);
            }
        }
        catalogue.settle_people()?;
        catalogue.check_names()?;
        catalogue.check_namespaces()?;
        catalogue
            .rows()
            .try_for_each(|row| row.check().map_err(|it| wrong(&row.name, it.problem)))?;
        Ok(catalogue)
    }

    /// Returns what has this name or alias.
    pub(crate) fn entry(&self, name: &str) -> Option<Entry<'_>> {
        let has = |aliases: &[String]| aliases.iter().any(|alias| alias == name);
        let row = || self.rows.get(name).or_else(|| self.rows().find(|row| has(&row.aliases)));
        let closed = || self.closed().find(|it| it.name == name || has(&it.aliases));
        row().map(Entry::Open).or_else(|| closed().map(Entry::Closed))
    }

    /// Returns the names and aliases that begin as `name` does.
    pub(crate) fn alike(&self, name: &str) -> impl Iterator<Item = &str> {
        let start = name.chars().take(3).collect::<String>().to_lowercase();
        let names = self.rows().flat_map(|row| std::iter::once(&row.name).chain(&row.aliases));
        names.map(String::as_str).filter(move |known| known.starts_with(&start))
    }

    /// Returns every row, in the order of their names.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Returns what cannot be configured, in the order of the names.
    pub(crate) fn closed(&self) -> impl Iterator<Item = &Closed> {
        self.closed.values()
    }

    /// Gives rows that are about another's people that one's namespace.
    fn settle_people(&mut self) -> Result<(), CatalogueError> {
        let known: BTreeMap<_, _> =
            self.rows().map(|row| (row.name.clone(), row.namespace.clone())).collect();
        for row in self.rows.values_mut() {
            let Some(other) = &row.people else { continue };
            let missing = || wrong(&row.name, format!("people: `{other}` is no other row"));
            let namespace = known.get(other).filter(|_| *other != row.name).ok_or_else(missing)?;
            row.namespace.clone_from(namespace);
        }
        Ok(())
    }

    fn check_names(&self) -> Result<(), CatalogueError> {
        let rows = self.rows().map(|row| (&row.name, &row.aliases));
        let mut known = BTreeSet::new();
        for (row, aliases) in rows.chain(self.closed().map(|it| (&it.name, &it.aliases))) {
            for name in std::iter::once(row).chain(aliases) {
                if !known.insert(name) {
                    return Err(wrong(row, format!("the name `{name}` is another row's already")));
                }
            }
        }
        Ok(())
    }

    /// Two rows share a namespace only if one says that it is a variant of the other: their people
    /// are the same. Of an instance that an operator names, the address tells it apart.
    fn check_namespaces(&self) -> Result<(), CatalogueError> {
        let mut known: BTreeMap<&str, &str> = BTreeMap::new();
        for row in self.rows().filter(|row| !row.namespace.starts_with('{')) {
            let root = self.root(row);
            let other = known.insert(&row.namespace, root);
            if other.is_some_and(|other| other != root) {
                let problem = format!("the namespace `{}` is another row's already", row.namespace);
                return Err(wrong(&row.name, problem));
            }
        }
        Ok(())
    }

    fn root<'a>(&'a self, row: &'a Row) -> &'a str {
        let above = row.people.as_ref().or(row.extends.as_ref());
        above.and_then(|name| self.rows.get(name)).map_or(&row.name, |above| self.root(above))
    }
}

fn built_in() -> Result<BTreeMap<String, Table>, CatalogueError> {
    let mut rows = BTreeMap::new();
    for text in BUILT_IN {
        let tables: BTreeMap<String, Table> =
            toml::from_str(text).map_err(|error| wrong("the built-in rows", error.to_string()))?;
        for (name, table) in tables {
            if rows.insert(name.clone(), table).is_some() {
                return Err(wrong(&name, "stands there twice"));
            }
        }
    }
    Ok(rows)
}

/// Puts an operator's table over the built-in ones. A name that cannot be configured is free.
fn change(
    tables: &mut BTreeMap<String, Table>,
    name: &str,
    changes: &Table,
) -> Result<(), CatalogueError> {
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

/// Another host has other people: a row that is sent there says what their ids are unique within.
fn check_place(name: &str, base: &Table, changes: &Table) -> Result<(), CatalogueError> {
    let says = ["namespace", "people"].iter().any(|word| changes.contains_key(*word));
    // Without one it is the issuer, and one that is a setting is wherever that is.
    let namespace = base.get("namespace").and_then(Value::as_str);
    if says || namespace.is_none_or(|namespace| namespace.starts_with('{')) {
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

/// Takes over what a row does not say from the one that it extends.
fn extended(
    tables: &BTreeMap<String, Table>,
    name: &str,
    table: Table,
    depth: usize,
) -> Result<Table, CatalogueError> {
    let Some(base) = table.get("extends") else { return Ok(table) };
    let base = base.as_str().unwrap_or_default();
    let above = tables.get(base).filter(|_| depth > 0);
    let above = above.ok_or_else(|| wrong(name, format!("extends: `{base}` is no other row")))?;
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

fn is_closed(table: &Table) -> bool {
    let status = table.get("status").and_then(Value::as_str);
    matches!(status, Some("dead" | "unsupported"))
}

fn parse<T: DeserializeOwned>(name: &str, table: Table) -> Result<T, CatalogueError> {
    Value::Table(table).try_into().map_err(|error: toml::de::Error| {
        let problem = error.to_string();
        wrong(name, problem.trim_end().replace('\n', " "))
    })
}

fn row(name: &str, table: Table) -> Result<Row, CatalogueError> {
    let mut row = Row { name: name.to_owned(), ..parse(name, table)? };
    if row.namespace.is_empty() && row.people.is_none() {
        let issuers = row.id_token.as_ref().map(RawIdToken::issuers).unwrap_or_default();
        let missing = "`namespace` is needed: there is no issuer that could stand for it";
        row.namespace = issuers.into_iter().next().ok_or_else(|| wrong(name, missing))?;
    }
    if matches!(row.status, Status::Legacy | Status::Unknown) && row.note.is_none() {
        return Err(wrong(name, "`note` is needed: what to know of a service of this status"));
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Loads the built-in rows with these of an operator, and returns what is wrong with them.
    fn complaint(rows: &str) -> Option<(String, String)> {
        let rows = toml::from_str(rows).unwrap();
        Catalogue::load(&rows).err().map(|error| (error.row, error.problem))
    }

    const NEXT: &str =
        "[next]\ntitle = \"Next\"\nsetup = \"\"\nnamespace = \"https://next.test\"\n";

    #[test]
    fn no_two_rows_share_a_name_or_a_namespace() {
        Catalogue::built_in().unwrap();
        let named = |what: &str| format!("[next]\ntitle = \"\"\nsetup = \"\"\n{what}\n");
        for (row, expected) in [
            (format!("{NEXT}aliases = [\"discord\"]\n"), "`discord` is another row's"),
            (format!("{NEXT}aliases = [\"google-oauth2\"]\n"), "`google-oauth2` is another row's"),
            (format!("{NEXT}aliases = [\"next\"]\n"), "`next` is another row's"),
            (format!("{NEXT}aliases = [\"lyft\"]\n"), "`lyft` is another row's"),
            (named("namespace = \"https://github.com\""), "`https://github.com` is another row's"),
            (named(""), "`namespace` is needed"),
        ] {
            let (_, problem) = complaint(&row).unwrap();
            assert!(problem.contains(expected), "{row}: {problem}");
        }
        for (variant, what) in [
            ("[next]\nextends = \"github\"\n", "the same people"),
            (
                "[next]\ntitle = \"\"\nsetup = \"\"\npeople = \"github\"\n[next.id_token]\ndiscovery = \"https://next.test\"\n",
                "the same people",
            ),
            (
                "[lyft]\ntitle = \"\"\nsetup = \"\"\nnamespace = \"https://lyft.test\"\n[lyft.id_token]\ndiscovery = \"https://lyft.test\"\n",
                "a free name",
            ),
        ] {
            assert_eq!(complaint(variant), None, "{what}");
        }
        // `|` is what stands between the namespace and an id.
        for wrong in ["https://next.test|a", "next", "http://next.test", "https://next.test/ a"] {
            let (_, problem) = complaint(&named(&format!(
                "namespace = \"{wrong}\"\n[next.id_token]\ndiscovery = \"https://next.test\""
            )))
            .unwrap();
            assert!(problem.contains("`namespace` is"), "{wrong}: {problem}");
        }
    }

    #[test]
    fn a_row_that_is_sent_to_another_host_has_other_people() {
        let elsewhere = "profile = { url = \"https://ghe.acme.test/user\" }\n";
        for (row, is_wrong) in [
            (format!("[next]\nextends = \"github\"\n{elsewhere}"), true),
            (format!("[github]\n{elsewhere}"), true),
            (format!("[github]\nnamespace = \"https://ghe.acme.test\"\n{elsewhere}"), false),
            ("[github.profile]\nurl = \"https://api.github.com/user?x=1\"\n".to_owned(), false),
        ] {
            let problem = complaint(&row).map(|(_, problem)| problem).unwrap_or_default();
            assert_eq!(problem.contains("`namespace` is needed"), is_wrong, "{row}: {problem}");
        }
    }

    #[test]
    fn a_row_that_cannot_work_does_not_load_and_says_why() {
        let profile = |words: &str| format!("{NEXT}[next.profile]\n{words}\n");
        let url = "url = \"https://next.test/me\"\n";
        for (row, expected) in [
            (profile("url = \"http://next.test/me\""), "not an https address"),
            (profile("url = \"https://next.test/{who}\""), "not an https address"),
            (profile("url = \"https://{host}/me\"\n[next.profile.values]\nhost = \"/a\""), "https"),
            (profile("url = \"https://next.test/me\"\ntoken = \"path\""), "{token}"),
            (profile("subject = [\"/id\"]"), "`discovery`"),
            (profile(&format!("{url}subject = [\"id\"]")), "expected a place"),
            (profile(&format!("{url}subject = []")), "names no place"),
            (profile(&format!("{url}subjects = [\"/id\"]")), "subjects"),
            (profile(&format!("{url}token = \"basic\"")), "basic"),
            (
                format!("{NEXT}[next.headers]\nx = \"{{unknown}}\"\n[next.profile]\n{url}"),
                "{unknown}",
            ),
            (format!("{NEXT}extends = \"nobody\"\n"), "`nobody` is no other row"),
            (format!("{NEXT}extends = \"next\"\n"), "`next` is no other row"),
            (NEXT.to_owned(), "neither `id_token`"),
            (format!("{NEXT}status = \"legacy\"\n"), "`note` is needed"),
            (format!("{NEXT}status = \"gone\"\n"), "gone"),
            ("[next]\nsetup = \"\"\n".to_owned(), "title"),
            ("[google.code]\npkse = true\n".to_owned(), "pkse"),
            ("[google.binding]\nurl = \"ftp://x\"\n".to_owned(), "ftp://x"),
            ("[lyft]\nstatus = \"ok\"\n".to_owned(), "title"),
            (format!("{NEXT}id_token_names = [\"x\"]\n[next.profile]\n{url}"), "no alias"),
            (format!("{NEXT}[next.headers]\nHost = \"x\"\n[next.profile]\n{url}"), "`Host` is no header"),
            (format!("{NEXT}[next.headers]\n\"x y\" = \"x\"\n[next.profile]\n{url}"), "`x y` is no header"),
            (format!("{NEXT}[next.headers]\nx = \"a\\nb\"\n[next.profile]\n{url}"), "printable"),
            (profile(&format!("{url}require = [{{ at = \"/a\", equals = \"{{x}}\" }}]")), "{x}"),
            (profile(&format!("{url}require = [\"/a\"]")), "expected a condition"),
            (profile(&format!("{url}subject = [{{ format = \"everybody\" }}]")), "share an id"),
            (profile(&format!("{url}subject = [{{ format = \"{{/a}}{{/b}}\" }}]")), "share an id"),
            (profile(&format!("{url}subject = [\"lookup#/id\"]")), "profile.lookup"),
            (profile(&format!("{url}from = \"token\"")), "nobody is asked"),
            (profile(&format!("{url}token = {{ json = \"t\" }}\nform = {{ a = \"b\" }}")), "JSON"),
            (profile(&format!("{url}proof = \"p\"\nsignature = \"sorted_md5\"")), "together"),
            (format!("{}[next.binding]\nmethod = \"tokeninfo\"\nclient_id = \"/a\"\n", profile(url)), "binding.url"),
            (format!("{}[next.binding]\nmethod = \"profile\"\n{url}client_id = \"/a\"\n", profile(url)), "leave `url` out"),
            (format!("{}[next.binding]\nmethod = \"profile\"\nclient_id = \"token#/a\"\n", profile(url)), "`token#`"),
            (format!("{NEXT}[next.code]\ntoken_endpoint = \"https://next.test/t\"\nnames = {{ cod = \"c\" }}\n"), "cod"),
            (format!("{NEXT}[next.code]\ntoken_endpoint = \"https://next.test/t\"\nmethod = \"get\"\nbody = \"json\"\n"), "no body"),
            ("[google.profile.membership]\nurl = \"https://www.googleapis.com/x\"\nmembers = [204]\nothers = [404]\nof = \"x\"\n".to_owned(), "`profile.membership` is not asked"),
            ("[microsoft.profile]\nurl = \"https://login.microsoftonline.com/x\"\n".to_owned(), "names no tenant"),
            ("[apple.binding]\nmethod = \"introspection\"\nurl = \"https://appleid.apple.com/i\"\nclient_id = \"/a\"\n[apple.profile]\nurl = \"https://appleid.apple.com/p\"\n".to_owned(), "sent to nobody"),
        ] {
            let (name, problem) = complaint(&row).unwrap_or_else(|| panic!("it loads: {row}"));
            assert!(["next", "google", "lyft", "azuread-oauth2", "apple"].contains(&&*name), "{row}: {name}");
            assert!(problem.contains(expected), "{row}: {problem}");
        }
    }

    #[test]
    fn an_operator_changes_a_word_of_a_row_and_the_rest_stays() {
        let rows = toml::from_str(
            "[google.profile]\nscope = \"openid email\"\n[google.binding]\ntoken = \"bearer\"\n",
        );
        let catalogue = Catalogue::load(&rows.unwrap()).unwrap();
        let Some(Entry::Open(row)) = catalogue.entry("google") else { panic!("it is there") };
        let profile = row.profile.as_ref().unwrap();
        assert_eq!(profile.scope.as_deref(), Some("openid email"));
        assert_eq!(row.title, "Google");
        assert_eq!(row.namespace, "https://accounts.google.com");
        assert_eq!(row.kinds(), ["id_token", "access_token", "code"]);
    }

    #[test]
    fn what_is_gone_or_has_no_place_says_why() {
        let catalogue = Catalogue::built_in().unwrap();
        assert!(catalogue.closed().count() > 50);
        for closed in catalogue.closed() {
            assert!(!closed.note.trim().is_empty(), "{}", closed.name);
            let is_dead = closed.status == crate::provider::row::ClosedStatus::Dead;
            assert_eq!(is_dead, closed.since.is_some(), "{}", closed.name);
        }
    }
}
