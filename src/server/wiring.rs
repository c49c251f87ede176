//! What a service is made of, but for its listeners.

use std::sync::Arc;

use super::StartError;
use super::export::{self, Export};
use super::upkeep::Upkeep;
use crate::clock::Clock;
use crate::config::Config;
use crate::http::{Addresses, Admission, Parts, Proxies, RateLimit, State};
use crate::issuer::Issuer;
use crate::keys::SigningKeys;
use crate::token::TokenIds;
use crate::verify::Verifier;

/// What the public's face is made of, without a demo.
pub(crate) fn parts(config: &Config, state: &Arc<State>) -> Parts {
    Parts {
        base: config.issuer_url.path().trim_end_matches('/').to_owned(),
        with_operations: config.admin_listen.is_none(),
        state: Arc::clone(state),
        examples: None,
        demo: None,
    }
}

/// What a service is made of, but for its listeners.
pub(crate) struct Wired {
    /// What is shared.
    pub(crate) state: State,
    /// What looks after it.
    pub(super) upkeep: Upkeep,
    /// What sends spans on, if anything does.
    pub(super) export: Option<Export>,
}

/// Makes what a service shares, and what looks after it.
pub(crate) fn wire(config: &Config, keys: SigningKeys, clock: Clock) -> Result<Wired, StartError> {
    let (metrics, export) = export::metrics(config, &clock)?;
    let keys = Arc::new(keys);
    let name: Arc<str> = config.issuer.as_str().into();
    let seen = (&clock, &metrics);
    let verifier = Verifier::new(&config.verify, &config.providers, Arc::clone(&name), seen)?;
    let ways = (&config.subject_mode, config.providers.redeem_codes());
    for provider in config.providers.iter().filter(|provider| provider.takes_unbound()) {
        tracing::warn!(provider = %provider.id, "takes access tokens of any app: `allow_unbound_access_tokens`");
    }
    let published = Addresses::new(&config.issuer, &config.clients, ways);
    let issuer = Arc::new(Issuer {
        name,
        clients: config.clients.clone(),
        providers: config.providers.clone(),
        subject_mode: config.subject_mode.clone(),
        verifier,
        keys: Arc::clone(&keys),
        ids: TokenIds::default(),
        clock,
        metrics: Arc::clone(&metrics),
    });
    let rate_limit = RateLimit::new(config.requests_per_minute).map(Arc::new);
    let upkeep = Upkeep {
        keys,
        issuer: Arc::clone(&issuer),
        metrics: Arc::clone(&metrics),
        rate_limit: rate_limit.clone(),
        tls: None,
    };
    let own_origin =
        (config.issuer_url.path() == "/").then(|| config.issuer_url.origin().ascii_serialization());
    let admission =
        Admission::new((config.concurrent_exchanges, config.processor_wait), Arc::clone(&metrics));
    let leaving = false.into();
    let body_limit = config.body_bytes;
    let state = State {
        issuer,
        admission,
        rate_limit,
        proxies: Proxies::new(config.trusted_proxies.clone()),
        body_limit,
        leaving,
        explains_to_anybody: false,
        metrics,
        own_origin,
        published,
    };
    Ok(Wired { state, upkeep, export })
}
