//! Bodies on the wire: too long in every way that a body can be, and cut short.

use super::{ORIGIN, assert_refused_to_page};
use crate::support::answer::Answer;
use crate::support::app::{App, FORM, JSON, send};
use crate::support::form::Form;

/// The limit of the service, in bytes, when the configuration says nothing.
const LIMIT: usize = 64 * 1024;
const TOO_LARGE: (u16, &str, &str) = (413, "invalid_request", "too_large");

fn head(length: &str) -> String {
    format!(
        "POST /token HTTP/1.1\r\nHost: x\r\nOrigin: {ORIGIN}\r\nConnection: close\r\n\
         Content-Type: {FORM}\r\n{length}\r\n\r\n"
    )
}

/// Frames a body in chunks of at most 8 KiB (RFC 9112 §7.1).
fn chunked(body: &[u8]) -> Vec<u8> {
    let frame =
        |chunk: &[u8]| [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
    let chunks = body.chunks(8192).flat_map(frame);
    chunks.chain(b"0\r\n\r\n".iter().copied()).collect()
}

fn padded(form: &Form, length: usize) -> String {
    let form = form.encoded();
    let padding = "x".repeat(length - form.len() - 5);
    format!("{form}&pad={padding}")
}

#[tokio::test]
async fn a_body_of_the_limit_is_read_and_one_byte_more_is_not() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact());
    send(app.posting("/token", FORM, padded(&form, LIMIT))).await.token("as long as may be");
    for length in [LIMIT + 1, 4 * LIMIT] {
        for (path, content_type) in [("/token", FORM), ("/auth/convert-token", JSON)] {
            let body = app.posting(path, content_type, padded(&form, length));
            let answer = send(body.header("origin", ORIGIN)).await;
            assert_refused_to_page(&answer, &format!("{path} {length}"), TOO_LARGE);
        }
    }
}

#[tokio::test]
async fn a_body_that_does_not_say_its_length_is_limited_too() {
    let app = App::start().await;
    let form = Form::exchange(&app.id_token().compact());
    let head = head("Transfer-Encoding: chunked");
    let whole = |length| [head.as_bytes(), &chunked(padded(&form, length).as_bytes())].concat();
    let answer = Answer::parse(&app.send_raw(whole(LIMIT)).await);
    answer.token("as long as may be");
    let answer = Answer::parse(&app.send_raw(whole(LIMIT + 1)).await);
    assert_refused_to_page(&answer, "one byte more", TOO_LARGE);
}

#[tokio::test]
async fn a_length_that_is_too_large_is_refused_before_the_body_comes() {
    let app = App::start().await;
    let answer = Answer::parse(&app.send_raw(head("Content-Length: 1000000000")).await);
    assert_refused_to_page(&answer, "only announced", TOO_LARGE);
}

#[tokio::test]
async fn the_limit_is_what_the_configuration_says() {
    let app = App::configured(|text| {
        text.replace("requests_per_minute = 0", "requests_per_minute = 0\nbody_bytes = 2048")
    })
    .await;
    let form = Form::exchange(&app.id_token().compact());
    send(app.posting("/token", FORM, padded(&form, 2048))).await.token("as long as may be");
    let answer = send(app.posting("/token", FORM, padded(&form, 2049))).await;
    answer.assert_refused("one byte more", TOO_LARGE);
}

#[tokio::test]
async fn a_body_that_breaks_off_ends_nothing_but_its_connection() {
    let app = App::start().await;
    let broken = [
        [head("Content-Length: 100").as_bytes(), b"grant_type=x"].concat(),
        [head("Transfer-Encoding: chunked").as_bytes(), b"5\r\nab"].concat(),
        [head("Transfer-Encoding: chunked").as_bytes(), b"zz\r\nab\r\n"].concat(),
        [head("Transfer-Encoding: chunked\r\nContent-Length: 5").as_bytes(), b"0\r\n\r\n"].concat(),
        b"POST /token HTTP/1.1\r\n".to_vec(),
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc".to_vec(),
    ];
    for request in broken {
        let case = String::from_utf8_lossy(&request).into_owned();
        let answer = app.send_raw_and_close(&request).await;
        assert!(!answer.starts_with(b"HTTP/1.1 2"), "{case}");
        assert_eq!(app.get("/livez").await.status, 200, "{case}");
    }
}
