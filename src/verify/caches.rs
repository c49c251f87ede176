//! What is remembered of providers, as an operator watches it, and how all of it is begun anew.

use super::Verifier;
use crate::provider::Providers;
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

    /// Fetches every cached key set anew, without grace for what was withdrawn, and forgets what
    /// was found out about access tokens and endpoints: an operator's answer to a provider that
    /// was broken into.
    pub(crate) async fn renew(&self, providers: &Providers) {
        self.accepted.forget();
        self.caller.documents.forget();
        self.keys.renew(providers).await;
    }
}
