//! What a provider's answer means when it is not what was asked for.

use std::time::Duration;

use super::VerifyError;
use super::outbound::Answer;
use super::timing::Retry;
use crate::clock::UnixTime;
use crate::json::parse_object;
use crate::provider::{Failure, Meaning};

/// When it is worth trying again, if the provider does not say.
pub(super) const RETRY: Duration = Duration::from_secs(5);
/// The longest that a provider can make our callers wait.
const MAX_RETRY: Duration = Duration::from_hours(1);

/// Why a call does not bring what it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// The credential is not good.
    Rejected,
    /// It lacks a scope.
    MissingScope,
    /// Our client ID or secret is not good.
    ClientRefused,
    /// The provider cannot answer now; why in one word.
    Busy { why: &'static str, retry_after: Duration },
    /// It is not what the provider is known to answer; says where.
    Unexpected(String),
    /// The answer is good, and what it says is not; what, in one word.
    Refused { why: &'static str, error: VerifyError },
}

impl Judgement {
    /// Returns it in one word, for a metric's label.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Rejected => "rejected",
            Self::MissingScope => "missing_scope",
            Self::ClientRefused => "client_refused",
            Self::Busy { why, .. } | Self::Refused { why, .. } => why,
            Self::Unexpected(_) => "unexpected",
        }
    }

    /// Says what a failure that the provider's own code reports comes to.
    pub(super) fn of_failure(failure: Failure, retry: Option<Retry>, now: UnixTime) -> Self {
        match failure {
            Failure::Rejected => Self::Rejected,
            Failure::MissingScope => Self::MissingScope,
            Failure::ClientRefused => Self::ClientRefused,
            Failure::Busy => Self::Busy { why: "busy", retry_after: wait(retry, now) },
        }
    }
}

/// Says that a discovery document lacks an address that is needed.
pub(super) fn no_endpoint(name: &str) -> Judgement {
    let problem = "is no https address that may be called";
    Judgement::Unexpected(format!("the discovery document's `{name}` {problem}"))
}

/// Judges an answer by the provider's own error code, then by its status.
pub(super) fn judge(answer: &Answer, meaning: &Meaning, now: UnixTime) -> Result<(), Judgement> {
    let body =
        if is_good(answer.status) { None } else { parse_object(answer.body.bytes.expose()).ok() };
    match body.and_then(|body| meaning.errors.read(answer.status, &body)) {
        Some(failure) => Err(Judgement::of_failure(failure, answer.retry, now)),
        None => judge_status(answer, meaning, now),
    }
}

/// Some say of a token that was made for a code that it was created.
fn is_good(status: u16) -> bool {
    matches!(status, 200 | 201)
}

/// Judges an answer by its status.
pub(super) fn judge_status(
    answer: &Answer,
    meaning: &Meaning,
    now: UnixTime,
) -> Result<(), Judgement> {
    let (status, retry_after) = (answer.status, wait(answer.retry, now));
    let is_limited = status == 429 || (status == 403 && answer.retry.is_some());
    Err(if is_good(status) {
        return Ok(());
    } else if is_limited {
        Judgement::Busy { why: "rate_limited", retry_after }
    } else if status >= 500 || status == 408 {
        Judgement::Busy { why: "busy", retry_after }
    } else if meaning.client_refused.contains(&status) {
        Judgement::ClientRefused
    } else if meaning.rejected.contains(&status) || matches!(status, 413 | 414 | 431) {
        // Too long, if one of these: no token or code of theirs is.
        Judgement::Rejected
    } else if meaning.missing_scope.contains(&status) {
        Judgement::MissingScope
    } else {
        Judgement::Unexpected(format!("status {status}"))
    })
}

fn wait(retry: Option<Retry>, now: UnixTime) -> Duration {
    let wait = match retry {
        Some(Retry::After(time)) => time,
        Some(Retry::At(moment)) => moment.since(now),
        None => RETRY,
    };
    wait.clamp(Duration::from_secs(1), MAX_RETRY)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::secret::SecretBytes;
    use crate::verify::outbound::Body;

    fn answer(status: u16, retry: Option<Retry>, body: &str) -> Answer {
        let body = Body { bytes: SecretBytes::new(body), max_age: None, sent_at: None };
        Answer { status, body, kept: Vec::new(), retry }
    }

    fn meaning() -> Meaning {
        Meaning {
            errors: serde_json::from_value(json!({
                "at": ["/error/code"], "scope": [10], "busy": [4]
            }))
            .unwrap(),
            rejected: vec![400, 401],
            missing_scope: vec![403],
            client_refused: vec![],
            scope: None,
        }
    }

    #[test]
    fn an_answer_is_judged_by_its_code_and_then_by_its_status() {
        let now = UnixTime(1000);
        let busy =
            |why, seconds| Judgement::Busy { why, retry_after: Duration::from_secs(seconds) };
        let after = |seconds| Some(Retry::After(Duration::from_secs(seconds)));
        for (status, retry, body, expected) in [
            (400, None, "{}", Judgement::Rejected),
            (401, None, "<html>", Judgement::Rejected),
            (403, None, "", Judgement::MissingScope),
            (403, Some(Retry::At(UnixTime(1030))), "", busy("rate_limited", 30)),
            (429, after(7), "Retry later", busy("rate_limited", 7)),
            (429, after(100_000), "", busy("rate_limited", 3600)),
            (429, after(0), "", busy("rate_limited", 1)),
            (503, None, "", busy("busy", 5)),
            (400, None, r#"{"error":{"code":4}}"#, busy("busy", 5)),
            (400, None, r#"{"error":{"code":10}}"#, Judgement::MissingScope),
            (400, None, r#"{"error":{"code":190}}"#, Judgement::Rejected),
            (404, None, "{}", Judgement::Unexpected("status 404".to_owned())),
        ] {
            let judged = judge(&answer(status, retry, body), &meaning(), now);
            assert_eq!(judged, Err(expected), "{status} {body}");
        }
        assert_eq!(judge(&answer(200, None, "{}"), &meaning(), now), Ok(()));
    }
}
