//! Every block is of a kind that something checks.

use std::collections::BTreeSet;

use super::blocks::{Block, blocks_in, blocks_of, files_below, pages, read};

/// What checks the blocks of a language.
const KINDS: [(&str, &str); 11] = [
    ("toml", "configurations"),
    ("sh", "shell"),
    ("json", "shapes"),
    ("text", "shapes"),
    ("", "shapes"),
    ("sql", "shapes"),
    ("js", "kinds"),
    ("ts", "kinds"),
    ("python", "kinds"),
    ("rust", "kinds"),
    ("yaml", "kinds"),
];

/// Programs and tests that are run; a block of code is a part of one of them.
const RUN: [&str; 4] = ["examples", "clients/typescript/test", "tests/browser", "tests/it/docs"];

/// Code that a test takes out of the page itself: the page, the test, and what both name.
const TAKEN: [(&str, &str, &str); 10] = [
    (CLIENT, "clients/typescript/test/browser.test.ts", "signIn('github')"),
    (CLIENT, "clients/typescript/test/google.test.ts", "googleButton("),
    ("docs/app.md", "tests/it/docs/page_scripts.rs", "async function finish"),
    ("docs/app.md", "tests/it/docs/own_page.rs", "signIn('demo-provider')"),
    ("docs/google.md", "tests/it/docs/page_scripts.rs", "google.accounts.id.initialize"),
    ("README.md", "tests/it/docs/verifiers.rs", "createRemoteJWKSet"),
    ("docs/verify.md", "tests/it/docs/verifiers.rs", "PyJWKClient"),
    (DJANGO, "tests/it/docs/verifiers.rs", "class Person(models.Model)"),
    (DJANGO, "tests/it/docs/verifiers.rs", "class CountersignAuthentication"),
    (DJANGO, "tests/it/docs/verifiers.rs", "GMAIL = ["),
];

const DJANGO: &str = "docs/drf-social-oauth2.md";
/// The client's own page, which others repeat.
const CLIENT: &str = "clients/typescript/README.md";

/// Returns the lines without what stands around them.
fn trimmed(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Says what runs a block of code; `None` when nothing does.
fn runner(block: &Block) -> Option<String> {
    let is_here = |page: &str, part: &str| block.page == page && block.text.contains(part);
    if let Some((_, test, part)) = TAKEN.iter().find(|(page, _, part)| is_here(page, part)) {
        return read(test).contains(part).then(|| (*test).to_owned());
    }
    let text = trimmed(&block.text);
    let repeats = |other: &Block| block.page != CLIENT && trimmed(&other.text) == text;
    if blocks_of(CLIENT).iter().any(repeats) {
        return Some(CLIENT.to_owned());
    }
    let files = RUN.iter().flat_map(|directory| files_below(directory));
    let mut programs = files
        .filter(|file| [".rs", ".py", ".mjs", ".ts", ".js"].iter().any(|it| file.ends_with(it)));
    programs.find(|file| trimmed(&read(file)).contains(&text))
}

#[test]
fn every_block_is_of_a_kind_that_is_checked() {
    let blocks: Vec<_> = pages().iter().flat_map(|page| blocks_of(page)).collect();
    assert!(blocks.len() > 50, "{}", blocks.len());
    let is_known = |block: &&Block| KINDS.iter().any(|(language, _)| *language == block.language);
    let unknown: Vec<_> =
        blocks.iter().filter(|block| !is_known(block)).map(Block::place).collect();
    assert!(unknown.is_empty(), "no test for these: {unknown:?}");
}

#[test]
fn every_piece_of_code_is_a_part_of_what_is_run() {
    let blocks = blocks_in(&["js", "ts", "python", "rust"]);
    let alone = blocks.iter().filter(|block| runner(block).is_none());
    let alone: Vec<_> = alone.map(Block::place).collect();
    assert!(alone.is_empty(), "nothing runs these: {alone:?}");
}

#[test]
fn what_the_readme_says_of_the_client_is_what_the_client_says() {
    let sign_in = |page| {
        let blocks = blocks_of(page);
        let of = blocks.iter().find(|block| block.text.contains("signIn('github')"));
        of.unwrap_or_else(|| panic!("{page} has no sign-in with GitHub")).text.clone()
    };
    let ours = sign_in("README.md");
    assert_eq!(ours, sign_in(CLIENT));
    assert_eq!(ours, sign_in("docs/github.md"));
    assert!(ours.lines().count() <= 15, "{ours}");
}

#[test]
fn who_imports_the_client_is_told_before_how_to_get_it() {
    let imports = blocks_in(&["js"]);
    let imports = imports.iter().filter(|block| block.text.contains("from 'countersign'"));
    let pages: BTreeSet<_> = imports.map(|block| block.page.as_str()).collect();
    assert!(pages.len() >= 4, "{pages:?}");
    for page in pages {
        let text = read(page);
        let (before, _) = text.split_once("from 'countersign'").unwrap();
        assert!(before.replace('\n', " ").contains("not on npm"), "{page}");
        assert!(page == CLIENT || before.contains(&format!("{CLIENT}#get-it)")), "{page}");
    }
}

#[test]
fn every_yaml_is_good_and_names_files_that_are_there() {
    for block in blocks_in(&["yaml"]) {
        let value: serde_yaml::Value = serde_yaml::from_str(&block.text)
            .unwrap_or_else(|error| panic!("{}: {error}", block.place()));
        let files = value["rule_files"].as_sequence().cloned().unwrap_or_default();
        for file in files {
            let name = file.as_str().unwrap().rsplit('/').next().unwrap().to_owned();
            assert!(!read(&format!("deploy/prometheus/{name}")).is_empty());
        }
    }
}
