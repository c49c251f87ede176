//! Signatures: algorithms, keys, and the compact JWS (RFC 7515). What a token claims is not read
//! here. The only folder that names josekit; the primitives under its traits are aws-lc-rs.

#[cfg(any(test, fuzzing))]
pub(crate) mod fuzzing;
mod jwk;
mod published;
mod sign;
mod signer;
mod verify;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::crypto::{sha256, sha384, sha512};

pub(crate) use jwk::{VerifyingKey, parse_key_set};
pub(crate) use published::PublicJwk;
pub(crate) use sign::{KeyFormatError, SigningKey};
pub(crate) use signer::Signer;
pub(crate) use verify::{CompactJws, JwsError, UnverifiedJws, looks_like_jws};

/// A signature algorithm of RFC 7518 §3.1 or RFC 8037 §3.1 that can be verified by anyone.
///
/// `none` and the HMAC family are not values: a token cannot talk us into them (RFC 8725 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub(crate) enum Algorithm {
    /// Ed25519.
    EdDsa,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl Algorithm {
    /// Every algorithm, in the order of the enum.
    pub(crate) const ALL: [Self; 10] = [
        Self::EdDsa,
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    /// Returns the `alg` value (RFC 7518 §3.1, RFC 8037 §3.1).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::EdDsa => "EdDSA",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::Es512 => "ES512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
        }
    }

    /// Returns the digest of `input` by the hash that the algorithm signs (RFC 7518 §3.1; SHA-512
    /// for Ed25519, RFC 8032 §5.1), as `at_hash` is made (OpenID Connect Core §3.1.3.6).
    pub(crate) fn hash(self, input: &[u8]) -> Vec<u8> {
        match self {
            Self::Es256 | Self::Ps256 | Self::Rs256 => sha256(input).to_vec(),
            Self::Es384 | Self::Ps384 | Self::Rs384 => sha384(input),
            Self::EdDsa | Self::Es512 | Self::Ps512 | Self::Rs512 => sha512(input),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// An `alg` that is not one of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of EdDSA, ES256, ES384, ES512, PS256, PS384, PS512, RS256, RS384, RS512")]
pub(crate) struct UnknownAlgorithm;

impl FromStr for Algorithm {
    type Err = UnknownAlgorithm;

    fn from_str(name: &str) -> Result<Self, UnknownAlgorithm> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name).ok_or(UnknownAlgorithm)
    }
}

impl TryFrom<String> for Algorithm {
    type Error = UnknownAlgorithm;

    fn try_from(name: String) -> Result<Self, UnknownAlgorithm> {
        name.parse()
    }
}

impl From<Algorithm> for &'static str {
    fn from(algorithm: Algorithm) -> Self {
        algorithm.name()
    }
}

/// A key ID (`kid`, RFC 7515 §4.1.4): 1 to 256 bytes without control characters.
///
/// It comes from strangers and is only ever compared, never used to build a path or an address.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct KeyId(String);

impl KeyId {
    /// Returns the key ID if `text` has the shape of one.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let fits = (1..=256).contains(&text.len()) && !text.chars().any(char::is_control);
        fits.then(|| Self(text.to_owned()))
    }

    /// Returns the text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod wycheproof;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn algorithms_parse_by_their_exact_name_only() {
        for algorithm in Algorithm::ALL {
            assert_eq!(algorithm.name().parse(), Ok(algorithm));
        }
        for wrong in ["none", "HS256", "es256", "RS256 ", "", "Ed25519"] {
            assert_eq!(wrong.parse::<Algorithm>(), Err(UnknownAlgorithm), "{wrong}");
        }
    }

    #[test]
    fn key_ids_are_short_and_printable() {
        assert!(KeyId::parse("2011-04-29").is_some());
        assert!(KeyId::parse("").is_none());
        assert!(KeyId::parse(&"k".repeat(257)).is_none());
        assert!(KeyId::parse("a\nb").is_none());
    }
}
