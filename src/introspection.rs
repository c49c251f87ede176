//! Looking at one of our own tokens for an API that cannot verify it itself (RFC 7662).

use serde_json::{Map, Value};

use crate::client::Client;
use crate::clock::UnixTime;
use crate::issuer::Issuer;
use crate::jose::{Algorithm, CompactJws, UnverifiedJws, VerifyingKey};
use crate::json::Json;
use crate::token::TOKEN_TYPE;

/// Returns the claims of a token that is ours, has not expired and is for one of the caller's
/// audiences; `None` for everything else, without saying why (RFC 7662 §2.2 and §4).
pub(crate) fn introspect(
    issuer: &Issuer,
    token: &str,
    caller: &Client,
) -> Option<Map<String, Value>> {
    let compact = CompactJws::decode(token).ok()?;
    let jws = UnverifiedJws::parse(&compact).ok()?;
    if jws.token_type() != Some(TOKEN_TYPE) {
        return None;
    }
    let algorithm: Algorithm = jws.algorithm().parse().ok()?;
    let jwk = issuer.keys.published_key(jws.key_id()?)?;
    let key = VerifyingKey::from_jwk(&jwk, &[algorithm]).ok()?;
    let claims = jws.verify(&key, algorithm).ok()?;
    let expires = claims.get("exp")?.as_number()?.as_u64().map(UnixTime)?;
    let ours = claims.get("iss").is_some_and(|iss| iss.is(&issuer.name));
    let live = ours && issuer.clock.now() < expires && is_for(claims.get("aud")?, caller);
    live.then(|| claims.clone().into())
}

fn is_for(audience: &Json<'_>, caller: &Client) -> bool {
    let named = |value: &Json<'_>| caller.audience.iter().any(|own| value.is(own));
    audience.as_array().map_or_else(|| named(audience), |several| several.iter().any(named))
}
