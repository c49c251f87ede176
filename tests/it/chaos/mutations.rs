//! Everything that is wrong with bad ID tokens: one thing at a time.

use crate::support::claims::{Signing, Token};
use crate::support::form::Form;
use crate::support::keys::{Key, Scheme};

/// What is wrong with an ID token.
pub(super) struct Mutation {
    /// Its name in the table.
    pub(super) name: &'static str,
    /// The reason that it is refused for.
    pub(super) reason: &'static str,
    /// Whether the key is looked at before that is found.
    pub(super) needs_key: bool,
    /// Changes the good token, or the parameters; the number is the present moment.
    pub(super) change: fn(&mut Token, (&mut Form, i64)),
}

/// All of them.
pub(super) const MUTATIONS: &[Mutation] = &[
    free("bad: no token at all", "malformed", |token, _| {
        token.then(|_| "nothing".to_owned());
    }),
    free("bad: cut in the middle", "malformed", |token, _| {
        token.then(|text| text.chars().take(text.len() / 2).collect());
    }),
    free("bad: for another app", "wrong_audience", |token, _| {
        token.claim("aud", "another-app");
    }),
    free("bad: for us and another app", "wrong_audience", |token, _| {
        token.claim("aud", serde_json::json!(["countersign", "another-app"]));
    }),
    free("bad: of another issuer", "wrong_issuer", |token, _| {
        token.claim("iss", "https://evil.example.com");
    }),
    free("bad: unsigned", "unsupported_algorithm", |token, _| {
        token.head("alg", "none").signed(Signing::Bytes(Vec::new()));
    }),
    free("bad: HMAC by the public key", "unsupported_algorithm", |token, _| {
        let public = Key::Rsa.public();
        token.head("alg", "HS256").signed(Signing::Hmac(public));
    }),
    free("bad: an access token", "wrong_type", |token, _| {
        token.head("typ", "at+jwt");
    }),
    free("bad: one of ours", "own_token", |token, _| {
        token.claim("iss", "https://elsewhere.example.com");
    }),
    keyed("bad: signed by a stranger", "bad_signature", |token, _| {
        token.head("kid", "rsa").head("alg", "RS256");
        token.signed(Signing::By(Key::OtherRsa, Scheme::Rs256));
    }),
    keyed("bad: signature of nothing", "bad_signature", |token, _| {
        token.head("kid", "ed").head("alg", "EdDSA").signed(Signing::Bytes(vec![7; 64]));
    }),
    keyed("bad: made-up key ID", "unknown_key", |token, (_, now)| {
        token.head("kid", format!("made-up-{now}"));
    }),
    keyed("bad: expired", "expired", |token, (_, now)| {
        token.claim("iat", now - 10_800).claim("exp", now - 7200);
    }),
    keyed("bad: from the future", "not_yet_valid", |token, (_, now)| {
        token.claim("iat", now + 7200).claim("exp", now + 10_800);
    }),
    keyed("bad: too old", "too_old", |token, (_, now)| {
        token.claim("iat", now - 40 * 3600);
    }),
    keyed("bad: without end", "missing_claim", |token, _| {
        token.without_claim("exp");
    }),
    keyed("bad: of nobody", "missing_claim", |token, _| {
        token.without_claim("sub");
    }),
    keyed("bad: another nonce", "nonce_mismatch", |token, (form, _)| {
        token.claim("nonce", "the page's");
        *form = form.clone().and("nonce", "a stranger's");
    }),
];

const fn free(
    name: &'static str,
    reason: &'static str,
    change: fn(&mut Token, (&mut Form, i64)),
) -> Mutation {
    Mutation { name, reason, needs_key: false, change }
}

const fn keyed(
    name: &'static str,
    reason: &'static str,
    change: fn(&mut Token, (&mut Form, i64)),
) -> Mutation {
    Mutation { name, reason, needs_key: true, change }
}
