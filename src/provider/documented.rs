//! What an issuer's own discovery document should say of a row. For comparison alone: what is
//! called is what the row says, whatever the document says.

use std::sync::Arc;

use super::WebUrl;
use super::call::Discovery;

/// Where the document is, and the row's own addresses that should stand in it.
#[derive(Debug, Clone)]
pub(crate) struct Documented {
    /// Where the document is.
    pub(crate) document: WebUrl,
    /// How the service itself reads it, if the row leaves something to it.
    pub(crate) discovery: Option<Arc<Discovery>>,
    /// Where the key set is, and other addresses of the same one; none when only the document
    /// knows.
    pub(crate) jwks_uris: Vec<WebUrl>,
    /// The token endpoint, if the row has its address.
    pub(crate) token_endpoint: Option<WebUrl>,
    /// The profile, if the row has its address and it is what OpenID Connect calls userinfo: a
    /// provider's other profile is not in the document.
    pub(crate) userinfo_endpoint: Option<WebUrl>,
    /// The introspection endpoint, if the row has its address.
    pub(crate) introspection_endpoint: Option<WebUrl>,
}
