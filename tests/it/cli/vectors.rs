//! `vectors`: a verifier that is right takes what it has to and refuses the rest; `keys jwks --format
//! pem`, for those that read no key set.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    VerificationAlgorithm,
};
use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{CONFIGURATION, FAILED, USAGE, configured, run};

/// Whether a verifier that makes every check of RFC 9068 §4 takes a token.
fn takes(document: &Value, token: &str) -> bool {
    let set: JwkSet = serde_json::from_value(document["jwks"].clone()).unwrap();
    let Ok(header) = decode_header(token) else { return false };
    let Some(key) = header.kid.as_deref().and_then(|kid| set.find(kid)) else { return false };
    let algorithm: Algorithm = key.common.key_algorithm.unwrap().to_string().parse().unwrap();
    let mut checks = Validation::new(algorithm);
    checks.set_audience(&[document["audience"].as_str().unwrap()]);
    checks.set_issuer(&[document["issuer"].as_str().unwrap()]);
    checks.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
    checks.validate_nbf = true;
    let is_critical = raw_header(token).get("crit").is_some();
    header.typ.as_deref() == Some("at+jwt")
        && !is_critical
        && decode::<Value>(token, &DecodingKey::from_jwk(key).unwrap(), &checks).is_ok()
}

fn raw_header(token: &str) -> Value {
    let header = token.split('.').next().unwrap();
    let header = BASE64_URL_SAFE_NO_PAD.decode(header).unwrap();
    serde_json::from_slice(&header).unwrap()
}

fn assert_as_said(document: &Value) {
    let tokens = document["tokens"].as_array().unwrap();
    assert!(tokens.len() >= 20, "{}", tokens.len());
    for vector in tokens {
        let (name, token) = (&vector["name"], vector["token"].as_str().unwrap());
        assert_eq!(Value::from(takes(document, token)), vector["accept"], "{name}: {token}");
        assert!(!vector["why"].as_str().unwrap().is_empty(), "{name}");
    }
    let named = |name: &str| tokens.iter().any(|vector| vector["name"] == name);
    for name in ["good", "expired", "wrong_audience", "wrong_issuer", "typ_jwt", "unknown_key_id"] {
        assert!(named(name), "{name}");
    }
    assert!(named("hmac_with_public_key") && named("alg_none") && named("zero_signature"));
}

fn json(directory: &TempDir, arguments: &[&str]) -> Value {
    let arguments = [&["vectors", "--format", "json"], arguments].concat();
    serde_json::from_str(&run(directory.path(), &arguments).good()).unwrap()
}

#[test]
fn tokens_by_keys_that_are_thrown_away_are_as_they_are_said_to_be() {
    let directory = TempDir::new().unwrap();
    let document = json(&directory, &[]);
    assert_as_said(&document);
    assert_eq!(document["jwks"]["keys"].as_array().unwrap().len(), 1);
    assert_ne!(json(&directory, &[])["jwks"], document["jwks"], "a key is not kept");
}

#[test]
fn tokens_by_the_keys_of_a_configuration_are_for_its_verifiers() {
    for algorithm in ["ES256", "EdDSA", "RS256"] {
        let directory = configured(CONFIGURATION);
        run(directory.path(), &["keys", "generate", "--alg", algorithm]).good();
        let document = json(&directory, &["--config", "countersign.toml"]);
        assert_as_said(&document);
        let mut names = document["tokens"].as_array().unwrap().iter().map(|it| &it["name"]);
        assert!(names.all(|name| name != "without_expiry"), "{algorithm}: good for ever");
        assert_eq!(document["issuer"], "https://id.example.test", "{algorithm}");
        assert_eq!(document["audience"], "https://api.example.test", "{algorithm}");
        let keys = run(directory.path(), &["keys", "jwks"]).good();
        assert_eq!(document["jwks"], serde_json::from_str::<Value>(&keys).unwrap(), "{algorithm}");
    }
}

#[test]
fn the_text_names_each_token_with_what_is_to_become_of_it() {
    let said = run(TempDir::new().unwrap().path(), &["vectors"]).good();
    assert!(said.contains("\naccept good: "), "{said}");
    assert!(said.contains("\nrefuse expired: "), "{said}");
}

#[test]
fn a_configuration_without_a_key_or_that_client_gives_no_tokens() {
    let directory = configured(CONFIGURATION);
    let arguments = ["vectors", "--config", "countersign.toml"];
    run(directory.path(), &arguments).refused_with(FAILED);
    run(directory.path(), &["keys", "generate"]).good();
    let arguments = [arguments.as_slice(), &["--client", "nobody"]].concat();
    let complaint = run(directory.path(), &arguments).refused_with(USAGE);
    assert!(complaint.contains("spa"), "{complaint}");
}

#[test]
fn public_keys_are_written_as_pem_for_verifiers_that_read_no_key_set() {
    let algorithms: [(_, &dyn VerificationAlgorithm); 3] = [
        ("ES256", &ECDSA_P256_SHA256_FIXED),
        ("RS256", &RSA_PKCS1_2048_8192_SHA256),
        ("EdDSA", &ED25519),
    ];
    for (name, algorithm) in algorithms {
        let directory = configured(CONFIGURATION);
        let here = directory.path();
        run(here, &["keys", "generate", "--alg", name]).good();
        let document = json(&directory, &["--config", "countersign.toml"]);
        let kid = document["jwks"]["keys"][0]["kid"].as_str().unwrap();
        let printed = run(here, &["keys", "jwks", "--format", "pem"]).good();
        let written = run(here, &["keys", "jwks", "--format", "pem", "--out", "public"]).good();
        assert_eq!(written, format!("public/{kid}.pem\n"), "{name}");
        let pem = std::fs::read_to_string(here.join(format!("public/{kid}.pem"))).unwrap();
        assert_eq!(printed, format!("# {kid}\n{pem}"), "{name}");
        let token = document["tokens"][0]["token"].as_str().unwrap();
        let (message, signature) = token.rsplit_once('.').unwrap();
        let signature = BASE64_URL_SAFE_NO_PAD.decode(signature).unwrap();
        let key = ParsedPublicKey::new(algorithm, key_info(&pem)).unwrap();
        key.verify_sig(message.as_bytes(), &signature).unwrap_or_else(|_| panic!("{name}: {pem}"));
        let complaint = run(here, &["keys", "jwks", "--out", "public"]).refused_with(USAGE);
        assert!(complaint.contains("--format pem"), "{complaint}");
    }
}

#[test]
fn the_file_of_a_key_that_is_published_no_more_is_removed() {
    let directory = configured(CONFIGURATION);
    let here = directory.path();
    let write = || run(here, &["keys", "jwks", "--format", "pem", "--out", "public"]).good();
    run(here, &["keys", "generate"]).good();
    let first = write();
    let first = first.trim();
    std::fs::write(here.join("public/other-ca.pem"), "not ours").unwrap();
    let kid = first.strip_prefix("public/").unwrap().strip_suffix(".pem").unwrap();
    std::fs::remove_file(here.join(format!("keys/{kid}.json"))).unwrap();
    run(here, &["keys", "generate"]).good();
    let said = write();
    assert!(said.contains(&format!("removed {first}\n")), "{said}");
    assert!(!here.join(first).exists());
    assert!(here.join("public/other-ca.pem").exists());
}

/// Returns the `SubjectPublicKeyInfo` of a PEM block (RFC 7468 §13).
fn key_info(pem: &str) -> Vec<u8> {
    let body = pem.strip_prefix("-----BEGIN PUBLIC KEY-----\n").unwrap();
    let body = body.strip_suffix("-----END PUBLIC KEY-----\n").unwrap();
    BASE64_STANDARD.decode(body.replace('\n', "")).unwrap()
}
