//! Wiring: from a configuration to a running service and back. It decides nothing.

mod accept;
mod connections;
mod export;
mod stopping;
mod tls;
mod upkeep;
mod wiring;

use std::net::SocketAddr;
use std::sync::Arc;

use poem::endpoint::BoxEndpoint;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};

use crate::clock::Clock;
use crate::config::Config;
use crate::http::{self, ExampleSource, Face, Parts, State};
use crate::keys::{KeyError, SigningKeys};
use crate::verify::OutboundError;
use accept::Listener;
use export::{Export, Exporting};
use stopping::Stop;
use tls::{Tls, TlsError};
use upkeep::Upkeep;
pub(crate) use wiring::{Wired, parts, wire};

/// A running service. Dropping it stops it without waiting for the requests under way.
#[derive(Debug)]
pub struct Service {
    address: SocketAddr,
    admin_address: Option<SocketAddr>,
    stop: Stop,
    state: Arc<State>,
    serving: Vec<JoinHandle<()>>,
    background: JoinSet<()>,
    upkeep: Upkeep,
    exporting: Option<Exporting>,
}

/// Why a service does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("{address}: cannot be listened on: {error}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system says.
        error: std::io::Error,
    },
    /// The signing keys.
    #[error("signing keys: {0}")]
    Keys(String),
    /// The settings for outgoing calls.
    #[error("{0}")]
    Outbound(String),
    /// The certificate or its key.
    #[error("{0}")]
    Tls(String),
}

impl From<KeyError> for StartError {
    fn from(error: KeyError) -> Self {
        Self::Keys(error.to_string())
    }
}

impl From<OutboundError> for StartError {
    fn from(error: OutboundError) -> Self {
        Self::Outbound(error.to_string())
    }
}

impl From<TlsError> for StartError {
    fn from(error: TlsError) -> Self {
        Self::Tls(error.to_string())
    }
}

/// What the demo adds to a service.
pub(crate) struct DemoParts {
    /// Its paths: `/` and all below `/demo/`.
    pub(crate) endpoint: BoxEndpoint<'static>,
    /// Examples for the Swagger UI that work.
    pub(crate) examples: ExampleSource,
}

impl Service {
    /// Starts the service: binds, loads the keys, and serves. No provider is called.
    ///
    /// # Errors
    ///
    /// [`StartError`] when there is no key that may sign, or an address is taken.
    pub async fn start(config: Config, clock: Clock) -> Result<Self, StartError> {
        let keys = SigningKeys::load(config.keys.clone(), clock.clone())?;
        let listener = bind(config.listen).await?;
        Self::start_on(listener, config, (keys, clock), None).await
    }

    /// Starts the service on a listener that is bound, with keys that are loaded.
    pub(crate) async fn start_on(
        listener: TcpListener,
        config: Config,
        (keys, clock): (SigningKeys, Clock),
        demo: Option<DemoParts>,
    ) -> Result<Self, StartError> {
        let admin = match config.admin_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let local = |listener: &TcpListener| {
            listener
                .local_addr()
                .map_err(|error| StartError::Listen { address: config.listen, error })
        };
        let (address, admin_address) = (local(&listener)?, admin.as_ref().map(local).transpose()?);
        let tls = config.tls.as_ref().map(Tls::load).transpose()?.map(Arc::new);
        let Wired { mut state, upkeep, export } = wire(&config, keys, clock)?;
        state.explains_to_anybody = demo.is_some();
        let state = Arc::new(state);
        let upkeep = Upkeep { tls: tls.clone(), ..upkeep };
        let (examples, demo) = demo.map(|demo| (demo.examples, demo.endpoint)).unzip();
        let public = http::public(Parts { examples, demo, ..parts(&config, &state) });
        let (stop, stopping) = Stop::new();
        let most_connections = config.connections;
        let serve = |listener, face: Face, tls| {
            let listener =
                Listener { socket: listener, face: Arc::new(face), most_connections, tls };
            tokio::spawn(accept::serve(listener, stopping.clone()))
        };
        let operations = admin.map(|listener| serve(listener, http::operations(&state), None));
        let serving = [serve(listener, public, tls)].into_iter().chain(operations).collect();
        let background = upkeep.spawn(&state);
        let exporting = export.map(Export::spawn);
        let issuer = Arc::clone(&state.issuer);
        // The generator of random numbers takes 20 ms to gather what it begins with: now, beside
        // everything else. Where it cannot, whoever asks for a token hears of it.
        spawn_blocking(move || drop(issuer.ids.draw()));
        Ok(Self { address, admin_address, stop, state, serving, background, upkeep, exporting })
    }

    /// Returns where the public is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns where operators are served, if not with the public.
    pub fn admin_address(&self) -> Option<SocketAddr> {
        self.admin_address
    }

    /// Looks at the files of keys and certificates now, fetches every cached key set anew, without
    /// grace for what a provider has withdrawn, and forgets accepted access tokens: an operator's
    /// SIGHUP.
    pub async fn reload(&self) {
        self.upkeep.poll_files().await;
        self.upkeep.issuer.verifier.renew(&self.upkeep.issuer.providers).await;
    }

    /// Turns traffic away: not ready any more, while whoever comes is served on.
    pub fn leave(&self) {
        self.state.leave();
        self.stop.leave();
    }

    /// Stops: no new connections, then time for the requests under way to end.
    pub async fn stop(self) {
        self.leave();
        self.stop.close();
        drop(self.background);
        for task in self.serving {
            let _ = task.await;
        }
        if let Some(exporting) = self.exporting {
            exporting.finish().await;
        }
    }
}

async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::Listen { address, error })
}
