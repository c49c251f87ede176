//! The catalogue: rows as they are written. What an operator makes of one is `configure`'s.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::access::{BindingMethod, ClientAuth};
use super::call::{ErrorCodes, TokenPlace};
use super::claims::ClaimMap;
use super::pointer::{Condition, Pointer};
use super::{NonceForm, Tenants};
use crate::jose::Algorithm;

/// The built-in rows.
const BUILT_IN: &str = include_str!("catalogue.toml");

/// A row of the catalogue: all that is known of a provider without an operator.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    /// The row's name.
    #[serde(skip)]
    pub(crate) name: String,
    /// For people.
    pub(crate) title: String,
    /// Other names, among them python-social-auth's for the same service.
    pub(crate) aliases: Vec<String>,
    /// Those of the aliases that stand for ID tokens and for nothing else.
    #[serde(default)]
    pub(crate) id_token_names: Vec<String>,
    /// What the person's id is unique within.
    pub(crate) namespace: String,
    /// What `sub` is scoped to, for people.
    pub(crate) subject: String,
    /// Where the client ID comes from, for people.
    pub(crate) setup: String,
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

impl Row {
    /// Returns the kinds of credentials that the provider has.
    pub(crate) fn kinds(&self) -> Vec<&'static str> {
        let id_token = self.id_token.as_ref().map(|_| "id_token");
        let access_token = self.profile.as_ref().map(|_| "access_token");
        let code = self.code.as_ref().map(|_| "code");
        [id_token, access_token, code].into_iter().flatten().collect()
    }

    /// Returns how it is proved to which app an access token was issued; `none` is not at all,
    /// and then they are refused unless the operator allows them.
    pub(crate) fn binding_name(&self) -> &'static str {
        self.binding.as_ref().map_or("none", |binding| binding.method.name())
    }
}

/// A setting of a row.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    /// Its value when the operator gives none; without one the operator must.
    pub(crate) default: Option<String>,
    /// What it means, for people.
    pub(crate) help: String,
}

/// A row's words on ID tokens.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawIdToken {
    pub(crate) issuers: Vec<String>,
    pub(crate) jwks_uri: Option<String>,
    pub(crate) discovery: Option<String>,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) nonce_forms: Vec<NonceForm>,
    #[serde(default, with = "duration")]
    pub(super) key_grace: Option<Duration>,
    pub(super) tenant: Option<RawTenant>,
    #[serde(default)]
    pub(super) claims: ClaimMap,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTenant {
    pub(super) claim: String,
    pub(super) setting: String,
    pub(super) sets: BTreeMap<String, Tenants>,
}

/// A row's words on the profile of an access token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawProfile {
    /// The discovery document says when absent.
    pub(super) url: Option<String>,
    /// The scope that the call needs.
    pub(crate) scope: Option<String>,
    /// The query parameter for the token's HMAC under the client secret.
    pub(super) proof: Option<String>,
    pub(super) subject: Vec<Pointer>,
    #[serde(default)]
    pub(super) require: Vec<Condition>,
    #[serde(default)]
    pub(super) claims: ClaimMap,
    pub(super) emails: Option<RawEmails>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawEmails {
    pub(super) url: String,
    pub(super) list: Pointer,
    pub(super) email: Pointer,
    pub(super) primary: Condition,
    pub(super) verified: Condition,
    /// Statuses that say that the addresses are not for this token: then there is none.
    pub(super) hidden: Vec<u16>,
}

/// A row's words on the app of an access token. The method says how the question is put, unless
/// `token` and `client_auth` say otherwise.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBinding {
    pub(crate) method: BindingMethod,
    pub(super) url: String,
    pub(super) token: Option<TokenPlace>,
    pub(super) client_auth: Option<ClientAuth>,
    pub(super) scope: Option<String>,
    #[serde(default = "rejected")]
    pub(super) rejected: Vec<u16>,
    /// In place of the row's.
    pub(super) errors: Option<ErrorCodes>,
    pub(super) client_id: Pointer,
    pub(super) authorized_party: Option<Pointer>,
    #[serde(default)]
    pub(super) require: Vec<Condition>,
    pub(super) subject: Option<Pointer>,
    pub(super) expires_in: Option<Pointer>,
    pub(super) expires_at: Option<Pointer>,
}

/// A row's words on authorization codes.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCode {
    /// The discovery document says when absent.
    pub(super) token_endpoint: Option<String>,
    /// The discovery document says when absent.
    pub(super) client_auth: Option<ClientAuth>,
    pub(crate) pkce: bool,
    pub(super) code_suffix: Option<String>,
    #[serde(default)]
    pub(super) redirect_words: Vec<String>,
    /// In place of the row's.
    pub(super) errors: Option<ErrorCodes>,
    #[serde(default = "access_token")]
    pub(super) access_token: Vec<Pointer>,
}

/// What most say of a credential that is not good (RFC 6749 §5.2, RFC 6750 §3.1).
pub(super) fn rejected() -> Vec<u16> {
    vec![400, 401]
}

/// What most say of a client that does not authenticate (RFC 6749 §5.2).
pub(super) fn client_refused() -> Vec<u16> {
    vec![401]
}

fn access_token() -> Vec<Pointer> {
    vec![Pointer::to_member("access_token")]
}

/// The rows, by name.
#[derive(Debug, Clone)]
pub(crate) struct Catalogue(BTreeMap<String, Row>);

impl Catalogue {
    /// Returns the rows that the program brings.
    ///
    /// # Errors
    ///
    /// Says which row does not load. A test loads them, so a released program has none.
    pub(crate) fn built_in() -> Result<Self, toml::de::Error> {
        let mut rows: BTreeMap<String, Row> = toml::from_str(BUILT_IN)?;
        for (name, row) in &mut rows {
            row.name.clone_from(name);
        }
        Ok(Self(rows))
    }

    /// Returns the row of this name or alias.
    pub(crate) fn find(&self, name: &str) -> Option<&Row> {
        self.0.get(name).or_else(|| self.rows().find(|row| row.aliases.iter().any(|a| a == name)))
    }

    /// Returns every row, in the order of their names.
    pub(crate) fn rows(&self) -> impl Iterator<Item = &Row> {
        self.0.values()
    }
}

mod duration {
    //! Durations as people write them, in a row.

    use std::time::Duration;

    use serde::{Deserialize, Deserializer, de};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Some).map_err(de::Error::custom)
    }
}
