//! Calls to providers: https only, no redirects, bounded in size and time. What is called and
//! what the answer means is decided by others.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, NoProxy, Proxy, Response};

use crate::provider::WebUrl;

/// Largest answer that is read, in bytes. The largest key set known, Microsoft's with its
/// certificates, has 20 KiB.
const MAX_BODY: usize = 256 * 1024;
/// Idle connections that are kept for each host.
const MAX_IDLE: usize = 8;

/// How providers are reached.
#[derive(Debug, Clone)]
pub(crate) struct OutboundSettings {
    /// The longest that a whole call may take.
    pub(crate) timeout: Duration,
    /// Proxy for https; the environment's (`HTTPS_PROXY`, `NO_PROXY`) when absent.
    pub(crate) proxy: Option<url::Url>,
    /// PEM file of certificate authorities that are trusted beside the system's.
    pub(crate) ca_file: Option<PathBuf>,
    /// Whether any address is https. Without one no trust store is needed, nor demanded.
    pub(crate) needs_tls: bool,
}

/// Makes the calls. Cloning shares the connections.
#[derive(Debug, Clone)]
pub(crate) struct Outbound {
    /// For http, which is for loopback alone: never through a proxy.
    direct: Client,
    /// For https.
    secure: Option<Client>,
}

/// What is said when a document on loopback points to https, and no provider is set up with it.
const NO_TLS: &str = "an https address, though no provider is configured with one";

/// An answer with status 200.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) bytes: Vec<u8>,
    /// `max-age` less `Age` (RFC 9111 §4.2), if the answer says.
    pub(super) max_age: Option<Duration>,
}

/// Why a call brought nothing. Never holds anything of the answer's body.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutboundError {
    /// The settings make no client.
    #[error("{0}")]
    Settings(String),
    /// No connection, or it broke.
    #[error("no answer")]
    NoAnswer,
    /// Not done in time.
    #[error("no answer in time")]
    TimedOut,
    /// A redirect, which is never followed: it could lead anywhere.
    #[error("answered with a redirect, which is not followed")]
    Redirect,
    /// Another status than 200.
    #[error("answered with status {0}")]
    Status(u16),
    /// More than the limit.
    #[error("the answer is longer than {MAX_BODY} bytes")]
    TooLarge,
    /// Not what the standard says.
    #[error("{0}")]
    Malformed(&'static str),
}

impl OutboundError {
    /// Returns the cause in one word, for a metric's label.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Settings(_) => "settings",
            Self::NoAnswer => "no_answer",
            Self::TimedOut => "timed_out",
            Self::Redirect => "redirect",
            Self::Status(_) => "status",
            Self::TooLarge => "too_large",
            Self::Malformed(_) => "malformed",
        }
    }
}

impl Outbound {
    /// Makes the clients.
    ///
    /// # Errors
    ///
    /// [`OutboundError::Settings`] when `ca_file` cannot be read, the proxy is none, or the
    /// machine has no trust store.
    pub(crate) fn new(settings: &OutboundSettings) -> Result<Self, OutboundError> {
        let direct = builder(settings)
            .no_proxy()
            .tls_certs_only([])
            .build()
            .map_err(|error| not_built(&error))?;
        let secure = settings.needs_tls.then(|| secure(settings)).transpose()?;
        Ok(Self { direct, secure })
    }

    /// Fetches an address.
    pub(crate) async fn get(&self, address: &WebUrl) -> Result<Body, OutboundError> {
        let is_plain = address.as_url().scheme() == "http";
        let client = if is_plain { Some(&self.direct) } else { self.secure.as_ref() };
        let client = client.ok_or(OutboundError::Malformed(NO_TLS))?;
        let answer = client.get(address.as_url().clone()).send().await.map_err(|e| failed(&e))?;
        match answer.status().as_u16() {
            200 => read(answer).await,
            300..=399 => Err(OutboundError::Redirect),
            other => Err(OutboundError::Status(other)),
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that makes clients")]
fn builder(settings: &OutboundSettings) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("countersign/", env!("CARGO_PKG_VERSION")))
        .timeout(settings.timeout)
        .connect_timeout(settings.timeout)
        .redirect(Policy::none())
        .pool_max_idle_per_host(MAX_IDLE)
}

fn secure(settings: &OutboundSettings) -> Result<Client, OutboundError> {
    let mut client = builder(settings).https_only(true);
    if let Some(proxy) = &settings.proxy {
        let proxy = Proxy::all(proxy.clone()).map_err(|error| not_built(&error))?;
        client = client.proxy(proxy.no_proxy(NoProxy::from_env()));
    }
    if let Some(file) = &settings.ca_file {
        let cannot = |problem: &str| {
            OutboundError::Settings(format!("outbound.ca_file {}: {problem}", file.display()))
        };
        let pem = std::fs::read(file).map_err(|error| cannot(&error.to_string()))?;
        let certificates = Certificate::from_pem_bundle(&pem).unwrap_or_default();
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

fn failed(error: &reqwest::Error) -> OutboundError {
    if error.is_timeout() { OutboundError::TimedOut } else { OutboundError::NoAnswer }
}

async fn read(mut answer: Response) -> Result<Body, OutboundError> {
    let max_age = max_age(answer.headers());
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(OutboundError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body { bytes, max_age })
}

fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let directives = headers.get(CACHE_CONTROL)?.to_str().ok()?;
    let max_age: u64 = directives
        .split(',')
        .filter_map(|directive| directive.trim().split_once('='))
        .find(|(name, _)| name.eq_ignore_ascii_case("max-age"))
        .and_then(|(_, value)| value.trim_matches('"').parse().ok())?;
    let age: u64 = headers.get(AGE).and_then(|age| age.to_str().ok()?.parse().ok()).unwrap_or(0);
    Some(Duration::from_secs(max_age.saturating_sub(age)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn max_age_is_read_as_providers_write_it() {
        let read = |pairs: &[(&'static str, &'static str)]| {
            let headers = pairs
                .iter()
                .map(|(name, value)| ((*name).parse().unwrap(), value.parse().unwrap()));
            max_age(&headers.collect::<HeaderMap>()).map(|age| age.as_secs())
        };
        let google = "public, max-age=23641, must-revalidate, no-transform";
        assert_eq!(read(&[("cache-control", google)]), Some(23641));
        assert_eq!(read(&[("cache-control", "Max-Age=\"60\"")]), Some(60));
        assert_eq!(read(&[("cache-control", google), ("age", "641")]), Some(23000));
        assert_eq!(read(&[("cache-control", "max-age=10"), ("age", "60")]), Some(0));
        assert_eq!(read(&[("cache-control", "no-store")]), None);
        assert_eq!(read(&[("cache-control", "max-age=soon")]), None);
        assert_eq!(read(&[]), None);
    }
}
