//! A provider's desk for codes: the token endpoint, and whose an access token is.

use std::collections::HashMap;
use std::sync::Mutex;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::{FakeProvider, respond};
use crate::support::app::JSON;
use crate::support::internet::Call;

/// Codes, people, and what was asked.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// What the token endpoint answers for each code; null once it did.
    codes: Mutex<HashMap<String, Value>>,
    /// Who is behind each access token.
    people: Mutex<HashMap<String, Value>>,
    /// What is said of the app of each.
    apps: Mutex<HashMap<String, Value>>,
    calls: Mutex<Vec<Call>>,
}

impl FakeProvider {
    /// Gives out a code, for which the token endpoint answers this once.
    pub(crate) fn authorize(&self, answer: Value) -> String {
        let mut codes = self.shared.desk.codes.lock().unwrap();
        let code = format!("code-{}", codes.len());
        codes.insert(code.clone(), answer);
        code
    }

    /// Shows this person to whoever has the access token.
    pub(crate) fn introduce(&self, access_token: &str, person: Value) {
        self.shared.desk.people.lock().unwrap().insert(access_token.to_owned(), person);
    }

    /// Says this of the app of an access token.
    pub(crate) fn vouch(&self, access_token: &str, app: Value) {
        self.shared.desk.apps.lock().unwrap().insert(access_token.to_owned(), app);
    }

    /// Returns the requests to the token endpoint, to userinfo or to tokeninfo, in their order.
    pub(crate) fn calls(&self, path: &str) -> Vec<Call> {
        let calls = self.shared.desk.calls.lock().unwrap();
        calls.iter().filter(|call| call.path == path).cloned().collect()
    }
}

impl Desk {
    /// Keeps a request.
    pub(super) fn note(&self, call: &Call) {
        self.calls.lock().unwrap().push(call.clone());
    }

    /// The token endpoint: one client authentication, one code, once.
    pub(super) fn redeem(&self, call: &Call) -> Response<Full<Bytes>> {
        let refuse = |status, error: &str| respond(status, JSON, &json!({ "error": error }));
        if call.basic().is_some() == call.in_form("client_secret").is_some() {
            return refuse(401, "invalid_client");
        }
        if call.method != "POST" || call.in_form("grant_type").is_none() {
            return refuse(400, "unsupported_grant_type");
        }
        let code = call.in_form("code").unwrap_or_default();
        let given = self.codes.lock().unwrap().get_mut(&code).map(Value::take);
        match given {
            Some(answer) if !answer.is_null() => respond(200, JSON, &answer),
            _ => refuse(400, "invalid_grant"),
        }
    }

    /// Userinfo (OpenID Connect Core §5.3).
    pub(super) fn show(&self, call: &Call) -> Response<Full<Bytes>> {
        of_bearer(&self.people.lock().unwrap(), call)
    }

    /// Tokeninfo: which app an access token was issued to.
    pub(super) fn inspect(&self, call: &Call) -> Response<Full<Bytes>> {
        of_bearer(&self.apps.lock().unwrap(), call)
    }
}

fn of_bearer(known: &HashMap<String, Value>, call: &Call) -> Response<Full<Bytes>> {
    match known.get(call.bearer().unwrap_or_default()) {
        Some(answer) => respond(200, JSON, answer),
        None => respond(401, JSON, &json!({ "error": "invalid_token" })),
    }
}
