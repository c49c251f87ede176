//! What a browser would fetch for a page, and what the page's policy would let it fetch: the
//! means of the tests that pages are self-contained.

/// Attributes that are fetched, or that take the reader elsewhere without a click.
const FETCHED: [&str; 9] =
    ["src", "href", "srcset", "data", "poster", "action", "formaction", "background", "manifest"];

/// An element as it is written: its name, its attributes, and for scripts and styles its text.
#[derive(Debug)]
pub(crate) struct Element<'a> {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, &'a str)>,
    pub(crate) text: &'a str,
}

/// Returns the elements of a page. Scripts and styles are texts: what looks like an element in
/// them is none.
pub(crate) fn elements(page: &str) -> Vec<Element<'_>> {
    let mut elements = Vec::new();
    let mut rest = page;
    while let Some((_, after)) = rest.split_once('<') {
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").unwrap().1;
            continue;
        }
        if !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            rest = after;
            continue;
        }
        let (tag, after) = after.split_at(end_of_tag(after));
        let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap().to_lowercase();
        let has_text = matches!(name.as_str(), "script" | "style");
        let length = if has_text { after.find(&format!("</{name}")).unwrap() } else { 0 };
        let (text, after) = after.split_at(length);
        let attributes = attributes(tag.strip_prefix(name.as_str()).unwrap_or_default());
        elements.push(Element { attributes, text: text.trim_start_matches('>'), name });
        rest = after;
    }
    elements
}

/// Returns where a tag ends: at the first `>` that is not in quotes.
fn end_of_tag(tag: &str) -> usize {
    let mut quote = None;
    let end = tag.char_indices().find(|(_, c)| {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(*c),
            (Some(open), c) if open == *c => quote = None,
            _ => {}
        }
        quote.is_none() && *c == '>'
    });
    end.unwrap().0
}

fn attributes(mut rest: &str) -> Vec<(String, &str)> {
    let mut attributes = Vec::new();
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.split_whitespace().last().unwrap_or_default().to_lowercase();
        let value = match after.chars().next() {
            Some(quote @ ('"' | '\'')) => after.split(quote).nth(1),
            _ => after.split_whitespace().next(),
        };
        let value = value.unwrap_or_default();
        attributes.push((name, value));
        rest = after.split_once(value).map_or("", |(_, rest)| rest.trim_start_matches(['"', '\'']));
    }
    attributes
}

fn is_outside(address: &str) -> bool {
    let address = address.trim().to_lowercase();
    let schemes = ["//", "http:", "https:", "ws:", "wss:", "ftp:"];
    schemes.iter().any(|scheme| address.starts_with(scheme))
}

/// Returns what a page would fetch from elsewhere.
pub(crate) fn fetched_outside(page: &str) -> Vec<String> {
    let mut outside = Vec::new();
    for element in elements(page) {
        // A link that is clicked is the reader's decision.
        let fetched = element.attributes.iter().filter(|(name, value)| {
            FETCHED.contains(&name.as_str()) && element.name != "a" && is_outside(value)
        });
        outside.extend(fetched.map(|(name, value)| format!("<{} {name}={value}>", element.name)));
        let styles = element.attributes.iter().filter(|(name, _)| name == "style");
        outside.extend(styles.flat_map(|(_, style)| styled_outside(style)));
        if element.name == "style" {
            outside.extend(styled_outside(element.text));
        }
    }
    outside
}

/// Returns what a style sheet would fetch from anywhere but itself.
pub(crate) fn styled_outside(style: &str) -> Vec<String> {
    let imports = style.matches("@import").map(str::to_owned);
    let addresses = style.split("url(").skip(1).map(|it| it.trim_start_matches(['"', '\'', ' ']));
    let outside = addresses.filter(|it| !it.starts_with("data:") && !it.starts_with('#'));
    imports
        .chain(outside.map(|it| format!("url({}", it.chars().take(60).collect::<String>())))
        .collect()
}

/// Returns where a Content-Security-Policy would let a page load or call more than its own
/// service.
pub(crate) fn allowed_outside(policy: &str) -> Vec<String> {
    let directives: Vec<_> = policy
        .split(';')
        .map(|directive| directive.split_whitespace().collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .collect();
    let is_own = |directive: &str, source: &str| match directive {
        _ if matches!(source, "'none'" | "'self'") => true,
        "style-src" => source == "'unsafe-inline'",
        "script-src" => source.starts_with("'nonce-") || source.starts_with("'sha256-"),
        "img-src" | "font-src" => source == "data:",
        _ => false,
    };
    let mut outside = Vec::new();
    for words in &directives {
        let sources = words.iter().skip(1).filter(|source| !is_own(words[0], source));
        outside.extend(sources.map(|source| format!("{} {source}", words[0])));
    }
    // All but the first do not fall back on it (CSP Level 3 §6).
    for name in ["default-src", "base-uri", "form-action", "frame-ancestors"] {
        if !directives.contains(&vec![name, "'none'"]) {
            outside.push(format!("{name} is not 'none'"));
        }
    }
    outside
}

#[test]
fn what_a_page_fetches_from_elsewhere_is_seen() {
    for (page, count) in [
        ("<script src='https://a.test/x.js'></script>", 1),
        ("<link rel=stylesheet href=//a.test/x.css>", 1),
        ("<img alt=\"a > b\" src=\"http://a.test/x.png\">", 1),
        ("<style>@import 'x.css'; p { background: url(https://a.test/x) }</style>", 2),
        ("<p style=\"background: url('//a.test')\"><form action=https://a.test>", 2),
        ("<a href=\"https://a.test\">a</a> <!-- <img src=https://a.test> -->", 0),
        ("<script>let x = '<img src=https://a.test>';</script><img src=/x.png>", 0),
        ("<svg xmlns=\"http://www.w3.org/2000/svg\"></svg> 1 < 2", 0),
        ("<style>p { background: url(\"data:image/png;base64,x\") }</style>", 0),
    ] {
        assert_eq!(fetched_outside(page).len(), count, "{page}: {:?}", fetched_outside(page));
    }
}

#[test]
fn what_a_policy_allows_elsewhere_is_seen() {
    let rest = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    for (policy, count) in [
        ("default-src 'none'; script-src 'nonce-x'; img-src data: 'self'", 0),
        ("default-src 'self'", 1),
        ("default-src 'none'; script-src 'sha256-x='", 0),
        ("default-src 'none'; script-src 'unsafe-inline'", 1),
        ("default-src 'none'; script-src 'self' 'unsafe-eval'", 1),
        ("default-src 'none'; connect-src https: *", 2),
        ("default-src 'none'; style-src 'unsafe-inline' https://a.test", 1),
    ] {
        let outside = allowed_outside(&format!("{policy}; {rest}"));
        assert_eq!(outside.len(), count, "{policy}: {outside:?}");
    }
    assert_eq!(allowed_outside("default-src 'none'").len(), 3);
}
