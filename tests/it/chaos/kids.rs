//! The keys that a provider publishes: some for good, some that come and go.

use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use crate::support::keys::Key;

/// How long before its first use a key is published: as long as replicas look back when they are
/// asked what they know, and more.
const LEAD: Duration = Duration::from_secs(6);
/// How long a key is used before the next one is.
const PERIOD: Duration = Duration::from_secs(40);

/// A published key.
#[derive(Debug, Clone)]
pub(super) struct Kid {
    /// Its ID.
    pub(super) name: String,
    /// The key itself, which others may be, too.
    pub(super) key: Key,
    /// Since when it is published, from the start of the run.
    since: Duration,
}

/// The keys of a provider.
#[derive(Debug)]
pub(super) struct Kids(Mutex<Published>);

#[derive(Debug)]
struct Published {
    lasting: Vec<Kid>,
    passing: Vec<Kid>,
    withdrawn: Option<Kid>,
    count: usize,
}

impl Kids {
    /// Publishes three keys for good.
    pub(super) fn new() -> Self {
        let kid =
            |(name, key): (&str, Key)| Kid { name: name.to_owned(), key, since: Duration::ZERO };
        let lasting = [("rsa", Key::Rsa), ("ec", Key::Ec), ("ed", Key::Ed)].map(kid).to_vec();
        Self(Mutex::new(Published { lasting, passing: Vec::new(), withdrawn: None, count: 0 }))
    }

    /// Publishes the next passing key once the last one has had its time, and withdraws the one
    /// before.
    pub(super) fn turn(&self, uptime: Duration) {
        let mut published = self.0.lock().unwrap();
        if published.passing.last().is_some_and(|kid| uptime < kid.since + PERIOD) {
            return;
        }
        published.count += 1;
        let key = if published.count.is_multiple_of(2) { Key::Ec } else { Key::Ed };
        let name = format!("passing-{}", published.count);
        published.passing.push(Kid { name, key, since: uptime });
        if published.passing.len() > 2 {
            let oldest = published.passing.remove(0);
            published.withdrawn = Some(oldest);
        }
    }

    /// Returns one of the lasting keys, chosen by a number.
    pub(super) fn lasting(&self, choice: usize) -> Kid {
        let published = self.0.lock().unwrap();
        published.lasting[choice % published.lasting.len()].clone()
    }

    /// Returns the key that came last, of those that are old enough to be used.
    pub(super) fn passing(&self, uptime: Duration) -> Option<Kid> {
        let published = self.0.lock().unwrap();
        published.passing.iter().rev().find(|kid| kid.since + LEAD <= uptime).cloned()
    }

    /// Returns the key that was withdrawn last.
    pub(super) fn withdrawn(&self) -> Option<Kid> {
        self.0.lock().unwrap().withdrawn.clone()
    }

    /// Returns the IDs of the keys that were published at a moment and still are.
    pub(super) fn known_since(&self, moment: Duration) -> Vec<String> {
        let published = self.0.lock().unwrap();
        let all = published.lasting.iter().chain(&published.passing);
        all.filter(|kid| kid.since <= moment).map(|kid| kid.name.clone()).collect()
    }

    /// Returns the key set, with or without its first key.
    pub(super) fn key_set(&self, whole: bool) -> Value {
        let published = self.0.lock().unwrap();
        let all = published.lasting.iter().chain(&published.passing);
        let keys: Vec<_> =
            all.skip(usize::from(!whole)).map(|kid| kid.key.jwk(&kid.name)).collect();
        serde_json::json!({ "keys": keys })
    }

    /// Returns a key that was ever published.
    pub(super) fn find(&self, name: &str) -> Option<Kid> {
        let published = self.0.lock().unwrap();
        let all = published.lasting.iter().chain(&published.passing);
        all.chain(&published.withdrawn).find(|kid| kid.name == name).cloned()
    }
}
