//! Private keys: made, read from a JWK or a PEM file, and used to sign.

use std::fmt;
use std::sync::Arc;

use anyhow::anyhow;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    self, EcdsaKeyPair, EcdsaSigningAlgorithm, Ed25519KeyPair, RsaEncoding, RsaKeyPair,
};
use josekit::JoseError;
use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair as JoseRsaKeyPair;
use josekit::jwk::{Jwk, KeyPair as _};
use josekit::jws::{JwsAlgorithm, JwsContext, JwsHeader, JwsSigner};
use serde_json::{Map, Value};

use super::jwk::PublicJwk;
use super::{Algorithm, JwsError, KeyId};
use crate::crypto::from_base64url;
use crate::secret::Secret;

/// Bits of a new RSA key: NIST SP 800-57 part 1 §5.6.1 asks for 2048 until 2030, 3072 after.
const NEW_RSA_BITS: u32 = 3072;

/// A private key with its public half, as it is kept in a file.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey {
    public: PublicJwk,
    private: Secret,
    signer: Signer,
}

/// Why key material makes no signing key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum KeyFormatError {
    /// Neither a private JWK nor a PKCS#8 PEM block.
    #[error("{0}")]
    Malformed(&'static str),
    /// The key's type does not serve the algorithm, or `alg` is none of ours.
    #[error("the key's type and its `alg` do not fit, or `alg` is none of ours")]
    Algorithm,
    /// The primitives refuse the key: too small, inconsistent, or not on its curve.
    #[error("the key is inconsistent or too weak (RSA needs 2048 bits)")]
    Rejected,
}

impl SigningKey {
    /// Makes a key for `algorithm`.
    ///
    /// # Errors
    ///
    /// [`KeyFormatError::Rejected`] when the system's random numbers fail.
    pub(crate) fn generate(algorithm: Algorithm) -> Result<Self, KeyFormatError> {
        let jwk = match algorithm {
            Algorithm::EdDsa => Jwk::generate_ed_key(EdCurve::Ed25519),
            Algorithm::Es256 => Jwk::generate_ec_key(EcCurve::P256),
            Algorithm::Es384 => Jwk::generate_ec_key(EcCurve::P384),
            Algorithm::Es512 => Jwk::generate_ec_key(EcCurve::P521),
            Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512
            | Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512 => Jwk::generate_rsa_key(NEW_RSA_BITS),
        }
        .map_err(|_| KeyFormatError::Rejected)?;
        Self::from_members(jwk.as_ref(), Some(algorithm))
    }

    /// Reads a private JWK. Without `alg` its type decides: ES256, ES384, ES512, EdDSA or RS256;
    /// without `kid` it is known by its thumbprint (RFC 7638).
    ///
    /// # Errors
    ///
    /// [`KeyFormatError`] says what is wrong, never what the members hold.
    pub(crate) fn from_jwk(jwk: &Map<String, Value>) -> Result<Self, KeyFormatError> {
        let algorithm = match jwk.get("alg") {
            None => None,
            Some(name) => Some(
                name.as_str()
                    .and_then(|name| name.parse().ok())
                    .ok_or(KeyFormatError::Algorithm)?,
            ),
        };
        Self::from_members(jwk, algorithm)
    }

    /// Reads the first PKCS#8 block (RFC 5958) of a PEM file; text around it is skipped.
    ///
    /// # Errors
    ///
    /// [`KeyFormatError`] when there is none, or its key is none of ours.
    pub(crate) fn from_pem(pem: &Secret) -> Result<Self, KeyFormatError> {
        const BEGIN: &str = "-----BEGIN PRIVATE KEY-----";
        const END: &str = "-----END PRIVATE KEY-----";
        let text = pem.expose();
        let (_, rest) = text
            .split_once(BEGIN)
            .ok_or(KeyFormatError::Malformed("no PKCS#8 block (`BEGIN PRIVATE KEY`)"))?;
        let (body, _) =
            rest.split_once(END).ok_or(KeyFormatError::Malformed("the PKCS#8 block has no end"))?;
        // josekit takes a bare block only: no comments, no blank lines.
        let lines: Vec<_> = body.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let block = Secret::new(format!("{BEGIN}\n{}\n{END}\n", lines.join("\n")));
        let block = block.expose();
        let jwk = EcKeyPair::from_pem(block, None)
            .map(|pair| pair.to_jwk_key_pair())
            .or_else(|_| EdKeyPair::from_pem(block).map(|pair| pair.to_jwk_key_pair()))
            .or_else(|_| JoseRsaKeyPair::from_pem(block).map(|pair| pair.to_jwk_key_pair()))
            .map_err(|_| {
                KeyFormatError::Malformed("the PKCS#8 block is no RSA, EC or Ed25519 key")
            })?;
        Self::from_members(jwk.as_ref(), None)
    }

    fn from_members(
        jwk: &Map<String, Value>,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, KeyFormatError> {
        let algorithm = match algorithm {
            Some(algorithm) => algorithm,
            None => natural_algorithm(jwk).ok_or(KeyFormatError::Algorithm)?,
        };
        let key_id = match jwk.get("kid") {
            None => None,
            Some(kid) => Some(
                kid.as_str()
                    .and_then(KeyId::parse)
                    .ok_or(KeyFormatError::Malformed("`kid` is no key ID"))?,
            ),
        };
        let public = PublicJwk::from_jwk(jwk, algorithm, key_id)
            .map_err(|_| KeyFormatError::Malformed("not a JWK of type EC, OKP or RSA"))?;
        let mut members = jwk.clone();
        members.insert("use".to_owned(), "sig".into());
        members.insert("alg".to_owned(), algorithm.name().into());
        members.insert("kid".to_owned(), public.key_id().as_str().into());
        let signer = Signer::new(jwk, algorithm, public.key_id().clone())?;
        Ok(Self { private: Secret::new(Value::Object(members).to_string()), public, signer })
    }

    /// Returns the public half.
    pub(crate) fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Returns the algorithm that the key is for.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.signer.algorithm
    }

    /// Returns the ready signer.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Returns the private JWK as JSON text, with `alg`, `kid` and `use`.
    pub(crate) fn private_jwk(&self) -> &Secret {
        &self.private
    }
}

/// A private key of aws-lc-rs as josekit's signer, with the header of all that it signs.
#[derive(Clone)]
pub(crate) struct Signer {
    algorithm: Algorithm,
    key_id: KeyId,
    header: JwsHeader,
    key: PrivateKey,
}

#[derive(Clone)]
enum PrivateKey {
    Ed(Arc<Ed25519KeyPair>),
    Ec(Arc<EcdsaKeyPair>),
    Rsa(Arc<RsaKeyPair>, &'static dyn RsaEncoding),
}

impl Signer {
    fn new(
        jwk: &Map<String, Value>,
        algorithm: Algorithm,
        key_id: KeyId,
    ) -> Result<Self, KeyFormatError> {
        let ec = |algorithm| ec_key(jwk, algorithm);
        let rsa = |encoding| rsa_key(jwk, encoding);
        let key = match algorithm {
            Algorithm::EdDsa => ed_key(jwk),
            Algorithm::Es256 => ec(&signature::ECDSA_P256_SHA256_FIXED_SIGNING),
            Algorithm::Es384 => ec(&signature::ECDSA_P384_SHA384_FIXED_SIGNING),
            Algorithm::Es512 => ec(&signature::ECDSA_P521_SHA512_FIXED_SIGNING),
            Algorithm::Ps256 => rsa(&signature::RSA_PSS_SHA256),
            Algorithm::Ps384 => rsa(&signature::RSA_PSS_SHA384),
            Algorithm::Ps512 => rsa(&signature::RSA_PSS_SHA512),
            Algorithm::Rs256 => rsa(&signature::RSA_PKCS1_SHA256),
            Algorithm::Rs384 => rsa(&signature::RSA_PKCS1_SHA384),
            Algorithm::Rs512 => rsa(&signature::RSA_PKCS1_SHA512),
        }?;
        Ok(Self { algorithm, key_id, header: JwsHeader::new(), key })
    }

    /// Returns a signer whose header says `typ` (RFC 7515 §4.1.9).
    pub(crate) fn typed(&self, token_type: &str) -> Self {
        let mut header = JwsHeader::new();
        header.set_token_type(token_type);
        Self { header, ..self.clone() }
    }

    /// Signs `payload` and returns the compact JWS, with `alg` and `kid` in its header.
    ///
    /// # Errors
    ///
    /// [`JwsError::BadSignature`] when the primitive fails, which a key that was accepted does
    /// only if the system's random numbers do.
    pub(crate) fn sign(&self, payload: &[u8]) -> Result<Secret, JwsError> {
        JwsContext::new()
            .serialize_compact(payload, &self.header, self)
            .map(Secret::new)
            .map_err(|_| JwsError::BadSignature)
    }

    fn sign_bytes(&self, message: &[u8]) -> Result<Vec<u8>, aws_lc_rs::error::Unspecified> {
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

impl JwsSigner for Signer {
    fn algorithm(&self) -> &dyn JwsAlgorithm {
        &self.algorithm
    }

    fn key_id(&self) -> Option<&str> {
        Some(self.key_id.as_str())
    }

    /// The largest that occurs; josekit uses it to reserve room.
    fn signature_len(&self) -> usize {
        match &self.key {
            PrivateKey::Ed(_) => 64,
            PrivateKey::Ec(_) => 132,
            PrivateKey::Rsa(key, _) => key.public_modulus_len(),
        }
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JoseError> {
        self.sign_bytes(message)
            .map_err(|_| JoseError::InvalidSignature(anyhow!("the signature could not be made")))
    }

    fn box_clone(&self) -> Box<dyn JwsSigner> {
        Box::new(self.clone())
    }
}

/// The algorithm that a key without `alg` is for.
fn natural_algorithm(jwk: &Map<String, Value>) -> Option<Algorithm> {
    let member = |name: &str| jwk.get(name).and_then(Value::as_str);
    match (member("kty")?, member("crv")) {
        ("EC", Some("P-256")) => Some(Algorithm::Es256),
        ("EC", Some("P-384")) => Some(Algorithm::Es384),
        ("EC", Some("P-521")) => Some(Algorithm::Es512),
        ("OKP", Some("Ed25519")) => Some(Algorithm::EdDsa),
        ("RSA", _) => Some(Algorithm::Rs256),
        _ => None,
    }
}

fn ed_key(jwk: &Map<String, Value>) -> Result<PrivateKey, KeyFormatError> {
    expect_type(jwk, "OKP", Some("Ed25519"))?;
    let (seed, public) = (bytes(jwk, "d")?, bytes(jwk, "x")?);
    Ed25519KeyPair::from_seed_and_public_key(&seed, &public)
        .map(|key| PrivateKey::Ed(Arc::new(key)))
        .map_err(|_| KeyFormatError::Rejected)
}

fn ec_key(
    jwk: &Map<String, Value>,
    algorithm: &'static EcdsaSigningAlgorithm,
) -> Result<PrivateKey, KeyFormatError> {
    let private = bytes(jwk, "d")?;
    let public = [&[4], bytes(jwk, "x")?.as_slice(), bytes(jwk, "y")?.as_slice()].concat();
    expect_type(jwk, "EC", None)?;
    EcdsaKeyPair::from_private_key_and_public_key(algorithm, &private, &public)
        .map(|key| PrivateKey::Ec(Arc::new(key)))
        .map_err(|_| KeyFormatError::Rejected)
}

fn rsa_key(
    jwk: &Map<String, Value>,
    encoding: &'static dyn RsaEncoding,
) -> Result<PrivateKey, KeyFormatError> {
    expect_type(jwk, "RSA", None)?;
    let key = JoseRsaKeyPair::from_jwk(
        &Jwk::from_map(jwk.clone()).map_err(|_| KeyFormatError::Rejected)?,
    )
    .map_err(|_| KeyFormatError::Rejected)?;
    let key =
        RsaKeyPair::from_der(&key.to_raw_private_key()).map_err(|_| KeyFormatError::Rejected)?;
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

fn bytes(jwk: &Map<String, Value>, name: &'static str) -> Result<Vec<u8>, KeyFormatError> {
    jwk.get(name)
        .and_then(Value::as_str)
        .and_then(|text| from_base64url(text.as_bytes()))
        .ok_or(KeyFormatError::Malformed("a member of the private JWK is missing or not base64url"))
}

#[cfg(test)]
mod tests;
