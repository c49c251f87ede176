//! Hashes, MACs and random numbers, by aws-lc-rs where it has them. Signatures are in `jose`.

use aws_lc_rs::{digest, hkdf, hmac, rand};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use md5::{Digest as _, Md5};

/// Returns the SHA-256 digest of `input`.
pub(crate) fn sha256(input: &[u8]) -> [u8; 32] {
    let mut output = [0; 32];
    // SHA-256 always gives 32 bytes, so the lengths fit.
    output.copy_from_slice(digest::digest(&digest::SHA256, input).as_ref());
    output
}

/// Returns the SHA-384 digest of `input`.
pub(crate) fn sha384(input: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA384, input).as_ref().to_vec()
}

/// Returns the SHA-512 digest of `input`.
pub(crate) fn sha512(input: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA512, input).as_ref().to_vec()
}

/// Returns HMAC-SHA-256 of `input` under `key` (RFC 2104).
pub(crate) fn hmac_sha256(key: &[u8], input: &[u8]) -> [u8; 32] {
    let mut output = [0; 32];
    let key = hmac::Key::new(hmac::HMAC_SHA256, key);
    output.copy_from_slice(hmac::sign(&key, input).as_ref());
    output
}

/// Fills in 32 bytes of HKDF-SHA-256 (RFC 5869): extracted from `secret` with `salt`, expanded by
/// `info`. `None` when the primitive fails, which it does for outputs of another length.
pub(crate) fn hkdf_sha256(
    (salt, info): (&[u8], &[u8]),
    secret: &[u8],
    output: &mut [u8],
) -> Option<()> {
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    extracted.expand(&[info], hkdf::HKDF_SHA256).ok()?.fill(output).ok()
}

/// Returns the MD5 digest of `input` (RFC 1321): broken, and still what one provider wants its
/// requests signed with. Nothing here is decided by it.
pub(crate) fn md5(input: &[u8]) -> [u8; 16] {
    Md5::digest(input).into()
}

/// Returns lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        for nibble in [byte >> 4, byte & 0x0f] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or_default());
        }
        text
    })
}

/// Returns base64url without padding (RFC 7515 §2).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Writes base64url without padding behind a text.
pub(crate) fn append_base64url(text: &mut String, bytes: &[u8]) {
    URL_SAFE_NO_PAD.encode_string(bytes, text);
}

/// Decodes base64url without padding, strictly: no padding, no white space, no stray bits.
pub(crate) fn from_base64url(text: &[u8]) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Returns padded base64, as a Content-Security-Policy has it.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Decodes padded base64 as HTTP Basic uses it (RFC 7617 §2).
pub(crate) fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Returns 128 random bits as 22 characters of base64url, for identifiers that must not repeat.
///
/// # Errors
///
/// [`RandomFailed`] when the operating system gives no random numbers.
pub(crate) fn random_id() -> Result<String, RandomFailed> {
    random_bytes::<16>().map(|bytes| base64url(&bytes))
}

/// Returns random bytes.
///
/// # Errors
///
/// [`RandomFailed`] when the operating system gives no random numbers.
pub(crate) fn random_bytes<const N: usize>() -> Result<[u8; N], RandomFailed> {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).map_err(|_| RandomFailed)?;
    Ok(bytes)
}

/// The operating system gave no random numbers.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the system's random number generator failed")]
pub(crate) struct RandomFailed;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_published_ones() {
        // FIPS 180-2, appendix B.1; RFC 4231, test case 2.
        assert_eq!(
            hex(&sha256(b"abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            hex(&hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
    }

    #[test]
    fn derived_bytes_are_the_published_ones() {
        // RFC 5869, appendix A.1: the first 32 of its 42 bytes.
        let salt: Vec<u8> = (0..=0x0c).collect();
        let info: Vec<u8> = (0xf0..=0xf9).collect();
        let mut derived = [0; 32];
        hkdf_sha256((&salt, &info), &[0x0b; 22], &mut derived).unwrap();
        assert_eq!(
            hex(&derived),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
    }

    #[test]
    fn base64url_that_is_not_canonical_is_refused() {
        assert_eq!(from_base64url(b"QQ").as_deref(), Some(b"A".as_slice()));
        for wrong in ["QR", "QQ==", "Q", "Q Q", "Q+", "Q/"] {
            assert_eq!(from_base64url(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
