//! Private keys: made, or read from a JWK, a PEM file or the bytes of one. Signing is `signer`'s.

mod raw;

use josekit::jwk::alg::ec::{EcCurve, EcKeyPair};
use josekit::jwk::alg::ed::{EdCurve, EdKeyPair};
use josekit::jwk::alg::rsa::RsaKeyPair as JoseRsaKeyPair;
use josekit::jwk::{Jwk, KeyPair as _};
use serde_json::{Map, Value};

use super::signer::takes_pkcs8;
use super::{Algorithm, KeyId, PublicJwk, Signer};
use crate::crypto::from_base64;
use crate::secret::{Secret, SecretBytes, SecretMembers};

/// Bits of a new RSA key: NIST SP 800-57 part 1 §5.6.1 asks for 2048 until 2030, 3072 after.
const NEW_RSA_BITS: u32 = 3072;

/// What is said of a PKCS#8 block that the primitives do not take.
const NO_KEY: &str = "the PKCS#8 block is no RSA key of 2048 to 8192 bits, no key on P-256, P-384 or \
                      P-521, and no Ed25519 key";

/// A private key with its public half, as it is kept in a file.
#[derive(Debug, Clone)]
pub(crate) struct SigningKey {
    public: PublicJwk,
    private: SecretMembers,
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
        Self::from_members(&members_of(jwk), Some(algorithm))
    }

    /// Makes a key of its private bytes: the scalar of P-256 for ES256 (SEC 1 §2.3.7), the seed of
    /// Ed25519 for EdDSA (RFC 8032 §5.1.5); 32 either way.
    ///
    /// # Errors
    ///
    /// [`KeyFormatError::Rejected`] when the bytes are no such key: a scalar is at least 1 and less
    /// than the order of the curve. [`KeyFormatError::Algorithm`] for other algorithms.
    pub(crate) fn from_raw(
        algorithm: Algorithm,
        private: &SecretBytes,
    ) -> Result<Self, KeyFormatError> {
        Self::from_members(&raw::members(algorithm, private)?, Some(algorithm))
    }

    /// Reads a private JWK. Without `alg` its type decides: ES256, ES384, ES512, EdDSA or RS256;
    /// without `kid` it is known by its thumbprint (RFC 7638).
    ///
    /// # Errors
    ///
    /// [`KeyFormatError`] says what is wrong, never what the members hold.
    pub(crate) fn from_jwk(jwk: &SecretMembers) -> Result<Self, KeyFormatError> {
        let algorithm = match jwk.expose().get("alg") {
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
        let body = Secret::new(lines.join("\n"));
        // josekit's reader takes as much memory as a length in the block says.
        let whole = SecretBytes::new(from_base64(&lines.concat()).unwrap_or_default());
        if !takes_pkcs8(whole.expose()) {
            return Err(KeyFormatError::Malformed(NO_KEY));
        }
        let block = Secret::new(format!("{BEGIN}\n{}\n{END}\n", body.expose()));
        let block = block.expose();
        let jwk = EcKeyPair::from_pem(block, None)
            .map(|pair| pair.to_jwk_key_pair())
            .or_else(|_| EdKeyPair::from_pem(block).map(|pair| pair.to_jwk_key_pair()))
            .or_else(|_| JoseRsaKeyPair::from_pem(block).map(|pair| pair.to_jwk_key_pair()))
            .map_err(|_| KeyFormatError::Malformed(NO_KEY))?;
        Self::from_members(&members_of(jwk), None)
    }

    fn from_members(
        private: &SecretMembers,
        algorithm: Option<Algorithm>,
    ) -> Result<Self, KeyFormatError> {
        let jwk = private.expose();
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
        let signer = Signer::new(jwk, algorithm, public.key_id().clone())?;
        let mut private = private.clone();
        private.set("use", "sig");
        private.set("alg", algorithm.name());
        private.set("kid", public.key_id().as_str());
        Ok(Self { public, private, signer })
    }

    /// Returns the public half.
    pub(crate) fn public(&self) -> &PublicJwk {
        &self.public
    }

    /// Returns the public half as PEM (`SubjectPublicKeyInfo`, RFC 7468 §13), for verifiers that read
    /// no JWK.
    ///
    /// # Errors
    ///
    /// [`KeyFormatError::Rejected`] when the key cannot be written so.
    pub(crate) fn public_pem(&self) -> Result<String, KeyFormatError> {
        let rejected = |_| KeyFormatError::Rejected;
        let jwk = Jwk::from_map(self.private.expose().clone()).map_err(rejected)?;
        let pem = match self.algorithm() {
            Algorithm::EdDsa => EdKeyPair::from_jwk(&jwk).map(|it| it.to_pem_public_key()),
            Algorithm::Es256 | Algorithm::Es384 | Algorithm::Es512 => {
                EcKeyPair::from_jwk(&jwk).map(|it| it.to_pem_public_key())
            }
            Algorithm::Ps256
            | Algorithm::Ps384
            | Algorithm::Ps512
            | Algorithm::Rs256
            | Algorithm::Rs384
            | Algorithm::Rs512 => JoseRsaKeyPair::from_jwk(&jwk).map(|it| it.to_pem_public_key()),
        };
        drop(SecretMembers::new(jwk.into()));
        String::from_utf8(pem.map_err(rejected)?).map_err(|_| KeyFormatError::Rejected)
    }

    /// Returns the algorithm that the key is for.
    pub(crate) fn algorithm(&self) -> Algorithm {
        self.signer.algorithm()
    }

    /// Returns the ready signer.
    pub(crate) fn signer(&self) -> &Signer {
        &self.signer
    }

    /// Returns the private JWK, with `alg`, `kid` and `use`.
    pub(crate) fn private_jwk(&self) -> &SecretMembers {
        &self.private
    }
}

/// Takes josekit's members, of which it wipes none.
fn members_of(jwk: Jwk) -> SecretMembers {
    SecretMembers::new(jwk.into())
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

#[cfg(test)]
mod tests;
