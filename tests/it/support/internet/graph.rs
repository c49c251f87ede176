//! What Facebook and Instagram have in common: the shape of errors, how a token is presented, and
//! the choice of fields.

use serde_json::{Map, Value, json};

use super::call::Call;
use super::ledger::{Grant, Ledger, Life};
use super::reply::Reply;

/// The version of the API that is served.
pub(super) const VERSION: &str = "/v24.0";

/// What is said of a code that was sent elsewhere.
pub(super) const OTHER_REDIRECT_URI: &str = "Error validating verification code. Please make \
    sure your redirect_uri is identical to the one you used in the OAuth dialog request";

/// Fails with a code, and a subcode if there is one. The status is nearly always 400.
pub(super) fn error(code: u32, subcode: Option<u32>, message: &str) -> Reply {
    let mut error = json!({
        "message": message,
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "AbCdEfGhIjKlMnOpQrStUvW",
    });
    if let Some(subcode) = subcode {
        error["error_subcode"] = subcode.into();
    }
    Reply::json(400, json!({ "error": error }))
}

/// Returns the token of a call: `Authorization: Bearer`, else the parameter.
pub(super) fn presented(call: &Call) -> Option<String> {
    call.bearer().map(str::to_owned).or_else(|| call.in_query("access_token"))
}

/// Returns what the token of a call stands for, if it counts.
pub(super) fn granted(ledger: &Ledger, call: &Call) -> Result<(String, Grant), Reply> {
    let none = "An active access token must be used to query information about the current user.";
    let token = presented(call).ok_or_else(|| error(2500, None, none))?;
    let unknown = "Invalid OAuth access token - Cannot parse access token";
    let grant = ledger.grant(&token).ok_or_else(|| error(190, None, unknown))?;
    match subcode(grant.life) {
        None => Ok((token, grant)),
        Some((subcode, why)) => Err(error(190, Some(subcode), why)),
    }
}

/// Returns why a token no longer counts: the subcode and the message.
pub(super) fn subcode(life: Life) -> Option<(u32, &'static str)> {
    match life {
        Life::Good => None,
        Life::Expired => Some((463, "Error validating access token: Session has expired.")),
        Life::Revoked => {
            Some((458, "Error validating access token: The user has not authorized application."))
        }
    }
}

/// Returns the members of a profile that `fields` names, and always `id`; `usual` without it.
pub(super) fn select(call: &Call, profile: &Value, usual: &str) -> Result<Value, Reply> {
    let fields = call.in_query("fields").unwrap_or_else(|| usual.to_owned());
    let mut selected = Map::new();
    for name in names(&fields).into_iter().filter(|name| name != "id") {
        let message = format!("(#100) Tried accessing nonexistent field ({name})");
        let known = profile.get(&name).ok_or_else(|| error(100, None, &message))?;
        selected.insert(name, known.clone());
    }
    selected.extend(profile.get("id").map(|id| ("id".to_owned(), id.clone())));
    // What a person does not have is not there.
    selected.retain(|_, value| !value.is_null());
    Ok(selected.into())
}

/// Returns the names in `a,b.width(256){c,d},e`: a, b and e.
fn names(fields: &str) -> Vec<String> {
    let mut names = vec![String::new()];
    let (mut depth, mut in_name) = (0, true);
    for c in fields.chars() {
        match c {
            '(' | '{' => (depth, in_name) = (depth + 1, false),
            ')' | '}' => depth -= 1,
            ',' if depth == 0 => {
                names.push(String::new());
                in_name = true;
            }
            '.' => in_name = false,
            c if in_name => names.last_mut().unwrap().push(c),
            _ => {}
        }
    }
    names
}
