//! The verifier of docs/verify.md, and all that it has to take and to refuse.

use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header, jwk::JwkSet};

/// `keys` is what `/.well-known/jwks.json` answers.
fn verify(token: &str, keys: &JwkSet) -> Result<serde_json::Value> {
    let header = decode_header(token)?;
    let key = header.kid.as_deref().and_then(|kid| keys.find(kid));
    let (Some(key), Some("at+jwt"), None) = (key, header.typ.as_deref(), header.crit) else {
        return Err(ErrorKind::InvalidToken.into());
    };
    let mut checks = Validation::new(Algorithm::ES256);
    checks.set_issuer(&["https://id.example.com"]);
    checks.set_audience(&["https://api.example.com"]);
    checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    checks.validate_nbf = true;
    Ok(decode(token, &DecodingKey::from_jwk(key)?, &checks)?.claims)
}

#[test]
fn the_verifier_of_the_page_takes_what_it_must_and_nothing_else() {
    let arguments = ["vectors", "--format", "json"];
    let printed = crate::program::run(std::path::Path::new("."), &arguments).good();
    let vectors: serde_json::Value = serde_json::from_str(&printed).unwrap();
    let keys: JwkSet = serde_json::from_value(vectors["jwks"].clone()).unwrap();
    let tokens = vectors["tokens"].as_array().unwrap();
    assert!(tokens.len() > 15, "{}", tokens.len());
    for vector in tokens {
        let claims = verify(vector["token"].as_str().unwrap(), &keys);
        assert_eq!(claims.is_ok(), vector["accept"], "{}: {claims:?}", vector["name"]);
        if let Ok(claims) = claims {
            assert!(claims["sub"].is_string(), "{claims}");
        }
    }
}
