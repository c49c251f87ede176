//! docs/providers.md: its tables are the catalogue's, and its words are those that rows have.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::program::run;
use crate::readme::{blocks, with_files};

/// What stands before and after what is generated.
const BEGIN: &str = "<!-- `countersign providers list --format markdown` -->\n";
const END: &str = "<!-- until here -->\n";

/// The tables of words in their order, each with the type that has the words.
const TABLES: [(&str, &str); 18] = [
    ("row/mod.rs", "Row"),
    ("row/mod.rs", "Closed"),
    ("row/mod.rs", "Setting"),
    ("errors.rs", "ErrorCodes"),
    ("row/words.rs", "RawIdToken"),
    ("row/words.rs", "RawTenant"),
    ("rules.rs", "Tenants"),
    ("row/profile.rs", "RawProfile"),
    ("row/profile.rs", "RawLookup"),
    ("row/profile.rs", "RawEmails"),
    ("row/profile.rs", "RawMembership"),
    ("claims.rs", "RawClaims"),
    ("row/words.rs", "RawBinding"),
    ("row/words.rs", "RawCode"),
    ("code.rs", "ParameterNames"),
    ("row/words.rs", "RawSignedSecret"),
    ("", "places"),
    ("", "conditions"),
];

/// Words that are values, and where they stand.
const VALUES: [(&str, &str); 12] = [
    ("row/mod.rs", "Status"),
    ("row/mod.rs", "ClosedStatus"),
    ("row/mod.rs", "Form"),
    ("row/profile.rs", "RawSource"),
    ("row/profile.rs", "RawSignature"),
    ("access.rs", "BindingMethod"),
    ("call.rs", "Method"),
    ("call.rs", "TokenPlace"),
    ("code.rs", "ClientAuth"),
    ("code.rs", "CodeBody"),
    ("rules.rs", "NonceForm"),
    ("condition.rs", "Is"),
];

fn file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/providers.md")
}

/// Returns the document.
pub(crate) fn document() -> String {
    fs::read_to_string(file()).unwrap()
}

/// Returns what is said of words.
fn vocabulary() -> String {
    document().split_once("\n## The words of a row\n").unwrap().1.to_owned()
}

/// Returns the lines of a type of `provider`, without what stands around them.
fn body(file: &str, name: &str) -> Vec<String> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/provider").join(file);
    let text = fs::read_to_string(file).unwrap();
    let head = |line: &&str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let place = words.iter().position(|word| matches!(*word, "struct" | "enum"));
        place.is_some_and(|place| words.get(place + 1) == Some(&name) && line.ends_with('{'))
    };
    let lines = text.lines().skip_while(|line| !head(line)).skip(1);
    let lines: Vec<_> = lines.take_while(|line| *line != "}").map(str::to_owned).collect();
    assert!(!lines.is_empty(), "{name} is not there");
    lines
}

/// Returns the words that a type is read from.
fn fields(file: &str, name: &str) -> BTreeSet<String> {
    let lines = body(file, name);
    let mut found = BTreeSet::new();
    for (place, line) in lines.iter().enumerate() {
        let attribute = place.checked_sub(1).map_or("", |before| lines[before].trim());
        let Some((field, _)) = line.trim().split_once(": ") else { continue };
        let field = field.split_whitespace().last().unwrap();
        if line.trim().starts_with(['/', '#']) || attribute == "#[serde(skip)]" {
            continue;
        }
        let renamed = attribute.split_once("rename = \"").and_then(|(_, it)| it.split_once('"'));
        found.insert(renamed.map_or(field, |(name, _)| name).to_owned());
    }
    found
}

/// Returns the words that stand for the variants of a type.
fn variants(file: &str, name: &str) -> Vec<String> {
    let lines = body(file, name);
    let names = lines.iter().map(|line| line.trim()).filter_map(|line| {
        let name = line.strip_suffix(',').unwrap_or(line);
        let name = name.split('(').next().unwrap();
        let is_name = name.chars().all(|c| c.is_ascii_alphanumeric());
        (is_name && name.starts_with(|c: char| c.is_ascii_uppercase())).then_some(name)
    });
    let separator = if name == "Status" { '-' } else { '_' };
    let snake = |name: &str| {
        let mut word = String::new();
        for c in name.chars() {
            if c.is_ascii_uppercase() && !word.is_empty() {
                word.push(separator);
            }
            word.push(c.to_ascii_lowercase());
        }
        word
    };
    names.map(snake).collect()
}

/// Returns the first cells of each table.
fn tables(text: &str) -> Vec<Vec<String>> {
    let mut tables: Vec<Vec<String>> = Vec::new();
    let mut before = "";
    for line in text.lines() {
        if line.starts_with("|---") {
            tables.push(Vec::new());
        } else if line.starts_with('|') && before.starts_with('|') {
            let cell = line.trim_start_matches("| ").split(" | ").next().unwrap();
            tables.last_mut().unwrap().push(cell.trim_matches('`').to_owned());
        }
        before = line;
    }
    tables
}

/// Returns the names that values are given to in pieces of TOML.
fn keys(pieces: &[String]) -> BTreeSet<String> {
    let words: Vec<_> = pieces.iter().flat_map(|it| it.split_whitespace()).collect();
    let keys = words.windows(2).filter(|pair| pair[1] == "=").map(|pair| pair[0].to_owned());
    keys.collect()
}

#[test]
fn the_tables_are_those_of_the_catalogue() {
    let list = run(Path::new("."), &["providers", "list", "--format", "markdown"]).good();
    let written = document();
    let (before, rest) = written.split_once(BEGIN).unwrap();
    let (_, after) = rest.split_once(END).unwrap();
    let expected = format!("{before}{BEGIN}{list}{END}{after}");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(file(), &expected).unwrap();
    }
    assert!(
        document() == expected,
        "docs/providers.md is not what the catalogue says: UPDATE=1 cargo test --test it providers_document"
    );
}

#[test]
fn every_word_of_a_row_is_explained_and_no_other() {
    let tables = tables(&vocabulary());
    assert_eq!(tables.len(), TABLES.len());
    for ((file, name), words) in TABLES.into_iter().zip(&tables) {
        let known = match name {
            "places" => {
                let forms = ["Format", "Part", "Item"];
                forms.into_iter().flat_map(|it| fields("place.rs", it)).collect()
            }
            "conditions" => fields("condition.rs", "RawCondition"),
            name => fields(file, name),
        };
        let written = if file.is_empty() { keys(words) } else { words.iter().cloned().collect() };
        assert_eq!(written, known, "{name}");
    }
}

#[test]
fn every_value_that_is_a_word_is_explained() {
    let text = vocabulary();
    let is_there = |word: &str| {
        let forms = [format!("\"{word}\""), format!("`{word}`"), format!("{{ {word} = ")];
        forms.iter().any(|form| text.contains(form))
    };
    for (file, name) in VALUES.into_iter().chain([("place.rs", "Take")]) {
        let words = variants(file, name);
        assert!(!words.is_empty(), "{name}");
        for word in words {
            assert!(is_there(&word), "{name}: {word}");
        }
    }
}

#[test]
fn the_example_is_a_good_configuration() {
    let examples = blocks(&document(), &["toml"]);
    assert_eq!(examples.len(), 1);
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "secret").unwrap();
    let example = with_files(&examples[0], secret.path().to_str().unwrap());
    countersign::config::Config::from_toml(&example).unwrap();
}

#[test]
fn words_are_found_as_they_are_written() {
    assert!(fields("row/mod.rs", "Row").contains("id_token_names"));
    assert!(!fields("row/mod.rs", "Row").contains("name"));
    assert!(fields("place.rs", "Item").contains("where"));
    assert_eq!(variants("row/mod.rs", "Status"), ["ok", "legacy", "self-hosted", "unknown"]);
    assert_eq!(variants("row/profile.rs", "RawSignature"), ["sorted_md5"]);
    assert_eq!(tables("| a | b |\n|---|---|\n| `c` | d |\n\ntext\n"), [["c"]]);
}
