//! Signing by a private key that was read.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaEncoding, RsaKeyPair,
};
use josekit::jwk::Jwk;
use josekit::jwk::alg::rsa::RsaKeyPair as JoseRsaKeyPair;
use josekit::jws::JwsHeader;
use serde_json::{Map, Value};

use super::{Algorithm, JwsError, KeyFormatError, KeyId};
use crate::crypto::{append_base64url, base64url, from_base64url};
use crate::secret::{Secret, SecretBytes, SecretMembers};

/// A private key of aws-lc-rs, with the header of all that it signs.
#[derive(Clone)]
pub(crate) struct Signer {
    algorithm: Algorithm,
    key_id: KeyId,
    token_type: Option<&'static str>,
    /// The header, encoded, with the dot after it.
    start: String,
    key: PrivateKey,
}

#[derive(Clone)]
enum PrivateKey {
    Ed(Arc<Ed25519KeyPair>),
    Ec(Arc<EcdsaKeyPair>),
    Rsa(Arc<RsaKeyPair>, &'static dyn RsaEncoding),
}

impl Signer {
    /// Makes a signer of a private JWK's members.
    ///
    /// # Errors
    ///
    /// [`KeyFormatError`] when a member is missing or the primitives refuse the key.
    pub(super) fn new(
        jwk: &Map<String, Value>,
        algorithm: Algorithm,
        key_id: KeyId,
    ) -> Result<Self, KeyFormatError> {
        let ec = |curve, algorithm| ec_key(jwk, curve, algorithm);
        let rsa = |encoding| rsa_key(jwk, encoding);
        let key = match algorithm {
            Algorithm::EdDsa => ed_key(jwk),
            Algorithm::Es256 => ec("P-256", &signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::Es384 => ec("P-384", &signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::Es512 => ec("P-521", &signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::Ps256 => rsa(&signature::RSA_PSS_SHA256),
            Algorithm::Ps384 => rsa(&signature::RSA_PSS_SHA384),
            Algorithm::Ps512 => rsa(&signature::RSA_PSS_SHA512),
            Algorithm::Rs256 => rsa(&signature::RSA_PKCS1_SHA256),
            Algorithm::Rs384 => rsa(&signature::RSA_PKCS1_SHA384),
            Algorithm::Rs512 => rsa(&signature::RSA_PKCS1_SHA512),
        }?;
        Ok(Self { algorithm, key_id, token_type: None, start: String::new(), key }.started())
    }

    /// Returns the algorithm that it signs with.
    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Returns a signer whose header says `typ` (RFC 7515 §4.1.9).
    pub(crate) fn typed(&self, token_type: &'static str) -> Self {
        Self { token_type: Some(token_type), ..self.clone() }.started()
    }

    /// Returns a signer whose header has this `kid` (RFC 7515 §4.1.4), where somebody else named
    /// the key.
    pub(crate) fn identified(&self, key_id: KeyId) -> Self {
        Self { key_id, ..self.clone() }.started()
    }

    /// Writes the header, which is the same for all that is signed.
    fn started(self) -> Self {
        let mut header = JwsHeader::new();
        if let Some(token_type) = self.token_type {
            header.set_token_type(token_type);
        }
        header.set_algorithm(self.algorithm.name());
        header.set_key_id(self.key_id.as_str());
        let start = base64url(header.to_string().as_bytes()) + ".";
        Self { start, ..self }
    }

    /// Signs `payload` and returns the compact JWS (RFC 7515 §7.1), with `alg` and `kid` in its
    /// header.
    ///
    /// # Errors
    ///
    /// [`JwsError::BadSignature`] when the primitive fails, which a key that was accepted does
    /// only if the system's random numbers do.
    pub(crate) fn sign(&self, payload: &[u8]) -> Result<Secret, JwsError> {
        let encoded = |length: usize| length.div_ceil(3) * 4;
        let length = self.start.len() + encoded(payload.len()) + 1 + encoded(self.signature_len());
        // Room for all of it at once: a text that grows leaves copies of itself behind.
        let mut jws = String::with_capacity(length);
        jws.push_str(&self.start);
        append_base64url(&mut jws, payload);
        let signature = self.sign_bytes(jws.as_bytes()).map_err(|_| JwsError::BadSignature)?;
        jws.push('.');
        append_base64url(&mut jws, &signature);
        Ok(Secret::new(jws))
    }

    /// Signs under any header, which a verifier may have to refuse.
    ///
    /// # Errors
    ///
    /// As [`Self::sign`].
    pub(crate) fn seal(&self, header: &[u8], payload: &[u8]) -> Result<String, JwsError> {
        let message = format!("{}.{}", base64url(header), base64url(payload));
        let signature = self.sign_bytes(message.as_bytes()).map_err(|_| JwsError::BadSignature)?;
        Ok(format!("{message}.{}", base64url(&signature)))
    }

    /// The largest that occurs, in bytes.
    fn signature_len(&self) -> usize {
        match &self.key {
            PrivateKey::Ed(_) => 64,
            PrivateKey::Ec(_) => 132,
            PrivateKey::Rsa(key, _) => key.public_modulus_len(),
        }
    }

    /// Signs a message.
    ///
    /// # Errors
    ///
    /// When the primitive fails.
    pub(super) fn sign_bytes(
        &self,
        message: &[u8],
    ) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
        match &self.key {
            PrivateKey::Ed(key) => Ok(key.sign(message).as_ref().to_vec()),
            PrivateKey::Ec(key) => Ok(key.sign(&SystemRandom::new(), message)?.as_ref().to_vec()),
            PrivateKey::Rsa(key, encoding) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(*encoding, &SystemRandom::new(), message, &mut signature)?;
                Ok(signature)
            }
        }
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer")
            .field("algorithm", &self.algorithm)
            .field("key_id", &self.key_id)
            .finish_non_exhaustive()
    }
}

fn ed_key(jwk: &Map<String, Value>) -> Result<PrivateKey, KeyFormatError> {
    expect_type(jwk, "OKP", Some("Ed25519"))?;
    let (seed, public) = (bytes(jwk, "d")?, bytes(jwk, "x")?);
    Ed25519KeyPair::from_seed_and_public_key(seed.expose(), public.expose())
        .map(|key| PrivateKey::Ed(Arc::new(key)))
        .map_err(|_| KeyFormatError::Rejected)
}

/// Whether the primitives take a PKCS#8 block (RFC 5958) as a key for one of our algorithms.
pub(super) fn takes_pkcs8(block: &[u8]) -> bool {
    let curves = [
        &signature::ECDSA_P256_SHA256_FIXED_SIGNING,
        &signature::ECDSA_P384_SHA384_FIXED_SIGNING,
        &signature::ECDSA_P521_SHA512_FIXED_SIGNING,
    ];
    curves.iter().any(|curve| EcdsaKeyPair::from_pkcs8(curve, block).is_ok())
        || Ed25519KeyPair::from_pkcs8_maybe_unchecked(block).is_ok()
        || RsaKeyPair::from_pkcs8(block).is_ok()
}

/// The public half is published as the JWK has it, its curve too.
fn ec_key(
    jwk: &Map<String, Value>,
    curve: &str,
    algorithm: &'static EcdsaSigningAlgorithm,
) -> Result<PrivateKey, KeyFormatError> {
    let private = bytes(jwk, "d")?;
    let public = [&[4], bytes(jwk, "x")?.expose(), bytes(jwk, "y")?.expose()].concat();
    expect_type(jwk, "EC", Some(curve))?;
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, private.expose(), &public)
        .map(|key| PrivateKey::Ec(Arc::new(key)))
        .map_err(|_| KeyFormatError::Rejected)
}

fn rsa_key(
    jwk: &Map<String, Value>,
    encoding: &'static dyn RsaEncoding,
) -> Result<PrivateKey, KeyFormatError> {
    expect_type(jwk, "RSA", None)?;
    let members = Jwk::from_map(jwk.clone()).map_err(|_| KeyFormatError::Rejected)?;
    let pair = JoseRsaKeyPair::from_jwk(&members).map_err(|_| KeyFormatError::Rejected);
    drop(SecretMembers::new(members.into()));
    let der = SecretBytes::new(pair?.to_raw_private_key());
    let key = RsaKeyPair::from_der(der.expose()).map_err(|_| KeyFormatError::Rejected)?;
    Ok(PrivateKey::Rsa(Arc::new(key), encoding))
}

fn expect_type(
    jwk: &Map<String, Value>,
    kty: &str,
    crv: Option<&str>,
) -> Result<(), KeyFormatError> {
    let is = |name: &str, value: &str| jwk.get(name).is_some_and(|member| member == value);
    let fits = is("kty", kty) && crv.is_none_or(|crv| is("crv", crv));
    if fits { Ok(()) } else { Err(KeyFormatError::Algorithm) }
}

fn bytes(jwk: &Map<String, Value>, name: &'static str) -> Result<SecretBytes, KeyFormatError> {
    jwk.get(name)
        .and_then(Value::as_str)
        .and_then(|text| from_base64url(text.as_bytes()))
        .map(SecretBytes::new)
        .ok_or(KeyFormatError::Malformed("a member of the private JWK is missing or not base64url"))
}
