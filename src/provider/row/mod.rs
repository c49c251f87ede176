//! Rows of the catalogue as they are written. What an operator makes of one is `configure`'s.

mod addresses;
mod catalogue;
mod check;
mod entry;
mod layers;
mod profile;
mod words;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::access::BindingMethod;
use super::configure::Demand;
use super::errors::ErrorCodes;
#[cfg(any(test, fuzzing))]
pub(super) use catalogue::built_in;
pub(crate) use catalogue::{Catalogue, Entry, RowTable};
pub(crate) use profile::RawProfile;
pub(super) use profile::{RawEmails, RawLookup, RawMembership, RawSignature, RawSource};
pub(crate) use words::{RawBinding, RawCode, RawIdToken};
pub(super) use words::{client_refused, rejected};

/// A row of the catalogue: all that is known of a provider without an operator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The row's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// Scheme and host of the addresses that an operator wrote into it, as they are written.
    #[serde(skip)]
    pub(super) written: BTreeSet<String>,
    /// For people.
    pub(crate) title: String,
    /// Other names, among them python-social-auth's for the same service.
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    /// Those of the aliases that stand for ID tokens and for nothing else.
    #[serde(default)]
    pub(crate) id_token_names: Vec<String>,
    /// The row that this one is a variant of, by name. What it says was taken over when the row
    /// was loaded.
    pub(crate) extends: Option<String>,
    /// The row whose people these are, though everything else differs: its namespace is this one's.
    pub(crate) people: Option<String>,
    /// How the service fares.
    #[serde(default)]
    pub(crate) status: Status,
    /// What to know of that, for people.
    pub(crate) note: Option<String>,
    /// What the person's id is unique within; the first issuer when the row does not say.
    #[serde(default)]
    pub(crate) namespace: String,
    /// What `sub` is scoped to, for people.
    #[serde(default = "global")]
    pub(crate) subject: String,
    /// Where the client ID comes from, for people.
    pub(crate) setup: String,
    /// The scopes to ask for, for people; what the profile needs when the row does not say.
    pub(crate) scopes: Option<String>,
    /// Settings that stand in addresses.
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, Setting>,
    /// The claim, or member of the profile, that names the person's domain.
    pub(crate) domain_claim: Option<String>,
    /// Headers that every call with an access token has.
    #[serde(default)]
    pub(super) headers: BTreeMap<String, String>,
    /// The provider's own error codes.
    #[serde(default)]
    pub(super) errors: ErrorCodes,
    /// How ID tokens are verified, if there are any.
    pub(crate) id_token: Option<RawIdToken>,
    /// Whose an access token is.
    pub(crate) profile: Option<RawProfile>,
    /// To which app it was issued. Without this, access tokens are refused.
    pub(crate) binding: Option<RawBinding>,
    /// How authorization codes are redeemed.
    pub(crate) code: Option<RawCode>,
}

fn global() -> String {
    "global: one id for the person in every app".to_owned()
}

/// How a service fares that a row can be configured for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Status {
    /// It runs.
    #[default]
    Ok,
    /// It takes no new apps, or something else took its place.
    Legacy,
    /// It runs where somebody runs it.
    SelfHosted,
    /// It is not known whether it runs.
    Unknown,
}

/// A service of python-social-auth's that cannot be configured, and why.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Closed {
    /// The name.
    #[serde(skip)]
    pub(crate) name: String,
    /// For people.
    pub(crate) title: String,
    /// Other names.
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    /// Whether it is gone or left out.
    pub(crate) status: ClosedStatus,
    /// Since when it is gone.
    pub(crate) since: Option<String>,
    /// Why, and what to use in its place.
    pub(crate) note: String,
}

/// Why a service cannot be configured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClosedStatus {
    /// It is gone.
    Dead,
    /// It is of a kind that has no place here.
    Unsupported,
}

impl Closed {
    /// Says why, in a sentence.
    pub(crate) fn reason(&self) -> String {
        match (self.status, &self.since) {
            (ClosedStatus::Dead, Some(since)) => {
                format!("{} is gone ({since}): {}", self.title, self.note)
            }
            (ClosedStatus::Dead, None) => format!("{} is gone: {}", self.title, self.note),
            (ClosedStatus::Unsupported, _) => {
                format!("{} is not supported: {}", self.title, self.note)
            }
        }
    }
}

impl Row {
    /// Returns the kinds of credentials that the provider has.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let id_token = self.id_token.as_ref().map(|_| "id_token");
        let has_access_tokens = self.profile.as_ref().is_some_and(|it| !it.needs_token_answer());
        let access_token = has_access_tokens.then_some("access_token");
        let code = self.code.as_ref().map(|_| "code");
        [id_token, access_token, code].into_iter().flatten().collect()
    }

    /// Returns how it is proved to which app an access token was issued; `none` is not at all,
    /// and then they are refused unless the operator allows them.
    pub(crate) fn binding_name(&self) -> &'static str {
        self.binding.as_ref().map_or("none", |binding| binding.method.name())
    }

    /// Whether there is anything that the client secret is for.
    pub(crate) fn takes_secret(&self) -> bool {
        self.code.is_some() || self.access_token_demand() == Demand::Secret
    }

    /// Whether no credential of any kind can be checked without the client secret.
    pub(crate) fn needs_secret(&self) -> bool {
        let binding = self.binding.as_ref().map(|binding| binding.method);
        let access_tokens_do = binding.map_or(self.code.is_some(), BindingMethod::needs_secret);
        self.id_token.is_none() && access_tokens_do
    }
}

/// A setting of a row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    /// Other names for it.
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    /// Its value when the operator gives none; without one the operator must.
    pub(crate) default: Option<String>,
    /// Whether it may be left out all the same.
    #[serde(default)]
    pub(crate) optional: bool,
    /// What it may be.
    #[serde(default)]
    pub(crate) form: Form,
    /// What it means, for people.
    pub(crate) help: String,
}

/// What a setting's value may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// Any text; percent-encoded in addresses.
    #[default]
    Text,
    /// Letters, digits, `.`, `_` and `-`.
    Name,
    /// A host name, also with a port.
    Host,
    /// An address without a slash at its end.
    Url,
    /// An issuer, byte for byte.
    Issuer,
}
