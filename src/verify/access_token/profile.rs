//! Whose an access token is: the profile, with the e-mail address where that has to be asked for.

use serde_json::{Map, Value};

use super::{about, is_so, no_object, no_subject, subject};
use crate::provider::{EmailRules, Profile, ProfileRules, Provider, profile_text};
use crate::secret::Secret;
use crate::verify::call::Caller;
use crate::verify::identity::Subject;
use crate::verify::judgement::Judgement;
use crate::verify::{ProviderProblem, VerifyError};

/// A person, as the provider describes them.
pub(super) struct Person {
    pub(super) subject: Subject,
    pub(super) profile: Profile,
    /// The whole answer.
    pub(super) members: Map<String, Value>,
}

/// An address of a person's list.
struct Address {
    email: String,
    is_primary: bool,
    is_verified: bool,
}

/// Asks for the profile and, side by side, for the e-mail addresses.
pub(super) async fn read(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
    token: &Secret,
) -> Result<Person, VerifyError> {
    let addresses = async {
        match &rules.emails {
            Some(rules) => addresses(caller, (provider, rules), token).await,
            None => Ok(None),
        }
    };
    let (person, addresses) =
        tokio::try_join!(person(caller, (provider, rules), token), addresses)?;
    let profile = match addresses {
        Some(addresses) => with_address(person.profile, &addresses),
        None => person.profile,
    };
    Ok(Person { profile, ..person })
}

async fn person(
    caller: &Caller,
    (provider, rules): (&Provider, &ProfileRules),
    token: &Secret,
) -> Result<Person, VerifyError> {
    let about = about(provider, "profile");
    let answer = caller.ask(about, &rules.call, token).await;
    let person = answer.and_then(|answer| judge(answer, (provider, rules)));
    let person = person.map_err(|it| caller.refusal(about, &rules.call.meaning, it))?;
    caller.count(about, "ok");
    Ok(person)
}

fn judge(
    answer: Value,
    (provider, rules): (&Provider, &ProfileRules),
) -> Result<Person, Judgement> {
    let Value::Object(members) = answer else { return Err(no_object()) };
    let subject = identify(&members, rules)?;
    for condition in &rules.require {
        if !is_so(condition, &members)? {
            let problem = ProviderProblem::NotAPerson(condition.to_string());
            let error = VerifyError::Provider { provider: provider.id.clone(), problem };
            return Err(Judgement::Refused { why: "not_a_person", error });
        }
    }
    Ok(Person { subject, profile: rules.claims.read(&members), members })
}

/// Reads the id at the first place that is there. Another place is never a substitute for one that
/// holds something else than an id.
fn identify(members: &Map<String, Value>, rules: &ProfileRules) -> Result<Subject, Judgement> {
    let found = rules.subject.iter().find_map(|at| Some((at, at.find(members)?)));
    match (found, rules.subject.first()) {
        (Some((at, value)), _) => subject(value).ok_or_else(|| no_subject(at)),
        (None, Some(at)) => Err(no_subject(at)),
        (None, None) => Err(Judgement::Unexpected("the row names no place for an id".to_owned())),
    }
}

/// Asks for the e-mail addresses; `None` when they are not for this token.
async fn addresses(
    caller: &Caller,
    (provider, rules): (&Provider, &EmailRules),
    token: &Secret,
) -> Result<Option<Vec<Address>>, VerifyError> {
    let about = about(provider, "emails");
    let refusal = |judgement| caller.refusal(about, &rules.call.meaning, judgement);
    let answer = match caller.ask(about, &rules.call, token).await {
        Ok(answer) => answer,
        Err(Judgement::MissingScope) => {
            caller.count(about, "missing_scope");
            return Ok(None);
        }
        Err(judgement) => return Err(refusal(judgement)),
    };
    let wrong = || Judgement::Unexpected(format!("'{}' is no list of addresses", rules.list));
    let list = rules.list.find_in(&answer).and_then(Value::as_array);
    let list = list.ok_or_else(|| refusal(wrong()))?;
    caller.count(about, "ok");
    Ok(Some(list.iter().filter_map(|item| address(item, rules)).collect()))
}

fn address(item: &Value, rules: &EmailRules) -> Option<Address> {
    let members = item.as_object()?;
    Some(Address {
        email: profile_text(rules.email.find(members)?)?,
        is_primary: rules.primary.holds(members),
        is_verified: rules.verified.holds(members),
    })
}

/// The primary address counts; without one the profile's own, as far as the list vouches for it.
fn with_address(profile: Profile, addresses: &[Address]) -> Profile {
    let primary = addresses.iter().find(|address| address.is_primary);
    let own = addresses.iter().find(|address| profile.email.as_ref() == Some(&address.email));
    match primary.filter(|primary| primary.is_verified).or(own).or(primary) {
        Some(found) => Profile {
            email: Some(found.email.clone()),
            email_verified: found.is_verified,
            ..profile
        },
        None => profile,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(own: Option<&str>, list: &[(&str, bool, bool)]) -> (Option<String>, bool) {
        let address = |(email, is_primary, is_verified): &(&str, bool, bool)| Address {
            email: (*email).to_owned(),
            is_primary: *is_primary,
            is_verified: *is_verified,
        };
        let profile = Profile { email: own.map(str::to_owned), ..Profile::default() };
        let profile = with_address(profile, &list.iter().map(address).collect::<Vec<_>>());
        (profile.email, profile.email_verified)
    }

    #[test]
    fn the_primary_verified_address_counts_and_no_other_is_called_verified() {
        let some = |email: &str, verified| (Some(email.to_owned()), verified);
        let list = [("a@x.test", false, true), ("b@x.test", true, true)];
        assert_eq!(choose(None, &list), some("b@x.test", true));
        assert_eq!(choose(Some("a@x.test"), &list), some("b@x.test", true));
        let unverified = [("a@x.test", false, true), ("b@x.test", true, false)];
        assert_eq!(choose(None, &unverified), some("b@x.test", false));
        assert_eq!(choose(Some("a@x.test"), &unverified), some("a@x.test", true));
        assert_eq!(choose(Some("c@x.test"), &[]), some("c@x.test", false));
        assert_eq!(choose(None, &[]), (None, false));
        assert_eq!(choose(None, &[("a@x.test", false, true)]), (None, false));
    }
}
