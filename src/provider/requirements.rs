//! Conditions together: all of which must hold, or one of which must.

use serde::Deserialize;

use super::condition::Condition;
use super::reference::{Answers, Reference};

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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::Members;

    #[test]
    fn all_requirements_must_hold_and_one_of_the_alternatives() {
        let read = |text: Value, answer: &Value| {
            let answer = Members::of(answer);
            let answers = Answers::of(&answer);
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
