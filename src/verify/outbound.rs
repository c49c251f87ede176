//! Calls to providers: https only, no redirects, bounded in size and time. What is called and
//! what the answer means is decided by others.

use std::path::PathBuf;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, NoProxy, Proxy, Response};
use url::Url;

use super::timing::{Retry, max_age, retry};
use crate::provider::{Method, WebUrl};
use crate::secret::{Secret, SecretBytes};

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
    pub(crate) proxy: Option<Url>,
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

/// What is said of a text that cannot be sent in a header.
const NO_HEADER: &str = "a credential or secret holds characters that no header can have";

/// What is sent. Query and body may hold credentials, hence no `Debug`.
pub(super) struct Outgoing {
    /// Where to: made of a [`WebUrl`], with its query.
    pub(super) url: Url,
    /// How, when there is no body.
    pub(super) method: Method,
    /// Its headers.
    pub(super) headers: Vec<(String, Secret)>,
    /// Content type and body; makes it a POST.
    pub(super) body: Option<(&'static str, SecretBytes)>,
    /// Headers of the answer that are read.
    pub(super) keep_headers: Vec<String>,
}

impl Outgoing {
    /// A GET of an address with nothing beside.
    pub(super) fn get(url: Url) -> Self {
        let (headers, keep_headers) = (Vec::new(), Vec::new());
        Self { url, method: Method::Get, headers, body: None, keep_headers }
    }
}

/// An answer, whatever its status but a redirect's. The body may hold credentials, hence no `Debug`.
pub(super) struct Answer {
    /// Its status.
    pub(super) status: u16,
    /// Its body.
    pub(super) body: Body,
    /// The headers that were asked for, of those that are there and text.
    pub(super) kept: Vec<(String, String)>,
    /// When to try again, if it says.
    pub(super) retry: Option<Retry>,
}

/// A body.
pub(crate) struct Body {
    pub(crate) bytes: SecretBytes,
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
    Redirect(u16),
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
            Self::Redirect(_) => "redirect",
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

    /// Fetches an address; any other status than 200 is an error.
    pub(crate) async fn get(&self, address: &WebUrl) -> Result<Body, OutboundError> {
        let url = address.as_url().clone();
        let answer = self.send(Outgoing::get(url)).await?;
        if answer.status == 200 {
            return Ok(answer.body);
        }
        Err(OutboundError::Status(answer.status))
    }

    /// Makes a call. What the status means is the caller's to say.
    pub(super) async fn send(&self, outgoing: Outgoing) -> Result<Answer, OutboundError> {
        let is_plain = outgoing.url.scheme() == "http";
        let client = if is_plain { Some(&self.direct) } else { self.secure.as_ref() };
        let client = client.ok_or(OutboundError::Malformed(NO_TLS))?;
        let mut request = match outgoing.body {
            Some((content_type, body)) => client
                .post(outgoing.url)
                .header(CONTENT_TYPE, content_type)
                .body(Bytes::from_owner(body)),
            None if outgoing.method == Method::Post => {
                // Without a body the length still has to be said (RFC 9110 §8.6).
                client.post(outgoing.url).header(CONTENT_LENGTH, 0)
            }
            None => client.get(outgoing.url),
        };
        for (name, value) in &outgoing.headers {
            let value = HeaderValue::from_str(value.expose());
            let mut value = value.map_err(|_| OutboundError::Malformed(NO_HEADER))?;
            value.set_sensitive(true);
            request = request.header(name, value);
        }
        let answer = request.send().await.map_err(|error| failed(&error))?;
        match answer.status().as_u16() {
            status @ 300..=399 => Err(OutboundError::Redirect(status)),
            status => {
                let retry = retry(answer.headers());
                let kept = kept(&answer, &outgoing.keep_headers);
                Ok(Answer { status, body: read(answer).await?, kept, retry })
            }
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

fn kept(answer: &Response, names: &[String]) -> Vec<(String, String)> {
    let value = |name: &String| answer.headers().get(name)?.to_str().ok();
    names.iter().filter_map(|name| Some((name.clone(), value(name)?.to_owned()))).collect()
}

async fn read(mut answer: Response) -> Result<Body, OutboundError> {
    let max_age = max_age(answer.headers());
    // Room for all of it at once: a body that grows leaves copies of itself behind.
    let length = answer.content_length().and_then(|length| length.try_into().ok());
    let mut bytes = Vec::with_capacity(MAX_BODY.min(length.unwrap_or(0)));
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(OutboundError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body { bytes: SecretBytes::new(bytes), max_age })
}
