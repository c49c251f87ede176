//! The words that rows have for the profile of an access token.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::words::{rejected, sub};
use crate::provider::call::{Method, TokenPlace};
use crate::provider::claims::ClaimMap;
use crate::provider::condition::Condition;
use crate::provider::place::Place;
use crate::provider::pointer::Pointer;
use crate::provider::reference::Reference;
use crate::provider::requirements::{Alternatives, Requirements};

/// A row's words on the profile of an access token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProfile {
    /// The discovery document says when absent.
    pub(in crate::provider) url: Option<String>,
    #[serde(default)]
    pub(in crate::provider) method: Method,
    #[serde(default = "bearer")]
    pub(in crate::provider) token: TokenPlace,
    #[serde(default)]
    pub(in crate::provider) query: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::provider) form: BTreeMap<String, String>,
    /// That there is no call: the profile is where this says.
    pub(in crate::provider) from: Option<RawSource>,
    /// The scope that the call needs.
    pub(crate) scope: Option<String>,
    /// The query parameter for the token's HMAC under the client secret.
    pub(in crate::provider) proof: Option<String>,
    pub(in crate::provider) signature: Option<RawSignature>,
    #[serde(default = "rejected")]
    pub(in crate::provider) rejected: Vec<u16>,
    #[serde(default = "sub")]
    pub(in crate::provider) subject: Vec<Place>,
    #[serde(default)]
    pub(in crate::provider) require: Requirements,
    #[serde(default)]
    pub(in crate::provider) claims: ClaimMap,
    pub(in crate::provider) emails: Option<RawEmails>,
    pub(in crate::provider) membership: Option<RawMembership>,
    pub(in crate::provider) lookup: Option<RawLookup>,
    #[serde(default)]
    pub(in crate::provider) values: BTreeMap<String, Place>,
    pub(in crate::provider) completes_id_token: Option<bool>,
    /// Whether access tokens may be JWTs; they may where there are no ID tokens to take them for.
    pub(in crate::provider) jwt: Option<bool>,
    /// What their claims say, if not by their audience, to be told from ID tokens.
    #[serde(default)]
    pub(in crate::provider) jwt_when: Alternatives,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::provider) enum RawSource {
    Token,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::provider) enum RawSignature {
    SortedMd5,
}

/// A row's words on the call that has to be made before.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::provider) struct RawLookup {
    pub(in crate::provider) url: String,
    #[serde(default)]
    pub(in crate::provider) method: Method,
    #[serde(default = "bearer")]
    pub(in crate::provider) token: TokenPlace,
    #[serde(default)]
    pub(in crate::provider) query: BTreeMap<String, String>,
    #[serde(default)]
    pub(in crate::provider) form: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::provider) struct RawMembership {
    pub(in crate::provider) url: String,
    pub(in crate::provider) members: Vec<u16>,
    pub(in crate::provider) others: Vec<u16>,
    /// What it is, for people.
    pub(in crate::provider) of: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::provider) struct RawEmails {
    pub(in crate::provider) url: String,
    pub(in crate::provider) list: Pointer,
    pub(in crate::provider) email: Pointer,
    pub(in crate::provider) primary: Condition,
    pub(in crate::provider) verified: Condition,
    /// Statuses that say that the addresses are not for this token: then there is none.
    pub(in crate::provider) hidden: Vec<u16>,
}

impl RawProfile {
    /// Whether the person can be found of tokens alone that came for a code.
    pub(in crate::provider) fn needs_token_answer(&self) -> bool {
        self.from.is_some() || self.references().iter().any(|at| at.is_token())
    }

    /// Returns every member that finding the person depends on.
    pub(in crate::provider) fn references(&self) -> Vec<&Reference> {
        let places = self.values.values().chain(&self.subject).flat_map(Place::references);
        places.chain(self.require.references()).collect()
    }
}

fn bearer() -> TokenPlace {
    TokenPlace::Bearer
}
