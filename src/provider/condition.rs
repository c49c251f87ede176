//! What is asked of a provider's answers: conditions that rows name.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::pointer::identifier;
use super::reference::{Answers, Reference};
use crate::json::Json;

/// Something that an answer says or does not.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "RawCondition")]
pub(crate) struct Condition {
    at: Reference,
    test: Test,
}

/// What must be so of the member.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Test {
    /// It is true.
    True,
    /// It is this text, or the number that is written so.
    Equals(String),
    /// It is what another member is.
    Same(Reference),
    /// It is there and says something.
    Present,
    /// It is not there, or says nothing, no, or 0.
    Absent,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCondition {
    at: Reference,
    equals: Option<Value>,
    same_as: Option<Reference>,
    is: Option<Is>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Is {
    Present,
    Absent,
}

impl TryFrom<RawCondition> for Condition {
    type Error = &'static str;

    fn try_from(raw: RawCondition) -> Result<Self, Self::Error> {
        let test = match (raw.equals, raw.same_as, raw.is) {
            (None, None, None) => Test::True,
            (Some(value), None, None) => equals(value)?,
            (None, Some(other), None) => Test::Same(other),
            (None, None, Some(Is::Present)) => Test::Present,
            (None, None, Some(Is::Absent)) => Test::Absent,
            _ => return Err("a condition has one of `equals`, `same_as` and `is`"),
        };
        Ok(Self { at: raw.at, test })
    }
}

fn equals(value: Value) -> Result<Test, &'static str> {
    let value = value.into();
    let expected = identifier(&value).ok_or("`equals` is a text or a whole number")?;
    Ok(Test::Equals(expected.into_owned()))
}

impl Condition {
    /// That a member of the top is true.
    pub(super) fn is_true(name: &str) -> Self {
        Self { at: Reference::to_member(name), test: Test::True }
    }

    /// Whether it is so.
    pub(crate) fn holds(&self, answers: &Answers<'_>) -> bool {
        let found = self.at.find(answers);
        match &self.test {
            Test::True => found.is_some_and(is_true),
            Test::Equals(expected) => {
                found.and_then(identifier).as_deref() == Some(expected.as_str())
            }
            Test::Same(other) => {
                let other = other.find(answers).and_then(identifier);
                other.is_some() && found.and_then(identifier) == other
            }
            Test::Present => !is_empty(found),
            Test::Absent => is_empty(found) || found == Some(&Json::Bool(false)) || is_zero(found),
        }
    }

    /// Whether the answers say anything of it. Those that ask whether something is there always
    /// have their answer.
    pub(super) fn is_answered(&self, answers: &Answers<'_>) -> bool {
        match self.test {
            Test::True | Test::Equals(_) | Test::Same(_) => {
                self.at.find(answers).is_some_and(|it| !it.is_null())
            }
            Test::Present | Test::Absent => true,
        }
    }

    /// Returns every member that is looked at.
    pub(super) fn references(&self) -> Vec<&Reference> {
        match &self.test {
            Test::Same(other) => vec![&self.at, other],
            Test::True | Test::Equals(_) | Test::Present | Test::Absent => vec![&self.at],
        }
    }

    /// Puts settings into the text that is expected.
    pub(super) fn filled<E>(&self, fill: &impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let test = match &self.test {
            Test::Equals(expected) => Test::Equals(fill(expected)?),
            other @ (Test::True | Test::Same(_) | Test::Present | Test::Absent) => other.clone(),
        };
        Ok(Self { at: self.at.clone(), test })
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.test {
            Test::True => write!(f, "{} is true", self.at),
            Test::Equals(expected) => write!(f, "{} is {expected}", self.at),
            Test::Same(other) => write!(f, "{} is {other}", self.at),
            Test::Present => write!(f, "{} is there", self.at),
            Test::Absent => write!(f, "{} is not set", self.at),
        }
    }
}

/// Booleans come as JSON booleans, and from some providers as the strings or numbers that stand
/// for one. What is not clearly true is false.
fn is_true(value: &Json<'_>) -> bool {
    match value {
        Json::Bool(value) => *value,
        Json::Text(text) => text == "true" || text == "1",
        Json::Number(number) => number.as_u64() == Some(1),
        Json::Null | Json::Array(_) | Json::Object(_) => false,
    }
}

fn is_zero(value: Option<&Json<'_>>) -> bool {
    value.and_then(identifier).is_some_and(|number| number == "0")
}

fn is_empty(value: Option<&Json<'_>>) -> bool {
    match value {
        None | Some(Json::Null) => true,
        Some(Json::Text(text)) => text.is_empty(),
        Some(Json::Array(items)) => items.is_empty(),
        Some(Json::Object(members)) => members.is_empty(),
        Some(Json::Bool(_) | Json::Number(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::Members;

    fn holds(condition: Value, answer: &Value) -> bool {
        let condition: Condition = serde_json::from_value(condition).unwrap();
        condition.holds(&Answers::of(&Members::of(answer)))
    }

    #[test]
    fn a_condition_is_a_true_member_or_an_exact_text() {
        let object =
            json!({"active": true, "type": "User", "verified": 1, "state": 3, "also": "3"});
        for (condition, expected) in [
            (json!({"at": "/active"}), true),
            (json!({"at": "/verified"}), true),
            (json!({"at": "/type", "equals": "User"}), true),
            (json!({"at": "/state", "equals": 3}), true),
            (json!({"at": "/state", "equals": "3"}), true),
            (json!({"at": "/state", "same_as": "/also"}), true),
            (json!({"at": "/state", "same_as": "/verified"}), false),
            (json!({"at": "/none", "same_as": "/missing"}), false),
            (json!({"at": "/active", "equals": "true"}), false),
            (json!({"at": "/type", "equals": "user"}), false),
            (json!({"at": "/type"}), false),
            (json!({"at": "/missing"}), false),
        ] {
            assert_eq!(holds(condition.clone(), &object), expected, "{condition}");
        }
        for wrong in [
            json!({"at": "/a", "equals": true}),
            json!({"at": "/a", "equals": "x", "is": "present"}),
            json!({"at": "/a", "is": "there"}),
            json!({"at": "a"}),
            json!({"equals": "a"}),
        ] {
            assert!(serde_json::from_value::<Condition>(wrong.clone()).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_member_is_present_when_it_says_something_and_absent_when_it_does_not() {
        let is = |value: &Value| {
            let answer = json!({ "a": value });
            let of = |is: &str| holds(json!({"at": "/a", "is": is}), &answer);
            (of("present"), of("absent"))
        };
        for value in [json!("x"), json!(true), json!(1), json!("2015-03-02"), json!({"b": 1})] {
            assert_eq!(is(&value), (true, false), "{value}");
        }
        for value in [json!(null), json!(""), json!([]), json!({})] {
            assert_eq!(is(&value), (false, true), "{value}");
        }
        assert_eq!(is(&json!(false)), (true, true));
        assert_eq!(is(&json!(0)), (true, true));
        assert!(holds(json!({"at": "/b", "is": "absent"}), &json!({"a": 1})));
    }
}
