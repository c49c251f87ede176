//! Fetching a key set (RFC 7517 §5).

use std::time::Duration;

use super::Outbound;
use super::outbound::{Body, OutboundError};
use crate::clock::UnixTime;
use crate::jose::{Algorithm, VerifyingKey, parse_key_set};
use crate::json::parse_object;
use crate::provider::WebUrl;

/// What a key set's address answers.
pub(super) struct Fetched {
    /// Its keys for the wanted algorithms, which may be none.
    pub(super) keys: Vec<VerifyingKey>,
    /// How long it is good for, if it says.
    pub(super) max_age: Option<Duration>,
    /// When it was sent, if it says.
    pub(super) sent_at: Option<UnixTime>,
}

/// Fetches a key set.
pub(super) async fn fetch(
    outbound: &Outbound,
    address: &WebUrl,
    algorithms: &[Algorithm],
) -> Result<Fetched, OutboundError> {
    let Body { bytes, max_age, sent_at } = outbound.get(address).await?;
    let set = parse_object(bytes.expose())
        .map_err(|_| OutboundError::Malformed("the key set is no JSON object"))?;
    let keys = parse_key_set(&set.into(), algorithms).unwrap_or_default();
    Ok(Fetched { keys, max_age, sent_at })
}
