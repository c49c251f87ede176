//! What the values of settings may be.

use url::Url;

use crate::provider::address::WebUrl;
use crate::provider::row::Form;
use crate::provider::template::encoded;

impl Form {
    /// Says what a value must be.
    pub(crate) const fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text without braces",
            Self::Name => "letters, digits, '.', '_' and '-'",
            Self::Host => "a host name without scheme and path",
            Self::Url => "an https address",
            Self::Issuer => "an issuer: an https address without query",
        }
    }

    /// Returns a value that fits.
    pub(crate) const fn example(self) -> &'static str {
        match self {
            Self::Text | Self::Name => "example",
            Self::Host => "id.example.com",
            Self::Url | Self::Issuer => "https://id.example.com",
        }
    }

    /// Brings a value into its form, if it fits. What stands in a namespace has one spelling, but for
    /// an issuer, which is compared byte for byte.
    pub(super) fn parse(self, value: &str) -> Option<String> {
        let is_plain = |c: char| !c.is_control() && !matches!(c, '{' | '}' | '|');
        let is_name = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        let address = |text: &str| {
            let url = WebUrl::parse(text).ok().filter(|url| url.as_url().query().is_none());
            let is_one = !text.contains(char::is_whitespace);
            url.filter(|_| is_one).map(|url| Url::clone(url.as_url()))
        };
        if value.is_empty() || !value.chars().all(is_plain) {
            return None;
        }
        match self {
            Self::Text => Some(value.to_owned()),
            Self::Name => {
                let fits = value.chars().all(is_name) && !matches!(value, "." | "..");
                fits.then(|| value.to_owned())
            }
            Self::Host => {
                let fits = value.chars().all(|c| is_name(c) || c == ':');
                let url = address(&format!("https://{value}/")).filter(|_| fits)?;
                let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
                Some(format!("{}{port}", url.host_str()?))
            }
            Self::Url => Some(address(value)?.as_str().trim_end_matches('/').to_owned()),
            Self::Issuer => address(value).map(|_| value.to_owned()),
        }
    }

    /// Writes a value as it stands in an address.
    pub(super) fn in_address(self, value: &str) -> String {
        match self {
            Self::Text => encoded(value),
            Self::Name | Self::Host | Self::Url | Self::Issuer => value.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_one_spelling_and_nothing_that_would_be_read_as_more() {
        for (form, value, expected) in [
            (Form::Text, "a b&c", Some("a b&c")),
            (Form::Text, "{client_secret}", None),
            (Form::Text, "a\nb", None),
            (Form::Text, "", None),
            (Form::Name, "a-1._b", Some("a-1._b")),
            (Form::Name, "a/b", None),
            (Form::Name, "..", None),
            (Form::Host, "ID.Acme.test", Some("id.acme.test")),
            (Form::Host, "id.acme.test:8443", Some("id.acme.test:8443")),
            (Form::Host, "id.acme.test:443", Some("id.acme.test")),
            (Form::Host, "id.acme.test/x", None),
            (Form::Host, "a@b", None),
            (Form::Url, "https://Git.Acme.test:443/x/", Some("https://git.acme.test/x")),
            (Form::Url, "http://git.acme.test", None),
            (Form::Url, "https://git.acme.test?a=b", None),
            (Form::Url, "https://git.acme.test/a|b", None),
            (Form::Url, "https://git.ac\tme.test", None),
            (Form::Issuer, "https://Id.Acme.test/", Some("https://Id.Acme.test/")),
            (Form::Issuer, "https://id.acme.test/ a", None),
        ] {
            assert_eq!(form.parse(value).as_deref(), expected, "{form:?} {value:?}");
        }
    }
}
