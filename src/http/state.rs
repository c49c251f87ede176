//! What handlers share.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::issuer::Issuer;
use crate::telemetry::Metrics;

/// Everything that a handler may use; made once at start.
#[derive(Debug)]
pub(crate) struct State {
    /// Issues tokens.
    pub(crate) issuer: Arc<Issuer>,
    /// Counts.
    pub(crate) metrics: Arc<Metrics>,
    /// Our own origin, from which pages (the Swagger UI) may use every client: where the issuer
    /// has the origin to itself, which it has not when it has a path.
    pub(crate) own_origin: Option<String>,
    /// The published addresses.
    pub(crate) published: super::well_known::Addresses,
}

impl State {
    /// Returns every origin from which a browser may call: those of all clients, and our own.
    /// Which client an origin may use is checked when the client is known.
    pub(super) fn origins(&self) -> BTreeSet<String> {
        let clients = self.issuer.clients.iter();
        let origins = clients.flat_map(|client| client.origins.iter().cloned());
        origins.chain(self.own_origin.clone()).collect()
    }
}
