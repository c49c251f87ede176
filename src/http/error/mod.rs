//! THE TABLE: every failure of every endpoint, as status, OAuth code, reason and description.

mod description;
mod quote;
mod reason;
mod table;

use std::time::Duration;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

pub(crate) use quote::{hidden, quote};
use quote::{one_of, show};
pub(crate) use reason::{ErrorCode, Reason};
pub(crate) use table::{Grant, refusal};

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 600;

/// The body of every failure (RFC 6749 §5.2, with a reason of ours).
#[derive(Debug, Object)]
#[oai(rename = "Error")]
pub(crate) struct ErrorBody {
    /// OAuth error code: what a library branches on.
    pub(crate) error: ErrorCode,
    /// What was received and what was expected, for a developer. Never a credential.
    pub(crate) error_description: String,
    /// The one cause, for a program. Stable.
    pub(crate) reason: Reason,
}

/// A failure, ready to be answered.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: ErrorCode,
    reason: Reason,
    description: String,
    retry_after: Option<Duration>,
    challenge: bool,
}

impl ApiError {
    /// Makes a failure of a reason, with the reason's own status.
    pub(crate) fn new(code: ErrorCode, reason: Reason, description: impl Into<String>) -> Self {
        Self {
            status: reason.status(),
            code,
            reason,
            description: description.into(),
            retry_after: None,
            challenge: false,
        }
    }

    /// Answers with 400 instead of the reason's own status: the request is fine, the credential
    /// is not.
    fn of_credential(self) -> Self {
        let status =
            if self.status.is_client_error() { StatusCode::BAD_REQUEST } else { self.status };
        Self { status, ..self }
    }

    /// Says when it is worth trying again (RFC 9110 §10.2.3).
    pub(crate) fn retry_after(self, after: Duration) -> Self {
        Self { retry_after: Some(after), ..self }
    }

    /// Names the scheme that the client used and failed with (RFC 6749 §5.2).
    pub(crate) fn challenging_basic(self) -> Self {
        Self { challenge: true, ..self }
    }

    /// Returns the status that it is answered with.
    pub(crate) fn status(&self) -> StatusCode {
        self.status
    }

    /// Returns the cause.
    pub(crate) fn reason(&self) -> Reason {
        self.reason
    }

    /// Returns the body that it is answered with.
    pub(crate) fn into_body(self) -> ErrorBody {
        let error_description = printable(&self.description);
        ErrorBody { error: self.code, error_description, reason: self.reason }
    }

    /// Says what the framework itself refused, by its status.
    pub(crate) fn of_status(status: StatusCode) -> Self {
        let (code, reason, description) = match status {
            StatusCode::NOT_FOUND => {
                (ErrorCode::InvalidRequest, Reason::NotFound, "nothing is at this path; see /docs")
            }
            StatusCode::METHOD_NOT_ALLOWED => (
                ErrorCode::InvalidRequest,
                Reason::MethodNotAllowed,
                "this path does not take this method; `Allow` says which it takes",
            ),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => (
                ErrorCode::InvalidRequest,
                Reason::UnsupportedMediaType,
                "the content type is not one that this path takes",
            ),
            StatusCode::PAYLOAD_TOO_LARGE => {
                (ErrorCode::InvalidRequest, Reason::TooLarge, "the body is too large")
            }
            other if other.is_client_error() => {
                (ErrorCode::InvalidRequest, Reason::InvalidParameter, "the request is malformed")
            }
            _ => (ErrorCode::ServerError, Reason::Internal, "something failed here; see the log"),
        };
        Self::new(code, reason, description)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let (status, retry_after, challenge) = (self.status, self.retry_after, self.challenge);
        let mut response = Response::builder()
            .status(status)
            .content_type("application/json")
            .body(self.into_body().to_json_string());
        if let Some(after) = retry_after {
            let seconds = HeaderValue::from(after.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if challenge {
            let basic = HeaderValue::from_static("Basic realm=\"countersign\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        response
    }
}

impl From<ApiError> for poem::Error {
    fn from(error: ApiError) -> Self {
        let reason = error.reason;
        let mut error = Self::from_response(error.into_response());
        // Of the response it keeps all but this.
        error.set_data(reason);
        error
    }
}

impl ApiResponse for ApiError {
    fn meta() -> MetaResponses {
        let responses = Reason::STATUSES
            .into_iter()
            .map(|(status, description)| MetaResponse {
                description,
                status: Some(status),
                status_range: None,
                content: vec![MetaMediaType {
                    content_type: "application/json",
                    schema: ErrorBody::schema_ref(),
                }],
                headers: if matches!(status, 429 | 503) {
                    vec![retry_after_header()]
                } else {
                    vec![]
                },
            })
            .collect();
        MetaResponses { responses }
    }

    fn register(registry: &mut Registry) {
        ErrorBody::register(registry);
    }
}

fn retry_after_header() -> MetaHeader {
    MetaHeader {
        name: "Retry-After".to_owned(),
        description: Some("Seconds until it is worth trying again".to_owned()),
        required: true,
        deprecated: false,
        schema: u32::schema_ref(),
    }
}

/// Keeps to the characters that RFC 6749 §5.2 allows in a description: printable ASCII without
/// quotation mark and backslash.
fn printable(text: &str) -> String {
    text.chars()
        .take(MAX_DESCRIPTION)
        .map(|c| match c {
            '"' => '\'',
            '\\' => '/',
            ' '..='~' => c,
            _ => '?',
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_keep_to_the_characters_of_the_rfc() {
        assert_eq!(printable("a \"b\" \\ é\n"), "a 'b' / ??");
        assert_eq!(printable(&"x".repeat(1000)).len(), MAX_DESCRIPTION);
    }
}
