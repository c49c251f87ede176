//! The README's examples: its configurations are good, and its `curl` lines do what it says.

use std::fs;
use std::path::Path;

use countersign::config::Config;
use serde_json::Value;
use tempfile::NamedTempFile;

use crate::demo::pasted;
use crate::program::Demo;

/// Where the README's demo listens.
const ADDRESS: &str = "127.0.0.1:8080";

fn readme() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap()
}

/// Returns the texts of the fenced blocks in one of some languages.
pub(crate) fn blocks(text: &str, languages: &[&str]) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.trim_start().strip_prefix("```") else { continue };
        let block: Vec<_> =
            lines.by_ref().take_while(|line| !line.trim_start().starts_with("```")).collect();
        if languages.contains(&language.trim()) {
            blocks.push(block.join("\n"));
        }
    }
    blocks
}

/// Puts one file in the place of every file that a configuration reads.
pub(crate) fn with_files(configuration: &str, file: &str) -> String {
    let line = |line: &str| match line.split_once('=') {
        Some((key, _)) if key.trim().ends_with("_file") => format!("{key}= {file:?}"),
        _ => line.to_owned(),
    };
    configuration.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Returns the commands of a block: without a prompt, with continued lines made one.
pub(crate) fn commands(block: &str) -> Vec<String> {
    let whole = block.replace("\\\n", " ");
    whole.lines().map(|line| line.trim().trim_start_matches("$ ").to_owned()).collect()
}

#[test]
fn every_configuration_of_the_readme_is_good() {
    let readme = readme();
    let configurations: Vec<_> = blocks(&readme, &["toml"])
        .into_iter()
        .filter(|block| block.lines().any(|line| line.starts_with("issuer =")))
        .collect();
    assert!(!configurations.is_empty(), "the README has no configuration");
    let secret = NamedTempFile::new().unwrap();
    fs::write(secret.path(), "a secret that is long enough for everything").unwrap();
    for configuration in configurations {
        let configuration = with_files(&configuration, secret.path().to_str().unwrap());
        if let Err(error) = Config::from_toml(&configuration) {
            panic!("{error}:\n{configuration}");
        }
    }
}

#[test]
fn every_curl_line_of_the_readme_brings_a_token() {
    let readme = readme();
    let lines: Vec<_> = blocks(&readme, &["sh", "console", "bash"])
        .iter()
        .flat_map(|block| commands(block))
        .filter(|line| line.starts_with("curl ") && line.contains(ADDRESS))
        .collect();
    assert!(!lines.is_empty(), "the README has no curl line for {ADDRESS}");
    let demo = Demo::start();
    for line in lines {
        let here = line.replace(ADDRESS, demo.url.strip_prefix("http://").unwrap());
        let Some(answer) = pasted(&here) else { continue };
        let answer: Value =
            serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{line}: no JSON: {answer}"));
        assert!(answer["access_token"].is_string(), "{line}: {answer}");
    }
}

#[test]
fn every_file_that_the_readme_names_is_there() {
    let readme = readme();
    let named: Vec<_> = readme
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| {
            ["src/", "tests/", "keys/", "openapi/", "docs/"].iter().any(|it| word.starts_with(it))
        })
        .collect();
    assert!(!named.is_empty());
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let absent: Vec<_> = named.into_iter().filter(|file| !root.join(file).exists()).collect();
    assert!(absent.is_empty(), "{absent:?}");
}

#[test]
fn blocks_and_commands_are_found_as_they_are_written() {
    let text = "a\n```toml\nissuer = 1\n```\n```sh\n$ curl a \\\n  b\nls\n```\n";
    assert_eq!(blocks(text, &["toml"]), ["issuer = 1"]);
    assert_eq!(commands(&blocks(text, &["sh"])[0]), ["curl a    b", "ls"]);
    assert_eq!(with_files("a = 1\nsecret_file = \"x\"", "y"), "a = 1\nsecret_file = \"y\"");
}
