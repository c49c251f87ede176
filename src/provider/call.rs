//! Calls to a provider, as data: where to, with what, and what its answers mean. Making them is
//! `verify`'s.

use std::sync::Arc;

use serde::Deserialize;

use super::WebUrl;
use super::address::Reach;
use super::errors::ErrorCodes;
use super::template::UrlTemplate;
use crate::secret::Secret;

/// A call with an access token. Everything that does not depend on the token is made at start.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    /// Where to.
    pub(crate) endpoint: Endpoint,
    /// How, when nothing makes it a POST.
    pub(crate) method: Method,
    /// Headers that are always sent.
    pub(crate) headers: Vec<(String, Secret)>,
    /// Query parameters that are always sent.
    pub(crate) query: Vec<(String, Secret)>,
    /// Form fields that are always sent.
    pub(crate) form: Vec<(String, Secret)>,
    /// Where the access token goes.
    pub(crate) token: TokenPlace,
    /// What proves with each token that we have the client secret, where the provider asks for it.
    pub(crate) proof: Option<TokenProof>,
    /// Headers of the answer that are read.
    pub(crate) keep_headers: Vec<String>,
    /// What its answers mean.
    pub(crate) meaning: Meaning,
}

/// How a call is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Method {
    /// GET.
    #[default]
    Get,
    /// POST.
    Post,
}

/// An address that is known, or that the provider's discovery document knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// Known.
    At(WebUrl),
    /// Known but for what each call puts into it.
    Template(UrlTemplate),
    /// In the discovery document.
    Discovered(Arc<Discovery>, Announced),
}

impl Endpoint {
    /// Returns where it may lead, of what is known at start.
    pub(super) fn reach(&self) -> Reach {
        match self {
            Self::At(address) => address.reach(),
            Self::Template(template) => template.reach(),
            Self::Discovered(discovery, _) => discovery.document.reach(),
        }
    }
}

/// An address that a discovery document announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Announced {
    /// `token_endpoint` (RFC 8414 §2).
    Token,
    /// `userinfo_endpoint` (OpenID Connect Discovery §3).
    Userinfo,
    /// `introspection_endpoint` (RFC 8414 §2).
    Introspection,
}

impl Announced {
    /// Returns the member's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Token => "token_endpoint",
            Self::Userinfo => "userinfo_endpoint",
            Self::Introspection => "introspection_endpoint",
        }
    }
}

/// A discovery document (OpenID Connect Discovery §4).
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Discovery {
    /// What the document's `issuer` must be, byte for byte (§4.3).
    pub(crate) issuer: String,
    /// Where the document is.
    pub(crate) document: WebUrl,
}

/// Where the access token goes in a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TokenPlace {
    /// `Authorization: Bearer` (RFC 6750 §2.1).
    Bearer,
    /// `Authorization` with another scheme.
    Scheme(String),
    /// A header of this name.
    Header(String),
    /// A query parameter of this name.
    Query(String),
    /// A form field of this name; makes it a POST.
    Form(String),
    /// The one member of a JSON object; makes it a POST.
    Json(String),
    /// The path, at [`TOKEN_PLACE`].
    Path,
}

/// Stands in an address for the access token.
pub(crate) const TOKEN_PLACE: &str = "token";

/// What proves with each access token that the client secret is known.
#[derive(Debug, Clone)]
pub(crate) enum TokenProof {
    /// Facebook's `appsecret_proof`: HMAC-SHA-256 of the access token under the client secret.
    Hmac {
        /// The query parameter.
        name: String,
        /// The client secret.
        key: Secret,
    },
    /// Odnoklassniki's `sig`: MD5 over the sorted parameters and the MD5 of token and secret.
    SortedMd5 {
        /// The query parameter.
        name: String,
        /// The client secret.
        key: Secret,
    },
}

/// What an answer means. The provider's own codes decide first, then the status.
#[derive(Debug, Clone, Default)]
pub(crate) struct Meaning {
    /// The provider's own codes.
    pub(crate) errors: ErrorCodes,
    /// Statuses that say that the credential is not good.
    pub(crate) rejected: Vec<u16>,
    /// Statuses that say that it lacks a scope.
    pub(crate) missing_scope: Vec<u16>,
    /// Statuses that say that our client ID or secret is not good.
    pub(crate) client_refused: Vec<u16>,
    /// The scope that the call needs, for people.
    pub(crate) scope: Option<String>,
}
