//! A provider's own error codes.

use serde::Deserialize;

use super::pointer::{Pointer, identifier};
use crate::json::Members;

/// A failure that an answer reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The credential is not good.
    Rejected,
    /// The credential lacks a scope.
    MissingScope,
    /// The provider cannot answer now.
    Busy,
    /// Our client ID or secret is not good.
    ClientRefused,
}

/// A provider's own error codes and what they mean, beside those of RFC 6749 §5.2, RFC 6750 §3.1
/// and, as some use them here, RFC 6749 §4.1.2.1, which always count.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ErrorCodes {
    /// Where the code stands; the first place that holds one counts.
    at: Vec<Pointer>,
    /// What is no failure: some write 0 where nothing went wrong.
    success: Vec<Code>,
    rejected: Vec<Code>,
    scope: Vec<Code>,
    busy: Vec<Code>,
    client_refused: Vec<Code>,
}

impl Default for ErrorCodes {
    fn default() -> Self {
        let none = Vec::new;
        Self {
            at: vec![Pointer::to_member("error")],
            success: none(),
            rejected: none(),
            scope: none(),
            busy: none(),
            client_refused: none(),
        }
    }
}

/// An error code: a text, a number, or numbers from one to another, both included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged, expecting = "expected a code: a text, a number, or two numbers in brackets")]
enum Code {
    /// From the one to the other.
    Range([i64; 2]),
    Number(i64),
    Text(String),
}

impl Code {
    fn fits(&self, code: &str) -> bool {
        match self {
            Self::Range([from, to]) => {
                code.parse::<i64>().is_ok_and(|code| (*from..=*to).contains(&code))
            }
            Self::Number(number) => code.parse() == Ok(*number),
            Self::Text(text) => text == code,
        }
    }
}

impl ErrorCodes {
    /// Returns what the code in an answer means; [`Failure::Rejected`] for one that is not
    /// listed, where the `status` says success and the body an error all the same.
    pub(crate) fn read(&self, status: u16, answer: &Members<'_>) -> Option<Failure> {
        let code = self.at.iter().filter_map(|at| identifier(at.find(answer)?));
        let code = code.into_iter().find(|code| !code.is_empty())?;
        if self.success.iter().any(|known| known.fits(&code)) {
            return None;
        }
        let has = |own: &[Code], standard: &[&str]| {
            own.iter().any(|known| known.fits(&code)) || standard.contains(&&*code)
        };
        // A provider in trouble says nothing about the credential, whatever its body says.
        let is_in_trouble = status == 429 || status >= 500;
        let client_refused = has(&self.client_refused, &["invalid_client", "unauthorized_client"]);
        if client_refused && !is_in_trouble {
            Some(Failure::ClientRefused)
        } else if has(&self.busy, &["server_error", "temporarily_unavailable"]) {
            Some(Failure::Busy)
        } else if is_in_trouble {
            None
        } else if has(&self.scope, &["insufficient_scope"]) {
            Some(Failure::MissingScope)
        } else if has(&self.rejected, &["invalid_grant", "invalid_token"]) || status < 300 {
            Some(Failure::Rejected)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn an_error_code_is_a_text_a_number_or_in_a_range() {
        let codes: ErrorCodes = toml::from_str(
            r#"
            at = ["/error/code", "/error"]
            scope = [10, [200, 299]]
            busy = [4, "slow_down"]
            "#,
        )
        .unwrap();
        let read = |status, answer: Value| codes.read(status, &Members::of(&answer));
        for (code, expected) in [
            (json!(10), Some(Failure::MissingScope)),
            (json!(200), Some(Failure::MissingScope)),
            (json!("299"), Some(Failure::MissingScope)),
            (json!(300), None),
            (json!(4), Some(Failure::Busy)),
            (json!(190), None),
        ] {
            assert_eq!(read(400, json!({"error": {"code": code}})), expected, "{code}");
        }
        assert_eq!(read(400, json!({"error": "slow_down"})), Some(Failure::Busy));
        assert_eq!(read(400, json!({"error": "invalid_client"})), Some(Failure::ClientRefused));
        for status in [429, 500, 503] {
            for code in ["invalid_token", "invalid_client", "insufficient_scope", "whatever"] {
                assert_eq!(read(status, json!({"error": code})), None, "{status} {code}");
            }
        }
        assert_eq!(read(200, json!({"error": "whatever"})), Some(Failure::Rejected));
        assert_eq!(read(400, json!({"error": "whatever"})), None);
        assert_eq!(read(200, json!({"id": 1})), None);
    }

    #[test]
    fn a_code_may_say_that_nothing_failed() {
        let codes: ErrorCodes = toml::from_str(
            r#"
            at = ["/errcode"]
            success = [0, "00"]
            busy = [-1]
            "#,
        )
        .unwrap();
        let read = |answer: Value| codes.read(200, &Members::of(&answer));
        assert_eq!(read(json!({"errcode": 0})), None);
        assert_eq!(read(json!({"errcode": "00"})), None);
        assert_eq!(read(json!({"errcode": -1})), Some(Failure::Busy));
        assert_eq!(read(json!({"errcode": ""})), None);
        assert_eq!(read(json!({"errcode": 40001})), Some(Failure::Rejected));
    }
}
