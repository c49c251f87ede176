//! Fetching a key set (RFC 7517 §5), from where its provider says that it is.

use std::time::Duration;

use super::call::About;
use super::clock_offset::ClockOffset;
use super::discovery;
use super::drift::Watch;
use super::key_set::Answer;
use super::outbound::{Body, OutboundError};
use super::seen::Seen;
use crate::clock::{Clock, UnixTime};
use crate::jose::{Algorithm, VerifyingKey, parse_key_set};
use crate::json::parse_object;
use crate::provider::{IdTokenRules, KeySource, WebUrl};

/// What a key set's address answers.
pub(super) struct Fetched {
    /// Its keys for the wanted algorithms, which may be none.
    pub(super) keys: Vec<VerifyingKey>,
    /// How long it is good for, if it says.
    max_age: Option<Duration>,
    /// When it was sent, if it says.
    sent_at: Option<UnixTime>,
}

/// Reads what comes from a key set's address.
pub(super) async fn read(
    got: impl Future<Output = Result<Body, OutboundError>>,
    algorithms: &[Algorithm],
) -> Result<Fetched, OutboundError> {
    let Body { bytes, max_age, sent_at } = got.await?;
    let set = parse_object(bytes.expose())
        .map_err(|_| OutboundError::Malformed("the key set is no JSON object"))?;
    let keys = parse_key_set(&set.into(), algorithms).unwrap_or_default();
    Ok(Fetched { keys, max_age, sent_at })
}

/// Asks a provider for its keys, of which there must be one at least. Where they are is looked up unless
/// it is `known`.
pub(super) async fn ask(
    seen: Seen<'_>,
    rules: &IdTokenRules,
    known: Option<WebUrl>,
    (watch, clock_offset, clock): (&Watch, &ClockOffset, &Clock),
) -> Result<Answer, OutboundError> {
    let (provider, looked_up) = (&rules.provider, known.is_none());
    let address = match (&rules.keys, known) {
        (KeySource::KeySet(address), _) => address.clone(),
        (KeySource::Discovery(_), Some(address)) => address,
        (KeySource::Discovery(discovery), None) => {
            let metadata = discovery::fetch(seen, provider, (discovery, watch)).await?;
            metadata.jwks_uri.ok_or(OutboundError::Malformed(
                "the discovery document's `jwks_uri` is no https address that may be called",
            ))?
        }
    };
    let got = seen.get(About { provider, call: "keys" }, &address);
    let Fetched { keys, max_age, sent_at } = read(got, &rules.algorithms).await?;
    clock_offset.note(provider, sent_at, clock.now());
    watch.keys(rules, keys.len());
    if keys.is_empty() {
        return Err(OutboundError::Malformed("the key set holds no usable key"));
    }
    Ok(Answer { keys, max_age, address, looked_up })
}
