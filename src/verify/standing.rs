//! What is remembered of providers, as an operator watches it.

use super::Verifier;
use crate::telemetry::Cached;

impl Verifier {
    /// Returns how much each cache holds.
    pub(crate) async fn cache_entries(&self) -> Vec<(Cached, u64)> {
        let key_sets = self.keys.all().filter(|(_, set)| !set.is_empty()).count();
        let key_sets = key_sets.try_into().unwrap_or(u64::MAX);
        vec![
            (Cached::KeySets, key_sets),
            (Cached::AccessTokens, self.accepted.entries().await),
            (Cached::RefusedCodes, self.refused_codes.entries().await),
            (Cached::Discovery, self.caller.documents.entries().await),
        ]
    }

    /// Returns the providers whose keys are known, and how many seconds ago each one's were fetched.
    pub(crate) fn key_set_ages(&self) -> Vec<(String, i64)> {
        let now = self.clock.now();
        let aged = self.keys.all().filter_map(|(id, set)| {
            Some((id.to_string(), i64::try_from(set.age(now)?.as_secs()).ok()?))
        });
        aged.collect()
    }
}
