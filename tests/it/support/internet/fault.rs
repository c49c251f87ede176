//! What can be wrong with an address, and what a test changes of its answers.

use std::collections::HashMap;
use std::time::Duration;
use std::{fmt, io};

use serde_json::Value;

use super::call::Call;
use super::reply::{Body, Reply};
use crate::support::NOW;
use crate::support::app::JSON;

/// What is wrong with an address.
#[derive(Debug, Clone)]
pub(crate) enum Fault {
    /// Answers as it should, but only after this time.
    Slow(Duration),
    /// Answers with this status, these headers and this body; the provider notices nothing.
    Status(u16, Vec<(&'static str, String)>, String),
    /// Sends these bytes with status 200 and this `Content-Encoding`.
    Encoded(&'static str, Vec<u8>),
    /// Sends a page in place of the answer.
    Html,
    /// Sends this JSON with status 200.
    Body(Value),
    /// Closes the connection without an answer.
    Closed,
    /// Answers as it should, with a megabyte of white space after it.
    Huge,
    /// Sends to `/elsewhere` on the same host.
    Redirect,
}

impl Fault {
    /// Fails with this status and a word that is not JSON.
    pub(crate) fn status(status: u16) -> Self {
        Self::Status(status, Vec::new(), "upstream connect error".to_owned())
    }

    /// Sends JSON exactly as it is written here, so that a number can be larger than any type.
    pub(crate) fn json(status: u16, text: &str) -> Self {
        Self::Status(status, vec![("content-type", JSON.to_owned())], text.to_owned())
    }

    /// Asks for this many seconds of patience: 429 with `Retry-After`.
    pub(crate) fn rate_limited(seconds: u64) -> Self {
        Self::Status(429, vec![("retry-after", seconds.to_string())], "slow down".to_owned())
    }

    /// Is used up as GitHub says it: 403, and the moment, so many seconds after
    /// [`NOW`](crate::support::NOW), at which it is over.
    pub(crate) fn github_used_up(seconds: u64) -> Self {
        let headers = vec![
            ("content-type", JSON.to_owned()),
            ("x-ratelimit-limit", "5000".to_owned()),
            ("x-ratelimit-remaining", "0".to_owned()),
            ("x-ratelimit-reset", (NOW + seconds).to_string()),
        ];
        let body = r#"{"message":"API rate limit exceeded for user ID 583231."}"#;
        Self::Status(403, headers, body.to_owned())
    }

    /// Answers in place of the provider, unless it is the provider that answers.
    pub(super) async fn instead(&self) -> io::Result<Option<Reply>> {
        match self {
            Self::Slow(time) => {
                tokio::time::sleep(*time).await;
                Ok(None)
            }
            Self::Closed => Err(io::ErrorKind::ConnectionAborted.into()),
            Self::Status(status, headers, body) => {
                let headers = headers.iter().cloned();
                let reply = Reply::bare(*status, body.clone());
                Ok(Some(headers.fold(reply, |reply, (name, value)| reply.with(name, value))))
            }
            Self::Encoded(coding, bytes) => {
                let reply = Reply::bare(200, bytes.clone()).with("content-type", JSON);
                Ok(Some(reply.with("content-encoding", *coding)))
            }
            Self::Html => Ok(Some(Reply::page(200, "Log in to the Wi-Fi"))),
            Self::Body(value) => Ok(Some(Reply::json(200, value.clone()))),
            Self::Redirect => {
                Ok(Some(Reply::page(302, "over there").with("location", "/elsewhere")))
            }
            Self::Huge => Ok(None),
        }
    }
}

/// A change of an answer.
type Change = Box<dyn Fn(&mut Value) + Send>;

/// Faults and changes, by host and path.
#[derive(Default)]
pub(super) struct Manners {
    faults: HashMap<(String, String), Fault>,
    changes: Vec<(String, String, Change)>,
}

impl Manners {
    /// Sets or lifts what is wrong with an address.
    pub(super) fn set(&mut self, host: &str, path: &str, fault: Option<Fault>) {
        let address = (host.to_owned(), path.to_owned());
        match fault {
            Some(fault) => self.faults.insert(address, fault),
            None => self.faults.remove(&address),
        };
    }

    /// Has the good answers of an address changed from here on.
    pub(super) fn change(&mut self, host: &str, path: &str, change: Change) {
        self.changes.push((host.to_owned(), path.to_owned(), change));
    }

    /// Returns what is wrong with the address of a call.
    pub(super) fn fault(&self, call: &Call) -> Option<Fault> {
        self.faults.get(&(call.host.clone(), call.path.clone())).cloned()
    }

    /// Changes an answer of the provider.
    pub(super) fn finish(&self, call: &Call, reply: &mut Reply) {
        if let (200, Body::Json(value)) = (reply.status, &mut reply.body) {
            let applies = |(host, path, _): &&(String, String, Change)| {
                *host == call.host && *path == call.path
            };
            self.changes.iter().filter(applies).for_each(|(_, _, change)| change(value));
        }
        if matches!(self.fault(call), Some(Fault::Huge)) {
            reply.pad(1 << 20);
        }
    }
}

impl fmt::Debug for Manners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Manners").field("faults", &self.faults).finish_non_exhaustive()
    }
}
