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
}
