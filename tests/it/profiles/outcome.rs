//! Whom the service saw, compared with whom it had to see.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::attempt::Outcome;
use super::catalogue::Row;
use super::fixture::Fixture;

/// The namespace of our ids, as it is published.
const NAMESPACE: Uuid = Uuid::from_u128(0x0179_a48e_d198_5832_9486_5b4f_f3bd_cb24);
/// A fixture's fields and our claims; of these, all that a fixture names are compared.
const CLAIMS: [(&str, &str); 6] = [
    ("id", "idp_sub"),
    ("username", "preferred_username"),
    ("email", "email"),
    ("name", "name"),
    ("picture", "picture"),
    ("locale", "locale"),
];
/// What drf-social-oauth2's answer says of the user.
const USER: [&str; 3] = ["email", "first_name", "last_name"];

/// Says in what an outcome is not what is expected.
pub(super) fn wrong(fixture: &Fixture, row: &Row, outcome: &Outcome) -> Vec<String> {
    let Some(claims) = &outcome.claims else {
        return vec![format!("refused with {}: {}", outcome.answer.status, outcome.answer.body)];
    };
    let mut wrong = in_claims(fixture, row, claims);
    if let Some(converted) = &outcome.converted {
        if converted.status != 200 {
            let (status, body) = (converted.status, &converted.body);
            wrong.push(format!("convert-token: refused with {status}: {body}"));
            return wrong;
        }
        let user = &converted.json()["user"];
        for field in USER {
            wrong.extend(difference(
                &format!("convert-token: {field}"),
                &fixture.expected[field],
                &user[field],
            ));
        }
        wrong.extend(difference("convert-token: id", &claims["sub"], &user["id"]));
    }
    wrong
}

fn in_claims(fixture: &Fixture, row: &Row, claims: &Map<String, Value>) -> Vec<String> {
    let expected = &fixture.expected;
    let found = |claim: &str| claims.get(claim).unwrap_or(&Value::Null);
    let named =
        CLAIMS.iter().filter_map(|(field, claim)| Some((field, expected.get(*field)?, claim)));
    let mut wrong: Vec<_> = named
        .filter_map(|(field, expected, claim)| difference(field, expected, found(claim)))
        .collect();
    // An address is not verified unless the fixture says so.
    let verified = expected.get("email_verified").unwrap_or(&Value::Null);
    let verified = verified.as_bool().unwrap_or_default();
    wrong.extend(difference("email_verified", &verified.into(), found("email_verified")));
    let (first, last) = names(claims);
    wrong.extend(difference("first_name", &expected["first_name"], &first.into()));
    wrong.extend(difference("last_name", &expected["last_name"], &last.into()));
    let id = expected["id"].as_str().unwrap_or_default();
    let sub = Uuid::new_v5(&NAMESPACE, format!("{}|{id}", row.namespace(fixture)).as_bytes());
    wrong.extend(difference("sub", &sub.to_string().into(), found("sub")));
    wrong
}

/// Returns the first and the last name of our token; a name that is given as a whole is split at
/// its first space.
fn names(claims: &Map<String, Value>) -> (String, String) {
    let text =
        |claim: &str| claims.get(claim).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (first, last) = (text("given_name"), text("family_name"));
    if !first.is_empty() || !last.is_empty() {
        return (first, last);
    }
    let name = text("name");
    let (first, last) = name.split_once(' ').unwrap_or((&name, ""));
    (first.to_owned(), last.trim().to_owned())
}

/// Compares; no text is nothing.
fn difference(field: &str, expected: &Value, found: &Value) -> Option<String> {
    let nothing = |value: &Value| value.is_null() || value == "";
    let same = expected == found || nothing(expected) && nothing(found);
    (!same).then(|| format!("{field}: expected {expected}, got {found}"))
}
