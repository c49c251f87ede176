//! Answers that are written straight to text: poem-openapi's own JSON builds a tree of values first.

use poem::http::{HeaderValue, header};
use poem::{Body, IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::Type;
use serde::Serialize;

/// Bytes that most answers take less than.
const ROOM: usize = 1536;

/// Headers that most answers have less than: a table that grows is written twice.
const HEADERS: usize = 12;

/// Makes an answer of a body.
pub(super) fn filled(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::builder().body(body);
    let headers = response.headers_mut();
    headers.reserve(HEADERS);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// A JSON answer of the schema of `T`.
pub(super) struct Written<T>(pub(super) T);

impl<T: Type> Payload for Written<T> {
    const CONTENT_TYPE: &'static str = "application/json; charset=utf-8";

    fn schema_ref() -> MetaSchemaRef {
        T::schema_ref()
    }

    fn register(registry: &mut Registry) {
        T::register(registry);
    }
}

impl<T: Type + Serialize> IntoResponse for Written<T> {
    fn into_response(self) -> Response {
        // Texts and numbers under names that are texts always make JSON.
        let mut body = Vec::with_capacity(ROOM);
        let _ = serde_json::to_writer(&mut body, &self.0);
        filled(Self::CONTENT_TYPE, body)
    }
}
