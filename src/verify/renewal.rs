//! How all that is remembered of providers is begun anew.

use super::Verifier;
use crate::provider::Providers;

impl Verifier {
    /// Fetches every cached key set anew, without grace for what was withdrawn, and forgets what
    /// was found out about access tokens and endpoints: an operator's answer to a provider that
    /// was broken into.
    pub(crate) async fn renew(&self, providers: &Providers) {
        self.accepted.forget();
        self.caller.documents.forget();
        self.keys.renew(providers).await;
    }
}
