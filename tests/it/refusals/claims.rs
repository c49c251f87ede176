//! Who says it, of whom, and in answer to what: `iss`, `sub`, `nonce`, `auth_time`, and tokens
//! that are no ID tokens.

use serde_json::{Value, json};

use super::{Attempt, Row, row};
use crate::support::keys::{base64url, hex, sha256};

pub(super) fn rows() -> Vec<Row> {
    [issuers(), subjects(), nonces(), other_kinds()].into_iter().flatten().collect()
}

fn issuers() -> Vec<Row> {
    vec![
        row("iss missing", "missing_claim", |it| {
            it.token.without_claim("iss");
        }),
        row("iss empty", "missing_claim", |it| claim(it, "iss", "".into())),
        row("iss a number", "malformed", |it| claim(it, "iss", 1.into())),
        row("iss null", "malformed", |it| claim(it, "iss", Value::Null)),
        row("iss an array", "malformed", |it| {
            let issuer = it.token.claims.get("iss").cloned().unwrap_or_default();
            claim(it, "iss", json!([issuer]));
        }),
        row("iss another provider's", "wrong_issuer", |it| {
            claim(it, "iss", "https://accounts.google.com".into());
        }),
        row("iss with a slash at its end", "wrong_issuer", |it| {
            change_issuer(it, |iss| format!("{iss}/"));
        }),
        row("iss in another case", "wrong_issuer", |it| change_issuer(it, str::to_uppercase)),
        row("iss that only starts right", "wrong_issuer", |it| {
            change_issuer(it, |iss| format!("{iss}.evil.example.com"));
        }),
        row("iss with white space", "wrong_issuer", |it| {
            change_issuer(it, |iss| format!("{iss} "));
        }),
        row("iss ours", "own_token", |it| claim(it, "iss", "https://id.example.com".into())),
    ]
}

fn subjects() -> Vec<Row> {
    vec![
        row("sub missing", "missing_claim", |it| {
            it.token.without_claim("sub");
        }),
        row("sub empty", "missing_claim", |it| claim(it, "sub", "".into())),
        row("sub white space", "missing_claim", |it| claim(it, "sub", " \t".into())),
        row("sub a number", "malformed", |it| claim(it, "sub", 24_400_320.into())),
        row("sub null", "malformed", |it| claim(it, "sub", Value::Null)),
        row("sub an array", "malformed", |it| claim(it, "sub", json!(["24400320"]))),
        row("sub of 256 characters", "malformed", |it| claim(it, "sub", "s".repeat(256).into())),
        row("sub with a control character", "malformed", |it| claim(it, "sub", "a\nb".into())),
        row("auth_time a string", "malformed", |it| claim(it, "auth_time", "1764000000".into())),
        row("auth_time negative", "malformed", |it| claim(it, "auth_time", (-1).into())),
    ]
}

fn nonces() -> Vec<Row> {
    vec![
        row("nonce another than was sent", "nonce_mismatch", |it| nonces_are(it, "n-1", "n-2")),
        row("nonce in another case", "nonce_mismatch", |it| nonces_are(it, "n-1", "N-1")),
        row("nonce with more at its end", "nonce_mismatch", |it| nonces_are(it, "n-1", "n-1 ")),
        row("nonce that only starts right", "nonce_mismatch", |it| nonces_are(it, "n-1", "n-")),
        row("nonce empty", "nonce_mismatch", |it| nonces_are(it, "n-1", "")),
        row("nonce hashed twice", "nonce_mismatch", |it| {
            nonces_are(it, "n-1", &sha256_hex(sha256_hex("n-1").as_bytes()));
        }),
        row("nonce hashed, in upper case", "nonce_mismatch", |it| {
            nonces_are(it, "n-1", &sha256_hex("n-1").to_uppercase());
        }),
        row("nonce sent as the hash of the token's", "nonce_mismatch", |it| {
            nonces_are(it, N_1_HASHED, "n-1");
        }),
        row("nonce sent, and none in the token", "nonce_mismatch", |it| it.nonce = Some("n-1")),
        row("nonce a number", "malformed", |it| {
            it.nonce = Some("1");
            claim(it, "nonce", 1.into());
        }),
        row("nonce null", "malformed", |it| {
            it.nonce = Some("1");
            claim(it, "nonce", Value::Null);
        }),
        row("nonce demanded and not sent", "nonce_mismatch", |it| it.strictly().nonce = None),
        row("nonce demanded and not in the token", "nonce_mismatch", |it| {
            it.strictly().token.without_claim("nonce");
        }),
    ]
}

/// Tokens that a provider signs for other ends (RFC 8725 §3.11), and our own.
fn other_kinds() -> Vec<Row> {
    vec![
        row("typ of an access token", "wrong_type", |it| typ(it, "at+jwt".into())),
        row("typ of an access token, in full", "wrong_type", |it| {
            typ(it, "application/at+jwt".into());
        }),
        row("typ of a logout token", "wrong_type", |it| typ(it, "logout+jwt".into())),
        row("typ of a security event", "wrong_type", |it| typ(it, "secevent+jwt".into())),
        row("typ of a DPoP proof", "wrong_type", |it| typ(it, "dpop+jwt".into())),
        row("typ empty", "wrong_type", |it| typ(it, "".into())),
        row("typ a number", "malformed", |it| typ(it, 1.into())),
        row("a token that was issued here", "own_token", |it| it.text = Some(it.issued.clone())),
        row("a token that was issued here, cut short", "own_token", |it| {
            it.text = it.issued.get(..it.issued.len() - 2).map(str::to_owned);
        }),
    ]
}

/// SHA-256 of `n-1`, base64url.
const N_1_HASHED: &str = "Ua7qj_oF0mINNch0Y0ZYhed98TFx1XCHRt8anzbUfzU";

fn claim(attempt: &mut Attempt, name: &str, value: Value) {
    attempt.token.claim(name, value);
}

fn change_issuer(attempt: &mut Attempt, change: impl FnOnce(&str) -> String) {
    let issuer = attempt.token.claims.get("iss").and_then(Value::as_str).unwrap_or_default();
    let changed = change(issuer);
    attempt.token.claim("iss", changed);
}

fn nonces_are(attempt: &mut Attempt, sent: &'static str, in_token: &str) {
    attempt.nonce = Some(sent);
    attempt.token.claim("nonce", in_token);
}

fn typ(attempt: &mut Attempt, value: Value) {
    attempt.token.head("typ", value);
}

fn sha256_hex(input: impl AsRef<[u8]>) -> String {
    hex(sha256(input))
}

#[test]
fn the_hashed_nonce_of_the_table_is_the_hash_of_the_other() {
    assert_eq!(base64url(sha256("n-1")), N_1_HASHED);
}
