//! How the person of an access token is found, as data.

use super::call::Call;
use super::claims::ClaimMap;
use super::condition::Condition;
use super::place::Place;
use super::pointer::Pointer;
use super::requirements::Requirements;

/// How the person of an access token is found.
#[derive(Debug, Clone)]
pub(crate) struct ProfileRules {
    /// Where the profile is.
    pub(crate) source: ProfileSource,
    /// The call that has to be made before, for what the others need.
    pub(crate) lookup: Option<Call>,
    /// What is put into addresses: from which place.
    pub(crate) values: Vec<(String, Place)>,
    /// Where the person's id stands; the first place that is there counts.
    pub(crate) subject: Vec<Place>,
    /// What must be so for it to be a person who may sign in.
    pub(crate) require: Requirements,
    /// Where the rest stands.
    pub(crate) claims: ClaimMap,
    /// Where e-mail addresses are, if they have an address of their own.
    pub(crate) emails: Option<EmailRules>,
    /// What the person must be a member of.
    pub(crate) membership: Option<MembershipRules>,
    /// Whether it is asked for also where an ID token lacks e-mail or name.
    pub(crate) completes_id_token: bool,
    /// Whether the person can be found of tokens alone that came for a code.
    pub(super) needs_token_answer: bool,
}

/// Where a profile is.
#[derive(Debug, Clone)]
pub(crate) enum ProfileSource {
    /// It has to be asked for.
    Call(Box<Call>),
    /// In the token endpoint's answer.
    TokenAnswer,
}

impl ProfileRules {
    /// Returns every call that finding the person may cost.
    pub(super) fn calls(&self) -> impl Iterator<Item = &Call> {
        let profile = match &self.source {
            ProfileSource::Call(call) => Some(&**call),
            ProfileSource::TokenAnswer => None,
        };
        let emails = self.emails.as_ref().map(|rules| &rules.call);
        let membership = self.membership.as_ref().map(|rules| &rules.call);
        [self.lookup.as_ref(), profile, emails, membership].into_iter().flatten()
    }
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

/// How it is found out whether a person belongs to something, by the status of an answer.
#[derive(Debug, Clone)]
pub(crate) struct MembershipRules {
    /// The question.
    pub(crate) call: Call,
    /// What says yes.
    pub(crate) members: Vec<u16>,
    /// What says no.
    pub(crate) others: Vec<u16>,
    /// What it is, for people.
    pub(crate) of: String,
}
