//! Credentials that say themselves what is to be thought of them: for the provider that is asked,
//! and for the checker that knows what the answer has to be.

use serde_json::{Value, json};
use uuid::{Uuid, uuid};

use super::kids::Kid;
use crate::support::claims::Token;
use crate::support::internet::Call;

/// The namespace of every `sub`.
const SUBJECTS: Uuid = uuid!("0179a48e-d198-5832-9486-5b4ff3bdcb24");
/// Our client ID at every provider.
pub(super) const CLIENT_ID: &str = "countersign";
/// How long before its use a usual ID token was issued, and until when it is good: a clock that is
/// five minutes off makes no difference to it.
const AGE: i64 = 600;
const LIFE: i64 = 6 * 3600;

/// Returns the `sub` that is issued for a person of a namespace.
pub(super) fn sub(namespace: &str, subject: &str) -> String {
    Uuid::new_v5(&SUBJECTS, format!("{namespace}|{subject}").as_bytes()).to_string()
}

/// Returns the provider's own id of the person of a number.
pub(super) fn subject(number: u64) -> String {
    format!("person-{number}")
}

/// Makes a good ID token of a person, by the time of the common clock.
pub(super) fn id_token(issuer: &str, kid: &Kid, (number, now): (u64, i64)) -> Token {
    let mut token = Token::valid(issuer);
    token.by(kid.key).head("kid", kid.name.as_str());
    token.claim("sub", subject(number)).claim("iat", now - AGE).claim("exp", now + LIFE);
    token.claim("auth_time", now - AGE).claim("email", format!("{number}@example.com"));
    token
}

/// What is to be thought of an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worth {
    /// Issued to us, and good.
    Good,
    /// Taken back.
    Revoked,
    /// Issued to another app.
    Foreign,
    /// Of a person who may not sign in.
    Blocked,
}

/// An access token.
#[derive(Debug, Clone, Copy)]
pub(super) struct AccessToken {
    pub(super) worth: Worth,
    pub(super) number: u64,
}

impl AccessToken {
    /// Writes it.
    pub(super) fn write(self) -> String {
        let worth = match self.worth {
            Worth::Good => "good",
            Worth::Revoked => "revoked",
            Worth::Foreign => "foreign",
            Worth::Blocked => "blocked",
        };
        format!("at.{worth}.{}", self.number)
    }

    /// Reads it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (worth, number) = text.strip_prefix("at.")?.split_once('.')?;
        let worth = match worth {
            "good" => Worth::Good,
            "revoked" => Worth::Revoked,
            "foreign" => Worth::Foreign,
            "blocked" => Worth::Blocked,
            _ => return None,
        };
        Some(Self { worth, number: number.parse().ok()? })
    }

    /// Returns what tokeninfo says of it.
    pub(super) fn app(self) -> Option<Value> {
        let app = match self.worth {
            Worth::Good | Worth::Blocked => CLIENT_ID,
            Worth::Foreign => "another-app",
            Worth::Revoked => return None,
        };
        Some(json!({ "application": { "uid": app }, "owner": subject(self.number) }))
    }
}

/// Returns what userinfo says of the person behind an access token.
pub(super) fn person_of(token: &str) -> Option<Value> {
    if let Some(code) = token.strip_prefix("of.").and_then(Code::read) {
        return Some(json!({ "sub": subject(code.number), "email": "code@example.com" }));
    }
    let token = AccessToken::read(token).filter(|token| token.worth != Worth::Revoked)?;
    let state = if token.worth == Worth::Blocked { "blocked" } else { "active" };
    let id = subject(token.number);
    Some(json!({ "id": id, "login": "zoe", "state": state, "email": "zoe@example.com" }))
}

/// A code for an ID token by a key.
#[derive(Debug, Clone)]
pub(super) struct Code {
    pub(super) number: u64,
    pub(super) kid: String,
}

impl Code {
    /// Writes it.
    pub(super) fn write(&self) -> String {
        format!("code.{}.{}", self.number, self.kid)
    }

    /// Reads it.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (number, kid) = text.strip_prefix("code.")?.split_once('.')?;
        Some(Self { number: number.parse().ok()?, kid: kid.to_owned() })
    }
}

/// Returns the access token that comes with a code.
pub(super) fn of_code(code: &str) -> String {
    format!("of.{code}")
}

/// Returns the code or access token that a call is about.
pub(super) fn subject_of(call: &Call) -> Option<String> {
    let token = call.bearer().map(|token| token.strip_prefix("of.").unwrap_or(token).to_owned());
    call.in_form("code").or(token)
}
