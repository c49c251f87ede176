//! The parameters of the provider's endpoints.

use std::collections::BTreeMap;

use url::form_urlencoded;

/// Parameters, each of which stands once; one without a value is none (RFC 6749 §3.1).
#[derive(Debug)]
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads a query or a form; `None` when a parameter stands twice.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let mut parameters = BTreeMap::new();
        for (name, value) in form_urlencoded::parse(text) {
            if parameters.insert(name.into_owned(), value.into_owned()).is_some() {
                return None;
            }
        }
        parameters.retain(|_, value| !value.is_empty());
        Some(Self(parameters))
    }

    /// Returns the value of a parameter.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether a list that is separated by spaces has a word.
    pub(super) fn has_word(&self, name: &str, word: &str) -> bool {
        self.get(name).is_some_and(|list| list.split(' ').any(|one| one == word))
    }

    /// Returns all of them.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_stands_once_and_an_empty_one_is_none() {
        let read = Parameters::parse(b"scope=email+openid&state=&nonce=%C3%A9").unwrap();
        assert_eq!((read.get("nonce"), read.get("state")), (Some("é"), None));
        assert!(read.has_word("scope", "openid") && !read.has_word("scope", "open"));
        assert!(Parameters::parse(b"a=1&a=1").is_none());
    }
}
