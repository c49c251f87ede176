//! What comes is no HTTP, or too much, too slow or too clever by half.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;

use super::wire::{Ask, Manner, Wire, answer, answer_with};
use super::{CANARY, UNAVAILABLE, app, assert_recovered, assert_unavailable, name};
use crate::support::log::Log;
use crate::support::verify::verify;

/// More than is ever taken of an answer, with what is on its way between two sockets.
const TAKEN: usize = 24 << 20;

fn bytes(text: &str) -> Manner {
    Manner::Bytes(text.replace('\n', "\r\n").into_bytes())
}

fn endless(start: &str, part: &str) -> Manner {
    let part = part.replace('\n', "\r\n").repeat(1 + 65536 / part.len());
    Manner::Endless(start.replace('\n', "\r\n").into_bytes(), part.into_bytes())
}

fn dripping(start: &str, part: &str) -> Manner {
    let crlf = |text: &str| text.replace('\n', "\r\n").into_bytes();
    Manner::Dripping(crlf(start), crlf(part))
}

/// What is no HTTP at all, or breaks off.
fn broken(good: &str) -> Vec<(&'static str, Manner)> {
    let length = good.len();
    let (longer, shorter) = (length + 1, length - 1);
    let ok = |lines: &str| bytes(&format!("HTTP/1.1 200 OK\n{lines}\n\n{good}"));
    let chunked =
        |body: &str| bytes(&format!("HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n{body}"));
    let headed = |line: &str| bytes(&format!("{line}\ncontent-length: {length}\n\n{good}"));
    let settings = b"\0\0\x12\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x04\0\0\xff\xff";
    vec![
        ("silence", Manner::Silent),
        ("an end", Manner::Closing),
        ("bytes", Manner::Bytes((0..=255).cycle().take(4096).collect())),
        ("another protocol", bytes("SSH-2.0-OpenSSH_9.2 kanarienvogel\n")),
        ("HTTP/0.9", bytes(good)),
        ("HTTP/2", Manner::Held(settings.into())),
        ("a version to come", headed("HTTP/3.0 200 OK")),
        ("a status in words", bytes("HTTP/1.1 kanarienvogel\n\n")),
        ("a status of five digits", headed("HTTP/1.1 20000 OK")),
        ("half a head", bytes("HTTP/1.1 200 OK\nx-kanarienvogel: ")),
        ("a header without a name", ok(": x")),
        ("a header with a NUL", ok("x: a\0b")),
        ("a body that is longer than it is", ok(&format!("content-length: {longer}"))),
        ("a body that is cut short", ok(&format!("content-length: {shorter}"))),
        ("two lengths", ok(&format!("content-length: {length}\ncontent-length: 1"))),
        ("a length below zero", ok("content-length: -1")),
        ("a length beyond all numbers", ok("content-length: 99999999999999999999")),
        ("a chunk that breaks off", chunked(&format!("{length:x}\n{good}"))),
        ("no last chunk", chunked(&format!("{length:x}\n{good}\n"))),
        ("a chunk beyond all numbers", chunked(&format!("fffffffffffffffff\n{good}\n0\n\n"))),
        ("a chunk of no size", chunked(&format!("kanarienvogel\n{good}\n0\n\n"))),
        (
            "another protocol from here on",
            bytes("HTTP/1.1 101 x\nupgrade: kanarienvogel\nconnection: upgrade\n\n"),
        ),
    ]
}

/// What does not end, or hardly moves.
fn unending() -> Vec<(&'static str, Manner)> {
    let ok = "HTTP/1.1 200 OK\n";
    let chunked = "HTTP/1.1 200 OK\ntransfer-encoding: chunked\n\n";
    vec![
        ("a header without end", endless(&format!("{ok}x: "), CANARY)),
        ("headers without end", endless(ok, "x: kanarienvogel\n")),
        ("headers in drops", dripping(ok, "x: kanarienvogel\n")),
        ("a reason without end", endless("HTTP/1.1 200 ", CANARY)),
        ("a body without end", endless(&format!("{ok}\n"), CANARY)),
        ("a long body", endless(&format!("{ok}content-length: 10000000000\n\n"), CANARY)),
        ("chunks without end", endless(chunked, "d\nkanarienvogel\n")),
        ("a chunk's remark without end", endless(&format!("{chunked}d;"), CANARY)),
        ("remarks without end", endless(chunked, "1;kanarienvogel\nx\n")),
        ("trailers without end", endless(&format!("{chunked}0\n"), "x: kanarienvogel\n")),
        ("a body in drops", dripping(&format!("{ok}content-length: 1000000\n\n"), "x")),
        (
            "a body that stops",
            Manner::Held(b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".into()),
        ),
        ("100 for ever", endless("", "HTTP/1.1 100 Continue\n\n")),
        ("103 for ever", endless("", "HTTP/1.1 103 Early Hints\nlink: kanarienvogel\n\n")),
    ]
}

/// What is HTTP, and no answer to what was asked.
fn besides(ask: Ask, inside: u16) -> Vec<(&'static str, Manner)> {
    let good = ask.good_body();
    let mut cases = Vec::new();
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: http://127.0.0.1:{inside}{}\r\n", ask.path());
        cases.push(("a redirect inside", Manner::Bytes(answer_with(status, &location, &good))));
    }
    for status in [204, 205, 206, 304] {
        cases.push(("another success", Manner::Bytes(answer(status, &good))));
    }
    let text = String::from_utf8(good.clone()).unwrap();
    let (start, end) = text.split_at(text.len() - 1);
    let twice = format!("{start},{}", text.split_at(1).1);
    let bodies: [(&str, Vec<u8>); 8] = [
        ("nothing", Vec::new()),
        ("a word", CANARY.into()),
        ("members twice", twice.into()),
        ("depth", "[".repeat(100_000).into()),
        ("depth in a member", format!("{start},\"x\":{}", "[".repeat(100_000)).into()),
        ("a number beyond all", format!("{start},\"x\":1e999{end}").into()),
        ("no UTF-8", [start.as_bytes(), b",\"x\":\"\xff\"", end.as_bytes()].concat()),
        ("more after the end", format!("{text}{text}").into()),
    ];
    cases.extend(bodies.map(|(case, body)| (case, Manner::Bytes(answer(200, &body)))));
    let gzip = |bytes: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    };
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let once = gzip(&good);
    let coded = [
        ("a bomb", "gzip", bomb),
        ("half of gzip", "gzip", once[..once.len() / 2].to_vec()),
        ("no gzip", "gzip", good.clone()),
        ("gzip in gzip", "gzip", gzip(&once)),
        ("two codings", "gzip, gzip", gzip(&once)),
        ("a coding that nobody asked for", "br", once.clone()),
        ("another", "deflate", once),
    ];
    cases.extend(coded.map(|(case, coding, body)| {
        let line = format!("content-encoding: {coding}\r\n");
        (case, Manner::Bytes(answer_with(200, &line, &body)))
    }));
    cases
}

#[tokio::test]
async fn whatever_comes_in_place_of_an_answer_is_503_in_time_and_the_next_exchange_is_good() {
    let (wire, inside, log) = (Wire::start().await, Wire::start().await, Log::start());
    let cases = |ask: Ask| {
        let good = String::from_utf8(ask.good_body()).unwrap();
        let besides = besides(ask, inside.address().port());
        broken(&good).into_iter().chain(unending()).chain(besides)
    };
    let app = app(&wire, "http://127.0.0.1", cases(Ask::Keys).count(), "").await;
    for ask in Ask::ALL {
        for (nth, (case, manner)) in cases(ask).enumerate() {
            wire.at(ask.path(), manner);
            let before = (wire.sent(), wire.bodies("/token").len());
            assert_unavailable(&app, (ask, nth), case).await;
            assert!(wire.sent() - before.0 < TAKEN || case.ends_with("for ever"), "{case} {ask:?}");
            let sent = usize::from(ask != Ask::Keys);
            assert_eq!(wire.bodies("/token").len() - before.1, sent, "{case} {ask:?}: sent again");
            wire.at("", Manner::Good);
            assert_recovered(&app, (ask, nth), case).await;
        }
    }
    assert_eq!(inside.connections(), 0, "a redirect was followed");
    let log = log.text();
    assert!(!log.contains(CANARY) && !log.contains("bad-"), "{log}");
    assert!(log.contains("no answer: "), "an operator is told why: {log}");
}

/// What stands behind an answer is no answer to the next question.
#[tokio::test]
async fn an_answer_that_was_not_asked_for_is_given_to_nobody() {
    let wire = Wire::start().await;
    let app = app(&wire, "http://127.0.0.1", 1, "").await;
    let somebody_else = answer(200, br#"{"sub":"666"}"#);
    let two = [answer(200, &Ask::Token.good_body()), somebody_else.clone()].concat();
    let two_profiles = [answer(200, &Ask::Profile.good_body()), somebody_else].concat();
    let subject = async |code: &str| {
        let form = Ask::Profile.form(&name(0), code);
        let answer = app.post_form("/token", &form).await;
        if answer.status != 200 {
            answer.assert_refused(code, UNAVAILABLE);
            return None;
        }
        let token = answer.token(code);
        Some(verify(&app, &token, "https://api.example.com").await.1["sub"].clone())
    };
    let good = subject("first").await.unwrap();
    for (path, bytes) in [("/token", two), ("/me", two_profiles)] {
        for nth in 0..10 {
            wire.at(path, Manner::Held(bytes.clone()));
            for round in ["a", "b"] {
                let got = subject(&format!("{path}-{nth}-{round}")).await;
                assert!(got.is_none_or(|it| it == good), "{path} {nth}");
                wire.at("", Manner::Good);
            }
        }
    }
}
