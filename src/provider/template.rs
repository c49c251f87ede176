//! Addresses that are known but for what each call puts into them.

use super::address::{BadWebUrl, Reach, WebUrl};

/// An address that lacks parts of its path or query: `{name}` stands for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlTemplate {
    pieces: Vec<Piece>,
    reach: Reach,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Value(String),
}

impl UrlTemplate {
    /// Parses an address with places for `names`, and no others.
    ///
    /// # Errors
    ///
    /// [`BadWebUrl`] when it may not be called, or what is put in would decide the host.
    pub(crate) fn parse(text: &str, names: &[&str]) -> Result<Self, BadWebUrl> {
        let template = Self { pieces: pieces(text).ok_or(BadWebUrl)?, reach: Reach::Internet };
        let filled = |value: &'static str| {
            let address = template.fill(|name| names.contains(&name).then_some(value));
            address.ok_or(BadWebUrl)
        };
        let (one, other) = (filled("a")?, filled("b")?);
        let same_host = one.as_url().origin() == other.as_url().origin();
        if same_host { Ok(Self { reach: one.reach(), ..template }) } else { Err(BadWebUrl) }
    }

    /// Returns it as [`WebUrl::named`] does.
    pub(super) fn named(self) -> Self {
        Self { reach: self.reach.named(), ..self }
    }

    /// Returns where it may lead.
    pub(super) fn reach(&self) -> Reach {
        self.reach
    }

    /// Puts the values in, percent-encoded. `None` when one is missing or empty, or would be another
    /// path: `.` or `..`.
    pub(crate) fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Option<WebUrl> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(fixed) => text.push_str(fixed),
                Piece::Value(name) => {
                    let value = value(name)?;
                    if matches!(value, "" | "." | "..") {
                        return None;
                    }
                    text.push_str(&encoded(value));
                }
            }
        }
        let address = WebUrl::parse(&text).ok()?;
        Some(if self.reach == Reach::Anywhere { address.named() } else { address })
    }
}

/// Takes a template apart; `None` when its braces are not pairs.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    for (nth, part) in text.split('{').enumerate() {
        let rest = if nth == 0 {
            part
        } else {
            let (name, rest) = part.split_once('}')?;
            pieces.push(Piece::Value(name.to_owned()));
            rest
        };
        if rest.contains('}') {
            return None;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
    }
    Some(pieces)
}

/// Percent-encodes a text for a path or a query (RFC 3986 §2.1).
pub(super) fn encoded(text: &str) -> String {
    let encoded: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    encoded.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_an_address_changes_nothing_but_its_place() {
        let template = UrlTemplate::parse("https://a.test/u/{id}/x?o={org}", &["id", "org"]);
        let template = template.unwrap();
        let fill = |id, org| {
            let value = |name: &str| if name == "id" { Some(id) } else { Some(org) };
            template.fill(value).map(|it| it.to_string())
        };
        for (id, org, expected) in [
            ("7", "b", Some("https://a.test/u/7/x?o=b")),
            ("../y", "b&c=d", Some("https://a.test/u/..%2Fy/x?o=b%26c%3Dd")),
            ("a b", "é#", Some("https://a.test/u/a%20b/x?o=%C3%A9%23")),
            ("{org}", "b", Some("https://a.test/u/%7Borg%7D/x?o=b")),
            ("..", "b", None),
            (".", "b", None),
            ("", "b", None),
        ] {
            assert_eq!(fill(id, org).as_deref(), expected, "{id} {org}");
        }
        let one = |name: &str| (name == "id").then_some("7");
        assert_eq!(template.fill(one), None, "one is missing");
        for wrong in [
            "https://{id}.test/",
            "https://a.test{id}/",
            "https://a.test/{other}",
            "https://a.test/?x={other}",
            "http://a.test/{id}",
            "{id}",
            "https://a.test/{id",
            "https://a.test/id}",
        ] {
            assert_eq!(UrlTemplate::parse(wrong, &["id"]), Err(BadWebUrl), "{wrong}");
        }
    }
}
