//! The primitives that cannot be left out, called directly.

use anyhow::{Context as _, bail};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// A private key as the primitives have it.
pub(crate) enum Signer {
    Es256(EcdsaKeyPair),
    EdDsa(Ed25519KeyPair),
    Rs256(Box<RsaKeyPair>),
}

impl Signer {
    /// Reads a key of a PKCS#8 PEM block.
    pub(super) fn of_pem(algorithm: &str, pem: &str) -> anyhow::Result<Self> {
        let lines: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(lines)?;
        Ok(match algorithm {
            "ES256" => {
                Self::Es256(EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &der)?)
            }
            "EdDSA" => Self::EdDsa(Ed25519KeyPair::from_pkcs8_maybe_unchecked(&der)?),
            "RS256" => Self::Rs256(Box::new(RsaKeyPair::from_pkcs8(&der)?)),
            other => bail!("no such algorithm: {other}"),
        })
    }

    /// Signs a message.
    pub(crate) fn sign(&self, message: &[u8]) -> anyhow::Result<Vec<u8>> {
        Ok(match self {
            Self::Es256(key) => key.sign(&SystemRandom::new(), message)?.as_ref().to_vec(),
            Self::EdDsa(key) => key.sign(message).as_ref().to_vec(),
            Self::Rs256(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)?;
                signature
            }
        })
    }

    /// Returns the public half of an RSA key, ready to verify.
    pub(super) fn verifier(&self) -> anyhow::Result<Verifier> {
        let Self::Rs256(key) = self else { bail!("providers sign by RSA here") };
        let der = key.public_key().as_ref();
        Ok(Verifier(ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der)?))
    }

    /// Returns the modulus of an RSA key of 2048 bits with the exponent 65537, base64url.
    pub(super) fn modulus(&self) -> anyhow::Result<String> {
        let Self::Rs256(key) = self else { bail!("only RSA keys have one") };
        // RFC 8017 appendix A.1.1: two lengths of three bytes, and a zero for the sign.
        let modulus = key.public_key().as_ref().get(9..265).context("not 2048 bits")?;
        Ok(URL_SAFE_NO_PAD.encode(modulus))
    }
}

/// A public RSA key that is parsed.
pub(crate) struct Verifier(ParsedPublicKey);

impl Verifier {
    /// Checks a signature.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> anyhow::Result<()> {
        Ok(self.0.verify_sig(message, signature)?)
    }
}

/// Takes a compact JWS into message and signature.
pub(crate) fn covered(token: &str) -> anyhow::Result<(Vec<u8>, Vec<u8>)> {
    let (message, signature) = token.rsplit_once('.').context("no JWS")?;
    Ok((message.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(signature)?))
}
