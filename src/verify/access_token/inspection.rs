//! Which app an access token was issued to: without this anyone's app could sign in its users as
//! ours.

use std::borrow::Cow;
use std::time::Duration;

use super::profile::Told;
use super::{about, no_subject, object};
use crate::clock::UnixTime;
use crate::json::Json;
use crate::provider::{Answers, AppRules, Found, Inspection, Place, Provider, Unmet, identifier};
use crate::secret::Secret;
use crate::verify::VerifyError;
use crate::verify::call::{Asked, Caller};
use crate::verify::identity::Subject;
use crate::verify::judgement::Judgement;

/// What is known of a token that was issued to this app.
#[derive(Default)]
pub(super) struct Inspected {
    /// The client ID that it was issued to: one of ours.
    pub(super) app: String,
    /// Whose it is, if the provider says.
    pub(super) subject: Option<Subject>,
    /// When it expires, if the provider says.
    pub(super) until: Option<UnixTime>,
}

/// Asks the provider, and checks: that the token is good, that it is for this app, that it has
/// not expired.
pub(super) async fn inspect(
    caller: &Caller,
    (provider, inspection): (&Provider, &Inspection),
    token: &Secret,
) -> Result<Inspected, VerifyError> {
    let about = about(provider, "binding");
    let meaning = &inspection.call.meaning;
    let answer = caller.ask(about, &inspection.call, Asked::with(token)).await;
    let inspected = answer.and_then(|(answer, _)| {
        let rules = (&inspection.rules, meaning.scope.is_some());
        judge(&Answers::of(object(&answer)?), rules, caller.clock.now())
    });
    let inspected = inspected.map_err(|it| caller.refusal(about, meaning, it))?;
    caller.good(about, || inspected.app.clone());
    Ok(inspected)
}

/// Checks what the profile's answer, or the one before it, says of the app.
pub(super) fn inspect_profile(
    caller: &Caller,
    (provider, rules): (&Provider, &AppRules),
    told: &Told,
) -> Result<Inspected, VerifyError> {
    let about = about(provider, "binding");
    let inspected = judge(&told.answers(), (rules, false), caller.clock.now());
    let inspected = inspected.map_err(|it| caller.refusal_of(about, it))?;
    caller.good(about, || inspected.app.clone());
    Ok(inspected)
}

fn judge(
    answers: &Answers<'_>,
    (rules, takes_scope): (&AppRules, bool),
    now: UnixTime,
) -> Result<Inspected, Judgement> {
    rules.require.check(answers).map_err(|unmet| match unmet {
        Unmet::Refused(_) => Judgement::Rejected,
        Unmet::Unanswered(asked) => Judgement::Unexpected(format!("nothing says whether {asked}")),
    })?;
    let app = check_client(answers, rules)?;
    let until = expiry(answers, rules, now)?;
    if let Some(at) = until.filter(|at| *at <= now) {
        return Err(Judgement::Refused { why: "expired", error: VerifyError::Expired { at, now } });
    }
    Ok(Inspected { app, subject: person(answers, (rules, takes_scope))?, until })
}

/// The app is ours, and so is the other one that may be named (Google's `azp`).
fn check_client(answers: &Answers<'_>, rules: &AppRules) -> Result<String, Judgement> {
    let app = check_app(&rules.client_id, answers, &rules.client_ids)?;
    let Some(party) = &rules.authorized_party else { return Ok(app) };
    match party.find(answers, |value| Some(value.to_string().into())) {
        Found::Missing => Ok(app),
        Found::Text(null) if null == "null" => Ok(app),
        Found::Text(_) | Found::Wrong => check_app(party, answers, &rules.client_ids).map(|_| app),
    }
}

fn check_app(at: &Place, answers: &Answers<'_>, ours: &[String]) -> Result<String, Judgement> {
    match at.identifier(answers) {
        Found::Text(received) if ours.iter().any(|our| *our == received) => {
            Ok(received.into_owned())
        }
        Found::Text(received) => {
            let (received, expected) = (vec![received.into_owned()], ours.to_vec());
            let claim = at.to_string();
            let error = VerifyError::WrongAudience { claim, received, expected };
            Err(Judgement::Refused { why: "another_app", error })
        }
        Found::Missing | Found::Wrong => Err(Judgement::Unexpected(format!("{at} names no app"))),
    }
}

/// Reads a moment. null says that there is no end, as a missing member does.
fn moment<'a>(value: &'a Json<'_>) -> Option<Cow<'a, str>> {
    identifier(value).or_else(|| value.is_null().then_some("0".into()))
}

/// Reads when the token expires. A provider that says how long it still lives always says so; one
/// that names the moment may leave it out, or write 0 or null, for never.
fn expiry(
    answers: &Answers<'_>,
    rules: &AppRules,
    now: UnixTime,
) -> Result<Option<UnixTime>, Judgement> {
    let wrong = |at: &Place| Judgement::Unexpected(format!("{at} is no time"));
    if let Some(at) = &rules.expires_in {
        let left = match at.identifier(answers) {
            Found::Text(text) => text.parse::<i64>().ok(),
            Found::Missing | Found::Wrong => None,
        };
        let left = left.ok_or_else(|| wrong(at))?;
        return Ok(Some(now.plus(Duration::from_secs(u64::try_from(left).unwrap_or(0)))));
    }
    let Some(at) = &rules.expires_at else { return Ok(None) };
    let text = match at.find(answers, moment) {
        Found::Missing => return Ok(None),
        Found::Text(text) => text,
        Found::Wrong => return Err(wrong(at)),
    };
    match text.parse::<i64>() {
        Ok(0) => Ok(None),
        Ok(moment) => Ok(Some(UnixTime(u64::try_from(moment).unwrap_or(0)))),
        Err(_) => UnixTime::from_rfc3339(&text).map(Some).ok_or_else(|| wrong(at)),
    }
}

/// Reads whose token it is, where the provider says. One that says so of others but not of this
/// token was not given the scope for it.
fn person(
    answers: &Answers<'_>,
    (rules, takes_scope): (&AppRules, bool),
) -> Result<Option<Subject>, Judgement> {
    let Some(at) = &rules.subject else { return Ok(None) };
    match at.identifier(answers) {
        Found::Missing if takes_scope => Err(Judgement::MissingScope),
        Found::Text(id) => Subject::parse(&id).map(Some).ok_or_else(|| no_subject(at)),
        Found::Missing | Found::Wrong => Err(no_subject(at)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::provider::inspection_for_test;

    const NOW: UnixTime = UnixTime(1_764_000_000);

    fn judged(row: &str, answer: &Value) -> Result<Option<u64>, Judgement> {
        let inspection = inspection_for_test(row);
        let rules = (&inspection.rules, inspection.call.meaning.scope.is_some());
        let answer = Json::from(answer.clone());
        let inspected = judge(&Answers::of(object(&answer)?), rules, NOW);
        inspected.map(|it| it.until.map(|until| until.0))
    }

    /// Sets a member of a good answer, or with `None` removes it.
    fn changed(answer: &Value, pointer: &str, value: Option<Value>) -> Value {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        let mut answer = answer.clone();
        let members = answer.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        match value {
            Some(value) => members.insert(name.to_owned(), value),
            None => members.remove(name),
        };
        answer
    }

    #[test]
    fn what_is_missing_or_of_no_known_form_is_the_providers_fault_and_proves_nothing() {
        let google = json!({"aud": "client", "azp": "client", "sub": "1", "expires_in": "3599"});
        let linkedin = json!({"active": true, "client_id": "client", "auth_type": "3L"});
        let github = json!({"app": {"client_id": "client"}, "user": {"id": 1}});
        let facebook = json!({"data": {
            "is_valid": true, "type": "USER", "app_id": "client", "user_id": "1", "expires_at": 0
        }});
        for (row, good, members) in [
            ("google", &google, ["/aud", "/expires_in"].as_slice()),
            ("linkedin", &linkedin, &["/active", "/client_id", "/auth_type"]),
            ("github", &github, &["/app/client_id", "/user/id"]),
            (
                "facebook",
                &facebook,
                &["/data/is_valid", "/data/type", "/data/app_id", "/data/user_id"],
            ),
        ] {
            assert!(judged(row, good).is_ok(), "{row}");
            for (member, value) in members.iter().flat_map(|member| {
                [None, Some(json!(null)), Some(json!({}))].map(|it| (member, it))
            }) {
                let judged = judged(row, &changed(good, member, value.clone()));
                match judged {
                    Err(Judgement::Unexpected(problem)) => {
                        assert!(problem.contains(member), "{row} {member}: {problem}");
                    }
                    // A condition of which the member is there and does not hold.
                    Err(Judgement::Rejected) if value == Some(json!({})) => {}
                    other => panic!("{row} {member} {value:?}: {other:?}"),
                }
            }
            for nothing in [json!({}), json!([]), json!(null), json!("client")] {
                let judged = judged(row, &nothing);
                assert!(matches!(judged, Err(Judgement::Unexpected(_))), "{row} {nothing}");
            }
        }
    }

    #[test]
    fn an_expiry_is_a_number_its_digits_or_a_date_and_none_is_never() {
        let linkedin = json!({"active": true, "client_id": "client", "auth_type": "3L"});
        let at = |value: Value| judged("linkedin", &changed(&linkedin, "/expires_at", Some(value)));
        assert_eq!(judged("linkedin", &linkedin), Ok(None));
        for never in [json!(0), json!(null), json!("0")] {
            assert_eq!(at(never), Ok(None));
        }
        assert_eq!(at(json!(1_764_000_001)), Ok(Some(1_764_000_001)));
        assert_eq!(at(json!("1764000001")), Ok(Some(1_764_000_001)));
        assert_eq!(at(json!("2025-11-24T16:00:01Z")), Ok(Some(1_764_000_001)));
        for past in [json!(1_764_000_000), json!(-5), json!("2025-11-24T16:00:00Z")] {
            let judged = at(past.clone());
            assert!(matches!(judged, Err(Judgement::Refused { why: "expired", .. })), "{past}");
        }
        for wrong in [json!("soon"), json!(1.5), json!(true)] {
            assert!(matches!(at(wrong.clone()), Err(Judgement::Unexpected(_))), "{wrong}");
        }
    }
}
