//! The signature: cut, bent, borrowed, or in another encoding.

use super::{Row, row};
use crate::support::claims::Signing;
use crate::support::keys::{Key, Scheme, base64url};

/// The reason of every row here.
const BAD: &str = "bad_signature";

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("no signature", BAD, |it| {
            it.token.signed(Signing::Bytes(Vec::new()));
        }),
        row("a signature of one byte", BAD, |it| {
            it.token.signed(Signing::Bytes(vec![0]));
        }),
        row("a signature that is cut short", BAD, |it| {
            // 252 bytes in place of 256, so that no bits are over and the form stays right.
            it.token.then(|token| token.get(..token.len() - 6).unwrap().to_owned());
        }),
        row("a signature with more at its end", BAD, |it| {
            // 256 bytes leave two characters over, which two more make whole.
            it.token.then(|token| format!("{token}AA"));
        }),
        row("a signature of zeros", BAD, |it| {
            it.token.signed(Signing::Bytes(vec![0; 256]));
        }),
        row("a signature with another first character", BAD, |it| {
            it.token.then(|token| {
                let (input, signature) = token.rsplit_once('.').unwrap();
                let (first, rest) = signature.split_at(1);
                format!("{input}.{}{rest}", if first == "A" { "B" } else { "A" })
            });
        }),
        row("a payload that was changed after signing", BAD, |it| {
            let claims = serde_json::Value::Object(it.token.claims.clone()).to_string();
            let forged = base64url(claims.replace("ada@", "eve@"));
            it.text = Some(with_part(&it.token.compact(), 1, &forged));
        }),
        row("a header that was changed after signing", BAD, |it| {
            let header = base64url(r#"{"alg":"RS256","kid":"rsa"}"#);
            it.text = Some(with_part(&it.token.compact(), 0, &header));
        }),
        row("another token's signature", BAD, |it| {
            let mut other = it.token.clone();
            let other = other.claim("sub", "somebody else").compact();
            let signature = other.rsplit('.').next().unwrap_or_default().to_owned();
            it.text = Some(with_part(&it.token.compact(), 2, &signature));
        }),
        row("a PSS signature that calls itself PKCS #1", BAD, |it| {
            it.token.signed(Signing::By(Key::Rsa, Scheme::Ps256));
        }),
        row("an ECDSA signature in DER", BAD, |it| {
            it.token.by(Key::Ec).signed(Signing::By(Key::Ec, Scheme::Es256Der));
        }),
        row("an ECDSA signature of zeros", BAD, |it| {
            it.token.by(Key::Ec).signed(Signing::Bytes(vec![0; 64]));
        }),
        row("an Ed25519 signature of zeros", BAD, |it| {
            it.token.by(Key::Ed).signed(Signing::Bytes(vec![0; 64]));
        }),
    ]
}

fn with_part(token: &str, place: usize, part: &str) -> String {
    let parts = token.split('.').enumerate();
    let parts: Vec<_> = parts.map(|(n, old)| if n == place { part } else { old }).collect();
    parts.join(".")
}
