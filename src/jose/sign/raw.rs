//! From the bytes of a private key to its JWK: the public half is computed.

use aws_lc_rs::agreement::{ECDH_P256, PrivateKey};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use serde_json::{Map, Value};

use super::KeyFormatError;
use crate::crypto::base64url;
use crate::jose::Algorithm;
use crate::secret::{SecretBytes, SecretMembers};

/// Length of a coordinate of P-256, in bytes.
const COORDINATE: usize = 32;

/// Returns the members of a private JWK (RFC 7518 §6.2, RFC 8037 §2).
pub(super) fn members(
    algorithm: Algorithm,
    private: &SecretBytes,
) -> Result<SecretMembers, KeyFormatError> {
    let public: Vec<(&str, Value)> = match algorithm {
        Algorithm::Es256 => {
            let (x, y) = point(private).ok_or(KeyFormatError::Rejected)?;
            vec![("kty", "EC".into()), ("crv", "P-256".into()), ("x", x.into()), ("y", y.into())]
        }
        Algorithm::EdDsa => {
            let pair = Ed25519KeyPair::from_seed_unchecked(private.expose())
                .map_err(|_| KeyFormatError::Rejected)?;
            let x = base64url(pair.public_key().as_ref());
            vec![("kty", "OKP".into()), ("crv", "Ed25519".into()), ("x", x.into())]
        }
        Algorithm::Es384
        | Algorithm::Es512
        | Algorithm::Ps256
        | Algorithm::Ps384
        | Algorithm::Ps512
        | Algorithm::Rs256
        | Algorithm::Rs384
        | Algorithm::Rs512 => return Err(KeyFormatError::Algorithm),
    };
    let mut members = SecretMembers::new(Map::new());
    for (name, value) in public {
        members.set(name, value);
    }
    members.set("d", base64url(private.expose()));
    Ok(members)
}

/// Returns the coordinates of the point that a scalar of P-256 gives, in base64url. Signing keys
/// of aws-lc-rs want to be told it; its keys for Diffie-Hellman compute it.
fn point(scalar: &SecretBytes) -> Option<(String, String)> {
    let key = PrivateKey::from_private_key(&ECDH_P256, scalar.expose()).ok()?;
    let public = key.compute_public_key().ok()?;
    // 4, x, y: uncompressed (SEC 1 §2.3.3).
    let (x, y) = public.as_ref().get(1..)?.split_at_checked(COORDINATE)?;
    Some((base64url(x), base64url(y)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jose::SigningKey;

    /// The order of P-256 (SEC 2 §2.4.2).
    const ORDER: [u8; 32] = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];

    fn scalar(bytes: [u8; 32]) -> Result<SigningKey, KeyFormatError> {
        SigningKey::from_raw(Algorithm::Es256, &SecretBytes::new(bytes))
    }

    #[test]
    fn a_scalar_is_one_to_the_order_less_one() {
        let (mut one, mut largest) = ([0; 32], ORDER);
        one[31] = 1;
        largest[31] -= 1;
        assert!(scalar(one).is_ok() && scalar(largest).is_ok());
        for wrong in [[0; 32], ORDER, [0xff; 32]] {
            assert_eq!(scalar(wrong).map(|_| ()), Err(KeyFormatError::Rejected), "{wrong:?}");
        }
        let short = SecretBytes::new([1; 31]);
        for algorithm in [Algorithm::Es256, Algorithm::EdDsa] {
            let made = SigningKey::from_raw(algorithm, &short).map(|_| ());
            assert_eq!(made, Err(KeyFormatError::Rejected));
        }
        let other = SigningKey::from_raw(Algorithm::Es384, &SecretBytes::new([1; 48])).map(|_| ());
        assert_eq!(other, Err(KeyFormatError::Algorithm));
    }

    #[test]
    fn the_public_half_is_the_published_one() {
        // RFC 8032 §7.1, test 1; RFC 6979 appendix A.2.5.
        let key = |algorithm, hexadecimal: &str| {
            let pairs =
                hexadecimal.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
            let bytes: Vec<u8> = pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect();
            let key = SigningKey::from_raw(algorithm, &SecretBytes::new(bytes)).unwrap();
            serde_json::to_value(key.public()).unwrap()
        };
        let ed = key(
            Algorithm::EdDsa,
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        );
        assert_eq!(ed["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        // RFC 8037, appendix A.3.
        assert_eq!(ed["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        let ec = key(
            Algorithm::Es256,
            "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721",
        );
        assert_eq!(ec["x"], "YP7UuiVanTHJYet0xjVtaMBJuJI7Yfps5mliLmDyn7Y");
        assert_eq!(ec["y"], "eQP-EAi4vJmkGunpVii8ZPLxsgwtfp9Rd6PClNRGIpk");
    }
}
