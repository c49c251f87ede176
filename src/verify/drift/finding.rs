//! What can drift, and what is said when it did.

use std::fmt;

use crate::provider::WebUrl;

/// What can drift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    /// Whose document it is.
    Issuer,
    /// Where the key set is.
    JwksUri,
    /// Where codes are redeemed.
    TokenEndpoint,
    /// Whose an access token is.
    UserinfoEndpoint,
    /// To which app an access token was issued.
    IntrospectionEndpoint,
    /// How a client authenticates at the token endpoint.
    ClientAuth,
    /// What ID tokens are signed with.
    Algorithms,
    /// What is in the key set.
    Keys,
}

impl What {
    /// Everything that a discovery document says, in the order in which it is compared.
    pub(in crate::verify) const OF_DOCUMENT: [Self; 7] = [
        Self::Issuer,
        Self::JwksUri,
        Self::TokenEndpoint,
        Self::UserinfoEndpoint,
        Self::IntrospectionEndpoint,
        Self::ClientAuth,
        Self::Algorithms,
    ];

    /// Returns its word, for people and for a metric's label.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Issuer => "issuer",
            Self::JwksUri => "jwks_uri",
            Self::TokenEndpoint => "token_endpoint",
            Self::UserinfoEndpoint => "userinfo_endpoint",
            Self::IntrospectionEndpoint => "introspection_endpoint",
            Self::ClientAuth => "client_auth",
            Self::Algorithms => "algorithms",
            Self::Keys => "keys",
        }
    }

    /// Returns the member of a discovery document that says it (OpenID Connect Discovery §3).
    pub(in crate::verify) fn member(self) -> Option<&'static str> {
        match self {
            Self::Issuer
            | Self::JwksUri
            | Self::TokenEndpoint
            | Self::UserinfoEndpoint
            | Self::IntrospectionEndpoint => Some(self.name()),
            Self::ClientAuth => Some("token_endpoint_auth_methods_supported"),
            Self::Algorithms => Some("id_token_signing_alg_values_supported"),
            Self::Keys => None,
        }
    }
}

/// What is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// The discovery document.
    Document,
    /// The key set.
    KeySet,
}

impl Source {
    /// Returns its word.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Document => "discovery_document",
            Self::KeySet => "key_set",
        }
    }
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// What is published is not what the row needs.
    Differs {
        /// What differs.
        what: What,
        /// What the row has, unless it leaves that to the document.
        row: Option<String>,
        /// What is published, if anything.
        live: Option<String>,
    },
    /// Something could not be had.
    Unreachable {
        /// What.
        source: Source,
        /// Where it should be.
        address: WebUrl,
        /// Why not.
        problem: String,
    },
}

impl Finding {
    /// Returns what drifted, if anything did.
    pub(super) fn drifted(&self) -> Option<What> {
        match self {
            Self::Differs { what, .. } => Some(*what),
            Self::Unreachable { .. } => None,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, row, live) = match self {
            Self::Unreachable { source, address, problem } => {
                let source = source.name().replace('_', " ");
                return write!(f, "no {source} from {address}: {problem}");
            }
            Self::Differs { what: What::Keys, row, .. } => {
                let row = row.as_deref().unwrap_or_default();
                return write!(f, "keys: none in the key set is usable, the row has {row}");
            }
            Self::Differs { what, row, live } => (*what, row, live),
        };
        let verb = if what == What::Algorithms { "are" } else { "is" };
        let found = live.as_deref().unwrap_or("missing");
        write!(f, "{} {verb} {found} in the discovery document", what.name())?;
        match (row, live) {
            (Some(row), _) => write!(f, ", the row has {row}"),
            (None, Some(_)) => f.write_str(", which is no address that may be called"),
            (None, None) => f.write_str(", and the row has none of its own"),
        }
    }
}
