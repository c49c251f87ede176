//! Whose an ID token is, and whether it is one of a person who may sign in.

use std::borrow::Cow;

use super::Request;
use crate::json::Json;
use crate::provider::{Answers, Found, IdTokenRules, Place, Unmet};
use crate::verify::identity::Subject;
use crate::verify::{ProviderProblem, VerifyError};

/// What the provider's tokens must say beside.
pub(super) fn check_requirements(
    answers: &Answers<'_>,
    request: &Request<'_>,
) -> Result<(), VerifyError> {
    request.rules.require.check(answers).map_err(|unmet| match unmet {
        Unmet::Unanswered(asked) => VerifyError::MissingClaim(asked),
        Unmet::Refused(expected) => VerifyError::Provider {
            provider: request.provider.id.clone(),
            problem: ProviderProblem::NotAPerson(expected),
        },
    })
}

/// Reads the person's id at the first place that is there.
pub(super) fn subject(answers: &Answers<'_>, rules: &IdTokenRules) -> Result<Subject, VerifyError> {
    fn text<'a>(value: &'a Json<'_>) -> Option<Cow<'a, str>> {
        value.as_str().map(Cow::Borrowed)
    }
    let name = |place: &Place| place.to_string().trim_start_matches('/').to_owned();
    let missing = |place: &Place| VerifyError::MissingClaim(name(place));
    let found = rules.subject.iter().map(|place| (place, place.find(answers, text)));
    let mut found = found.filter(|(_, found)| *found != Found::Missing);
    let (place, id) = match (found.next(), rules.subject.first()) {
        (Some((place, Found::Text(id))), _) => (place, id),
        (Some((place, Found::Missing | Found::Wrong)), _) => {
            return Err(VerifyError::Malformed(format!("`{}` is not a string", name(place))));
        }
        (None, place) => {
            return Err(place.map_or(VerifyError::MissingClaim("sub".to_owned()), missing));
        }
    };
    if id.trim().is_empty() || rules.refuse_subjects.iter().any(|refused| *refused == id) {
        return Err(missing(place));
    }
    Subject::parse(&id).ok_or_else(|| {
        let problem = "is longer than 255 characters or not printable";
        VerifyError::Malformed(format!("`{}` {problem}", name(place)))
    })
}
