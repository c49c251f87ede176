//! An answer that is being made.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::Value;

use crate::support::app::JSON;
use crate::support::secrecy;

/// An answer.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    /// Its status.
    pub(super) status: u16,
    /// Its body.
    pub(super) body: Body,
    headers: Vec<(String, String)>,
}

/// The body of an answer.
#[derive(Debug, Clone)]
pub(super) enum Body {
    /// JSON, which a test may change before it leaves.
    Json(Value),
    /// Anything else, or JSON that must stay as it is written.
    Bytes(Vec<u8>),
}

impl Body {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Json(value) => value.to_string().into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
        }
    }
}

impl Reply {
    /// Answers with JSON.
    pub(super) fn json(status: u16, body: Value) -> Self {
        Self { status, body: Body::Json(body), headers: Vec::new() }
            .with("content-type", format!("{JSON}; charset=utf-8"))
    }

    /// Answers with text of any kind.
    pub(super) fn text(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        Self::bare(status, body.into().into_bytes()).with("content-type", content_type)
    }

    /// Answers with text or bytes that are not said to be of any kind.
    pub(super) fn bare(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, body: Body::Bytes(body.into()), headers: Vec::new() }
    }

    /// Answers with a page for people.
    pub(super) fn page(status: u16, text: &str) -> Self {
        let page = format!("<!doctype html><title>{text}</title><p>{text}");
        Self::text(status, "text/html; charset=utf-8", page)
    }

    /// Adds a header.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// Puts white space after the body, which means nothing in JSON.
    pub(super) fn pad(&mut self, bytes: usize) {
        let mut padded = self.body.bytes();
        padded.resize(padded.len() + bytes, b' ');
        self.body = Body::Bytes(padded);
    }

    /// Returns it as it is sent.
    pub(super) fn into_response(self) -> Response<Full<Bytes>> {
        let mut response = Response::builder().status(self.status);
        for (name, value) in self.headers {
            response = response.header(name, value);
        }
        let body = self.body.bytes();
        secrecy::keep_tokens(&body);
        response.body(Full::new(Bytes::from(body))).unwrap()
    }
}
