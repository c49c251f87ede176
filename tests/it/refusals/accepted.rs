//! What looks odd and is in order: each row one change to a good token, after which it is as
//! good as before.

use serde_json::json;

use super::Attempt;
use crate::support::NOW_SIGNED as NOW;
use crate::support::keys::Key;

type Row = (&'static str, fn(&mut Attempt));

pub(super) fn rows() -> Vec<Row> {
    [headers(), claims(), times()].into_iter().flatten().collect()
}

fn headers() -> Vec<Row> {
    vec![
        ("no change at all", |_| {}),
        ("a signature by the EC key", |it| {
            it.token.by(Key::Ec);
        }),
        ("a signature by the Ed25519 key", |it| {
            it.token.by(Key::Ed);
        }),
        ("no kid, and one key for the algorithm", |it| {
            it.token.without_head("kid");
        }),
        ("no typ", |it| {
            it.token.without_head("typ");
        }),
        ("typ in lower case", |it| {
            it.token.head("typ", "jwt");
        }),
        ("typ in full (RFC 7515 section 4.1.9)", |it| {
            it.token.head("typ", "application/jwt");
        }),
        ("members of the header that nobody knows", |it| {
            it.token.head("x5t", "abc").head("urn:example:ext", json!({ "a": [1, null] }));
        }),
        ("a jku that is left alone", |it| {
            let address = it.rival_keys.clone();
            it.token.head("jku", address);
        }),
        ("white space in the header", |it| {
            it.token.header_text("{ \"alg\" : \"RS256\",\r\n \"kid\" : \"rsa\" }");
        }),
    ]
}

fn claims() -> Vec<Row> {
    vec![
        ("aud an array of one", |it| {
            it.token.claim("aud", json!(["countersign"]));
        }),
        ("aud another of our client IDs", |it| {
            it.token.claim("aud", "countersign-ios");
        }),
        ("aud two of ours, azp ours", |it| {
            it.token.claim("aud", json!(["countersign", "countersign-ios"]));
            it.token.claim("azp", "countersign-ios");
        }),
        ("azp ours", |it| {
            it.token.claim("azp", "countersign");
        }),
        ("azp another of ours", |it| {
            it.token.claim("azp", "countersign-ios");
        }),
        ("email_verified a string", |it| {
            it.token.claim("email_verified", "true");
        }),
        ("profile claims of the wrong type", |it| {
            it.token.claim("name", 7).claim("picture", json!({})).claim("email", json!(null));
        }),
        ("claims that nobody knows", |it| {
            it.token.claim("at_hash", "x").claim("amr", json!(["pwd"])).claim("groups", json!([]));
        }),
        ("nonce that nobody asked for", |it| {
            it.token.claim("nonce", "n-1");
        }),
        ("nonce that was sent", |it| {
            it.nonce = Some("n-1");
            it.token.claim("nonce", "n-1");
        }),
        ("nonce demanded and sent", |it| {
            it.strictly();
        }),
        ("sub of 255 characters", |it| {
            it.token.claim("sub", "s".repeat(255));
        }),
        ("sub that is no ASCII", |it| {
            it.token.claim("sub", "\u{e9}t\u{e9}|1");
        }),
        ("no auth_time", |it| {
            it.token.without_claim("auth_time");
        }),
    ]
}

fn times() -> Vec<Row> {
    vec![
        ("exp 59 seconds ago", |it| {
            it.token.claim("exp", NOW - 59);
        }),
        ("exp with a fraction", |it| {
            it.token.claim("exp", json!(1_764_003_600.5));
        }),
        ("exp with an exponent", |it| {
            it.token.without_claim("exp").payload_starting(r#""exp":1.7640036e9"#);
        }),
        ("exp in a hundred years", |it| {
            it.token.claim("exp", NOW + 3_155_760_000);
        }),
        ("iat 60 seconds ahead", |it| {
            it.token.claim("iat", NOW + 60);
        }),
        ("iat 59 seconds ahead", |it| {
            it.token.claim("iat", NOW + 59);
        }),
        ("iat with a fraction", |it| {
            it.token.claim("iat", json!(1_763_999_999.25));
        }),
        ("iat 25 hours ago", |it| {
            it.token.claim("iat", NOW - 25 * 3600 - 60);
        }),
        ("nbf 59 seconds ahead", |it| {
            it.token.claim("nbf", NOW + 59);
        }),
        ("nbf long ago", |it| {
            it.token.claim("nbf", 0);
        }),
    ]
}
