//! The fixed keys of `tests/fixtures/keys`: their public JWKs, and raw signatures by them. How a
//! token is put together is `claims`'.

use aws_lc_rs::digest;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair as _, RsaEncoding,
    RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

/// A test key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    /// The provider's RSA key.
    Rsa,
    /// A stranger's RSA key.
    OtherRsa,
    /// The provider's key on P-256.
    Ec,
    /// The provider's Ed25519 key.
    Ed,
}

/// What is done with a key; also where it must not be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 as RFC 7518 §3.4 writes it: the two numbers side by side.
    Es256,
    /// ECDSA on P-256 as X.509 writes it: in DER.
    Es256Der,
    /// Ed25519.
    EdDsa,
}

impl Key {
    /// Returns the PEM file.
    pub(crate) const fn pem(self) -> &'static str {
        match self {
            Self::Rsa => include_str!("../../fixtures/keys/rsa-2048.pem"),
            Self::OtherRsa => include_str!("../../fixtures/keys/rsa-2048-other.pem"),
            Self::Ec => include_str!("../../fixtures/keys/ec-p256.pem"),
            Self::Ed => include_str!("../../fixtures/keys/ed25519.pem"),
        }
    }

    fn pkcs8(self) -> Vec<u8> {
        let lines = self.pem().lines().filter(|line| !line.starts_with("-----"));
        STANDARD.decode(lines.collect::<String>()).unwrap()
    }

    fn rsa(self) -> RsaKeyPair {
        RsaKeyPair::from_pkcs8(&self.pkcs8()).unwrap()
    }

    fn ec(self, algorithm: &'static EcdsaSigningAlgorithm) -> EcdsaKeyPair {
        EcdsaKeyPair::from_pkcs8(algorithm, &self.pkcs8()).unwrap()
    }

    fn ed(self) -> Ed25519KeyPair {
        Ed25519KeyPair::from_pkcs8(&self.pkcs8()).unwrap()
    }

    /// Signs.
    pub(crate) fn sign(self, scheme: Scheme, message: &[u8]) -> Vec<u8> {
        let ec = |algorithm| {
            let signature = self.ec(algorithm).sign(&SystemRandom::new(), message).unwrap();
            signature.as_ref().to_vec()
        };
        match scheme {
            Scheme::Rs256 => self.sign_rsa(&signature::RSA_PKCS1_SHA256, message),
            Scheme::Ps256 => self.sign_rsa(&signature::RSA_PSS_SHA256, message),
            Scheme::Es256 => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Scheme::Es256Der => ec(&signature::ECDSA_P256_SHA256_ASN1_SIGNING),
            Scheme::EdDsa => self.ed().sign(message).as_ref().to_vec(),
        }
    }

    fn sign_rsa(self, encoding: &'static dyn RsaEncoding, message: &[u8]) -> Vec<u8> {
        let key = self.rsa();
        let mut signature = vec![0; key.public_modulus_len()];
        key.sign(encoding, &SystemRandom::new(), message, &mut signature).unwrap();
        signature
    }

    /// Returns the public half: modulus, point or key, as the JWK members have it.
    pub(crate) fn public(self) -> Vec<u8> {
        match self {
            Self::Rsa | Self::OtherRsa => self.modulus_and_exponent().0,
            Self::Ec => {
                let pair = self.ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING);
                pair.public_key().as_ref().to_vec()
            }
            Self::Ed => self.ed().public_key().as_ref().to_vec(),
        }
    }

    /// Takes an `RSAPublicKey` (RFC 8017 §A.1.1) of 2048 bits apart: two integers, the first with
    /// a zero in front.
    fn modulus_and_exponent(self) -> (Vec<u8>, Vec<u8>) {
        let der = self.rsa().public_key().as_ref().to_vec();
        let (head, rest) = der.split_at(9);
        assert_eq!(head, [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00]);
        let (modulus, rest) = rest.split_at(256);
        let (head, exponent) = rest.split_at(2);
        assert_eq!(head, [0x02, 0x03]);
        (modulus.to_vec(), exponent.to_vec())
    }

    /// Returns the public JWK (RFC 7517 §4) under a key ID, for the algorithm that the key is
    /// usually for.
    pub(crate) fn jwk(self, key_id: &str) -> Value {
        match self {
            Self::Rsa | Self::OtherRsa => {
                let (n, e) = self.modulus_and_exponent();
                let (n, e) = (base64url(&n), base64url(&e));
                json!({ "kty": "RSA", "use": "sig", "alg": "RS256", "kid": key_id, "n": n, "e": e })
            }
            Self::Ec => {
                let point = self.public();
                let (x, y) = point.split_first().unwrap().1.split_at(32);
                let (x, y) = (base64url(x), base64url(y));
                json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": key_id, "x": x, "y": y })
            }
            Self::Ed => {
                let x = base64url(self.public());
                json!({ "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": key_id, "x": x })
            }
        }
    }
}

/// Returns SHA-256.
pub(crate) fn sha256(input: impl AsRef<[u8]>) -> Vec<u8> {
    digest::digest(&digest::SHA256, input.as_ref()).as_ref().to_vec()
}

/// Returns lower-case hexadecimal.
pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
}

/// Returns base64url without padding (RFC 7515 §2).
pub(crate) fn base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
