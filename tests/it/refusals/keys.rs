//! Which key: the header's `kid`, the keys that a token brings along (RFC 8725 §3.10), and the
//! extensions that it asks for (RFC 7515 §4.1.11).

use serde_json::{Value, json};

use super::{Attempt, Row, row};
use crate::support::claims::Signing;
use crate::support::keys::{Key, Scheme};

pub(super) fn rows() -> Vec<Row> {
    [brought_along(), key_ids(), extensions()].into_iter().flatten().collect()
}

/// Signed by the attacker, who would like that key to be used.
fn brought_along() -> Vec<Row> {
    vec![
        row("a jwk of its own, under the provider's key ID", "bad_signature", |it| {
            brings(it, "jwk", Key::OtherRsa.jwk("rsa"));
        }),
        row("a jwk of its own, under a key ID of its own", "unknown_key", |it| {
            brings(it, "jwk", Key::OtherRsa.jwk("mine"));
            it.token.head("kid", "mine");
        }),
        row("a jwk of its own, under no key ID", "unknown_key", |it| {
            brings(it, "jwk", Key::OtherRsa.jwk("mine"));
            it.token.without_head("kid");
        }),
        row("a jku of its own, under the provider's key ID", "bad_signature", |it| {
            let address = it.rival_keys.clone();
            brings(it, "jku", address.into());
        }),
        row("a jku of its own, under a key ID of its own", "unknown_key", |it| {
            let address = it.rival_keys.clone();
            brings(it, "jku", address.into());
            it.token.head("kid", "rsa-of-jku");
        }),
        row("an x5u of its own, under the provider's key ID", "bad_signature", |it| {
            let address = it.rival_keys.clone();
            brings(it, "x5u", address.into());
        }),
        row("an x5u of its own, under a key ID of its own", "unknown_key", |it| {
            let address = it.rival_keys.clone();
            brings(it, "x5u", address.into());
            it.token.head("kid", "rsa-of-x5u");
        }),
        row("an x5c of its own, under the provider's key ID", "bad_signature", |it| {
            brings(it, "x5c", json!(["MIIB"]));
        }),
        row("an x5c of its own, under a key ID of its own", "unknown_key", |it| {
            brings(it, "x5c", json!(["MIIB"]));
            it.token.head("kid", "rsa-of-x5c");
        }),
    ]
}

fn key_ids() -> Vec<Row> {
    vec![
        row("a key ID that nobody has", "unknown_key", |it| kid(it, "nobody".into())),
        row("a key ID in another case", "unknown_key", |it| kid(it, "RSA".into())),
        row("a key ID with white space", "unknown_key", |it| kid(it, " rsa".into())),
        row("a key ID that is a path", "unknown_key", |it| kid(it, "../../etc/passwd".into())),
        row("a key ID that is an address", "unknown_key", |it| {
            let address = it.rival_keys.clone();
            kid(it, address.into());
        }),
        row("a key ID that is a query", "unknown_key", |it| kid(it, "' OR '1'='1".into())),
        row("a key ID that is empty", "malformed", |it| kid(it, "".into())),
        row("a key ID of 300 characters", "malformed", |it| kid(it, "k".repeat(300).into())),
        row("a key ID with a control character", "malformed", |it| kid(it, "rsa\u{0}".into())),
        row("a key ID that is a number", "malformed", |it| kid(it, 1.into())),
        row("a key ID that is null", "malformed", |it| kid(it, Value::Null)),
        row("a key ID that is an array", "malformed", |it| kid(it, json!(["rsa"]))),
        row("a key that is for encryption", "unknown_key", |it| {
            let signing = Signing::By(Key::OtherRsa, Scheme::Rs256);
            it.token.head("kid", "enc").signed(signing);
        }),
        row("a key that is published broken", "unknown_key", |it| kid(it, "broken".into())),
        row("another provider's key, under its key ID", "unknown_key", |it| {
            it.token.by(Key::OtherRsa);
        }),
        row("another provider's key, under this one's key ID", "bad_signature", |it| {
            it.token.signed(Signing::By(Key::OtherRsa, Scheme::Rs256));
        }),
        row("another provider's key, under no key ID", "unknown_key", |it| {
            it.token.by(Key::OtherRsa).without_head("kid");
        }),
    ]
}

fn extensions() -> Vec<Row> {
    vec![
        row("crit with an extension", "malformed", |it| {
            it.token.head("crit", json!(["urn:example:ext"])).head("urn:example:ext", 1);
        }),
        row("crit with a member that is known", "malformed", |it| {
            it.token.head("crit", json!(["exp"])).head("exp", 1);
        }),
        row("crit that is empty", "malformed", |it| {
            it.token.head("crit", json!([]));
        }),
        row("crit that is null", "malformed", |it| {
            it.token.head("crit", Value::Null);
        }),
        row("an unencoded payload (RFC 7797)", "malformed", |it| {
            it.token.head("crit", json!(["b64"])).head("b64", false);
        }),
        row("b64 that is false, without crit", "malformed", |it| {
            it.token.head("b64", false);
        }),
        row("b64 that is true", "malformed", |it| {
            it.token.head("b64", true);
        }),
    ]
}

fn brings(attempt: &mut Attempt, member: &str, value: Value) {
    let signing = Signing::By(Key::OtherRsa, Scheme::Rs256);
    attempt.token.head(member, value).signed(signing);
}

fn kid(attempt: &mut Attempt, value: Value) {
    attempt.token.head("kid", value);
}
