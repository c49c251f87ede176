//! The demo's API: what anybody's API would do with one of our tokens, knowing nothing of the
//! issuer but its name and the address of its key set.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use serde_json::{Map, Value};

use crate::clock::{Clock, UnixTime};
use crate::jose::{Algorithm, CompactJws, KeyId, UnverifiedJws, VerifyingKey, parse_key_set};
use crate::json::parse_object;
use crate::provider::WebUrl;
use crate::verify::Outbound;

/// Least time between two fetches of the key set.
const COOL_DOWN: Duration = Duration::from_secs(10);
/// The algorithms that it accepts.
const ALGORITHMS: [Algorithm; 1] = [Algorithm::Es256];

/// An API that greets.
#[derive(Debug)]
pub(super) struct HelloApi {
    issuer: String,
    audience: String,
    key_set: WebUrl,
    outbound: Outbound,
    clock: Clock,
    keys: ArcSwapOption<(UnixTime, Vec<VerifyingKey>)>,
}

impl HelloApi {
    /// Makes an API that trusts tokens of `issuer` for its own audience.
    pub(super) fn new(issuer: &str, key_set: WebUrl, (outbound, clock): (Outbound, Clock)) -> Self {
        let audience = format!("{issuer}/demo/api");
        let (issuer, keys) = (issuer.to_owned(), ArcSwapOption::empty());
        Self { issuer, audience, key_set, outbound, clock, keys }
    }

    /// Verifies a token as of some time later, and returns its key ID and claims, or what is wrong
    /// with it.
    pub(super) async fn verify(
        &self,
        token: &str,
        later: Duration,
    ) -> Result<(KeyId, Map<String, Value>), &'static str> {
        let no_jwt = |_| "the token is no JWT";
        let compact = CompactJws::decode(token).map_err(no_jwt)?;
        let jws = UnverifiedJws::parse(&compact).map_err(no_jwt)?;
        if jws.token_type() != Some("at+jwt") {
            return Err("the token is no access token (`typ` is not at+jwt)");
        }
        let algorithm = jws.algorithm().parse().ok().filter(|it| ALGORITHMS.contains(it));
        let algorithm = algorithm.ok_or("the token's algorithm is not accepted")?;
        let key_id = jws.key_id().ok_or("the token names no key")?;
        let key = self.key(key_id).await.ok_or("no key of the JWKS has the token's key ID")?;
        let claims = jws.verify(&key, algorithm).map_err(|_| "the signature does not match")?;
        let is = |name: &str, value: &str| claims.get(name).is_some_and(|claim| claim.is(value));
        let expires = claims.get("exp").and_then(|it| it.as_number()?.as_u64()).map(UnixTime);
        if !is("iss", &self.issuer) {
            return Err("the token is of another issuer");
        }
        if !is("aud", &self.audience) {
            return Err("the token is for another audience");
        }
        if expires.is_none_or(|expires| self.clock.now().plus(later) >= expires) {
            return Err("the token has expired");
        }
        Ok((key_id.clone(), claims.clone().into()))
    }

    async fn key(&self, wanted: &KeyId) -> Option<VerifyingKey> {
        let find = |keys: &[VerifyingKey]| {
            keys.iter().find(|key| key.key_id.as_ref() == Some(wanted)).cloned()
        };
        let now = self.clock.now();
        if let Some(cached) = self.keys.load_full() {
            let (fetched_at, keys) = &*cached;
            if let Some(key) = find(keys) {
                return Some(key);
            }
            if now < fetched_at.plus(COOL_DOWN) {
                return None;
            }
        }
        let body = self.outbound.get(&self.key_set).await.ok()?;
        let keys = parse_key_set(&parse_object(body.bytes.expose()).ok()?.into(), &ALGORITHMS)?;
        let found = find(&keys);
        self.keys.store(Some(Arc::new((now, keys))));
        found
    }
}
