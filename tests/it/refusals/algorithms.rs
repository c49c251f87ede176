//! The header's `alg`: `none`, HMAC, and algorithms that the provider or the key does not have
//! (RFC 8725 §3.1 and §3.2).

use serde_json::Value;

use super::{Attempt, Row, opaque, row};
use crate::support::claims::Signing;
use crate::support::keys::{Key, Scheme};

/// The reason of most rows here.
const UNSUPPORTED: &str = "unsupported_algorithm";

pub(super) fn rows() -> Vec<Row> {
    vec![
        row("none, with no signature", UNSUPPORTED, |it| {
            it.token.head("alg", "none").signed(Signing::Bytes(Vec::new()));
        }),
        row("none, with the provider's signature", UNSUPPORTED, |it| named(it, "none")),
        row("None", UNSUPPORTED, |it| named(it, "None")),
        row("NONE", UNSUPPORTED, |it| named(it, "NONE")),
        row("nOnE", UNSUPPORTED, |it| named(it, "nOnE")),
        row("none, with white space", UNSUPPORTED, |it| named(it, "none ")),
        row("HMAC under the PEM file of the key", UNSUPPORTED, |it| {
            hmac(it, Key::Rsa.pem().as_bytes().to_vec());
        }),
        row("HMAC under the modulus of the key", UNSUPPORTED, |it| {
            hmac(it, Key::Rsa.public());
        }),
        row("HMAC under the JWK of the key", UNSUPPORTED, |it| {
            hmac(it, Key::Rsa.jwk("rsa").to_string().into_bytes());
        }),
        row("HMAC under nothing", UNSUPPORTED, |it| hmac(it, Vec::new())),
        row("HMAC that calls itself RS256", "bad_signature", |it| {
            it.token.signed(Signing::Hmac(Key::Rsa.public()));
        }),
        row("an empty name", UNSUPPORTED, |it| named(it, "")),
        row("a name in lower case", UNSUPPORTED, |it| named(it, "rs256")),
        row("a name with white space", UNSUPPORTED, |it| named(it, "RS256 ")),
        row("a name for encryption", UNSUPPORTED, |it| named(it, "RSA-OAEP")),
        row("a name of a curve that nobody has", UNSUPPORTED, |it| named(it, "ES256K")),
        row("a name that is a number", "malformed", |it| raw(it, Value::from(256))),
        row("a name that is null", "malformed", |it| raw(it, Value::Null)),
        row("several names", "malformed", |it| raw(it, Value::from(vec!["RS256"]))),
        opaque("no name", |it| {
            it.token.without_head("alg");
        }),
        row("the name of a longer hash than the key is for", UNSUPPORTED, |it| named(it, "RS384")),
        row("PSS with a key that is for PKCS #1", UNSUPPORTED, |it| {
            let signing = Signing::By(Key::Rsa, Scheme::Ps256);
            it.token.head("alg", "PS256").signed(signing);
        }),
        row("ECDSA with the key ID of the RSA key", UNSUPPORTED, |it| {
            it.token.by(Key::Ec).head("kid", "rsa");
        }),
        row("RSA with the key ID of the EC key", UNSUPPORTED, |it| {
            it.token.head("kid", "ec");
        }),
        row("EdDSA with the key ID of the EC key", UNSUPPORTED, |it| {
            it.token.by(Key::Ed).head("kid", "ec");
        }),
        row("ECDSA with a hash that is not the curve's", UNSUPPORTED, |it| {
            it.token.by(Key::Ec).head("alg", "ES384");
        }),
        row("an algorithm that is not configured for the provider", UNSUPPORTED, |it| {
            it.strictly().token.by(Key::Ec);
        }),
    ]
}

fn named(attempt: &mut Attempt, algorithm: &str) {
    attempt.token.head("alg", algorithm);
}

fn raw(attempt: &mut Attempt, algorithm: Value) {
    attempt.token.head("alg", algorithm);
}

fn hmac(attempt: &mut Attempt, secret: Vec<u8>) {
    attempt.token.head("alg", "HS256").signed(Signing::Hmac(secret));
}
