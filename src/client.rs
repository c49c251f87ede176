//! The applications that may exchange credentials: what each is allowed, as configured.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::provider::ProviderId;
use crate::secret::Secret;

/// A client ID of ours (RFC 6749 §2.2): 1 to 255 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct ClientId(Arc<str>);

impl ClientId {
    /// Returns the client ID if `text` can be one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits =
            (1..=255).contains(&text.len()) && text.chars().all(|c| (' '..='~').contains(&c));
        fits.then(|| Self(text.into()))
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A claim that a client may ask to have in its tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ProfileClaim {
    /// E-mail address.
    Email,
    /// Whether the provider verified it.
    EmailVerified,
    /// Full name.
    Name,
    /// Given names.
    GivenName,
    /// Family names.
    FamilyName,
    /// Name by which the person wants to be called.
    PreferredUsername,
    /// Address of a picture.
    Picture,
    /// Language.
    Locale,
    /// The provider's own id of the person.
    IdpSub,
}

impl ProfileClaim {
    /// What goes into tokens when a client does not say.
    pub(crate) const DEFAULT: [Self; 4] =
        [Self::Email, Self::EmailVerified, Self::Name, Self::Picture];
}

/// An application that may exchange credentials for tokens.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    /// Its ID.
    pub(crate) id: ClientId,
    /// Confidential clients only: what authenticates it.
    pub(crate) secret: Option<Secret>,
    /// The APIs that its tokens are for; all of them when a request names none. Never empty.
    pub(crate) audience: Vec<String>,
    /// Web origins that may use it from a browser (RFC 6454 §6.1), compared exactly.
    pub(crate) origins: BTreeSet<String>,
    /// Where providers may send its users back to with a code, compared exactly.
    pub(crate) redirect_uris: Vec<String>,
    /// Providers that its users sign in with.
    pub(crate) providers: Vec<ProviderId>,
    /// Scopes that it may ask for, all of them granted when it asks for none.
    pub(crate) scopes: Vec<String>,
    /// How long its tokens live.
    pub(crate) lifetime: Duration,
    /// Other clients whose exchanges it may have explained.
    pub(crate) explains: Vec<ClientId>,
    /// Which claims its tokens carry.
    pub(crate) claims: BTreeSet<ProfileClaim>,
}

/// The configured clients.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clients(Vec<Arc<Client>>);

impl Clients {
    /// Collects configured clients.
    pub(crate) fn new(clients: impl IntoIterator<Item = Client>) -> Self {
        Self(clients.into_iter().map(Arc::new).collect())
    }

    /// Returns the client of this ID.
    pub(crate) fn get(&self, id: &str) -> Option<&Arc<Client>> {
        self.iter().find(|client| client.id.as_str() == id)
    }

    /// Returns every client.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Client>> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_ids_are_printable_and_short() {
        assert!(ClientId::parse("spa").is_some());
        for bad in ["", "a\nb", "é", &"a".repeat(256)] {
            assert_eq!(ClientId::parse(bad), None, "{bad:?}");
        }
    }
}
