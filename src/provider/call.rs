//! Calls to a provider, as data: where to, with what, and what its answers mean. Making them is
//! `verify`'s.

use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::WebUrl;
use super::pointer::{Pointer, identifier};
use crate::secret::Secret;

/// A call with an access token. Everything that does not depend on the token is made at start.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Where to.
    pub(crate) endpoint: Endpoint,
    /// Headers that are always sent.
    pub(crate) headers: Vec<(String, Secret)>,
    /// Query parameters that are always sent.
    pub(crate) query: Vec<(String, Secret)>,
    /// Form fields that are always sent.
    pub(crate) form: Vec<(String, Secret)>,
    /// Where the access token goes.
    pub(crate) token: TokenPlace,
    /// What proves with each token that we have the client secret, where the provider asks for it.
    pub(crate) proof: Option<TokenProof>,
    /// What its answers mean.
    pub(crate) meaning: Meaning,
}

/// An address that is known, or that the provider's discovery document knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Known.
    At(WebUrl),
    /// In the discovery document; as what depends on the call.
    Discovered(Arc<Discovery>),
}

/// A discovery document (OpenID Connect Discovery §4).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Discovery {
    /// What the document's `issuer` must be, byte for byte (§4.3).
    pub(crate) issuer: String,
    /// Where the document is.
    pub(crate) document: WebUrl,
}

/// Where the access token goes in a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenPlace {
    /// `Authorization: Bearer` (RFC 6750 §2.1).
    Bearer,
    /// A query parameter of this name.
    Query(String),
    /// A form field of this name; makes it a POST.
    Form(String),
    /// The one member of a JSON object; makes it a POST.
    Json(String),
}

/// Facebook's `appsecret_proof`: HMAC-SHA-256 of the access token under the client secret.
#[derive(Debug, Clone)]
pub(crate) struct TokenProof {
    /// The query parameter.
    pub(crate) name: String,
    /// The client secret.
    pub(crate) key: Secret,
}

/// What an answer means. The provider's own codes decide first, then the status.
#[derive(Debug, Clone)]
pub(crate) struct Meaning {
    /// The provider's own codes.
    pub(crate) errors: ErrorCodes,
    /// Statuses that say that the credential is not good.
    pub(crate) rejected: Vec<u16>,
    /// Statuses that say that it lacks a scope.
    pub(crate) missing_scope: Vec<u16>,
    /// Statuses that say that our client ID or secret is not good.
    pub(crate) client_refused: Vec<u16>,
    /// The scope that the call needs, for people.
    pub(crate) scope: Option<String>,
}

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
            rejected: none(),
            scope: none(),
            busy: none(),
            client_refused: none(),
        }
    }
}

/// An error code: a text, a number, or numbers from one to another, both included.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Code {
    Range([u64; 2]),
    Number(u64),
    Text(String),
}

impl Code {
    fn fits(&self, code: &str) -> bool {
        match self {
            Self::Range([from, to]) => {
                code.parse::<u64>().is_ok_and(|code| (*from..=*to).contains(&code))
            }
            Self::Number(number) => code.parse() == Ok(*number),
            Self::Text(text) => text == code,
        }
    }
}

impl ErrorCodes {
    /// Returns what the code in an answer means; [`Failure::Rejected`] for one that is not
    /// listed, where the `status` says success and the body an error all the same.
    pub(crate) fn read(&self, status: u16, answer: &Map<String, Value>) -> Option<Failure> {
        let code = self.at.iter().find_map(|at| identifier(at.find(answer)?))?;
        let has = |own: &[Code], standard: &[&str]| {
            own.iter().any(|known| known.fits(&code)) || standard.contains(&code.as_str())
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
        } else if has(&self.rejected, &["invalid_grant", "invalid_token"]) || status == 200 {
            Some(Failure::Rejected)
        } else {
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        let read = |status, answer: Value| codes.read(status, answer.as_object().unwrap());
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
}
