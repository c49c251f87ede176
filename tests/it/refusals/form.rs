//! What a compact JWS must look like (RFC 7515 §7.1), and what its first two parts must be.

use serde_json::{Value, json};

use super::{Attempt, Row, opaque, row};
use crate::support::keys::base64url;

pub(super) fn rows() -> Vec<Row> {
    [parts(), encoding(), headers(), payloads()].into_iter().flatten().collect()
}

fn parts() -> Vec<Row> {
    vec![
        row("a token of more than 16 KiB", "too_large", |it| {
            it.token.claim("groups", "g".repeat(16 * 1024));
        }),
        opaque("one part", |it| written(it, |token| token.replace('.', ""))),
        opaque("two parts", |it| written(it, |token| token.rsplit_once('.').unwrap().0.to_owned())),
        opaque("four parts", |it| written(it, |token| format!("{token}.AA"))),
        opaque("five parts, as an encrypted token has", |it| {
            written(it, |token| format!("{token}.AA.AA"));
        }),
        opaque("a dot at the end", |it| written(it, |token| format!("{token}."))),
        opaque("a dot at the start", |it| written(it, |token| format!(".{token}"))),
        opaque("nothing but dots", |it| it.text = Some("..".to_owned())),
        opaque("the JSON serialization", |it| {
            written(it, |token| {
                let (protected, rest) = token.split_once('.').unwrap();
                let (payload, signature) = rest.split_once('.').unwrap();
                json!({ "protected": protected, "payload": payload, "signature": signature })
                    .to_string()
            });
        }),
        opaque("an opaque access token", |it| it.text = Some("ya29.A0ARrdaM-k9Vq7GzY".to_owned())),
    ]
}

fn encoding() -> Vec<Row> {
    vec![
        opaque("padding after the header", |it| part(it, 0, |part| format!("{part}="))),
        row("padding after the payload", "malformed", |it| {
            part(it, 1, |part| format!("{part}="));
        }),
        row("padding after the signature", "malformed", |it| {
            part(it, 2, |part| format!("{part}=="));
        }),
        opaque("stray bits after the header", |it| {
            // 49 bytes: one more than a multiple of three, so that four bits are over.
            it.token.header_text(r#"{"alg":"RS256","kid":"rsa","typ":"JWT","x":"123"}"#);
            part(it, 0, with_stray_bits);
        }),
        row("stray bits after the payload", "malformed", |it| {
            let claims = Value::Object(it.token.claims.clone()).to_string();
            let padding = " ".repeat((4 - claims.len() % 3) % 3);
            it.token.payload(format!("{claims}{padding}"));
            part(it, 1, with_stray_bits);
        }),
        row("stray bits after the signature", "malformed", |it| part(it, 2, with_stray_bits)),
        opaque("white space before it", |it| written(it, |token| format!(" {token}"))),
        row("white space after it", "malformed", |it| written(it, |token| format!("{token} "))),
        row("a line's end after it", "malformed", |it| written(it, |token| format!("{token}\n"))),
        row("white space in the payload", "malformed", |it| {
            part(it, 1, |part| part.replacen('e', "e ", 1));
        }),
        row("a line's end in the signature", "malformed", |it| {
            part(it, 2, |part| {
                let (start, end) = part.split_at(64);
                format!("{start}\n{end}")
            });
        }),
        row("the other alphabet in the signature", "malformed", |it| {
            part(it, 2, |part| format!("+/{}", part.split_at(2).1));
        }),
        row("another character in the payload", "malformed", |it| {
            part(it, 1, |part| part.replacen('e', "\u{e9}", 1));
        }),
        opaque("a scheme in front", |it| written(it, |token| format!("Bearer {token}"))),
        opaque("quotation marks around it", |it| written(it, |token| format!("\"{token}\""))),
    ]
}

fn headers() -> Vec<Row> {
    vec![
        row("alg twice in the header", "malformed", |it| {
            it.token.header_starting(r#""alg":"RS256""#);
        }),
        row("alg twice in the header, once none", "malformed", |it| {
            it.token.header_starting(r#""alg":"none""#);
        }),
        row("kid twice in the header", "malformed", |it| {
            it.token.header_starting(r#""kid":"ec""#);
        }),
        row("alg twice in the header, once with an escape", "malformed", |it| {
            it.token.header_starting(r#""\u0061lg":"RS256""#);
        }),
        opaque("a header that is an array", |it| {
            it.token.header_text(r#"["alg","RS256"]"#);
        }),
        opaque("a header that is text", |it| {
            it.token.header_text(r#""RS256""#);
        }),
        opaque("a header that is no JSON", |it| {
            it.token.header_text("{alg:RS256}");
        }),
        opaque("a header with more behind it", |it| {
            it.token.header_text(r#"{"alg":"RS256","kid":"rsa"}{}"#);
        }),
        opaque("a header with a byte order mark", |it| {
            it.token.header_text("\u{feff}{\"alg\":\"RS256\",\"kid\":\"rsa\"}");
        }),
        opaque("an empty header", |it| {
            it.token.header_text("");
        }),
    ]
}

fn payloads() -> Vec<Row> {
    vec![
        row("sub twice in the payload", "malformed", |it| {
            it.token.payload_starting(r#""sub":"1""#);
        }),
        row("aud twice in the payload, the same", "malformed", |it| {
            it.token.payload_starting(r#""aud":"countersign""#);
        }),
        row("sub twice in the payload, once with an escape", "malformed", |it| {
            it.token.payload_starting(r#""s\u0075b":"1""#);
        }),
        row("a member twice deep in the payload", "malformed", |it| {
            it.token.payload_starting(r#""address":{"country":"GB","country":"FR"}"#);
        }),
        row("a payload that is an array", "malformed", |it| payload(it, "[1]")),
        row("a payload that is text", "malformed", |it| payload(it, "\"sub\"")),
        row("a payload that is a number", "malformed", |it| payload(it, "1")),
        row("a payload that is null", "malformed", |it| payload(it, "null")),
        row("a payload that is no JSON", "malformed", |it| payload(it, "sub=24400320")),
        row("a payload that is a token", "malformed", |it| {
            let inner = it.token.compact();
            payload(it, &inner);
        }),
        row("an empty payload", "malformed", |it| payload(it, "")),
        row("a payload with more behind it", "malformed", |it| {
            let claims = Value::Object(it.token.claims.clone()).to_string();
            payload(it, &format!("{claims}{claims}"));
        }),
        row("a payload that is not UTF-8", "malformed", |it| {
            let claims = Value::Object(it.token.claims.clone()).to_string();
            let (head, tail) = claims.split_once("Ada").unwrap();
            it.token.payload([head.as_bytes(), b"\xff", tail.as_bytes()].concat());
        }),
        row("a payload that is nested without end", "malformed", |it| {
            let nested = format!("\"deep\":{}{}", "[".repeat(500), "]".repeat(500));
            it.token.payload_starting(&nested);
        }),
    ]
}

/// Changes the finished token.
fn written(attempt: &mut Attempt, change: impl FnOnce(&str) -> String) {
    attempt.text = Some(change(&attempt.token.compact()));
}

/// Changes one part of the finished token.
fn part(attempt: &mut Attempt, place: usize, change: impl Fn(&str) -> String) {
    let token = attempt.token.compact();
    let parts = token.split('.').enumerate();
    let parts: Vec<_> =
        parts.map(|(n, part)| if n == place { change(part) } else { part.to_owned() }).collect();
    attempt.text = Some(parts.join("."));
}

/// Sets bits of the last character that stand for nothing, so that the bytes stay the same
/// (RFC 4648 §3.5).
fn with_stray_bits(part: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    assert_eq!(part.len() % 4, 2, "four bits of the last character are over");
    let (start, last) = part.split_at(part.len() - 1);
    let (before, from) = ALPHABET.split_at(ALPHABET.find(last).unwrap());
    assert_eq!(before.len() % 16, 0, "they are not set");
    format!("{start}{}", from.chars().nth(1).unwrap())
}

fn payload(attempt: &mut Attempt, text: &str) {
    attempt.token.payload(text);
}

#[test]
fn stray_bits_change_the_text_and_not_the_bytes() {
    assert_eq!(with_stray_bits(&base64url("a")), "YR");
}
