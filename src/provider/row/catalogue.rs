//! The catalogue: the built-in rows, those of an operator over them, and what holds for all.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde::de::DeserializeOwned;
use toml::{Table, Value};

use super::layers::{change, extended, written};
use crate::provider::configure::RowError;

use super::{Closed, ClosedStatus, RawIdToken, Row, Status};

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

/// How many rows may stand on each other.
pub(super) const MAX_DEPTH: usize = 4;

/// A row as an operator writes it, in the words of the built-in ones.
#[derive(Debug, Clone, Deserialize)]
#[serde(transparent)]
pub(crate) struct RowTable(pub(super) Table);

/// Why the catalogue does not load.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{row}: {problem}")]
pub(crate) struct CatalogueError {
    /// Which row.
    pub(crate) row: String,
    /// What is wrong.
    pub(crate) problem: String,
}

pub(super) fn wrong(row: &str, problem: impl Into<String>) -> CatalogueError {
    CatalogueError { row: row.to_owned(), problem: problem.into() }
}

/// Names the key in the row, where it has one.
fn of_row(row: &str, error: RowError) -> CatalogueError {
    match error.key.as_str() {
        "catalogue" => wrong(row, error.problem),
        key => wrong(&format!("{row}.{key}"), error.problem),
    }
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
        Self::over(built_in()?, operator)
    }

    /// Puts an operator's rows over these.
    pub(in crate::provider) fn over(
        mut tables: BTreeMap<String, Table>,
        operator: &BTreeMap<String, RowTable>,
    ) -> Result<Self, CatalogueError> {
        for (name, RowTable(changes)) in operator {
            change(&mut tables, name, changes)?;
        }
        // What an operator wrote comes first: a mistake in it shows in every row that extends it.
        let (theirs, ours): (Vec<_>, Vec<_>) =
            tables.keys().map(String::as_str).partition(|name| operator.contains_key(*name));
        let mut catalogue = Self { rows: BTreeMap::new(), closed: BTreeMap::new() };
        for (name, table) in theirs.iter().chain(&ours).filter_map(|it| tables.get_key_value(*it)) {
            let whole = extended(&tables, name, table.clone(), MAX_DEPTH)?;
            if is_closed(&whole) {
                let closed = Closed { name: name.clone(), ..parse(name, whole)? };
                if (closed.status == ClosedStatus::Dead) != closed.since.is_some() {
                    return Err(wrong(name, "`since` goes with status = \"dead\""));
                }
                catalogue.closed.insert(name.clone(), closed);
            } else {
                let written = written((&tables, operator), name);
                catalogue.rows.insert(name.clone(), Row { written, ..row(name, whole)? });
            }
        }
        catalogue.settle_people()?;
        // Of two rows that cannot be side by side the second is named: the operator's.
        let names: Vec<_> = ours.iter().chain(&theirs).copied().collect();
        catalogue.check_names(&names)?;
        catalogue.check_namespaces(&names)?;
        let mut rows = theirs.iter().chain(&ours).filter_map(|name| catalogue.rows.get(*name));
        rows.try_for_each(|row| row.check().map_err(|it| of_row(&row.name, it)))?;
        Ok(catalogue)
    }

    /// Returns what has this name or alias.
    pub(crate) fn entry(&self, name: &str) -> Option<Entry<'_>> {
        let has = |aliases: &[String]| aliases.iter().any(|alias| alias == name);
        let row = || self.rows.get(name).or_else(|| self.rows().find(|row| has(&row.aliases)));
        let closed = || self.closed().find(|it| it.name == name || has(&it.aliases));
        row().map(Entry::Open).or_else(|| closed().map(Entry::Closed))
    }

    /// Returns names and aliases, at most ten, that begin as `name` does.
    pub(crate) fn alike(&self, name: &str) -> Vec<&str> {
        let start = name.chars().take(3).collect::<String>().to_lowercase();
        if start.len() < 3 {
            return Vec::new();
        }
        let rows = self.rows().flat_map(|row| std::iter::once(&row.name).chain(&row.aliases));
        let closed = self.closed().flat_map(|it| std::iter::once(&it.name).chain(&it.aliases));
        let names = rows.chain(closed).map(String::as_str);
        names.filter(|known| known.to_lowercase().starts_with(&start)).take(10).collect()
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
        let roots = self.rows().filter(|row| row.people.is_none());
        let known: BTreeMap<_, _> =
            roots.map(|row| (row.name.clone(), row.namespace.clone())).collect();
        for row in self.rows.values_mut() {
            let Some(other) = &row.people else { continue };
            let missing = || wrong(&row.name, format!("people: `{other}` is no other row"));
            let namespace = known.get(other).ok_or_else(missing)?;
            row.namespace.clone_from(namespace);
        }
        Ok(())
    }

    fn check_names(&self, names: &[&str]) -> Result<(), CatalogueError> {
        let aliases = |name: &str| {
            let row = self.rows.get(name).map(|row| &row.aliases);
            row.or_else(|| self.closed.get(name).map(|closed| &closed.aliases))
        };
        let mut known = BTreeSet::new();
        for row in names {
            let aliases = aliases(row).into_iter().flatten().map(String::as_str);
            for name in std::iter::once(*row).chain(aliases) {
                if !known.insert(name) {
                    return Err(wrong(row, format!("the name `{name}` is another row's already")));
                }
            }
        }
        Ok(())
    }

    /// Two rows share a namespace only if one says that it is a variant of the other: their people
    /// are the same. Of an instance that an operator names, the address tells it apart.
    fn check_namespaces(&self, names: &[&str]) -> Result<(), CatalogueError> {
        let mut known: BTreeMap<&str, &str> = BTreeMap::new();
        let rows = names.iter().filter_map(|name| self.rows.get(*name));
        for row in rows.filter(|row| !row.namespace.starts_with('{')) {
            let root = self.root(row);
            let other = known.insert(&row.namespace, root);
            if other.is_some_and(|other| other != root) {
                let problem = format!("the namespace `{}` is another row's already", row.namespace);
                return Err(wrong(&row.name, problem));
            }
        }
        Ok(())
    }

    /// Returns the row whose people a row is about.
    fn root<'a>(&'a self, row: &'a Row) -> &'a str {
        let above = |row: &&'a Row| self.rows.get(row.people.as_ref().or(row.extends.as_ref())?);
        let steps = std::iter::successors(Some(row), above);
        steps.take(MAX_DEPTH).last().map_or(&row.name, |root| &root.name)
    }
}

pub(in crate::provider) fn built_in() -> Result<BTreeMap<String, Table>, CatalogueError> {
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

pub(super) fn is_closed(table: &Table) -> bool {
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
        for wrong in [
            "https://next.test|a",
            "next",
            "http://next.test",
            "https://next.test/ a",
            "https://github.com/",
            "https://GitHub.com",
            "https://github.com:443",
        ] {
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
            (format!("[cesid]\n{elsewhere}"), true),
            (format!("[next]\nextends = \"cesid\"\n{elsewhere}"), true),
            (
                format!(
                    "[cesid]\nid_token = {{ discovery = \"https://ghe.acme.test\" }}\n{elsewhere}"
                ),
                false,
            ),
            (format!("[github]\nnamespace = \"https://ghe.acme.test\"\n{elsewhere}"), false),
            ("[github.profile]\nurl = \"https://api.github.com/user?x=1\"\n".to_owned(), false),
        ] {
            let problem = complaint(&row).map(|(_, problem)| problem).unwrap_or_default();
            assert_eq!(problem.contains("`namespace` is needed"), is_wrong, "{row}: {problem}");
        }
    }

    /// Checks that each row is refused, by name, with what is wrong.
    fn assert_refused(rows: impl IntoIterator<Item = (String, &'static str)>) {
        for (row, expected) in rows {
            let (name, problem) = complaint(&row).unwrap_or_else(|| panic!("it loads: {row}"));
            let known = ["next", "google", "lyft", "microsoft", "apple", "google-oauth2", "ne xt"];
            assert!(known.iter().any(|known| name.starts_with(known)), "{row}: {name}");
            assert!(problem.contains(expected), "{row}: {problem}");
        }
    }

    /// A row whose profile has these words.
    fn profile(words: &str) -> String {
        format!("{NEXT}[next.profile]\n{words}\n")
    }

    const ADDRESS: &str = "url = \"https://next.test/me\"\n";

    #[test]
    fn a_row_that_cannot_work_does_not_load_and_says_why() {
        let url = ADDRESS;
        assert_refused([
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
            (format!("{NEXT}extends = \"pocket\"\n"), "`pocket` is no other row"),
            ("[google-oauth2]\ntitle = \"x\"\n".to_owned(), "another name of `google`"),
            ("[\"ne xt\"]\ntitle = \"\"\nsetup = \"\"\nnamespace = \"https://next.test\"\n[\"ne xt\".profile]\nurl = \"https://next.test/me\"\n".to_owned(), "is no name"),
            (format!("{NEXT}[next.settings.client_id]\nhelp = \"\"\n[next.profile]\n{url}"), "no name for a setting"),
            (format!("{NEXT}[next.code]\ntoken_endpoint = \"https://next.test/t\"\n"), "nothing says whose"),
            (format!("{NEXT}[next.id_token]\njwks_uri = \"https://next.test/k\"\n"), "needs `issuers`"),
            (format!("{NEXT}[next.id_token]\ndiscovery = \"https://next.test\"\nalgorithms = []\n"), "is empty"),
            (format!("{NEXT}[next.id_token]\ndiscovery = \"https://next.test\"\nkey_grace = \"1y\"\n"), "a week"),
            (profile(&format!("{url}token = {{ scheme = \"a b\" }}")), "no word for a header"),
            (format!("{NEXT}[next.headers]\nAuthorization = \"x\"\n[next.profile]\n{url}"), "where the access token goes"),
            (format!("{}[next.code]\ntoken_endpoint = \"https://next.test/t\"\nnames = {{ code = \"\" }}\n", profile(url)), "leaves the code out"),
            (format!("{NEXT}extends = \"next\"\n"), "`next` is no other row"),
            (format!("{NEXT}people = \"next\"\n"), "`next` is no other row"),
            (format!("{NEXT}people = \"vk-id\"\n"), "`vk-id` is no other row"),
            (NEXT.to_owned(), "neither `id_token`"),
            (format!("{NEXT}status = \"legacy\"\n"), "`note` is needed"),
            (format!("{NEXT}status = \"gone\"\n"), "gone"),
            ("[next]\ntitle = \"\"\nstatus = \"dead\"\nnote = \"x\"\n".to_owned(), "`since`"),
            ("[next]\nsetup = \"\"\n".to_owned(), "title"),
            ("[google.code]\npkse = true\n".to_owned(), "pkse"),
            ("[google.binding]\nurl = \"ftp://x\"\n".to_owned(), "ftp://x"),
            ("[lyft]\nstatus = \"ok\"\n".to_owned(), "title"),
        ]);
    }

    #[test]
    fn words_that_do_not_go_together_are_refused() {
        let url = ADDRESS;
        assert_refused([
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
        ]);
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
        }
    }
}
