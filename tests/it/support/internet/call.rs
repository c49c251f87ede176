//! A request as it arrived, kept for the test to look at.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::body::Bytes;
use hyper::header::HeaderMap;
use hyper::http::request::Parts;
use serde_json::Value;
use url::form_urlencoded;

use crate::support::app::FORM;
use crate::support::secrecy;

/// Names with their values, in the order in which they came.
type Pairs = Vec<(String, String)>;

/// A request that was read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Its method.
    pub(crate) method: String,
    /// The host that was connected to, with its port unless that is 443.
    pub(crate) host: String,
    /// Its path, as it was sent.
    pub(crate) path: String,
    /// The parameters of its query, decoded.
    pub(crate) query: Pairs,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: Bytes,
}

impl Call {
    pub(crate) fn new(host: String, head: Parts, body: Bytes) -> Self {
        secrecy::keep_request(&head.headers, head.uri.query().unwrap_or_default(), &body);
        Self {
            method: head.method.to_string(),
            host,
            path: head.uri.path().to_owned(),
            query: pairs(head.uri.query().unwrap_or_default().as_bytes()),
            headers: head.headers,
            body,
        }
    }

    /// Returns a header, if it is there and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns a parameter of the query that stands there once.
    pub(crate) fn in_query(&self, name: &str) -> Option<String> {
        single(&self.query, name)
    }

    /// Returns a parameter of the form that stands there once. No form has any.
    pub(crate) fn in_form(&self, name: &str) -> Option<String> {
        single(&self.form(), name)
    }

    /// Returns the parameters of the form; none unless the body says that it is one.
    pub(crate) fn form(&self) -> Pairs {
        let is_form = self.media_type() == FORM;
        if is_form { pairs(&self.body) } else { Pairs::new() }
    }

    /// Returns a parameter from the form, else from the query.
    pub(super) fn anywhere(&self, name: &str) -> Option<String> {
        self.in_form(name).or_else(|| self.in_query(name))
    }

    /// Returns the body as JSON, or null.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Returns the token of `Authorization: Bearer` (RFC 6750 §2.1).
    pub(crate) fn bearer(&self) -> Option<&str> {
        self.authorization("bearer")
    }

    /// Returns the name and password of `Authorization: Basic` (RFC 7617 §2).
    pub(crate) fn basic(&self) -> Option<(String, String)> {
        let bytes = STANDARD.decode(self.authorization("basic")?).ok()?;
        let text = String::from_utf8(bytes).ok()?;
        text.split_once(':').map(|(name, password)| (name.to_owned(), password.to_owned()))
    }

    /// Returns what follows a scheme, whose case does not matter.
    pub(super) fn authorization(&self, scheme: &str) -> Option<&str> {
        let (found, rest) = self.header("authorization")?.split_once(' ')?;
        found.eq_ignore_ascii_case(scheme).then_some(rest)
    }

    /// Returns the content type without its parameters.
    pub(super) fn media_type(&self) -> &str {
        let content_type = self.header("content-type").unwrap_or_default();
        content_type.split(';').next().unwrap_or_default().trim()
    }

    /// Returns the method and the path, to be matched.
    pub(super) fn target(&self) -> (&str, &str) {
        (&self.method, &self.path)
    }
}

fn pairs(encoded: &[u8]) -> Pairs {
    form_urlencoded::parse(encoded).into_owned().collect()
}

/// A parameter that stands twice is none: two readers could read it differently.
fn single(pairs: &[(String, String)], name: &str) -> Option<String> {
    let mut values = pairs.iter().filter(|(known, _)| known == name).map(|(_, value)| value);
    let first = values.next()?;
    values.next().is_none().then(|| first.clone())
}
