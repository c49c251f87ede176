//! Configurations of the pages: each is good, those that are parts together with what is around them.

use std::fs;

use countersign::config::Config;

use super::blocks::{Block, blocks_in};
use crate::readme::with_files;

/// What parts of a configuration are put into.
const BASE: &str = r#"
issuer = "https://id.example.com"

[[clients]]
id = "spa"
audience = ["https://api.example.com"]
origins = ["https://app.example.com"]
redirect_uris = ["https://app.example.com/callback"]

[providers.google]
client_ids = ["1234567890-abc.apps.googleusercontent.com"]
"#;

fn is_whole(block: &Block) -> bool {
    block.text.lines().any(|line| line.starts_with("issuer ="))
}

/// Returns the configuration that a page describes: its first whole one, else the usual one, with all
/// parts.
pub(super) fn of_page(blocks: &[Block]) -> String {
    let is_toml = |block: &&Block| block.language == "toml";
    let whole = blocks.iter().filter(is_toml).find(|block| is_whole(block));
    let parts = blocks.iter().filter(is_toml).filter(|block| !is_whole(block));
    let whole = whole.map_or(BASE, |block| &block.text);
    parts.fold(whole.to_owned(), |text, part| format!("{text}\n{}", part.text))
}

#[test]
fn every_configuration_of_a_page_is_good() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "a secret that is long enough for everything").unwrap();
    let blocks = blocks_in(&["toml"]);
    assert!(blocks.len() >= 10, "{}", blocks.len());
    for block in blocks {
        let place = block.place();
        let text = with_files(&of_page(&[block]), secret.path().to_str().unwrap());
        if let Err(error) = Config::from_toml(&text) {
            panic!("{place}: {error}:\n{text}");
        }
    }
}
