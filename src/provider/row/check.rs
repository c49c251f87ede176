//! Words of a row that do not go together.

use std::time::Duration;

use super::{RawBinding, RawCode, RawIdToken, RawProfile, Row};
use crate::provider::access::BindingMethod;
use crate::provider::call::{Method, TokenPlace};
use crate::provider::code::CodeBody;
use crate::provider::place::Place;
use crate::provider::reference::Reference;
use crate::provider::{BadProviderId, ProviderId};

/// Longest that a key may be trusted after it vanished.
const MAX_KEY_GRACE: Duration = Duration::from_hours(7 * 24);

/// Says what is wrong, or nothing.
type Checked = Result<(), String>;

/// Refuses what must not be.
fn refuse(is_wrong: bool, problem: &str) -> Checked {
    if is_wrong { Err(problem.to_owned()) } else { Ok(()) }
}

impl Row {
    /// Checks that no word of the row takes another's effect away.
    ///
    /// # Errors
    ///
    /// Says which words.
    pub(in crate::provider) fn check_words(&self) -> Checked {
        let is_name = |name: &String| *name == self.name || self.aliases.contains(name);
        refuse(
            self.id_token.is_none() && self.profile.is_none() && self.code.is_none(),
            "the row has neither `id_token` nor `profile` nor `code`",
        )?;
        self.check_names()?;
        let stray = self.id_token_names.iter().find(|name| !is_name(name));
        stray
            .map_or(Ok(()), |it| Err(format!("`id_token_names` has `{it}`, which is no alias")))?;
        self.id_token.as_ref().map_or(Ok(()), RawIdToken::check)?;
        self.profile.as_ref().map_or(Ok(()), RawProfile::check)?;
        self.binding.as_ref().map_or(Ok(()), RawBinding::check)?;
        self.code.as_ref().map_or(Ok(()), RawCode::check)?;
        self.check_sections()
    }

    /// Names stand in configurations, requests and messages; a setting's also in braces.
    fn check_names(&self) -> Checked {
        let is_name = |name: &&String| ProviderId::try_from((*name).clone()).is_ok();
        let names = || std::iter::once(&self.name).chain(&self.aliases);
        if let Some(wrong) = names().find(|name| !is_name(name)) {
            return Err(format!("{wrong:?} is no name: {BadProviderId}"));
        }
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let is_word = |name: &str| !name.is_empty() && name.chars().all(fits);
        let is_taken = |name: &str| matches!(name, "client_id" | "client_secret" | "token");
        let settings =
            self.settings.iter().flat_map(|(name, it)| [name].into_iter().chain(&it.aliases));
        match settings.into_iter().find(|name| !is_word(name) || is_taken(name)) {
            Some(wrong) => Err(format!("{wrong:?} is no name for a setting: a-z, 0-9 and '_'")),
            None => Ok(()),
        }
    }

    /// What one section asks of people, another must not let pass.
    fn check_sections(&self) -> Checked {
        let has_tenant = self.id_token.as_ref().is_some_and(RawIdToken::has_tenant);
        let membership = self.profile.as_ref().and_then(|profile| profile.membership.as_ref());
        let lookup = self.profile.as_ref().and_then(|profile| profile.lookup.as_ref());
        let of_binding = self.binding.iter().flat_map(RawBinding::references);
        let of_profile = self.profile.iter().flat_map(RawProfile::references);
        let mut references = of_binding.chain(of_profile);
        refuse(
            has_tenant && self.profile.is_some(),
            "`profile` names no tenant, so it does not go with `id_token.tenant`",
        )?;
        refuse(
            membership.is_some() && self.id_token.is_some(),
            "`profile.membership` is not asked for ID tokens, so it does not go with `id_token`",
        )?;
        let takes_id_token = self.code.as_ref().is_some_and(|code| code.id_token);
        refuse(
            self.code.is_some()
                && self.profile.is_none()
                && !(takes_id_token && self.id_token.is_some()),
            "nothing says whose the tokens are that come for a code: `profile` is needed, or `id_token`",
        )?;
        refuse(
            lookup.is_none() && references.any(Reference::is_lookup),
            "`lookup#` and `header#` need `profile.lookup`",
        )
    }
}

impl RawIdToken {
    fn check(&self) -> Checked {
        refuse(self.issuers().is_empty(), "`id_token` needs `issuers` or `discovery`")?;
        refuse(self.algorithms.is_empty(), "`id_token.algorithms` is empty")?;
        refuse(
            self.key_grace.is_some_and(|grace| grace > MAX_KEY_GRACE),
            "`id_token.key_grace` is longer than a week",
        )?;
        refuse(self.subject.is_empty(), "`id_token.subject` names no place")?;
        check_subject(&self.subject)
    }
}

fn check_subject(places: &[Place]) -> Checked {
    let confusing = places.iter().find(|place| place.confuses());
    confusing.map_or(Ok(()), |it| {
        let problem = "has nothing of the person, or nothing between two parts";
        Err(format!("`subject`: `{it}` {problem}: people could share an id"))
    })
}

impl RawProfile {
    fn check(&self) -> Checked {
        let is_json = matches!(self.token, TokenPlace::Json(_));
        let asks = self.url.is_some() || self.lookup.is_some() || self.emails.is_some();
        refuse(self.subject.is_empty(), "`profile.subject` names no place")?;
        check_subject(&self.subject)?;
        refuse(
            self.proof.is_some() && self.signature.is_some(),
            "`profile.proof` and `profile.signature` do not go together",
        )?;
        refuse(
            is_json && !self.form.is_empty(),
            "`profile.form` does not go with a token in a JSON object",
        )?;
        refuse(
            self.from.is_some() && asks,
            "`profile.from` says that nobody is asked; leave `url`, `lookup` and `emails` out",
        )
    }
}

impl RawBinding {
    /// Returns every member that it looks at.
    fn references(&self) -> impl Iterator<Item = &Reference> {
        let places = [Some(&self.client_id), self.authorized_party.as_ref(), self.subject.as_ref()];
        let times = [self.expires_in.as_ref(), self.expires_at.as_ref()];
        let places = places.into_iter().chain(times).flatten().flat_map(Place::references);
        places.chain(self.require.references())
    }

    fn check(&self) -> Checked {
        let is_of_profile = self.method == BindingMethod::Profile;
        refuse(
            is_of_profile && self.url.is_some(),
            "`binding.method = \"profile\"` asks nobody; leave `url` out",
        )?;
        refuse(
            self.url.is_none() && !is_of_profile && self.method != BindingMethod::Introspection,
            "`binding.url` is needed",
        )?;
        refuse(
            !is_of_profile && self.references().any(Reference::is_lookup),
            "`lookup#` and `header#` in `binding` go with method = \"profile\"",
        )?;
        refuse(
            self.references().any(Reference::is_token),
            "`token#` in `binding`: an access token comes without the token endpoint's answer",
        )?;
        refuse(
            self.expires_in.is_some() && self.expires_at.is_some(),
            "`binding` has one of `expires_in` and `expires_at`",
        )
    }
}

impl RawCode {
    fn check(&self) -> Checked {
        let is_get = self.method == Method::Get;
        refuse(
            is_get && self.body == CodeBody::Json,
            "`code.method = \"get\"` has no body, so `body` does not go with it",
        )?;
        refuse(!self.names.has_code(), "`code.names` leaves the code out")
    }
}
