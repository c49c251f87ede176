//! The e-mail addresses of a person, where they have an address of their own.

use super::about;
use crate::json::Json;
use crate::provider::{Answers, EmailRules, Profile, Provider, profile_text};
use crate::secret::Secret;
use crate::verify::VerifyError;
use crate::verify::call::{Asked, Caller};
use crate::verify::judgement::Judgement;

/// An address of a person's list.
pub(super) struct Address {
    email: String,
    is_primary: bool,
    is_verified: bool,
}

/// Asks for the e-mail addresses; `None` when they are not for this token.
pub(super) async fn addresses(
    caller: &Caller,
    (provider, rules): (&Provider, &EmailRules),
    token: &Secret,
) -> Result<Option<Vec<Address>>, VerifyError> {
    let about = about(provider, "emails");
    let refusal = |judgement| caller.refusal(about, &rules.call.meaning, judgement);
    let (answer, _) = match caller.ask(about, &rules.call, Asked::with(token)).await {
        Ok(answer) => answer,
        Err(Judgement::MissingScope) => {
            caller.count(about, "missing_scope");
            return Ok(None);
        }
        Err(judgement) => return Err(refusal(judgement)),
    };
    let wrong = || Judgement::Unexpected(format!("'{}' is no list of addresses", rules.list));
    let list = rules.list.find_in(&answer).and_then(Json::as_array);
    let list = list.ok_or_else(|| refusal(wrong()))?;
    caller.good(about, || "it does".to_owned());
    Ok(Some(list.iter().filter_map(|item| address(item, rules)).collect()))
}

fn address(item: &Json<'_>, rules: &EmailRules) -> Option<Address> {
    let members = item.as_object()?;
    Some(Address {
        email: profile_text(rules.email.find(members)?)?.into_owned(),
        is_primary: rules.primary.holds(&Answers::of(members)),
        is_verified: rules.verified.holds(&Answers::of(members)),
    })
}

/// The primary address counts; without one the profile's own, as far as the list vouches for it.
pub(super) fn with_address(profile: Profile, addresses: &[Address]) -> Profile {
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
