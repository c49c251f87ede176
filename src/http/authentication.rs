//! Which client is calling, and whether it is (RFC 6749 §2.3 and §3.2.1).

use std::sync::Arc;

use poem::Request;
use poem::http::header;

use super::error::{ApiError, ErrorCode, Grant, Reason, refusal};
use super::form::missing;
use crate::client::Client;
use crate::crypto::from_base64;
use crate::issuer::Issuer;
use crate::secret::Secret;

/// What the parameters say of the client.
#[derive(Debug)]
pub(super) struct ClientCredentials {
    id: Option<String>,
    secret: Option<Secret>,
}

impl ClientCredentials {
    /// Takes the two parameters.
    pub(super) fn new(id: Option<String>, secret: Option<Secret>) -> Self {
        Self { id, secret }
    }
}

/// Finds the client and, if it has a secret, checks that it sent it: by HTTP Basic or as a
/// parameter. A client without one need not prove anything; a secret that it sends is ignored.
///
/// # Errors
///
/// `unknown_client` and `bad_client_credentials` (401), `missing_parameter`, and
/// `invalid_parameter` when both ways are used (RFC 6749 §2.3).
pub(super) fn authenticate(
    issuer: &Issuer,
    request: &Request,
    sent: &ClientCredentials,
) -> Result<Arc<Client>, ApiError> {
    let basic = basic(request)?;
    let (id, secret) = match (&basic, &sent.id) {
        (Some((id, _)), Some(other)) if id != other => {
            return Err(invalid("`client_id` is not the user of the Authorization header"));
        }
        (Some(_), _) if sent.secret.is_some() => {
            return Err(invalid("the client authenticates twice: by header and by parameter"));
        }
        (Some((id, secret)), _) => (id, Some(secret)),
        (None, Some(id)) => (id, sent.secret.as_ref()),
        (None, None) => return Err(missing("client_id")),
    };
    let challenged = |error: ApiError| {
        if basic.is_some() { error.challenging_basic() } else { error }
    };
    let client =
        issuer.client(id).map_err(|error| challenged(refusal(&error, Grant::TokenExchange)))?;
    match (&client.secret, secret) {
        (Some(expected), Some(secret)) if expected == secret => Ok(client),
        (Some(_), _) => Err(challenged(ApiError::new(
            ErrorCode::InvalidClient,
            Reason::BadClientCredentials,
            "this client has a secret, and none or another one was sent",
        ))),
        (None, Some(_)) => {
            tracing::warn!(client = %client.id, "a client without a secret sent one; ignored");
            Ok(client)
        }
        (None, None) => Ok(client),
    }
}

/// Finds a client that has a secret and proved it.
///
/// # Errors
///
/// As [`authenticate`], and `bad_client_credentials` for a client without a secret.
pub(super) fn authenticate_confidential(
    issuer: &Issuer,
    request: &Request,
    sent: &ClientCredentials,
) -> Result<Arc<Client>, ApiError> {
    let client = authenticate(issuer, request, sent)?;
    if client.secret.is_some() {
        return Ok(client);
    }
    let description = "only a client that has a secret may do this";
    let error = ApiError::new(ErrorCode::InvalidClient, Reason::BadClientCredentials, description);
    Err(if basic(request)?.is_some() { error.challenging_basic() } else { error })
}

/// Who asks for an explanation, and whose exchange it is about.
#[derive(Debug)]
pub(super) struct Asking {
    /// Who asks; anybody when there is none.
    pub(super) by: Option<Arc<Client>>,
    /// Whose exchange it is.
    pub(super) about: Arc<Client>,
}

/// Finds the client whose exchange is to be explained. Who asks is a client that has a secret and
/// proved it, for itself or, by HTTP Basic, for one of its `explains`; or `anybody`, where that is so.
///
/// # Errors
///
/// As [`authenticate_confidential`]; `unknown_client` and `client_not_explained` for the one that is
/// asked about.
pub(super) fn authenticate_asking(
    issuer: &Issuer,
    request: &Request,
    (sent, anybody): (&ClientCredentials, bool),
) -> Result<Asking, ApiError> {
    let named = |id: &str| {
        let found = issuer.client(id);
        found.map_err(|error| refusal(&error, Grant::TokenExchange))
    };
    let is_basic = basic(request)?.is_some();
    if let (Some(id), true) = (&sent.id, anybody && !is_basic) {
        return Ok(Asking { by: None, about: named(id)? });
    }
    // With HTTP Basic `client_id` says who is asked about.
    let itself = ClientCredentials { id: None, secret: sent.secret.clone() };
    let caller = if is_basic { &itself } else { sent };
    let by = authenticate_confidential(issuer, request, caller)?;
    let about = match &sent.id {
        Some(id) if is_basic => named(id)?,
        _ => Arc::clone(&by),
    };
    if about.id != by.id && !by.explains.contains(&about.id) {
        let description = format!("{} is not in `explains` of client {}", about.id, by.id);
        let code = ErrorCode::UnauthorizedClient;
        return Err(ApiError::new(code, Reason::ClientNotExplained, description));
    }
    Ok(Asking { by: Some(by), about })
}

/// Reads HTTP Basic credentials (RFC 7617), each half form-encoded (RFC 6749 §2.3.1).
fn basic(request: &Request) -> Result<Option<(String, Secret)>, ApiError> {
    let Some(value) = request.headers().get(header::AUTHORIZATION) else { return Ok(None) };
    let wrong = || invalid("the Authorization header is no well-formed HTTP Basic");
    // Another scheme, a page's own bearer token for instance, does not authenticate a client.
    let Some((scheme, credentials)) = value.to_str().ok().and_then(|it| it.split_once(' ')) else {
        return Ok(None);
    };
    if !scheme.eq_ignore_ascii_case("Basic") {
        return Ok(None);
    }
    let decoded = from_base64(credentials.trim()).and_then(|bytes| String::from_utf8(bytes).ok());
    let decoded = Secret::new(decoded.ok_or_else(wrong)?);
    let (id, secret) = decoded.expose().split_once(':').ok_or_else(wrong)?;
    let text = |part: &str| super::form::decode(part).ok_or_else(wrong);
    Ok(Some((text(id)?, Secret::new(text(secret)?))))
}

fn invalid(description: &str) -> ApiError {
    ApiError::new(ErrorCode::InvalidRequest, Reason::InvalidParameter, description)
}
