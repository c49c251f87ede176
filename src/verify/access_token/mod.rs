//! Access tokens: the provider is asked for which app it issued one, and whose it is.

mod emails;
mod inspection;
mod profile;

use super::call::{About, Caller};
use super::identity::{Binding, Verified, VerifiedIdentity};
use super::judgement::Judgement;
use super::{ProviderProblem, VerifyError, domain};
use crate::clock::UnixTime;
use crate::json::{Json, Members};
use crate::provider::{AccessTokenRules, Place, ProfileRules, Proof, Provider};
use crate::secret::Secret;
use inspection::{Inspected, inspect, inspect_profile};
use profile::Person;

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
            Proof::Profile(_) | Proof::Waived => Ok(None),
        }
    };
    // A failure of the profile must not hide whose token it is, hence it counts as done here.
    let told = async { Ok(profile::ask(caller, (provider, &rules.profile), (token, None)).await) };
    let (inspected, told) = tokio::try_join!(inspected, told)?;
    let told = told?;
    let inspected = match &rules.proof {
        Proof::Profile(rules) => Some(inspect_profile(caller, (provider, rules), &told)?),
        Proof::Inspection(_) | Proof::Waived => inspected,
    };
    let person = profile::find(caller, (provider, &rules.profile), (token, told)).await?;
    let binding = if inspected.is_some() { Binding::Introspection } else { Binding::None };
    let Inspected { subject, until, .. } = inspected.unwrap_or_default();
    if subject.is_some_and(|subject| subject != person.subject) {
        return Err(mismatch(provider));
    }
    Ok(Accepted { identity: identify(provider, person, binding)?, until })
}

/// Asks whose an access token is that came from the provider itself, beside its other answer.
pub(super) async fn of_own_code(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
    (token, answer): (&Secret, &Members<'_>),
) -> Result<VerifiedIdentity, VerifyError> {
    let told = profile::ask(caller, (provider, rules), (token, Some(answer))).await?;
    let person = profile::find(caller, (provider, rules), (token, told)).await?;
    identify(provider, person, Binding::Code)
}

/// Asks for what an ID token left open, where there is an address for it and the person allowed it
/// (OpenID Connect Core §5.3). It must be the same person's (§5.3.2).
pub(super) async fn complete(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
    (identity, token, answer): (VerifiedIdentity, &Secret, &Members<'_>),
) -> Result<VerifiedIdentity, VerifyError> {
    if !profile::has_address(caller, (provider, rules)).await? {
        return Ok(identity);
    }
    let told = match profile::ask(caller, (provider, rules), (token, Some(answer))).await {
        // Nobody asked for more than the ID token has.
        Err(VerifyError::Provider { problem: ProviderProblem::MissingScope(_), .. }) => {
            return Ok(identity);
        }
        told => told?,
    };
    let person = profile::find(caller, (provider, rules), (token, told)).await?;
    if person.subject != *identity.subject() {
        return Err(mismatch(provider));
    }
    Ok(identity.completed_by(person.profile))
}

fn mismatch(provider: &Provider) -> VerifyError {
    tracing::error!(provider = %provider.id, "the provider names two people for one token");
    let problem = ProviderProblem::SubjectMismatch;
    VerifyError::Provider { provider: provider.id.clone(), problem }
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
fn object<'a>(answer: &'a Json<'_>) -> Result<&'a Members<'a>, Judgement> {
    answer.as_object().ok_or_else(no_object)
}

fn no_object() -> Judgement {
    Judgement::Unexpected("the answer is no JSON object".to_owned())
}

/// Says that there is no id at a place.
fn no_subject(at: &Place) -> Judgement {
    Judgement::Unexpected(format!(
        "{at} is no id: a text of 1 to 255 characters, or an exact whole number"
    ))
}
