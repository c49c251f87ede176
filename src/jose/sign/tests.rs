use super::*;
use crate::jose::{CompactJws, JwsError, UnverifiedJws, VerifyingKey};
use crate::json::parse_object;

fn round_trip(key: &SigningKey, algorithm: Algorithm) {
    let jwt = key.signer().typed("at+jwt").sign(br#"{"sub":"a"}"#).unwrap();
    let jwk = serde_json::to_value(key.public()).unwrap();
    let public = VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).unwrap();
    let compact = CompactJws::decode(jwt.expose()).unwrap();
    let jws = UnverifiedJws::parse(&compact).unwrap();
    assert_eq!(jws.algorithm(), algorithm.name());
    assert_eq!(jws.key_id(), Some(key.public().key_id()));
    assert_eq!(jws.token_type(), Some("at+jwt"));
    assert!(jws.verify(&public, algorithm).unwrap().get("sub").unwrap().is("a"));
    let other = SigningKey::generate(algorithm).unwrap();
    let jwk = serde_json::to_value(other.public()).unwrap();
    let other = VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).unwrap();
    assert_eq!(jws.verify(&other, algorithm), Err(JwsError::BadSignature));
}

#[test]
fn what_a_key_signs_only_its_public_half_verifies() {
    for algorithm in
        [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512, Algorithm::Ps256]
    {
        round_trip(&SigningKey::generate(algorithm).unwrap(), algorithm);
    }
}

#[test]
fn a_private_jwk_comes_back_from_its_text() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es384, Algorithm::Rs256] {
        let key = SigningKey::generate(algorithm).unwrap();
        let text = key.private_jwk().to_text();
        let members = parse_object(text.expose().as_bytes()).unwrap();
        let back = SigningKey::from_jwk(&SecretMembers::new(members.into())).unwrap();
        assert_eq!(back.public(), key.public());
        round_trip(&back, algorithm);
    }
}

#[test]
fn pem_files_of_each_kind_are_read() {
    let blocks = [
        (EcKeyPair::generate(EcCurve::P256).unwrap().to_pem_private_key(), Algorithm::Es256),
        (EcKeyPair::generate(EcCurve::P384).unwrap().to_pem_private_key(), Algorithm::Es384),
        (EcKeyPair::generate(EcCurve::P521).unwrap().to_pem_private_key(), Algorithm::Es512),
        (EdKeyPair::generate(EdCurve::Ed25519).unwrap().to_pem_private_key(), Algorithm::EdDsa),
        (JoseRsaKeyPair::generate(2048).unwrap().to_pem_private_key(), Algorithm::Rs256),
    ];
    for (pem, algorithm) in blocks {
        let pem = format!("# a comment\n\n{}\n", String::from_utf8(pem).unwrap());
        round_trip(&SigningKey::from_pem(&Secret::new(pem)).unwrap(), algorithm);
    }
}

#[test]
fn key_material_that_does_not_fit_is_refused() {
    let ec = SigningKey::generate(Algorithm::Es256).unwrap().private_jwk().expose().clone();
    let with = |name: &str, value: Option<Value>| {
        let mut jwk = ec.clone();
        match value {
            Some(value) => jwk.insert(name.to_owned(), value),
            None => jwk.remove(name),
        };
        SigningKey::from_jwk(&SecretMembers::new(jwk)).map(|_| ())
    };
    assert_eq!(with("kid", Some("mine".into())), Ok(()));
    assert_eq!(with("alg", Some("HS256".into())), Err(KeyFormatError::Algorithm));
    assert_eq!(with("alg", Some("ES384".into())), Err(KeyFormatError::Algorithm));
    // It would be published as a key of that curve, which nobody could use.
    assert_eq!(with("crv", Some("P-257".into())), Err(KeyFormatError::Algorithm));
    assert_eq!(
        with("kty", Some("oct".into())).unwrap_err().to_string(),
        "not a JWK of type EC, OKP or RSA"
    );
    assert!(matches!(with("d", None), Err(KeyFormatError::Malformed(_))));
    assert_eq!(with("d", ec.get("x").cloned()), Err(KeyFormatError::Rejected));
    // A sequence of 2^64 - 5 bytes, of which josekit would make room for all.
    let endless = "-----BEGIN PRIVATE KEY-----\nMIj/////////+wIBAA==\n-----END PRIVATE KEY-----";
    let endless = SigningKey::from_pem(&Secret::new(endless));
    assert!(matches!(endless, Err(KeyFormatError::Malformed(_))));
    let no_key = Secret::new("-----BEGIN CERTIFICATE-----");
    assert!(matches!(SigningKey::from_pem(&no_key), Err(KeyFormatError::Malformed(_))));
}

#[test]
fn neither_a_key_nor_its_signer_prints_private_parts() {
    let key = SigningKey::generate(Algorithm::Es256).unwrap();
    let jwk = key.private_jwk().expose();
    let printed = format!("{key:?} {:?}", key.signer());
    assert!(!printed.contains(jwk["d"].as_str().unwrap()));
}
