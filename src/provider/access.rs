//! How a provider's access tokens and authorization codes are taken, as data.

use std::sync::Arc;

use serde::Deserialize;

use super::call::{Call, Endpoint, Meaning};
use super::claims::ClaimMap;
use super::pointer::{Condition, Pointer};
use crate::secret::Secret;

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
}

impl AccessTokenRules {
    /// Returns every call that an access token may cost.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        let inspection = match &self.proof {
            Proof::Inspection(inspection) => Some(&inspection.call),
            Proof::Waived => None,
        };
        let emails = self.profile.emails.as_ref().map(|emails| &emails.call);
        [Some(&self.profile.call), emails, inspection].into_iter().flatten()
    }
}

/// What proves that an access token was issued to this app.
#[derive(Debug, Clone)]
pub(crate) enum Proof {
    /// The provider says so when asked.
    Inspection(Box<Inspection>),
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
}

impl BindingMethod {
    /// Returns the word that rows have for it.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Introspection => "introspection",
            Self::Tokeninfo => "tokeninfo",
            Self::CheckToken => "check_token",
            Self::DebugToken => "debug_token",
        }
    }

    /// Returns what must be so in every answer: a token that is not active says so in an answer
    /// that is good (RFC 7662 §2.2).
    pub(super) fn requirement(self) -> Option<Condition> {
        let active = Condition { at: Pointer::to_member("active"), equals: None };
        (self == Self::Introspection).then_some(active)
    }

    /// Whether it takes the client secret.
    pub(crate) const fn needs_secret(self) -> bool {
        match self {
            Self::Introspection | Self::CheckToken | Self::DebugToken => true,
            Self::Tokeninfo => false,
        }
    }
}

/// The question to which app an access token was issued, and how the answer is read.
#[derive(Debug, Clone)]
pub(crate) struct Inspection {
    /// The question.
    pub(crate) call: Call,
    /// Where the app's client ID stands.
    pub(crate) client_id: Pointer,
    /// Where another client ID may stand, which then must be ours too.
    pub(crate) authorized_party: Option<Pointer>,
    /// Our client IDs. Never empty.
    pub(crate) client_ids: Vec<String>,
    /// What must be so for the token to be good.
    pub(crate) require: Vec<Condition>,
    /// Where the person's id stands; it is compared with the profile's.
    pub(crate) subject: Option<Pointer>,
    /// Where the seconds until the token expires stand.
    pub(crate) expires_in: Option<Pointer>,
    /// Where the time stands at which the token expires; 0 is never.
    pub(crate) expires_at: Option<Pointer>,
}

/// How the person of an access token is found.
#[derive(Debug, Clone)]
pub(crate) struct ProfileRules {
    /// The question.
    pub(crate) call: Call,
    /// Where the person's id stands; the first place that is there counts.
    pub(crate) subject: Vec<Pointer>,
    /// What must be so for it to be a person who may sign in.
    pub(crate) require: Vec<Condition>,
    /// Where the rest stands.
    pub(crate) claims: ClaimMap,
    /// Where e-mail addresses are, if they have an address of their own.
    pub(crate) emails: Option<EmailRules>,
}

/// How a list of e-mail addresses is read: the primary one counts.
#[derive(Debug, Clone)]
pub(crate) struct EmailRules {
    /// The question.
    pub(crate) call: Call,
    /// Where the list stands.
    pub(crate) list: Pointer,
    /// Where the address stands in an item.
    pub(crate) email: Pointer,
    /// What makes an item the primary one.
    pub(crate) primary: Condition,
    /// What makes it verified.
    pub(crate) verified: Condition,
}

/// How authorization codes are redeemed (RFC 6749 §4.1.3).
#[derive(Debug, Clone)]
pub(crate) struct CodeRules {
    /// The token endpoint.
    pub(crate) endpoint: Endpoint,
    /// How we authenticate there; as the discovery document says when absent.
    pub(crate) client_auth: Option<ClientAuth>,
    /// Our client ID at the provider.
    pub(crate) client_id: String,
    /// Its secret.
    pub(crate) client_secret: Secret,
    /// Whether the endpoint takes a `code_verifier` (RFC 7636).
    pub(crate) pkce: bool,
    /// What the provider appends to the code in the redirect that is not part of it.
    pub(crate) code_suffix: Option<String>,
    /// Words that the provider takes in place of a redirect URI.
    pub(crate) redirect_words: Vec<String>,
    /// Where the access token stands in the answer.
    pub(crate) access_token: Vec<Pointer>,
    /// What the answer means.
    pub(crate) meaning: Meaning,
    /// Whose the access token is, for when no ID token comes with it.
    pub(crate) profile: Option<Arc<ProfileRules>>,
}

/// How a client authenticates at a token endpoint (RFC 6749 §2.3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ClientAuth {
    /// HTTP Basic.
    Basic,
    /// `client_id` and `client_secret` among the parameters.
    Post,
}
