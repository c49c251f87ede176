//! Access tokens: the provider is asked for which app it issued one, and whose it is.

mod inspection;
mod profile;

use serde_json::{Map, Value};

use super::call::{About, Caller};
use super::identity::{Binding, Subject, Verified, VerifiedIdentity};
use super::judgement::Judgement;
use super::{ProviderProblem, VerifyError, domain};
use crate::clock::UnixTime;
use crate::provider::{
    AccessTokenRules, Condition, Pointer, ProfileRules, Proof, Provider, identifier,
};
use crate::secret::Secret;
use inspection::{Inspected, inspect};
use profile::{Person, read};

/// A person, and until when the credential proves who it is, if the provider says.
pub(super) struct Accepted {
    pub(super) identity: VerifiedIdentity,
    pub(super) until: Option<UnixTime>,
}

/// Asks the provider whose an access token is, and which app it was issued to: side by side, since
/// neither question needs the other's answer. That the token is ours decides first.
///
/// # Errors
///
/// [`VerifyError`] has one variant per cause.
pub(super) async fn verify(
    caller: &Caller,
    (provider, rules): (&Provider, &AccessTokenRules),
    token: &Secret,
) -> Result<Accepted, VerifyError> {
    let inspected = async {
        match &rules.proof {
            Proof::Inspection(rules) => inspect(caller, (provider, rules), token).await.map(Some),
            Proof::Waived => Ok(None),
        }
    };
    // A failure of the profile must not hide whose token it is, hence it counts as done here.
    let profile = async { Ok(read(caller, (provider, &rules.profile), token).await) };
    let (inspected, person) = tokio::try_join!(inspected, profile)?;
    let person = person?;
    let binding = if inspected.is_some() { Binding::Introspection } else { Binding::None };
    let Inspected { subject, until } = inspected.unwrap_or_default();
    if subject.is_some_and(|subject| subject != person.subject) {
        tracing::error!(provider = %provider.id, "the provider names two people for one token");
        let problem = ProviderProblem::SubjectMismatch;
        return Err(VerifyError::Provider { provider: provider.id.clone(), problem });
    }
    Ok(Accepted { identity: identify(provider, person, binding)?, until })
}

/// Asks whose an access token is that came from the provider itself.
pub(super) async fn of_own_code(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
    token: &Secret,
) -> Result<VerifiedIdentity, VerifyError> {
    identify(provider, read(caller, (provider, rules), token).await?, Binding::Code)
}

fn identify(
    provider: &Provider,
    person: Person,
    binding: Binding,
) -> Result<VerifiedIdentity, VerifyError> {
    domain::check(provider.domains.as_ref(), &person.members)?;
    Ok(VerifiedIdentity::assertion(Verified {
        provider: provider.id.clone(),
        namespace: provider.namespace.clone(),
        subject: person.subject,
        profile: person.profile,
        binding,
        auth_time: None,
    }))
}

/// Names one of the calls about an access token.
fn about<'a>(provider: &'a Provider, call: &'static str) -> About<'a> {
    About { provider: &provider.id, call }
}

/// Returns the members of an answer.
fn object(answer: &Value) -> Result<&Map<String, Value>, Judgement> {
    answer.as_object().ok_or_else(no_object)
}

fn no_object() -> Judgement {
    Judgement::Unexpected("the answer is no JSON object".to_owned())
}

/// Whether a condition holds. An answer that does not say whether is not one that is known.
fn is_so(condition: &Condition, members: &Map<String, Value>) -> Result<bool, Judgement> {
    match condition.at.find(members) {
        None | Some(Value::Null) => {
            Err(Judgement::Unexpected(format!("{} is missing", condition.at)))
        }
        Some(_) => Ok(condition.holds(members)),
    }
}

/// Reads an id of a person.
fn subject(value: &Value) -> Option<Subject> {
    Subject::parse(&identifier(value)?)
}

/// Says that there is no id at a place.
fn no_subject(at: &Pointer) -> Judgement {
    Judgement::Unexpected(format!(
        "{at} is no id: a text of 1 to 255 characters, or an exact whole number"
    ))
}
