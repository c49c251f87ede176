//! How a provider's access tokens are taken, as data.

use std::sync::Arc;

use serde::Deserialize;

use super::call::Call;
use super::condition::Condition;
use super::place::Place;
use super::profile::ProfileRules;
use super::requirements::{Alternatives, Requirements};

/// Why a provider's credentials of some kind are not taken here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unavailable {
    /// The provider has none, or none that can be checked.
    NotOffered,
    /// It takes the provider's client secret, and none is configured.
    NeedsSecret,
}

/// How access tokens are taken.
#[derive(Debug, Clone)]
pub(crate) struct AccessTokenRules {
    /// What proves that a token was issued to this app.
    pub(crate) proof: Proof,
    /// Whose it is.
    pub(crate) profile: Arc<ProfileRules>,
    /// Where they are JWTs: what their claims say, if not by their audience, to be told from ID
    /// tokens.
    pub(crate) jwts: Option<Alternatives>,
}

impl AccessTokenRules {
    /// Returns every call that an access token may cost.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        let inspection = match &self.proof {
            Proof::Inspection(inspection) => Some(&inspection.call),
            Proof::Profile(_) | Proof::Waived => None,
        };
        self.profile.calls().chain(inspection)
    }
}

/// What proves that an access token was issued to this app.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// The provider says so when asked.
    Inspection(Box<Inspection>),
    /// It says so beside the profile.
    Profile(Box<AppRules>),
    /// Nothing, and the operator allowed that.
    Waived,
}

/// How a provider is asked to which app it issued an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum BindingMethod {
    /// RFC 7662: POST `token`, authenticated as the client.
    Introspection,
    /// GET with the token alone; the answer names the app.
    Tokeninfo,
    /// GitHub's: POST the token as JSON to an address of the client's, with HTTP Basic.
    CheckToken,
    /// Facebook's: GET `input_token`, with `client_id|client_secret` as the access token.
    DebugToken,
    /// No question: the profile, or the call before it, names the app.
    Profile,
}

impl BindingMethod {
    /// Returns the word that rows have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Introspection => "introspection",
            Self::Tokeninfo => "tokeninfo",
            Self::CheckToken => "check_token",
            Self::DebugToken => "debug_token",
            Self::Profile => "profile",
        }
    }

    /// Returns what must be so in every answer: a token that is not active says so in an answer
    /// that is good (RFC 7662 §2.2).
    pub(super) fn requirement(self) -> Option<Condition> {
        (self == Self::Introspection).then(|| Condition::is_true("active"))
    }

    /// Whether it takes the client secret.
    pub(crate) const fn needs_secret(self) -> bool {
        match self {
            Self::Introspection | Self::CheckToken | Self::DebugToken => true,
            Self::Tokeninfo | Self::Profile => false,
        }
    }
}

/// The question to which app an access token was issued, and how the answer is read.
#[derive(Debug, Clone)]
pub(crate) struct Inspection {
    /// The question.
    pub(crate) call: Call,
    /// How the answer is read.
    pub(crate) rules: AppRules,
}

/// How it is read from an answer to which app an access token was issued.
#[derive(Debug, Clone)]
pub(crate) struct AppRules {
    /// Where the app's id stands.
    pub(crate) client_id: Place,
    /// Where another client ID may stand, which then must be ours too.
    pub(crate) authorized_party: Option<Place>,
    /// Our ids: the client IDs, unless the provider names apps otherwise here. Never empty.
    pub(crate) client_ids: Vec<String>,
    /// What must be so for the token to be good.
    pub(crate) require: Requirements,
    /// Where the person's id stands; it is compared with the profile's.
    pub(crate) subject: Option<Place>,
    /// Where the seconds until the token expires stand.
    pub(crate) expires_in: Option<Place>,
    /// Where the time stands at which the token expires; 0 is never.
    pub(crate) expires_at: Option<Place>,
}
