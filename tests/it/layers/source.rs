//! Source files as tokens, and what they name.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// A source file of the library.
pub(super) struct Source {
    /// Its path below `src/`.
    pub(super) path: PathBuf,
    pub(super) text: String,
    pub(super) tokens: Vec<String>,
}

/// Returns where the repository is.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Returns every source file, in the order of their paths.
pub(super) fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    let mut directories = vec![root().join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                directories.push(file);
            } else if file.extension().is_some_and(|extension| extension == "rs") {
                sources.push(Source::read(&file));
            }
        }
    }
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

impl Source {
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let path = file.strip_prefix(root().join("src")).unwrap().to_owned();
        let mut tokens = Vec::new();
        flatten(TokenStream::from_str(&text).unwrap(), &mut tokens);
        Self { path, text, tokens }
    }

    /// Returns the names of the modules that lead to this file, `["http", "error"]` for instance.
    pub(super) fn module(&self) -> Vec<&str> {
        let path = self.path.with_extension("");
        let names: Vec<_> = path.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
        let all = self.path.iter().map(|name| name.to_str().unwrap());
        let names = all.zip(names).map(|(name, _)| name.trim_end_matches(".rs"));
        names.filter(|name| !matches!(*name, "mod" | "lib" | "main")).collect()
    }

    /// Returns the layer that the file belongs to; `None` for the roots.
    pub(super) fn layer(&self) -> Option<&str> {
        self.module().first().copied()
    }

    /// Returns the tokens of what is shipped: those before the file's tests, and none of a file that
    /// is for tests or fuzzers alone.
    pub(super) fn shipped(&self) -> &[String] {
        let not_shipped = ["tests", "properties", "wycheproof", "fuzzing"];
        if self.module().iter().any(|name| not_shipped.contains(name)) {
            return &[];
        }
        let mark = ["#", "[", "cfg", "(", "test", ")", "]"];
        let tests = self.tokens.windows(mark.len()).position(|window| window == mark);
        &self.tokens[..tests.unwrap_or(self.tokens.len())]
    }

    /// Returns what the file uses of the crate's top level.
    pub(super) fn uses(&self) -> BTreeSet<&str> {
        let depth = self.module().len();
        let mut found = BTreeSet::new();
        let mut inline = Inline::default();
        for (place, token) in self.tokens.iter().enumerate() {
            inline.step(&self.tokens, place);
            let follows_path = place > 0 && self.tokens[place - 1] == "::";
            if follows_path {
                continue;
            }
            let rest = &self.tokens[place..];
            let supers = rest.chunks(2).take_while(|pair| pair == &["super", "::"]).count();
            if token == "crate" && rest.get(1).is_some_and(|next| next == "::") {
                found.extend(first_names(&rest[2..]));
            } else if supers > 0 && supers == depth + inline.modules() {
                found.extend(first_names(&rest[2 * supers..]));
            }
        }
        found
    }

    /// Whether the file names a library.
    pub(super) fn names_library(&self, library: &str) -> bool {
        let at = |place: Option<usize>| place.map_or("", |place| self.tokens[place].as_str());
        (0..self.tokens.len()).filter(|place| self.tokens[*place] == library).any(|place| {
            let (before, earlier) = (at(place.checked_sub(1)), at(place.checked_sub(2)));
            let is_within_path = before == "::" && (is_name(earlier) || earlier == ">");
            let next = self.tokens.get(place + 1).map(String::as_str);
            !is_within_path && (next == Some("::") || matches!(before, "use" | "crate"))
        })
    }
}

/// How many modules a place in a file is inside of, beside the file's own.
#[derive(Default)]
struct Inline {
    braces: usize,
    opened_at: Vec<usize>,
}

impl Inline {
    fn step(&mut self, tokens: &[String], place: usize) {
        match tokens[place].as_str() {
            "{" => {
                self.braces += 1;
                if place >= 2 && tokens[place - 2] == "mod" {
                    self.opened_at.push(self.braces);
                }
            }
            "}" => {
                self.opened_at.retain(|depth| *depth != self.braces);
                self.braces -= 1;
            }
            _ => {}
        }
    }

    fn modules(&self) -> usize {
        self.opened_at.len()
    }
}

/// Writes tokens out flat. `::` is one token, a lifetime is one, and a literal says nothing.
fn flatten(stream: TokenStream, tokens: &mut Vec<String>) {
    let mut joint = String::new();
    for tree in stream {
        match tree {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::None => ("", ""),
                };
                tokens.push(open.to_owned());
                flatten(group.stream(), tokens);
                tokens.push(close.to_owned());
            }
            TokenTree::Ident(name) => {
                tokens.push(format!("{}{name}", std::mem::take(&mut joint)));
            }
            TokenTree::Punct(punct) => {
                let starts = matches!(punct.as_char(), ':' | '\'');
                if joint.is_empty() && starts && punct.spacing() == Spacing::Joint {
                    joint.push(punct.as_char());
                } else {
                    tokens.push(format!("{}{}", std::mem::take(&mut joint), punct.as_char()));
                }
            }
            TokenTree::Literal(_) => tokens.push("\"\"".to_owned()),
        }
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Returns the first name of a path, or those of each path in braces.
fn first_names(tokens: &[String]) -> Vec<&str> {
    if tokens.first().is_none_or(|token| token != "{") {
        return tokens.first().map(String::as_str).into_iter().collect();
    }
    let mut names = Vec::new();
    let mut depth = 0_usize;
    for (place, token) in tokens.iter().enumerate() {
        match token.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => break,
            "}" => depth -= 1,
            name if depth == 1 && matches!(tokens[place - 1].as_str(), "{" | ",") => {
                names.push(name);
            }
            _ => {}
        }
    }
    names
}

#[test]
fn the_rules_see_what_they_should() {
    let source = |path: &str, text: &str| {
        let mut tokens = Vec::new();
        flatten(TokenStream::from_str(text).unwrap(), &mut tokens);
        Source { path: path.into(), text: text.to_owned(), tokens }
    };
    for (path, text, used) in [
        ("a.rs", "use crate::b::C;", ["b"].as_slice()),
        ("a.rs", "use crate::{b, c::{D, e}, f as g};", &["b", "c", "f"]),
        ("a.rs", "fn f(x: &crate::b::C) { crate::d::e() }", &["b", "d"]),
        ("a.rs", "use super::b;", &["b"]),
        ("a/mod.rs", "use super::{b, c};", &["b", "c"]),
        ("a/b.rs", "use super::c; use super::super::d;", &["d"]),
        ("a/b.rs", "mod tests { use super::super::c; use super::super::super::d; }", &["d"]),
        ("a/b.rs", "mod t { } use super::super::d;", &["d"]),
        ("a.rs", "// crate::b\npub(crate) fn f() { \"crate::c\"; }", &[]),
    ] {
        let source = source(path, text);
        assert_eq!(source.uses().into_iter().collect::<Vec<_>>(), used, "{path}: {text}");
    }
    for (text, names) in [
        ("use url::Url;", true),
        ("use url as address;", true),
        ("fn f(x: ::url::Url) {}", true),
        ("fn f<'url>(url: &'url str) { url.len(); g(url) }", false),
        ("use crate::url::Url;", false),
        ("// url::Url\nfn f() { \"url::Url\"; }", false),
    ] {
        assert_eq!(source("a.rs", text).names_library("url"), names, "{text}");
    }
}
