//! What handlers share.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use poem::Request;

use super::admission::Admission;
use super::error::ApiError;
use super::limit::RateLimit;
use super::proxies::Proxies;
use crate::issuer::Issuer;
use crate::telemetry::{Metrics, Shed};

/// Everything that a handler may use; made once at start.
#[derive(Debug)]
pub(crate) struct State {
    /// Issues tokens.
    pub(crate) issuer: Arc<Issuer>,
    /// Places for exchanges.
    pub(crate) admission: Admission,
    /// How many requests an address may make.
    pub(crate) rate_limit: Option<Arc<RateLimit>>,
    /// Who says which address a request is of.
    pub(crate) proxies: Proxies,
    /// The largest body that is read, in bytes.
    pub(crate) body_limit: usize,
    /// Whether a stop has begun: then no traffic is wanted.
    pub(crate) leaving: AtomicBool,
    /// Whether anybody may have an exchange explained, and not only clients that have a secret.
    pub(crate) explains_to_anybody: bool,
    /// Counts.
    pub(crate) metrics: Arc<Metrics>,
    /// Our own origin, from which pages (the Swagger UI) may use every client: where the issuer
    /// has the origin to itself, which it has not when it has a path.
    pub(crate) own_origin: Option<String>,
    /// The published addresses.
    pub(crate) published: super::well_known::Addresses,
}

impl State {
    /// Turns traffic away from now on.
    pub(crate) fn leave(&self) {
        self.leaving.store(true, Ordering::Relaxed);
    }

    /// Returns why no traffic is wanted, if so.
    pub(super) fn unready(&self) -> Option<&'static str> {
        if self.leaving.load(Ordering::Relaxed) {
            return Some("the service is stopping");
        }
        (!self.issuer.keys.can_sign()).then_some("no key may sign at this moment")
    }

    /// Counts a request that costs something, and returns the address that it is of, where there is a
    /// limit.
    ///
    /// # Errors
    ///
    /// As [`RateLimit::check`].
    pub(super) fn count(&self, request: &Request) -> Result<Option<IpAddr>, ApiError> {
        let (Some(limit), Some(client)) = (&self.rate_limit, self.proxies.client(request)) else {
            return Ok(None);
        };
        limit.check(client).inspect_err(|_| self.metrics.shed(Shed::Address))?;
        Ok(Some(client))
    }

    /// Charges the address that a request is of for a provider that was asked in vain.
    pub(super) fn charge(&self, client: Option<IpAddr>) {
        if let (Some(limit), Some(client)) = (&self.rate_limit, client) {
            limit.charge(client);
        }
    }

    /// Returns every origin from which a browser may call: those of all clients, and our own.
    /// Which client an origin may use is checked when the client is known.
    pub(super) fn origins(&self) -> BTreeSet<String> {
        let clients = self.issuer.clients.iter();
        let origins = clients.flat_map(|client| client.origins.iter().cloned());
        origins.chain(self.own_origin.clone()).collect()
    }
}
