//! What came back, and the shape that every failure has.

use reqwest::header::HeaderMap;
use serde_json::Value;

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// Its status.
    pub(crate) status: u16,
    /// Its headers.
    pub(crate) headers: HeaderMap,
    /// Its body.
    pub(crate) body: String,
}

impl Answer {
    /// Reads an answer to its end.
    pub(crate) async fn read(response: reqwest::Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.text().await.unwrap() }
    }

    /// Reads an answer off the bytes of a connection that carried nothing else.
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let mut lines = head.lines();
        let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
        let headers = lines.map(|line| {
            let (name, value) = line.split_once(": ").unwrap();
            (name.parse().unwrap(), value.parse().unwrap())
        });
        Self { status, headers: headers.collect(), body: body.to_owned() }
    }

    /// Returns a header, if it is there and text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Returns the body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| Value::String(self.body.clone()))
    }

    /// Returns a member of the JSON body that is text.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json().get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    }

    /// Returns the issued token of an answer that must hold one. `case` says which it is.
    pub(crate) fn token(&self, case: &str) -> String {
        assert_eq!(self.status, 200, "{case}: {}", self.body);
        self.text("access_token")
    }

    /// Returns what a refusal says: `error`, `reason`, and the status.
    pub(crate) fn refusal(&self) -> (u16, String, String) {
        (self.status, self.text("error"), self.text("reason"))
    }

    /// Checks that this is a failure of this kind, in the one shape that failures have: JSON of
    /// three members, not to be stored, with a request ID. `case` says which it is.
    pub(crate) fn assert_refused(&self, case: &str, expected: (u16, &str, &str)) {
        let (status, error, reason) = expected;
        assert_eq!(
            self.refusal(),
            (status, error.to_owned(), reason.to_owned()),
            "{case}: {}",
            self.body
        );
        assert_eq!(self.header("content-type"), Some("application/json"), "{case}");
        assert_eq!(self.header("cache-control"), Some("no-store"), "{case}");
        assert!(self.header("x-request-id").is_some_and(|id| !id.is_empty()), "{case}");
        let json = self.json();
        let names: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(names, ["error", "error_description", "reason"], "{case}");
        assert!(!self.text("error_description").is_empty(), "{case}");
    }
}
