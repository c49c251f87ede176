//! The catalogue of providers as a page for people. Which of them are configured is the operator's
//! affair: it is not on it.

use crate::provider::{Catalogue, Entry};

/// Lets the page load and run nothing (CSP Level 3 §2.3).
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
    form-action 'none'; frame-ancestors 'none'";

/// What stands before the tables. The page is served beside `docs`, whatever stands before that.
const HEAD: &str = "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
    <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
    <meta name=\"color-scheme\" content=\"light dark\">\n<title>Providers - countersign</title>\n\
    <style>\n:root { color-scheme: light dark; background: Canvas; color: CanvasText }\n\
    body { font: 1rem/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; \
    padding: 0 1rem }\ndiv { overflow-x: auto }\ntable { border-collapse: collapse; width: 100% }\n\
    th, td { border-bottom: 1px solid #8886; padding: .3rem 1rem .3rem 0; text-align: left; \
    vertical-align: top }\n</style>\n</head>\n<body>\n<main>\n<h1>Providers</h1>\n\
    <p><a href=\"../docs\">The API</a> takes their credentials where an operator has configured \
    them: <code>provider</code> and <code>backend</code> are the operator's name of a provider, or \
    one of its names here.</p>\n<p>A <em>binding</em> is how the provider proves to which app it \
    issued an access token. Where it is <code>none</code>, access tokens are refused, unless the \
    operator allows them.</p>\n";

/// Returns the page.
pub(super) fn page() -> String {
    // A catalogue that does not load is nothing that a configuration could name.
    let catalogue = Catalogue::built_in().ok();
    let entries = catalogue.iter().flat_map(Catalogue::entries);
    let (open, closed): (Vec<_>, Vec<_>) =
        entries.partition(|entry| matches!(entry, Entry::Open(_)));
    let open = table(
        ["name", "provider", "other names", "credentials", "binding", "status"],
        open.iter().map(|entry| {
            let [name, binding, status] =
                [entry.name(), entry.binding(), entry.status()].map(escaped);
            let kinds = escaped(&entry.kinds().join(" "));
            [name, escaped(entry.title()), aliases(*entry), kinds, binding, status]
        }),
    );
    let closed = table(
        ["name", "other names", "status", "why"],
        closed.iter().filter_map(|entry| {
            let Entry::Closed(closed) = entry else { return None };
            let why = escaped(&closed.reason());
            Some([escaped(entry.name()), aliases(*entry), escaped(entry.status()), why])
        }),
    );
    format!("{HEAD}{open}<h2>What cannot be configured</h2>\n{closed}</main>\n</body>\n</html>\n")
}

fn aliases(entry: Entry<'_>) -> String {
    escaped(&entry.aliases().join(" "))
}

/// Writes a table whose first column names the row.
fn table<const N: usize>(head: [&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let head: String = head.map(|name| format!("<th scope=\"col\">{name}</th>")).concat();
    let row = |cells: [String; N]| {
        let mut cells = cells.into_iter();
        let name = cells.next().unwrap_or_default();
        let rest = cells.map(|cell| format!("<td>{cell}</td>")).collect::<Vec<_>>().concat();
        format!("<tr><th scope=\"row\"><code>{name}</code></th>{rest}</tr>\n")
    };
    let rows: String = rows.map(row).collect();
    format!(
        "<div><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table></div>\n"
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
