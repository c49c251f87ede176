//! Checking our tokens as an API does that knows nothing but our issuer: the metadata and the key
//! set over HTTP, and a library that the service does not use.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Header, Validation, decode, decode_header};
use serde_json::{Map, Value};

use super::app::App;

/// Our issuer in every test. It is not where the service listens, so its addresses are fetched
/// from there.
const ISSUER: &str = "https://id.example.com";

/// Finds the key set through the metadata, verifies the token for `audience`, and returns what it says.
///
/// The library asks the system for the time, so `exp` is left to whoever reads the claims.
pub(crate) async fn verify(app: &App, token: &str, audience: &str) -> (Header, Map<String, Value>) {
    let metadata = app.get("/.well-known/openid-configuration").await;
    assert_eq!(metadata.text("issuer"), ISSUER);
    let address = metadata.text("jwks_uri");
    let path = address.strip_prefix(ISSUER).unwrap();
    let set: JwkSet = serde_json::from_value(app.get(path).await.json()).unwrap();
    let header = decode_header(token).unwrap();
    let jwk = set.find(header.kid.as_deref().unwrap()).unwrap();
    assert_eq!(jwk.common.key_algorithm.unwrap().to_string(), "ES256");
    let mut validation = Validation::new(Algorithm::ES256);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[ISSUER]);
    validation.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
    validation.validate_exp = false;
    let key = DecodingKey::from_jwk(jwk).unwrap();
    let verified = decode::<Map<String, Value>>(token, &key, &validation).unwrap();
    (verified.header, verified.claims)
}
