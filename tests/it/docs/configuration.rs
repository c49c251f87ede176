//! docs/configuration.md: every key of countersign.example.toml, whose comments say what it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;

use super::blocks::{read, root};

const PAGE: &str = "docs/configuration.md";
const EXAMPLE: &str = "countersign.example.toml";

/// What stands before the tables.
const INTRODUCTION: &str = "\
# What can be configured?

These keys, in `countersign.toml`; a key that is not among them is refused. [`countersign.example.toml`](../countersign.example.toml) is
a whole file with all of them. `countersign config check` checks a file without starting, `countersign config show` prints the
effective values and where each came from, secrets redacted. Exit codes: 0 done; 64 bad command line or configuration; 1 anything else.

Over the file goes the environment, `COUNTERSIGN_` and the key with `__` between levels, also into one client by its id or one
provider by its name, lists with commas: `COUNTERSIGN_CLIENTS__SPA__AUDIENCE=https://api.example.com`,
`COUNTERSIGN_PROVIDERS__GOOGLE__CLIENT_IDS=web,ios`; `-` and `.` of an id or a name are `_` there. Over that goes `serve --listen`. Every
secret may be given as `…_file`. Durations are texts: `\"15m\"`.

This page is made of the example: `UPDATE=1 cargo test --test it docs`.
";

/// A key and what is said of it.
#[derive(Debug)]
struct Key {
    name: String,
    example: String,
    words: String,
}

/// A table of the configuration.
#[derive(Debug)]
struct Section {
    /// As its heading is written, `[[clients]]` for instance; empty at the top.
    heading: String,
    words: String,
    keys: Vec<Key>,
}

/// Returns the heading of all tables that are alike.
fn general(heading: &str) -> String {
    let name = heading.trim_matches(['[', ']']);
    match name.split_once('.') {
        Some((table @ ("providers" | "catalogue"), _)) => format!("[{table}.NAME]"),
        _ => heading.to_owned(),
    }
}

/// Returns a heading, or a key with its value, whether it is commented out or not.
fn written(line: &str) -> Option<(String, Option<String>)> {
    let line = line.strip_prefix("# ").unwrap_or(line);
    if line.starts_with('[') && line.ends_with(']') && !line.contains(' ') {
        return Some((general(line), None));
    }
    let (key, value) = line.split_once(" = ")?;
    let is_key = key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_key.then(|| (key.to_owned(), Some(value.to_owned())))
}

/// Reads the example. Of a key that stands in several tables of a kind the first that is explained counts.
fn sections() -> Vec<Section> {
    let top = Section { heading: String::new(), words: String::new(), keys: Vec::new() };
    let (mut sections, mut at, mut comment) = (vec![top], 0, Vec::new());
    for line in read(EXAMPLE).lines() {
        match written(line) {
            Some((heading, None)) => {
                let known = sections.iter().position(|section| section.heading == heading);
                at = known.unwrap_or(sections.len());
                if known.is_none() {
                    sections.push(Section { heading, words: comment.join(" "), keys: Vec::new() });
                }
                comment.clear();
            }
            Some((name, Some(example))) => {
                let words = comment.join(" ");
                let keys = &mut sections[at].keys;
                match keys.iter_mut().find(|key| key.name == name) {
                    Some(key) if key.words.is_empty() => *key = Key { name, example, words },
                    Some(_) => {}
                    None => keys.push(Key { name, example, words }),
                }
                comment.clear();
            }
            None if line.starts_with("# ") => {
                comment.push(line.trim_start_matches("# ").to_owned());
            }
            None => comment.clear(),
        }
    }
    sections
}

/// Splits what is said of a key: what it is, and what it is by default.
fn split(words: &str) -> (String, String) {
    let sentences: Vec<_> = words.split(". ").map(|it| it.trim_end_matches('.')).collect();
    let is_default = |it: &&&str| it.starts_with("Default") || **it == "Required";
    let default = sentences.iter().find(is_default).copied().unwrap_or_default();
    let rest: Vec<_> = sentences.iter().filter(|it| !is_default(it)).copied().collect();
    let default = default.trim_start_matches("Default").trim_start_matches(':').trim();
    let default = if default == "Required" { "required" } else { default };
    let value = default.starts_with('"') || default.starts_with(|c: char| c.is_ascii_digit());
    let default = if value { format!("`{default}`") } else { default.to_owned() };
    (rest.join(". "), default)
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for section in sections() {
        let heading = match section.heading.as_str() {
            "" => "The top of the file".to_owned(),
            heading => format!("`{heading}`"),
        };
        let _ = write!(page, "\n## {heading}\n\n");
        if section.heading == "[catalogue.NAME]" {
            page.push_str("A row of your own, or a change of a built-in one: [providers.md](providers.md#the-words-of-a-row) has its words.\n");
            continue;
        }
        if !section.words.is_empty() {
            let _ = write!(page, "{}\n\n", section.words);
        }
        page.push_str("| key | what it is | default | for instance |\n|---|---|---|---|\n");
        for key in section.keys {
            let (words, default) = split(&key.words);
            let (words, default) = (cell(&words), cell(&default));
            let _ = writeln!(
                page,
                "| `{}` | {words} | {default} | `{}` |",
                key.name,
                cell(&key.example)
            );
        }
    }
    page
}

/// Returns the fields of a type of src/config/raw.rs, each with the type of its value.
fn fields(name: &str) -> Vec<(String, String)> {
    let source = read("src/config/raw.rs");
    let head = format!("struct {name} {{");
    let body = source.lines().skip_while(|line| !line.ends_with(&head)).skip(1);
    let body = body.take_while(|line| *line != "}");
    let fields = body.filter_map(|line| {
        let (field, value) = line.trim().strip_prefix("pub(super) ")?.split_once(": ")?;
        Some((field.to_owned(), value.trim_end_matches(',').to_owned()))
    });
    fields.collect()
}

/// Returns the type that holds the keys of a table, when a field is one.
fn table(value: &str) -> Option<&str> {
    let (_, name) = value.split_once("Raw")?;
    let name = name.split(['>', ',']).next()?;
    (!fields(&format!("Raw{name}")).is_empty()).then_some(name)
}

#[test]
fn the_page_is_what_the_example_says() {
    let expected = page();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(root().join(PAGE), &expected).unwrap();
    }
    assert!(
        read(PAGE) == expected,
        "{PAGE} is not what {EXAMPLE} says: UPDATE=1 cargo test --test it docs"
    );
}

#[test]
fn every_key_of_the_example_is_explained() {
    for section in sections().iter().filter(|it| it.heading != "[catalogue.NAME]") {
        let bare: Vec<_> = section.keys.iter().filter(|key| key.words.is_empty()).collect();
        assert!(bare.is_empty(), "{}: {bare:?}", section.heading);
    }
}

#[test]
fn every_key_that_can_be_configured_has_its_row_and_no_other() {
    let sections = sections();
    let top = fields("RawConfig");
    assert!(top.len() > 10, "{top:?}");
    let mut expected = BTreeSet::new();
    for (field, value) in &top {
        let heading = match table(value) {
            Some(_) if value.starts_with("Vec") => format!("[[{field}]]"),
            Some(_) if value.starts_with("BTreeMap") => format!("[{field}.NAME]"),
            Some(_) => format!("[{field}]"),
            None if field == "catalogue" => continue,
            None => {
                expected.insert((String::new(), field.clone()));
                continue;
            }
        };
        let keys = fields(&format!("Raw{}", table(value).unwrap()));
        expected.extend(keys.into_iter().map(|(key, _)| (heading.clone(), key)));
    }
    let documented = sections.iter().filter(|it| it.heading != "[catalogue.NAME]");
    let documented: BTreeSet<_> = documented
        .flat_map(|it| it.keys.iter().map(|key| (it.heading.clone(), key.name.clone())))
        .collect();
    assert_eq!(documented, expected);
    assert!(sections.iter().any(|section| section.heading == "[catalogue.NAME]"));
}

#[test]
fn what_is_said_of_a_key_is_split_from_its_default() {
    let (words, default) = split("How long. At most \"1h\". Default \"15m\".");
    assert_eq!((words.as_str(), default.as_str()), ("How long. At most \"1h\"", "`\"15m\"`"));
    assert_eq!(split("Names. Default: all.").1, "all");
    assert_eq!(split("The address. Default 127.0.0.1:8080.").1, "`127.0.0.1:8080`");
    assert_eq!(split("Required.").1, "required");
    assert_eq!(written("# seed = \"x\""), Some(("seed".to_owned(), Some("\"x\"".to_owned()))));
    assert_eq!(written("# [tls]"), Some(("[tls]".to_owned(), None)));
    assert_eq!(written("[providers.acme]"), Some(("[providers.NAME]".to_owned(), None)));
    assert_eq!(written("# What it is."), None);
}
