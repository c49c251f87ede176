//! The claims of the manual and of SECURITY.md: every test and file that they name is there.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every Rust file below a folder.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root().join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

/// Returns the names of the functions that are marked as tests.
fn tests() -> BTreeSet<String> {
    let texts = [files("src"), files("tests")].concat().into_iter();
    let texts: Vec<_> = texts.map(|file| fs::read_to_string(file).unwrap()).collect();
    let after_mark = texts.iter().flat_map(|text| {
        ["#[test]", "#[tokio::test"].into_iter().flat_map(|mark| text.split(mark).skip(1))
    });
    after_mark
        .filter_map(|text| text.split_once("fn ")?.1.split_once('('))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Returns what the manual and SECURITY.md have in backticks, without links to code.
fn named() -> BTreeSet<String> {
    let manual = ["attacks.rs", "attacks_by_providers.rs", "decisions.rs"];
    let manual = manual.map(|page| root().join("src/manual").join(page));
    let pages = [&manual[..], &[root().join("SECURITY.md")]].concat();
    let text: String = pages.iter().map(|page| fs::read_to_string(page).unwrap()).collect();
    let text = text.replace("\n//!", " ").replace("[`", "").replace("`]", "");
    text.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn every_test_that_the_manual_names_is_there() {
    let tests = tests();
    let is_sentence = |word: &&String| {
        word.matches('_').count() >= 3
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let named = named();
    let named: Vec<_> = named.iter().filter(is_sentence).collect();
    assert!(!named.is_empty());
    let absent: Vec<_> = named.into_iter().filter(|name| !tests.contains(*name)).collect();
    assert!(absent.is_empty(), "{absent:#?}");
}

#[test]
fn every_attack_of_the_threat_model_has_a_test() {
    let text = fs::read_to_string(root().join("SECURITY.md")).unwrap();
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with('|')).skip(2).collect();
    assert!(rows.len() > 10, "{rows:#?}");
    for row in rows {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [_, attack, guard, shown_by] = cells[..] else { panic!("four columns: {row}") };
        assert!(!attack.is_empty() && !guard.is_empty() && shown_by.starts_with('`'), "{row}");
    }
}

#[test]
fn every_file_that_the_manual_names_is_there() {
    let is_there = |name: &str| {
        let module = |folder: &str| {
            let path = root().join(folder).join(name);
            path.exists() || path.with_extension("rs").exists()
        };
        ["", "src", "tests/it"].into_iter().any(module)
    };
    let is_path = |word: &&String| {
        Path::new(word).extension().is_some_and(|extension| extension == "rs")
            || ["src/", "tests/"].iter().any(|folder| word.starts_with(folder))
    };
    let named = named();
    let absent: Vec<_> = named.iter().filter(is_path).filter(|name| !is_there(name)).collect();
    assert!(absent.is_empty(), "{absent:#?}");
}
