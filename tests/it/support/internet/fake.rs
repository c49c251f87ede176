//! What the providers have in common: a person, a ledger, and ID tokens.

use std::fmt;
use std::sync::Mutex;

use serde_json::{Map, Value, json};

use super::ledger::{Authorization, Grant, Ledger, Registered};
use crate::support::NOW_SIGNED;
use crate::support::claims::Token;
use crate::support::keys::{Key, base64url, sha256};

/// What tells one provider from another before any request.
#[derive(Debug, Clone, Copy)]
pub(super) struct Traits {
    /// The apps that are registered with it.
    pub(super) apps: &'static [Registered],
    /// What its access tokens start with.
    pub(super) token_prefix: &'static str,
    /// What its codes start with.
    pub(super) code_prefix: &'static str,
    /// Makes the claims of an ID token out of the person, `iss` included.
    pub(super) claims: fn(&Value) -> Value,
}

/// A provider with one person, who signs in to all its apps.
#[derive(Debug)]
pub(crate) struct Fake {
    /// The apps, codes and access tokens.
    pub(super) ledger: Ledger,
    traits: Traits,
    profile: Mutex<Value>,
    id_token_changes: Mutex<Vec<Change>>,
}

impl Fake {
    pub(super) fn new(traits: Traits, profile: Value) -> Self {
        Self {
            ledger: Ledger::new(traits.apps),
            traits,
            profile: Mutex::new(profile),
            id_token_changes: Mutex::default(),
        }
    }

    /// Gives out an access token.
    pub(crate) fn issue(&self, grant: Grant) -> String {
        self.issue_as(self.traits.token_prefix, grant)
    }

    /// Gives out an access token of another kind, told by its prefix.
    pub(crate) fn issue_as(&self, prefix: &str, grant: Grant) -> String {
        self.ledger.issue(prefix, grant)
    }

    /// Gives out an authorization code.
    pub(crate) fn authorize(&self, authorization: Authorization) -> String {
        self.ledger.authorize(self.traits.code_prefix, authorization)
    }

    /// Changes the person. Everything that the provider says of them follows.
    pub(crate) fn change_profile(&self, change: impl FnOnce(&mut Value)) {
        change(&mut self.profile.lock().unwrap());
    }

    /// Returns the person.
    pub(crate) fn profile(&self) -> Value {
        self.profile.lock().unwrap().clone()
    }

    /// Returns a good ID token for an app, ready to be broken.
    pub(crate) fn id_token(&self, client_id: &str) -> Token {
        let mut token = Token::valid("");
        token.claims = members(&(self.traits.claims)(&self.profile()));
        token.claim("aud", client_id);
        token.claim("iat", NOW_SIGNED - 10).claim("exp", NOW_SIGNED + 3590);
        token
    }

    /// Has the ID tokens that come with codes changed from here on.
    pub(crate) fn change_id_token(&self, change: impl Fn(&mut Token) + Send + 'static) {
        self.id_token_changes.lock().unwrap().push(Change(Box::new(change)));
    }

    /// Returns an ID token as it comes with a code.
    pub(super) fn finish(&self, mut token: Token) -> String {
        let changes = self.id_token_changes.lock().unwrap();
        changes.iter().for_each(|change| (change.0)(&mut token));
        token.compact()
    }
}

/// A change of an ID token.
struct Change(Box<dyn Fn(&mut Token) + Send>);

impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Change")
    }
}

/// Returns the key set that ID tokens verify with.
pub(super) fn key_set() -> Value {
    json!({ "keys": [Key::Rsa.jwk("rsa")] })
}

/// Returns `at_hash` of an access token for RS256: the left half of its SHA-256 (OpenID Connect
/// Core §3.1.3.6).
pub(super) fn at_hash(access_token: &str) -> String {
    base64url(&sha256(access_token)[..16])
}

/// Returns the members of an object, but for those that are null.
fn members(object: &Value) -> Map<String, Value> {
    let members = object.as_object().unwrap().clone().into_iter();
    members.filter(|(_, value)| !value.is_null()).collect()
}

/// Returns a value as those write it who write everything as text.
pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Leaves members out of an object.
pub(super) fn without(mut object: Value, names: &[&str]) -> Value {
    if let Some(members) = object.as_object_mut() {
        members.retain(|name, _| !names.contains(&name.as_str()));
    }
    object
}
