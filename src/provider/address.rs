//! Addresses that this service may call. Calling them is `verify::outbound`'s.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// An absolute address that may be called: https, or http to this machine's loopback.
///
/// It comes from the catalogue or the configuration, or from a discovery document of an issuer
/// named there; never from a credential. Without user name, password and fragment.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct WebUrl(Url);

/// Text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an https address (http is for loopback only; no user name, no fragment)")]
pub(crate) struct BadWebUrl;

impl WebUrl {
    /// Parses an address.
    ///
    /// # Errors
    ///
    /// [`BadWebUrl`] when it may not be called.
    pub(crate) fn parse(text: &str) -> Result<Self, BadWebUrl> {
        let url = Url::parse(text).map_err(|_| BadWebUrl)?;
        let plain = url.username().is_empty() && url.password().is_none();
        let allowed = match url.scheme() {
            "https" => url.host().is_some(),
            "http" => is_loopback(&url),
            _ => false,
        };
        if allowed && plain && url.fragment().is_none() { Ok(Self(url)) } else { Err(BadWebUrl) }
    }

    /// Returns the parsed address.
    pub(crate) fn as_url(&self) -> &Url {
        &self.0
    }

    /// Whether the address is https.
    pub(super) fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the address is on this machine's loopback.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.0)
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

impl fmt::Debug for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for WebUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str())
    }
}

impl TryFrom<String> for WebUrl {
    type Error = BadWebUrl;

    fn try_from(text: String) -> Result<Self, BadWebUrl> {
        Self::parse(&text)
    }
}

impl From<WebUrl> for String {
    fn from(url: WebUrl) -> Self {
        url.0.into()
    }
}

/// An address that lacks parts of its path or query: `{name}` stands for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UrlTemplate(Vec<Piece>);

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
        let template = Self(pieces(text).ok_or(BadWebUrl)?);
        let filled = |value: &'static str| {
            let address = template.fill(|name| names.contains(&name).then_some(value));
            address.ok_or(BadWebUrl)
        };
        let (one, other) = (filled("a")?, filled("b")?);
        let same_host = one.as_url().origin() == other.as_url().origin();
        if same_host { Ok(template) } else { Err(BadWebUrl) }
    }

    /// Whether the address is https.
    pub(super) fn is_https(&self) -> bool {
        matches!(self.0.first(), Some(Piece::Text(text)) if text.starts_with("https:"))
    }

    /// Puts the values in, percent-encoded. `None` when one is missing or empty, or would be another
    /// path: `.` or `..`.
    pub(crate) fn fill<'a>(&self, value: impl Fn(&str) -> Option<&'a str>) -> Option<WebUrl> {
        let mut text = String::new();
        for piece in &self.0 {
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
        WebUrl::parse(&text).ok()
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
    fn only_https_and_loopback_may_be_called() {
        for good in
            ["https://a.test/x", "http://127.0.0.1:8080/", "http://[::1]/x", "http://localhost:1/"]
        {
            assert!(WebUrl::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "http://a.test/",
            "http://127.0.0.1.a.test/",
            "http://localhost.a.test/",
            "ftp://a.test/",
            "file:///etc/passwd",
            "https://user:pw@a.test/",
            "https://a.test/#x",
            "//a.test",
            "",
        ] {
            assert_eq!(WebUrl::parse(bad), Err(BadWebUrl), "{bad}");
        }
    }

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
