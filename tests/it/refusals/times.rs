//! When: `exp`, `iat` and `nbf`, each with 60 seconds of leeway and not one more.

use serde_json::json;

use super::{Attempt, Row, row};
use crate::support::NOW_SIGNED as NOW;

/// How long after `iat` a token is taken at most: 25 hours, and the leeway.
const TOO_OLD: i64 = 25 * 3600 + 60;

pub(super) fn rows() -> Vec<Row> {
    [boundaries(), wrong_values("exp"), wrong_values("iat"), wrong_values("nbf"), missing()]
        .into_iter()
        .flatten()
        .collect()
}

fn boundaries() -> Vec<Row> {
    vec![
        row("exp a minute ago", "expired", |it| at(it, "exp", NOW - 60)),
        row("exp a minute ago and a fraction", "expired", |it| {
            it.token.claim("exp", json!(1_763_999_939.9));
        }),
        row("exp yesterday", "expired", |it| at(it, "exp", NOW - 86_400)),
        row("exp at the epoch", "expired", |it| at(it, "exp", 0)),
        row("iat 61 seconds ahead", "not_yet_valid", |it| at(it, "iat", NOW + 61)),
        row("iat in milliseconds", "not_yet_valid", |it| at(it, "iat", NOW * 1000)),
        row("nbf 61 seconds ahead", "not_yet_valid", |it| at(it, "nbf", NOW + 61)),
        row("iat too long ago", "too_old", |it| at(it, "iat", NOW - TOO_OLD - 1)),
        row("iat at the epoch", "too_old", |it| at(it, "iat", 0)),
    ]
}

fn missing() -> Vec<Row> {
    vec![
        row("exp missing", "missing_claim", |it| {
            it.token.without_claim("exp");
        }),
        row("iat missing", "missing_claim", |it| {
            it.token.without_claim("iat");
        }),
    ]
}

/// Raw JSON of times that are none.
const WRONG: [(&str, &str); 9] = [
    ("a string", "\"1764000000\""),
    ("null", "null"),
    ("true", "true"),
    ("an array", "[1764000000]"),
    ("an object", "{}"),
    ("negative", "-1764000000"),
    ("a little negative", "-0.5"),
    ("1e300", "1e300"),
    ("more than any number", "1e999"),
];

fn wrong_values(claim: &'static str) -> Vec<Row> {
    let row = |(what, json): (&str, &'static str)| {
        row(format!("{claim} {what}"), "malformed", move |it| {
            it.token.without_claim(claim).payload_starting(&format!("\"{claim}\":{json}"));
        })
    };
    WRONG.into_iter().map(row).collect()
}

fn at(attempt: &mut Attempt, claim: &str, time: i64) {
    attempt.token.claim(claim, time);
}
