//! Pages and their fenced blocks.

use std::fs;
use std::path::{Path, PathBuf};

/// A fenced block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) page: String,
    /// The line of its fence.
    pub(super) line: usize,
    pub(super) language: String,
    /// Without the indentation of its fence.
    pub(super) text: String,
}

impl Block {
    /// Says which it is, for messages.
    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }
}

/// Returns where the repository is.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a file of the repository.
pub(super) fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns every file below a directory, in the order of their paths, from the root of the repository.
/// What was installed or built is no part of it.
pub(super) fn files_below(directory: &str) -> Vec<String> {
    let mut files = Vec::new();
    let mut directories = vec![PathBuf::from(directory)];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(root().join(&directory)) else { continue };
        for entry in entries {
            let entry = entry.unwrap();
            let path = directory.join(entry.file_name());
            let is_built = ["node_modules", "dist", "target"].iter().any(|it| path.ends_with(it));
            if entry.path().is_dir() && !is_built {
                directories.push(path);
            } else if entry.path().is_file() {
                files.push(path.to_str().unwrap().to_owned());
            }
        }
    }
    files.sort();
    files
}

/// Says whether a file's name ends in one of some extensions.
pub(super) fn is_a(path: &str, extensions: &[&str]) -> bool {
    let extension = Path::new(path).extension();
    extension.is_some_and(|it| extensions.iter().any(|wanted| it == *wanted))
}

/// Returns every page.
pub(super) fn pages() -> Vec<String> {
    let directories = ["docs", "deploy", "examples", "clients", "keys", "fuzz", "tests/chaos"];
    let below = directories.iter().flat_map(|directory| files_below(directory));
    let mut pages: Vec<_> = below.filter(|path| is_a(path, &["md"])).collect();
    pages.extend(["README.md".to_owned(), "SECURITY.md".to_owned()]);
    pages
}

/// Returns the blocks of a page.
pub(super) fn blocks_of(page: &str) -> Vec<Block> {
    let text = read(page);
    let mut blocks = Vec::new();
    let mut lines = text.lines().zip(1..);
    while let Some((fence, line)) = lines.next() {
        let Some(language) = fence.trim_start().strip_prefix("```") else { continue };
        let indentation = fence.len() - fence.trim_start().len();
        let mut text = String::new();
        for (line, _) in
            lines.by_ref().take_while(|(line, _)| !line.trim_start().starts_with("```"))
        {
            text.push_str(line.get(indentation..).unwrap_or_default());
            text.push('\n');
        }
        blocks.push(Block {
            page: page.to_owned(),
            line,
            language: language.trim().to_owned(),
            text,
        });
    }
    blocks
}

/// Returns the blocks of every page in one of some languages.
pub(super) fn blocks_in(languages: &[&str]) -> Vec<Block> {
    let blocks = pages().into_iter().flat_map(|page| blocks_of(&page));
    blocks.filter(|block| languages.contains(&block.language.as_str())).collect()
}

#[test]
fn blocks_are_found_with_their_languages_and_without_indentation() {
    let haproxy = blocks_of("examples/haproxy/README.md");
    assert_eq!(haproxy.len(), 1);
    assert_eq!(haproxy[0].language, "sh");
    assert!(haproxy[0].text.starts_with("countersign "), "{}", haproxy[0].text);
    assert!(pages().contains(&"docs/google.md".to_owned()));
}
