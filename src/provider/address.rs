//! Addresses that this service may call. Calling them is `verify::outbound`'s.

use std::fmt;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use url::{Host, Url};

use super::network::{NotPublic, is_public};

/// An absolute address that may be called: https, or http to this machine's loopback.
///
/// It comes from the catalogue or the configuration, or from a discovery document of an issuer
/// named there; never from a credential. Without user name, password and fragment.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct WebUrl {
    url: Url,
    reach: Reach,
}

/// Where the machines may be that an address leads to. Whoever wrote the address decides that, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reach {
    /// On this machine's loopback: all of http.
    Loopback,
    /// On the public internet: https that the catalogue or a provider names.
    Internet,
    /// Anywhere: https on a host that the operator named.
    Anywhere,
}

impl Reach {
    /// Returns that of a host that the operator named. Http stays on loopback, whoever wrote it.
    pub(super) fn named(self) -> Self {
        match self {
            Self::Loopback => Self::Loopback,
            Self::Internet | Self::Anywhere => Self::Anywhere,
        }
    }
}

/// Text that is no such address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an https address (http is for loopback only; no user name, no fragment)")]
pub(crate) struct BadWebUrl;

/// Why an address that a document has is not called.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum NotCalled {
    /// It is none.
    #[error(transparent)]
    Bad(#[from] BadWebUrl),
    /// It leads to this machine, and the document does not come from there.
    #[error("only a provider on loopback may send us to loopback")]
    Loopback,
    /// It is a private address.
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
}

impl WebUrl {
    /// Parses an address, whose host is on the public internet unless it is [`WebUrl::named`].
    ///
    /// # Errors
    ///
    /// [`BadWebUrl`] when it may not be called.
    pub(crate) fn parse(text: &str) -> Result<Self, BadWebUrl> {
        let url = Url::parse(text).map_err(|_| BadWebUrl)?;
        let plain = url.username().is_empty() && url.password().is_none();
        let reach = match url.scheme() {
            "https" if url.host().is_some() => Reach::Internet,
            "http" if is_loopback(&url) => Reach::Loopback,
            _ => return Err(BadWebUrl),
        };
        if plain && url.fragment().is_none() { Ok(Self { url, reach }) } else { Err(BadWebUrl) }
    }

    /// Returns it as one whose host the operator named, who may have providers anywhere.
    pub(super) fn named(self) -> Self {
        Self { reach: self.reach.named(), ..self }
    }

    /// Parses an address that stands in a document which came from this one. It may be on another
    /// host, as Google's are, but only a provider on loopback sends us to loopback, and nobody to
    /// a private address but on the host that the operator named. What a name resolves to is looked
    /// at when it is connected to.
    ///
    /// # Errors
    ///
    /// [`NotCalled`] says why it is not called.
    pub(crate) fn announced(&self, text: &str) -> Result<Self, NotCalled> {
        let address = Self::parse(text)?;
        if address.is_loopback() {
            return if self.is_loopback() { Ok(address.named()) } else { Err(NotCalled::Loopback) };
        }
        if self.reach == Reach::Anywhere && address.url.host() == self.url.host() {
            return Ok(address.named());
        }
        let literal = match address.url.host() {
            Some(Host::Ipv4(literal)) => Some(literal.into()),
            Some(Host::Ipv6(literal)) => Some(literal.into()),
            Some(Host::Domain(_)) | None => None,
        };
        if literal.is_some_and(|literal| !is_public(literal)) {
            let host = address.url.host_str().unwrap_or_default().to_owned();
            return Err(NotPublic { host, address: None }.into());
        }
        Ok(address)
    }

    /// Returns the parsed address.
    pub(crate) fn as_url(&self) -> &Url {
        &self.url
    }

    /// Returns where it may lead.
    pub(crate) fn reach(&self) -> Reach {
        self.reach
    }

    /// Whether the address is on this machine's loopback.
    pub(crate) fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }
}

/// Two are the same where they lead to the same, whoever wrote them.
impl PartialEq for WebUrl {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for WebUrl {}

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
        f.write_str(self.url.as_str())
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
        url.url.into()
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

    #[test]
    fn a_document_sends_nobody_inside_but_to_the_host_that_the_operator_named() {
        let public = WebUrl::parse("https://id.test/x").unwrap();
        let named = |text| WebUrl::parse(text).unwrap().named();
        let own = named("https://id.corp.test/x");
        let private = named("https://10.0.0.5:8443/x");
        let local = WebUrl::parse("http://127.0.0.1:1/x").unwrap();
        let reach = |from: &WebUrl, text: &str| from.announced(text).map(|it| it.reach());
        for from in [&public, &own, &private, &local] {
            for elsewhere in ["https://keys.test/x", "https://8.8.8.8/x", "https://[2606:4700::1]/"]
            {
                assert_eq!(reach(from, elsewhere), Ok(Reach::Internet), "{from} {elsewhere}");
            }
            for inside in [
                "https://169.254.169.254/latest/meta-data",
                "https://10.0.0.6/x",
                "https://0xa000006/x",
                "https://167772166/x",
                "https://0.0.0.0/x",
                "https://[::ffff:10.0.0.6]/x",
                "https://[fd00::1]/x",
                "https://[fe80::1]/x",
                "https://192.168.0.1:8443/x",
            ] {
                let refused = from.announced(inside).unwrap_err();
                assert!(matches!(refused, NotCalled::NotPublic(_)), "{from} {inside}");
                assert!(refused.to_string().contains("`issuer`"), "{refused}");
            }
        }
        for loopback in ["http://127.0.0.1:9090/metrics", "https://localhost/x", "https://[::1]/x"]
        {
            for from in [&public, &own, &private] {
                assert_eq!(reach(from, loopback), Err(NotCalled::Loopback), "{from} {loopback}");
            }
            assert!(local.announced(loopback).is_ok(), "{loopback}");
        }
        assert_eq!(reach(&own, "https://id.corp.test:8443/keys"), Ok(Reach::Anywhere));
        assert_eq!(reach(&private, "https://10.0.0.5/keys"), Ok(Reach::Anywhere));
        assert_eq!(reach(&own, "https://other.corp.test/keys"), Ok(Reach::Internet));
        assert_eq!(reach(&public, "https://id.test/keys"), Ok(Reach::Internet));
        assert_eq!(reach(&local, "https://localhost/x"), Ok(Reach::Anywhere));
        assert_eq!(reach(&local, "http://localhost/x"), Ok(Reach::Loopback));
        assert_eq!(reach(&public, "http://keys.test/"), Err(NotCalled::Bad(BadWebUrl)));
    }
}
