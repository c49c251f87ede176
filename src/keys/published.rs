//! Our key set as verifiers fetch it.

use std::sync::Arc;

use bytes::Bytes;

use super::set::KeySet;
use crate::clock::UnixTime;
use crate::crypto::{base64url, sha256};
use crate::jose::Algorithm;

/// Our key set as it is published, made once for as long as it stays the same.
#[derive(Debug)]
pub(crate) struct Published {
    /// JWK Set (RFC 7517 §5).
    pub(crate) body: Bytes,
    /// Strong entity tag (RFC 9110 §8.8.3), with its quotes.
    pub(crate) etag: Arc<String>,
    /// The algorithms of its keys, without repetition.
    pub(crate) algorithms: Vec<Algorithm>,
    valid_until: Option<UnixTime>,
}

impl Published {
    /// Writes what is published of a set at a moment.
    pub(super) fn of(set: &KeySet, now: UnixTime) -> Self {
        let keys: Vec<_> = set.published(now).map(|stored| stored.key().public()).collect();
        let body = serde_json::json!({ "keys": keys }).to_string();
        let mut algorithms: Vec<_> =
            set.published(now).map(|stored| stored.key().algorithm()).collect();
        algorithms.sort_unstable();
        algorithms.dedup();
        Self {
            etag: format!("\"{}\"", base64url(&sha256(body.as_bytes()))).into(),
            body: body.into(),
            algorithms,
            valid_until: set.next_expiry(now),
        }
    }

    /// Whether no key has run out since.
    pub(super) fn holds_at(&self, now: UnixTime) -> bool {
        self.valid_until.is_none_or(|until| now < until)
    }
}
