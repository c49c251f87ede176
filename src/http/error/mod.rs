//! THE TABLE: every failure of every endpoint, as status, OAuth code, reason and description.

mod reason;
mod table;

use std::time::Duration;

use poem::http::{HeaderValue, StatusCode, header};
use poem::{IntoResponse, Response};
use poem_openapi::registry::{MetaHeader, MetaMediaType, MetaResponse, MetaResponses, Registry};
use poem_openapi::types::{ToJSON, Type};
use poem_openapi::{ApiResponse, Object};

pub(crate) use reason::{ErrorCode, Reason};
pub(crate) use table::{Grant, refusal};

/// Longest description, in characters.
const MAX_DESCRIPTION: usize = 600;

/// The body of every failure (RFC 6749 §5.2, with a reason of ours).
#[derive(Debug, Object)]
#[oai(rename = "Error")]
struct ErrorBody {
    /// OAuth error code: what a library branches on.
    error: ErrorCode,
    /// What was received and what was expected, for a developer. Never a credential.
    error_description: String,
    /// The one cause, for a program. Stable.
    reason: Reason,
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

    /// Returns the cause.
    pub(crate) fn reason(&self) -> Reason {
        self.reason
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
        let body = ErrorBody {
            error: self.code,
            error_description: printable(&self.description),
            reason: self.reason,
        };
        let mut response = Response::builder()
            .status(self.status)
            .content_type("application/json")
            .body(body.to_json_string());
        if let Some(after) = self.retry_after {
            let seconds = HeaderValue::from(after.as_secs().max(1));
            response.headers_mut().insert(header::RETRY_AFTER, seconds);
        }
        if self.challenge {
            let basic = HeaderValue::from_static("Basic realm=\"countersign\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
        }
        response
    }
}

impl From<ApiError> for poem::Error {
    fn from(error: ApiError) -> Self {
        Self::from_response(error.into_response())
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

/// Longest text that is shown whole, in characters.
const SHOWN: usize = 120;
/// Shortest run of letters and digits that could be a credential.
const MIN_CREDENTIAL: usize = 20;

/// Quotes a parameter for a description: shortened, and left out altogether when it could hold a
/// credential that was put into the wrong field.
pub(crate) fn quote(received: &str) -> String {
    if received.split(|c: char| !is_of_token(c)).any(could_be_credential) {
        let length = received.chars().count();
        return format!("a text of {length} characters that is not shown");
    }
    show(received)
}

/// Quotes what is public by its nature, a claim such as `aud` or a configured name: shortened.
pub(crate) fn show(public: &str) -> String {
    match public.char_indices().nth(SHOWN).and_then(|(end, _)| public.get(..end)) {
        Some(start) => format!("'{start}...'"),
        None => format!("'{public}'"),
    }
}

/// Characters of base64url, of which tokens and generated secrets are made.
fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_')
}

/// Whether a run of such characters looks drawn at random: names of that length have no digits
/// among their letters, and letters of one case.
fn could_be_credential(run: &str) -> bool {
    let has = |kind: fn(&char) -> bool| run.chars().any(|c| kind(&c));
    let kinds = [char::is_ascii_digit, char::is_ascii_lowercase, char::is_ascii_uppercase];
    run.len() >= MIN_CREDENTIAL && kinds.into_iter().filter(|kind| has(*kind)).count() > 1
}

/// Lists what would have been accepted.
pub(crate) fn one_of<T: AsRef<str>>(expected: &[T]) -> String {
    match expected {
        [] => "none is configured".to_owned(),
        [one] => show(one.as_ref()),
        several => {
            let shown: Vec<_> = several.iter().take(10).map(|it| show(it.as_ref())).collect();
            format!("one of {}", shown.join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_keep_to_the_characters_of_the_rfc() {
        assert_eq!(printable("a \"b\" \\ é\n"), "a 'b' / ??");
        assert_eq!(printable(&"x".repeat(1000)).len(), MAX_DESCRIPTION);
    }

    #[test]
    fn what_looks_like_a_credential_is_never_quoted() {
        for name in ["acme", "google-identity", "https://api.example.com/v1", "token-exchange"] {
            assert_eq!(quote(name), format!("'{name}'"));
        }
        for credential in [
            "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.e30.c2ln",
            "Bearer eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
            "ya29.a0AfB_byC8zXw-5qP3RkT1mN7vE",
            "gho_16C7e42F292c6912E7710c838347Ae178B4a",
            "0f3c9a52e1b74d68a0c1",
        ] {
            let length = credential.len();
            assert_eq!(
                quote(credential),
                format!("a text of {length} characters that is not shown")
            );
        }
        assert_eq!(quote(&"z".repeat(121)), format!("'{}...'", "z".repeat(120)));
    }
}
