use serde_json::json;

use super::*;
use crate::crypto::base64url;
use crate::jose::{PublicJwk, SigningKey};

fn parse(jwk: &Value) -> Result<VerifyingKey, UnusableKey> {
    VerifyingKey::from_jwk(jwk, &Algorithm::ALL)
}

fn public(algorithm: Algorithm) -> Value {
    serde_json::to_value(SigningKey::generate(algorithm).unwrap().public()).unwrap()
}

#[test]
fn thumbprints_are_those_of_the_rfcs() {
    // RFC 7638 §3.1 and RFC 8037 appendix A.3.
    let rsa = json!({"kty": "RSA", "e": "AQAB", "n": concat!(
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJ",
        "ECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW",
        "2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQ",
        "Fh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )});
    let ed = json!({"kty": "OKP", "crv": "Ed25519",
        "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"});
    for (jwk, algorithm, expected) in [
        (rsa, Algorithm::Rs256, "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"),
        (ed, Algorithm::EdDsa, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"),
    ] {
        let key = PublicJwk::from_jwk(jwk.as_object().unwrap(), algorithm, None).unwrap();
        assert_eq!(key.key_id().as_str(), expected);
    }
}

#[test]
fn a_key_serves_what_its_type_and_its_alg_allow() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Es384, Algorithm::Es512] {
        let key = parse(&public(algorithm)).unwrap();
        for other in Algorithm::ALL {
            assert_eq!(key.serves(other), other == algorithm, "{algorithm} {other}");
        }
    }
    let mut rsa = public(Algorithm::Rs256);
    assert!(!parse(&rsa).unwrap().serves(Algorithm::Ps256));
    rsa.as_object_mut().unwrap().remove("alg");
    assert!(parse(&rsa).unwrap().serves(Algorithm::Ps256));
}

#[test]
fn keys_that_cannot_verify_here_say_why() {
    let good = public(Algorithm::Es256);
    let with = |name: &str, value: Value| {
        let mut jwk = good.clone();
        jwk[name] = value;
        parse(&jwk).map(|_| ())
    };
    assert_eq!(with("kid", "k".into()), Ok(()));
    assert_eq!(with("use", "enc".into()), Err(UnusableKey::NotForSignatures));
    assert_eq!(with("key_ops", json!(["encrypt"])), Err(UnusableKey::NotForSignatures));
    assert_eq!(with("key_ops", json!(["verify"])), Ok(()));
    assert_eq!(with("key_ops", "verify".into()), Err(UnusableKey::Malformed));
    assert_eq!(with("kid", 7.into()), Err(UnusableKey::Malformed));
    assert_eq!(with("alg", "HS256".into()), Err(UnusableKey::OtherAlgorithm));
    assert_eq!(with("alg", "ES384".into()), Err(UnusableKey::OtherAlgorithm));
    assert_eq!(with("crv", "P-384".into()), Err(UnusableKey::OtherAlgorithm));
    assert_eq!(with("kty", "oct".into()), Err(UnusableKey::OtherAlgorithm));
    assert_eq!(with("x", "AAAA".into()), Err(UnusableKey::Malformed));
    assert_eq!(with("x", good["y"].clone()), Err(UnusableKey::Malformed), "not on the curve");
    let weak = json!({"kty": "RSA", "e": "AQAB", "n": base64url(&[0xff; 128])});
    assert_eq!(parse(&weak).map(|_| ()), Err(UnusableKey::Malformed), "1024 bits");
}

#[test]
fn a_set_keeps_its_good_keys_and_is_nothing_without_one() {
    let set =
        |keys: Value| parse_key_set(json!({"keys": keys}).as_object().unwrap(), &Algorithm::ALL);
    let good = public(Algorithm::Es256);
    assert_eq!(set(json!([{"kty": "oct", "k": "AA"}, 7, good])).unwrap().len(), 1);
    assert!(set(json!([])).is_none());
    assert!(set(json!([7])).is_none());
    assert!(set(json!("x")).is_none());
}

#[test]
fn a_published_key_has_no_private_member() {
    for algorithm in [Algorithm::EdDsa, Algorithm::Es256, Algorithm::Rs256] {
        let jwk = public(algorithm);
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(jwk.get(private).is_none(), "{algorithm} {private}");
        }
        assert_eq!(jwk["use"], "sig");
        assert_eq!(jwk["alg"], algorithm.name());
    }
}
