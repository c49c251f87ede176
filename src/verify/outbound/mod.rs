//! Calls to providers: https only, no redirects, bounded in size and time. What is called and
//! what the answer means is decided by others.

mod client;
mod collector;
mod error;
mod resolver;

use std::time::Duration;

use bytes::Bytes;
use reqwest::Response;
use reqwest::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use url::Url;

use super::timing::{Retry, max_age, retry, sent_at};
use crate::clock::UnixTime;
use crate::provider::{Method, Reach, WebUrl};
use crate::secret::{Secret, SecretBytes};
use client::Clients;
pub(crate) use client::OutboundSettings;
pub(crate) use collector::{Collector, NotTaken};
pub(crate) use error::OutboundError;
use error::failed;

/// Largest answer that is read, in bytes. The largest key set known, Microsoft's with its
/// certificates, has 20 KiB.
const MAX_BODY: usize = 256 * 1024;

/// Makes the calls. Cloning shares the connections.
#[derive(Debug, Clone)]
pub(crate) struct Outbound(Clients, #[cfg(any(test, fuzzing))] pub(super) super::fuzzing::Script);

/// What is said when a document on loopback points to https, and no provider is set up with it.
const NO_TLS: &str = "an https address, though no provider is configured with one";

/// What is said of a text that cannot be sent in a header.
const NO_HEADER: &str = "a credential or secret holds characters that no header can have";

/// What is sent. Query and body may hold credentials, hence no `Debug`.
pub(super) struct Outgoing {
    /// Where to: made of a [`WebUrl`], with its query.
    pub(super) url: Url,
    /// Where that may lead: the [`WebUrl`]'s.
    pub(super) reach: Reach,
    /// How, when there is no body.
    pub(super) method: Method,
    /// Its headers.
    pub(super) headers: Vec<(String, Secret)>,
    /// Content type and body; makes it a POST.
    pub(super) body: Option<(&'static str, SecretBytes)>,
    /// Headers of the answer that are read.
    pub(super) keep_headers: Vec<String>,
    /// Which trace it is of (W3C Trace Context §3.2), if any.
    pub(super) traceparent: Option<String>,
}

impl Outgoing {
    /// A GET of an address with nothing beside.
    pub(super) fn get(address: &WebUrl) -> Self {
        let (url, reach) = (address.as_url().clone(), address.reach());
        let (headers, keep_headers) = (Vec::new(), Vec::new());
        let (method, body, traceparent) = (Method::Get, None, None);
        Self { url, reach, method, headers, body, keep_headers, traceparent }
    }

    /// Returns its method as it is sent.
    pub(super) fn verb(&self) -> &'static str {
        if self.body.is_some() || self.method == Method::Post { "POST" } else { "GET" }
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

impl Answer {
    /// Returns the body; any other status than 200 is an error.
    pub(super) fn body(self) -> Result<Body, OutboundError> {
        if self.status == 200 { Ok(self.body) } else { Err(OutboundError::Status(self.status)) }
    }
}

/// A body.
pub(crate) struct Body {
    pub(crate) bytes: SecretBytes,
    /// `max-age` less `Age` (RFC 9111 §4.2), if the answer says.
    pub(super) max_age: Option<Duration>,
    /// When it was sent by the clock of who sent it, if the answer says.
    pub(super) sent_at: Option<UnixTime>,
}

impl Outbound {
    /// Makes the clients.
    ///
    /// # Errors
    ///
    /// [`OutboundError::Settings`] when `ca_file` cannot be read, the proxy is none, or the
    /// machine has no trust store.
    pub(crate) fn new(settings: &OutboundSettings) -> Result<Self, OutboundError> {
        Ok(Self(
            Clients::new(settings)?,
            #[cfg(any(test, fuzzing))]
            super::fuzzing::Script::default(),
        ))
    }

    /// Fetches an address; any other status than 200 is an error.
    pub(crate) async fn get(&self, address: &WebUrl) -> Result<Body, OutboundError> {
        self.send(Outgoing::get(address)).await?.body()
    }

    /// Makes a call. What the status means is the caller's to say.
    pub(super) async fn send(&self, outgoing: Outgoing) -> Result<Answer, OutboundError> {
        #[cfg(any(test, fuzzing))]
        if let Some(answer) = self.1.answer(&outgoing) {
            return answer;
        }
        let client = self.0.to(outgoing.reach).ok_or(OutboundError::Malformed(NO_TLS))?;
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
        if let Some(traceparent) = outgoing.traceparent {
            request = request.header("traceparent", traceparent);
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

fn kept(answer: &Response, names: &[String]) -> Vec<(String, String)> {
    let value = |name: &String| answer.headers().get(name)?.to_str().ok();
    names.iter().filter_map(|name| Some((name.clone(), value(name)?.to_owned()))).collect()
}

async fn read(mut answer: Response) -> Result<Body, OutboundError> {
    let (max_age, sent_at) = (max_age(answer.headers()), sent_at(answer.headers()));
    // Room for all of it at once: a body that grows leaves copies of itself behind.
    let length = answer.content_length().and_then(|length| length.try_into().ok());
    let mut bytes = Vec::with_capacity(MAX_BODY.min(length.unwrap_or(0)));
    while let Some(chunk) = answer.chunk().await.map_err(|error| failed(&error))? {
        if bytes.len() + chunk.len() > MAX_BODY {
            return Err(OutboundError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Body { bytes: SecretBytes::new(bytes), max_age, sent_at })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use futures_util::FutureExt as _;
    use tokio::net::TcpListener;

    use super::*;

    /// `localhost` is the one name that every system resolves, to a private address. It stands for
    /// any that a document names.
    #[tokio::test]
    async fn a_name_that_leads_inside_is_not_connected_to_and_the_error_says_what_to_do() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let text = format!("https://localhost:{}/jwks", listener.local_addr().unwrap().port());
        let outbound = Outbound::new(&OutboundSettings {
            timeout: Duration::from_secs(5),
            proxy: None,
            proxy_host: None,
            ca_file: None,
            reaches: BTreeSet::from([Reach::Internet, Reach::Anywhere]),
        });
        let outbound = outbound.unwrap();
        let announced = WebUrl::parse(&text).unwrap();
        assert_eq!(announced.reach(), Reach::Internet);
        let error = outbound.get(&announced).await.err().unwrap();
        assert!(matches!(error, OutboundError::Elsewhere(_)), "{error}");
        let said = error.to_string();
        assert!(said.starts_with("`localhost` resolves to "), "{said}");
        assert!(said.contains("a provider inside your network is named by"), "{said}");
        assert!(listener.accept().now_or_never().is_none(), "it was connected to");

        let named = WebUrl::parse("http://localhost/").unwrap().announced(&text).unwrap();
        assert_eq!(named.reach(), Reach::Anywhere);
        let (accepted, error) = tokio::join!(async { listener.accept().await.map(drop) }, async {
            outbound.get(&named).await.err().unwrap()
        },);
        assert!(accepted.is_ok() && matches!(error, OutboundError::NoAnswer(_)), "{error}");
    }
}
