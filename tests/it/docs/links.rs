//! Every link and every file that a page names is there.

use super::blocks::{files_below, is_a, pages, read, root};

/// Returns a page without its fenced blocks.
fn prose(page: &str) -> String {
    let mut inside = false;
    let mut kept = Vec::new();
    for line in read(page).lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside;
        } else if !inside {
            kept.push(line.to_owned());
        }
    }
    kept.join("\n")
}

/// Returns the targets of the links of a text.
fn targets(text: &str) -> Vec<String> {
    let after = text.split("](").skip(1);
    after.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// Returns the anchor that a heading has.
fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.collect::<String>().trim().replace(' ', "-")
}

/// Says what is wrong with a link of a page.
fn wrong(page: &str, target: &str) -> Option<String> {
    if target.contains("://") || target.starts_with("mailto:") {
        return None;
    }
    let (file, wanted) = target.split_once('#').unwrap_or((target, ""));
    let directory = root().join(page).parent().unwrap().to_owned();
    let path = if file.is_empty() { root().join(page) } else { directory.join(file) };
    if !path.exists() {
        return Some(format!("{page}: {target}"));
    }
    let has_anchor = || {
        let text = std::fs::read_to_string(&path).unwrap();
        let mut headings = text.lines().filter(|line| line.starts_with('#'));
        headings.any(|line| anchor(line.trim_start_matches('#')) == wanted)
    };
    let is_good = wanted.is_empty() || has_anchor();
    (!is_good).then(|| format!("{page}: {target}: no such heading"))
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let pages = pages();
    let all: Vec<_> = pages
        .iter()
        .flat_map(|page| targets(&prose(page)).into_iter().map(move |it| (page, it)))
        .collect();
    assert!(all.len() > 50, "{}", all.len());
    let wrong: Vec<_> = all.iter().filter_map(|(page, target)| wrong(page, target)).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_that_a_page_names_is_there() {
    let tops = [
        "src/",
        "tests/",
        "keys/",
        "openapi/",
        "docs/",
        "deploy/",
        "examples/",
        "benches/",
        "clients/",
    ];
    let mut absent = Vec::new();
    for page in pages() {
        let text = prose(&page);
        let words = text.split('`').skip(1).step_by(2).flat_map(str::split_whitespace);
        let named = words
            .filter(|word| tops.iter().any(|top| word.starts_with(top) && word.len() > top.len()));
        let directory = root().join(&page).parent().unwrap().to_owned();
        let is_absent = |word: &&str| !root().join(word).exists() && !directory.join(word).exists();
        absent.extend(named.filter(is_absent).map(|word| format!("{page}: {word}")));
    }
    assert!(absent.is_empty(), "{absent:#?}");
}

#[test]
fn the_readme_is_short_and_leads_to_every_page() {
    assert!(read("README.md").lines().count() <= 200);
    let index = targets(&prose("docs/README.md"));
    let pages = files_below("docs").into_iter().filter(|path| is_a(path, &["md"]));
    let missing: Vec<_> = pages
        .filter(|page| page != "docs/README.md")
        .filter(|page| !index.iter().any(|it| it == page.trim_start_matches("docs/")))
        .collect();
    assert!(missing.is_empty(), "docs/README.md does not have {missing:?}");
}

#[test]
fn links_and_anchors_are_found_as_they_are_written() {
    assert_eq!(targets("a [b](c.md#d) and ![e](f.png)"), ["c.md#d", "f.png"]);
    assert_eq!(anchor(" Sign in with GitHub"), "sign-in-with-github");
    assert!(wrong("README.md", "docs/absent.md").is_some());
    assert!(wrong("README.md", "docs/keys.md#nothing").is_some());
    assert!(wrong("README.md", "docs/keys.md").is_none());
}
