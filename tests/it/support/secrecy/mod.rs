//! Every test is one of secrecy too. What is secret is kept here before it is sent or given out;
//! the log of this process, at its most verbose, is searched for it line by line, and so is
//! whatever the service answers. The first find ends the process: a test that has failed could be
//! hidden by one that is left out, and what has leaked has leaked.

mod found;
mod watch;

use std::io::{self, Write};
use std::path::Path;
use std::sync::LazyLock;

use reqwest::header::HeaderMap;
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::format::FmtSpan;
use url::form_urlencoded;

use super::answer::Answer;
use super::app::{FORM, JSON};
pub(crate) use found::Leak;
pub(crate) use watch::Watch;

/// Parameters of requests that hold secrets, ours and the providers'.
const PARAMETERS: [&str; 16] = [
    "subject_token",
    "token",
    "code",
    "client_secret",
    "code_verifier",
    "nonce",
    "access_token",
    "refresh_token",
    "id_token",
    "actor_token",
    "client_assertion",
    "assertion",
    "password",
    "input_token",
    "appsecret_proof",
    "api_key",
];
/// Members of providers' answers that hold secrets. Many call the name of an error `code`.
const MEMBERS: [&str; 3] = ["access_token", "refresh_token", "id_token"];
/// Keys of a configuration that hold secrets.
const KEYS: [&str; 3] = ["secret", "client_secret", "api_key"];
/// Headers that hold secrets.
const HEADERS: [&str; 3] = ["authorization", "cookie", "set-cookie"];

/// What is kept in this process; making it is what makes the process log.
static WATCH: LazyLock<Watch> = LazyLock::new(|| {
    let log = tracing_subscriber::fmt()
        .with_max_level(LevelFilter::TRACE)
        .with_span_events(FmtSpan::FULL)
        .with_ansi(false)
        .with_writer(|| Log);
    // There is no other: nothing else in these tests sets one.
    tracing::subscriber::set_global_default(log.finish()).unwrap();
    Watch::default()
});

/// The log of this process, which nobody reads but the search.
struct Log;

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        stop_at(WATCH.log(&String::from_utf8_lossy(line)));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stop_at(leak: Option<Leak>) {
    if let Some(leak) = leak {
        // Past the capture of the test's output, which nobody would print any more.
        let _ = writeln!(io::stderr(), "\n{leak}");
        std::process::abort();
    }
}

/// Keeps a secret. One that is in the log already has leaked.
pub(crate) fn keep(secret: &str) {
    stop_at(WATCH.keep(secret));
}

/// Searches a text for everything that is kept. `place` says what it is.
pub(crate) fn search(place: &str, text: &str) {
    stop_at(WATCH.search(place, text));
}

/// Keeps the secrets of a request: parameters and headers.
pub(crate) fn keep_request(headers: &HeaderMap, query: &str, body: &[u8]) {
    for name in HEADERS {
        for value in headers.get_all(name).iter().filter_map(|value| value.to_str().ok()) {
            keep(value.split_once(' ').map_or(value, |(_, credentials)| credentials));
        }
    }
    keep_pairs(query.as_bytes());
    let content_type = headers.get("content-type").and_then(|value| value.to_str().ok());
    let content_type = content_type.unwrap_or_default();
    if content_type.starts_with(FORM) {
        keep_pairs(body);
    } else if content_type.starts_with(JSON) {
        keep_members(&serde_json::from_slice(body).unwrap_or_default(), &PARAMETERS);
    }
}

/// Keeps the secrets of a request that is written out as bytes.
pub(crate) fn keep_raw(request: &[u8]) {
    let text = String::from_utf8_lossy(request);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    for line in head.lines() {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if HEADERS.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            keep(value.trim().split_once(' ').map_or("", |(_, credentials)| credentials));
        }
    }
    keep_pairs(body.as_bytes());
}

fn keep_pairs(encoded: &[u8]) {
    for (name, value) in form_urlencoded::parse(encoded) {
        if PARAMETERS.contains(&&*name) {
            keep(&value);
        }
    }
}

/// Keeps the tokens of a provider's answer, a form or JSON.
pub(crate) fn keep_tokens(body: &[u8]) {
    match serde_json::from_slice::<Value>(body) {
        Ok(value) => keep_members(&value, &MEMBERS),
        Err(_) => keep_pairs(body),
    }
}

fn keep_members(value: &Value, names: &[&str]) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if let Some(text) = value.as_str().filter(|_| names.contains(&name.as_str())) {
                    keep(text);
                }
                keep_members(value, names);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| keep_members(item, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// Keeps the secrets of a configuration.
pub(crate) fn keep_configuration(text: &str) {
    // What does not parse is a test's business.
    let table = text.parse::<toml::Table>().unwrap_or_default();
    keep_members(&serde_json::to_value(table).unwrap(), &KEYS);
}

/// Keeps the private parts of the keys in a directory.
pub(crate) fn keep_keys(directory: &Path) {
    for file in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let text = std::fs::read_to_string(file.path()).unwrap_or_default();
        keep_members(&serde_json::from_str(&text).unwrap_or_default(), &["d", "p", "q", "k"]);
        let is_pem = text.contains("PRIVATE KEY");
        let lines = text.lines().filter(|line| is_pem && line.len() >= 32 && !line.contains('-'));
        lines.for_each(keep);
    }
}

/// Searches an answer of the service, but for the token that it issues, which is kept.
pub(crate) fn search_answer(place: &str, answer: &Answer) {
    let mut json = answer.json();
    let issued = json.as_object_mut().and_then(|members| members.remove("access_token"));
    match issued.as_ref().and_then(Value::as_str).filter(|_| answer.status == 200) {
        Some(token) => {
            keep(token);
            search(place, &json.to_string());
        }
        None => search(place, &answer.body),
    }
    search(place, &format!("{:?}", answer.headers));
}
