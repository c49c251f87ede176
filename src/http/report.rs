//! How an explanation is told: by `POST /explain`, and by the command line.

use poem::{IntoResponse, Response};
use poem_openapi::payload::Payload;
use poem_openapi::registry::{MetaSchemaRef, Registry};
use poem_openapi::types::{ToJSON as _, Type as _};
use poem_openapi::{Enum, Object};

use super::error::{ApiError, ErrorBody, Grant, Reason, hidden, refusal};
use super::written::filled;
use crate::client::ClientId;
use crate::issuer::{Explanation, IssueError};
use crate::verify::{Check, Kind, Outcome, Seen};

/// Longest text of a check, in characters.
const LONGEST: usize = 4000;

/// Why an exchange would be accepted or refused.
#[derive(Debug, Object)]
#[oai(rename = "Explanation", skip_serializing_if_is_none)]
pub(crate) struct Report {
    /// Whether a token would be issued.
    pub(crate) accepted: bool,
    /// The client whose exchange it is.
    pub(crate) client: String,
    /// The provider, as far as it is known.
    pub(crate) provider: Option<String>,
    /// What the credential was taken for: `id_token`, `access_token` or `code`.
    pub(crate) kind: String,
    /// The `sub` that the token would have.
    pub(crate) subject: Option<String>,
    /// What the exchange would be refused with.
    pub(crate) error: Option<ErrorBody>,
    /// Every check, in the order in which they decide.
    pub(crate) checks: Vec<ReportedCheck>,
}

/// One check.
#[derive(Debug, Object)]
#[oai(rename = "Check", skip_serializing_if_is_none)]
pub(crate) struct ReportedCheck {
    /// Its name.
    pub(crate) check: String,
    /// Where the rule stands.
    pub(crate) rule: String,
    /// What came of it.
    pub(crate) outcome: CheckOutcome,
    /// What would be accepted.
    pub(crate) expected: String,
    /// What came; never a credential.
    pub(crate) seen: String,
    /// The reason that an exchange which fails here is refused with.
    pub(crate) reason: Option<Reason>,
    /// What was received and what was expected, where it failed.
    pub(crate) description: Option<String>,
}

/// What comes of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[oai(rename_all = "snake_case")]
pub(crate) enum CheckOutcome {
    Passed,
    Failed,
    /// Something that it needs failed before.
    NotMade,
}

impl Report {
    /// Says what came of an exchange of a client.
    pub(crate) fn new(
        explanation: Explanation,
        (client, kind): (&ClientId, Kind),
        grant: Grant,
    ) -> Self {
        let subject = explanation.verdict.as_ref().ok().map(ToString::to_string);
        let error = explanation.verdict.err().map(|error| refusal(&error, grant).into_body());
        Self {
            accepted: error.is_none(),
            client: client.to_string(),
            provider: explanation.provider.map(|it| it.to_string()),
            kind: kind.name().to_owned(),
            subject,
            error,
            checks: explanation.checks.into_iter().map(|it| reported(it, grant)).collect(),
        }
    }

    /// Returns it as JSON text.
    pub(crate) fn json(&self) -> String {
        format!("{:#}\n", self.to_json().unwrap_or_default())
    }
}

fn reported(check: Check<IssueError>, grant: Grant) -> ReportedCheck {
    let (outcome, error) = match check.outcome {
        Outcome::Passed => (CheckOutcome::Passed, None),
        Outcome::NotMade => (CheckOutcome::NotMade, None),
        Outcome::Failed(error) => (CheckOutcome::Failed, Some(refusal(&error, grant))),
    };
    ReportedCheck {
        check: check.name.to_owned(),
        rule: check.rule.to_owned(),
        outcome,
        expected: shown(&check.expected),
        seen: match &check.seen {
            Seen::Public(text) => shown(text),
            Seen::Sent(parameter) => hidden(parameter).unwrap_or_else(|| shown(parameter)),
        },
        reason: error.as_ref().map(ApiError::reason),
        description: error.map(|it| it.into_body().error_description),
    }
}

/// Says what is cut off, and keeps a terminal from being written to.
fn shown(text: &str) -> String {
    let readable = |c: char| if c.is_control() { '\u{fffd}' } else { c };
    let mut shown: String = text.chars().take(LONGEST).map(readable).collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}

/// A report as an answer, which says what the exchange would be refused with to whoever counts that.
pub(super) struct Told(pub(super) Report);

impl Payload for Told {
    const CONTENT_TYPE: &'static str = "application/json; charset=utf-8";

    fn schema_ref() -> MetaSchemaRef {
        Report::schema_ref()
    }

    fn register(registry: &mut Registry) {
        Report::register(registry);
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        let Self(report) = self;
        let mut response = filled(Self::CONTENT_TYPE, report.to_json_string());
        if let Some(error) = &report.error {
            response.set_data(error.reason);
        }
        response
    }
}
