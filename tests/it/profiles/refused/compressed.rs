//! Compressed answers: read where they are good, and no larger than any other.

use std::io::Write as _;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compress, Compression, FlushCompress};
use serde_json::Value;

use super::{Kind, Outcome, Scene};
use crate::support::internet::Fault;

const FILE: &str = "stackoverflow.json";
const PROFILE: &str = "/2.3/me";
const TOKEN: &str = "/oauth/access_token";
/// The largest answer that is read.
const LIMIT: usize = 256 * 1024;
/// What the longest answer here inflates to, and what of it may ever be in memory.
const GIBIBYTE: usize = 1 << 30;
const FEW: u64 = 256 << 20;

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

/// Returns the good answer of a path with white space after it, which means nothing in JSON.
fn padded(path: &str, length: usize) -> Vec<u8> {
    let body = Scene::of(FILE).line(path).body.clone();
    let text = body.as_str().map_or_else(|| body.to_string(), str::to_owned);
    let mut bytes = text.into_bytes();
    bytes.resize(length.max(bytes.len()), b' ');
    bytes
}

async fn answered(path: &str, coding: &'static str, bytes: Vec<u8>) -> Outcome {
    let scene = Scene::of(FILE).broken(path, Fault::Encoded(coding, bytes));
    scene.bring(Kind::Code).await
}

/// Checks that an answer is said to be none that the provider is known to give.
fn assert_unexpected(outcome: &Outcome, case: &str) {
    outcome.assert_unavailable(case);
    let description = outcome.answer.text("error_description");
    assert!(description.contains("otherwise than it is known to"), "{case}: {description}");
}

#[tokio::test]
async fn an_answer_that_is_compressed_is_read() {
    for path in [PROFILE, TOKEN] {
        let outcome = answered(path, "gzip", gzip(&padded(path, 0))).await;
        assert_eq!(outcome.assert_in(path)["idp_sub"], "4090217");
        for call in &outcome.calls {
            assert_eq!(call.header("accept-encoding"), Some("gzip"), "{path}");
        }
    }
}

#[tokio::test]
async fn an_answer_that_inflates_past_the_limit_is_refused() {
    for path in [PROFILE, TOKEN] {
        let fits = answered(path, "gzip", gzip(&padded(path, LIMIT))).await;
        fits.assert_in(path);
        let outcome = answered(path, "gzip", gzip(&padded(path, LIMIT + 1))).await;
        assert_unexpected(&outcome, path);
    }
}

#[tokio::test]
async fn an_answer_that_inflates_to_a_gibibyte_costs_no_more_than_the_limit() {
    let spaces = vec![b' '; 1 << 20];
    let mut part = Vec::with_capacity(1 << 16);
    // After a full flush nothing refers to what stands before, so that it can stand again.
    let mut compress = Compress::new(Compression::best(), false);
    compress.compress_vec(&spaces, &mut part, FlushCompress::Full).unwrap();
    assert_eq!(compress.total_in(), 1 << 20);
    let header = gzip(b"")[..10].to_vec();
    let bytes = [header, part.repeat(GIBIBYTE / spaces.len())].concat();
    let before = largest();
    let outcome = answered(PROFILE, "gzip", bytes).await;
    assert_unexpected(&outcome, "a gibibyte");
    assert!(largest() - before < FEW, "{before} {}", largest());
}

/// Returns the most memory that the process ever had, in bytes.
fn largest() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() * 1024
}

#[tokio::test]
async fn a_stream_that_is_broken_is_no_answer() {
    for path in [PROFILE, TOKEN] {
        let good = gzip(&padded(path, 0));
        let (start, end) = (&good[..good.len() / 2], &good[..good.len() - 4]);
        let mut wrong = good.clone();
        *wrong.iter_mut().rev().nth(6).unwrap() ^= 1;
        let mut deflated = DeflateEncoder::new(Vec::new(), Compression::best());
        deflated.write_all(&padded(path, 0)).unwrap();
        for (case, bytes) in [
            ("no gzip", padded(path, 0)),
            ("nothing", Vec::new()),
            ("its start", start.to_vec()),
            ("without its length", end.to_vec()),
            ("with another checksum", wrong),
            ("without a header", deflated.finish().unwrap()),
            ("twice", gzip(&good)),
        ] {
            let case = format!("{path} {case}");
            answered(path, "gzip", bytes).await.assert_unavailable(&case);
        }
    }
}

#[tokio::test]
async fn a_coding_that_was_not_asked_for_is_not_guessed() {
    for coding in ["br", "zstd", "deflate", "gzip, gzip"] {
        let outcome = answered(PROFILE, coding, gzip(&padded(PROFILE, 0))).await;
        outcome.assert_unavailable(coding);
    }
    // What says nothing of itself is what it is.
    let plain = Scene::of(FILE).with(PROFILE, |line| assert_ne!(line.body, Value::Null));
    plain.bring(Kind::Code).await.assert_in("plain");
}
