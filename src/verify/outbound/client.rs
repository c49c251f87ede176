//! The clients that calls are made with, each told everything: nothing that matters is left to a
//! default.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::redirect::Policy;
use reqwest::tls::Version;
use reqwest::{Certificate, Client, ClientBuilder, NoProxy, Proxy, retry};
use url::Url;

use super::OutboundError;
use super::resolver::Resolver;
use crate::provider::Reach;
use crate::verify::gate::AT_A_TIME;

/// Idle connections that are kept for each host: what half of the exchanges that one provider may have
/// at a time need, so that none is opened, with TLS, for each call. Each takes tens of KiB, for as long
/// as below.
const MAX_IDLE: usize = AT_A_TIME / 2;
/// How long they are kept. Servers keep theirs for a minute and more: one that is closing is seldom
/// met.
const IDLE: Duration = Duration::from_secs(30);
/// When a connection that says nothing is asked whether it is still there, and how often.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Most headers of an answer. All of them together are bounded by hyper's buffer: 408 KiB.
const MAX_HEADERS: usize = 100;

/// How providers are reached.
#[derive(Debug, Clone)]
pub(crate) struct OutboundSettings {
    /// The longest that a whole call may take.
    pub(crate) timeout: Duration,
    /// Proxy for https; the environment's (`HTTPS_PROXY`, `NO_PROXY`) when absent.
    pub(crate) proxy: Option<Url>,
    /// The host of whichever proxy there is. It may be anywhere, as the operator named it.
    pub(crate) proxy_host: Option<String>,
    /// PEM file of certificate authorities that are trusted beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// Where the addresses lead that are known. Without https among them no trust store is needed,
    /// nor demanded.
    pub(crate) reaches: BTreeSet<Reach>,
}

/// A client for each way that a call may lead. They share no connection: one to a private address,
/// which is for what the operator named, serves nothing else.
#[derive(Debug, Clone)]
pub(super) struct Clients {
    /// For http, which is for loopback alone: never through a proxy.
    loopback: Client,
    internet: Option<Client>,
    anywhere: Option<Client>,
}

impl Clients {
    /// Makes the clients.
    ///
    /// # Errors
    ///
    /// [`OutboundError::Settings`] when `ca_file` cannot be read, the proxy is none, or the
    /// machine has no trust store.
    pub(super) fn new(settings: &OutboundSettings) -> Result<Self, OutboundError> {
        let resolver = Resolver::new(settings.proxy_host.as_deref());
        let loopback = plain(settings, resolver.clone())?;
        let secure = |reach| secure(settings, resolver.reaching(reach));
        let needs = |reach| settings.reaches.contains(&reach);
        let named = needs(Reach::Anywhere).then(|| secure(Reach::Anywhere)).transpose()?;
        // A document on a host that was named may name others.
        let needs_internet = needs(Reach::Internet) || named.is_some();
        let internet = needs_internet.then(|| secure(Reach::Internet)).transpose()?;
        Ok(Self { loopback, internet, anywhere: named })
    }

    /// Returns the client for an address, if there is one.
    pub(super) fn to(&self, reach: Reach) -> Option<&Client> {
        match reach {
            Reach::Loopback => Some(&self.loopback),
            Reach::Internet => self.internet.as_ref(),
            Reach::Anywhere => self.anywhere.as_ref(),
        }
    }
}

/// Makes a client that goes wherever its address leads.
pub(super) fn to_anywhere(
    settings: &OutboundSettings,
    is_secure: bool,
) -> Result<Client, OutboundError> {
    let resolver = Resolver::new(settings.proxy_host.as_deref()).reaching(Reach::Anywhere);
    if is_secure { secure(settings, resolver) } else { plain(settings, resolver) }
}

fn plain(settings: &OutboundSettings, resolver: Resolver) -> Result<Client, OutboundError> {
    let client = builder(settings, resolver).no_proxy().tls_certs_only([]).build();
    client.map_err(|error| not_built(&error))
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that makes clients")]
fn builder(settings: &OutboundSettings, resolver: Resolver) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .timeout(settings.timeout)
        // Look-up, connection and TLS. Half, so that what was built still has time for an answer.
        .connect_timeout(settings.timeout / 2)
        .redirect(Policy::none())
        // A code or a form that was sent is not sent again.
        .retry(retry::never())
        .dns_resolver(resolver)
        .pool_max_idle_per_host(MAX_IDLE)
        .pool_idle_timeout(IDLE)
        .tcp_keepalive(KEEP_ALIVE)
        .tcp_keepalive_interval(KEEP_ALIVE)
        .http1_only()
        .http1_max_headers(MAX_HEADERS)
}

fn secure(settings: &OutboundSettings, resolver: Resolver) -> Result<Client, OutboundError> {
    let mut client = builder(settings, resolver).https_only(true).tls_version_min(Version::TLS_1_2);
    if let Some(proxy) = &settings.proxy {
        let proxy = Proxy::all(proxy.clone()).map_err(|error| not_built(&error))?;
        client = client.proxy(proxy.no_proxy(NoProxy::from_env()));
    }
    if let Some(file) = &settings.ca_file {
        let cannot = |problem: &str| {
            OutboundError::Settings(format!("outbound.ca_file {}: {problem}", file.display()))
        };
        let pem = std::fs::read(file).map_err(|error| cannot(&error.to_string()))?;
        let certificates = Certificate::from_pem_bundle(&pem)
            .map_err(|error| cannot(&format!("a broken certificate: {error}")))?;
        if certificates.is_empty() {
            return Err(cannot("no PEM certificate in it"));
        }
        client = client.tls_certs_merge(certificates);
    }
    client.build().map_err(|error| not_built(&error))
}

fn not_built(error: &reqwest::Error) -> OutboundError {
    let hint = "are the system's CA certificates installed (package ca-certificates)?";
    OutboundError::Settings(format!("no client for outgoing calls: {error}; {hint}"))
}
