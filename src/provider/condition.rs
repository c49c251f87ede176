//! What is asked of a provider's answers: conditions that rows name.

use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::pointer::identifier;
use super::reference::{Answers, Reference};

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
            (Some(value), None, None) => {
                Test::Equals(identifier(&value).ok_or("`equals` is a text or a whole number")?)
            }
            (None, Some(other), None) => Test::Same(other),
            (None, None, Some(Is::Present)) => Test::Present,
            (None, None, Some(Is::Absent)) => Test::Absent,
            _ => return Err("a condition has one of `equals`, `same_as` and `is`"),
        };
        Ok(Self { at: raw.at, test })
    }
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
            Test::Equals(expected) => found.and_then(identifier).as_ref() == Some(expected),
            Test::Same(other) => {
                let other = other.find(answers).and_then(identifier);
                other.is_some() && found.and_then(identifier) == other
            }
            Test::Present => !is_empty(found),
            Test::Absent => is_empty(found) || found == Some(&Value::Bool(false)) || is_zero(found),
        }
    }

    /// Whether the answers say anything of it. Those that ask whether something is there always
    /// have their answer.
    fn is_answered(&self, answers: &Answers<'_>) -> bool {
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
    fn filled<E>(&self, fill: &impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
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

/// One condition or several that belong together.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a condition, a table with `at` (a place such as /id) and perhaps `equals`, \
                 `same_as` or `is`, or a list of such"
)]
enum Group {
    One(Condition),
    Several(Vec<Condition>),
}

impl Group {
    fn conditions(&self) -> &[Condition] {
        match self {
            Self::One(condition) => std::slice::from_ref(condition),
            Self::Several(conditions) => conditions,
        }
    }
}

/// Conditions all of which must hold; of a group in it, one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Requirements(Vec<Group>);

/// Why requirements are not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unmet {
    /// An answer says otherwise; what was asked.
    Refused(String),
    /// No answer says anything of it; what was asked.
    Unanswered(String),
}

impl Requirements {
    /// Adds a condition before the others.
    pub(super) fn with_first(mut self, condition: Option<Condition>) -> Self {
        self.0.splice(0..0, condition.map(Group::One));
        self
    }

    /// Puts settings into what is expected.
    ///
    /// # Errors
    ///
    /// Those of `fill`.
    pub(super) fn filled<E>(&self, fill: impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let filled = |group: &Group| match group {
            Group::One(condition) => condition.filled(&fill).map(Group::One),
            Group::Several(all) => {
                let all: Result<_, E> = all.iter().map(|it| it.filled(&fill)).collect();
                all.map(Group::Several)
            }
        };
        self.0.iter().map(filled).collect::<Result<_, E>>().map(Self)
    }

    /// Returns every member that they look at.
    pub(super) fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().flat_map(Group::conditions).flat_map(Condition::references)
    }

    /// Checks all of them.
    ///
    /// # Errors
    ///
    /// [`Unmet`] tells an answer that says no from one that is not as known.
    pub(crate) fn check(&self, answers: &Answers<'_>) -> Result<(), Unmet> {
        let unmet = |group: &Group| {
            let conditions = group.conditions();
            let asked = conditions.iter().map(Condition::to_string).collect::<Vec<_>>();
            let asked = asked.join(" or ");
            let is_answered = conditions.iter().any(|it| it.is_answered(answers));
            if is_answered { Unmet::Refused(asked) } else { Unmet::Unanswered(asked) }
        };
        let fails = |group: &&Group| !group.conditions().iter().any(|it| it.holds(answers));
        self.0.iter().find(fails).map_or(Ok(()), |group| Err(unmet(group)))
    }
}

/// Conditions one of which must hold; of a group in it, all.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Alternatives(Vec<Group>);

impl Alternatives {
    /// That a member of the top is true.
    pub(super) fn is_true(name: &str) -> Self {
        Self(vec![Group::One(Condition::is_true(name))])
    }

    /// Whether one of them holds.
    pub(crate) fn any(&self, answers: &Answers<'_>) -> bool {
        let holds = |group: &Group| {
            let conditions = group.conditions();
            !conditions.is_empty() && conditions.iter().all(|it| it.holds(answers))
        };
        self.0.iter().any(holds)
    }
}

/// Booleans come as JSON booleans, and from some providers as the strings or numbers that stand
/// for one. What is not clearly true is false.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(text) => text == "true" || text == "1",
        Value::Number(number) => number.as_u64() == Some(1),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_zero(value: Option<&Value>) -> bool {
    value.and_then(identifier).is_some_and(|number| number == "0")
}

fn is_empty(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(items)) => items.is_empty(),
        Some(Value::Object(members)) => members.is_empty(),
        Some(Value::Bool(_) | Value::Number(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn holds(condition: Value, answer: &Value) -> bool {
        let condition: Condition = serde_json::from_value(condition).unwrap();
        condition.holds(&Answers::of(answer.as_object().unwrap()))
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

    #[test]
    fn all_requirements_must_hold_and_one_of_the_alternatives() {
        let read = |text: Value, answer: &Value| {
            let answers = Answers::of(answer.as_object().unwrap());
            let requirements: Requirements = serde_json::from_value(text.clone()).unwrap();
            let alternatives: Alternatives = serde_json::from_value(text).unwrap();
            (requirements.check(&answers), alternatives.any(&answers))
        };
        let both = json!([{"at": "/a"}, {"at": "/b"}]);
        let group = json!([[{"at": "/a"}, {"at": "/b"}]]);
        let (yes, one) = (json!({"a": true, "b": true}), json!({"a": true, "b": false}));
        assert_eq!(read(both.clone(), &yes), (Ok(()), true));
        assert_eq!(read(both.clone(), &one), (Err(Unmet::Refused("/b is true".to_owned())), true));
        assert_eq!(read(group.clone(), &one), (Ok(()), false));
        assert_eq!(read(group.clone(), &yes), (Ok(()), true));
        let asked = || "/a is true or /b is true".to_owned();
        assert_eq!(read(group.clone(), &json!({})).0, Err(Unmet::Unanswered(asked())));
        assert_eq!(read(group, &json!({"b": false})).0, Err(Unmet::Refused(asked())));
        assert_eq!(read(both, &json!({"a": null})).0, Err(Unmet::Unanswered("/a is true".into())));
        assert_eq!(read(json!([]), &json!({})), (Ok(()), false));
        assert!(!read(json!([[]]), &json!({})).1);
    }
}
