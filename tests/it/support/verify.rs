//! Checking our tokens as an API does that knows nothing but our address: the key set over HTTP,
//! and a library that the service does not use.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::app::App;

/// Fetches the key set, verifies the token for `audience`, and returns what it says.
///
/// The library asks the system for the time, so `exp` is left to whoever reads the claims.
pub(crate) async fn verify(app: &App, token: &str, audience: &str) -> (Header, Map<String, Value>) {
    let set: JwkSet =
        serde_json::from_value(app.get("/.well-known/jwks.json").await.json()).unwrap();
    let header = decode_header(token).unwrap();
    let jwk = set.find(header.kid.as_deref().unwrap()).unwrap();
    assert_eq!(jwk.common.key_algorithm.unwrap().to_string(), "ES256");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&["https://id.example.com"]);
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(jwk).unwrap();
    let verified = decode::<Map<String, Value>>(token, &key, &validation).unwrap();
    (verified.header, verified.claims)
}
