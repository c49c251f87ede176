//! Which app an access token was issued to: without this anyone's app could sign in its users as
//! ours.

use serde_json::{Map, Value};

use super::{about, no_subject, subject};
use crate::clock::UnixTime;
use crate::provider::{Inspection, Pointer, Provider, identifier};
use crate::secret::Secret;
use crate::verify::VerifyError;
use crate::verify::call::Caller;
use crate::verify::identity::Subject;
use crate::verify::judgement::Judgement;

/// What is known of a token that was issued to this app.
#[derive(Default)]
pub(super) struct Inspected {
    /// Whose it is, if the provider says.
    pub(super) subject: Option<Subject>,
    /// When it expires, if the provider says.
    pub(super) until: Option<UnixTime>,
}

/// Asks the provider, and checks: that the token is good, that it is for this app, that it has
/// not expired.
pub(super) async fn inspect(
    caller: &Caller,
    (provider, rules): (&Provider, &Inspection),
    token: &Secret,
) -> Result<Inspected, VerifyError> {
    let about = about(provider, "binding");
    let refusal = |judgement| caller.refusal(about, &rules.call.meaning, judgement);
    let answer = caller.ask(about, &rules.call, token).await.map_err(refusal)?;
    let no_object = || Judgement::Unexpected("the answer is no JSON object".to_owned());
    let answer = answer.as_object().ok_or_else(|| refusal(no_object()))?;
    if rules.require.iter().any(|condition| !condition.holds(answer)) {
        return Err(refusal(Judgement::Rejected));
    }
    check_client(answer, rules, refusal)?;
    let until = expiry(answer, rules, caller.clock.now()).map_err(refusal)?;
    check_expiry(until, caller.clock.now())?;
    let subject = person(answer, rules).map_err(refusal)?;
    caller.count(about, "ok");
    Ok(Inspected { subject, until })
}

/// The app is ours, and so is the other one that may be named (Google's `azp`).
fn check_client(
    answer: &Map<String, Value>,
    rules: &Inspection,
    refusal: impl Fn(Judgement) -> VerifyError,
) -> Result<(), VerifyError> {
    let at = &rules.client_id;
    let client_id = at.find(answer).and_then(identifier);
    let no_app = || refusal(Judgement::Unexpected(format!("{at} names no app")));
    check_ours(at, client_id.ok_or_else(no_app)?, rules)?;
    match &rules.authorized_party {
        Some(at) => at
            .find(answer)
            .map_or(Ok(()), |party| check_ours(at, identifier(party).unwrap_or_default(), rules)),
        None => Ok(()),
    }
}

fn check_ours(at: &Pointer, received: String, rules: &Inspection) -> Result<(), VerifyError> {
    if rules.client_ids.contains(&received) {
        return Ok(());
    }
    Err(VerifyError::WrongAudience {
        claim: at.to_string(),
        received: vec![received],
        expected: rules.client_ids.clone(),
    })
}

/// Reads when the token expires, as a number or as its digits; an absolute 0 is never.
fn expiry(
    answer: &Map<String, Value>,
    rules: &Inspection,
    now: UnixTime,
) -> Result<Option<UnixTime>, Judgement> {
    let seconds = |at: &Pointer| {
        let Some(value) = at.find(answer) else { return Ok(None) };
        let seconds = identifier(value).and_then(|text| text.parse::<i64>().ok());
        let wrong = || Judgement::Unexpected(format!("{at} is no number of seconds"));
        seconds.map(|seconds| Some(u64::try_from(seconds).unwrap_or(0))).ok_or_else(wrong)
    };
    if let Some(at) = &rules.expires_in {
        let left = seconds(at)?.ok_or_else(|| Judgement::Unexpected(format!("{at} is missing")))?;
        return Ok(Some(UnixTime(now.0.saturating_add(left))));
    }
    let at = rules.expires_at.as_ref().map(seconds).transpose()?.flatten();
    Ok(at.filter(|at| *at > 0).map(UnixTime))
}

fn check_expiry(until: Option<UnixTime>, now: UnixTime) -> Result<(), VerifyError> {
    match until {
        Some(at) if at <= now => Err(VerifyError::Expired { at, now }),
        _ => Ok(()),
    }
}

/// Reads whose token it is, where the provider says. One that says so of others but not of this
/// token was not given the scope for it.
fn person(answer: &Map<String, Value>, rules: &Inspection) -> Result<Option<Subject>, Judgement> {
    let Some(at) = &rules.subject else { return Ok(None) };
    match at.find(answer) {
        None if rules.call.meaning.scope.is_some() => Err(Judgement::MissingScope),
        None => Err(Judgement::Unexpected(no_subject(&at.to_string()))),
        Some(value) => {
            let wrong = || Judgement::Unexpected(no_subject(&at.to_string()));
            subject(value).map(Some).ok_or_else(wrong)
        }
    }
}
