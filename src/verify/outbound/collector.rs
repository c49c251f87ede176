//! Sending traces to the operator's collector: by the same rules as other calls, but for plain http,
//! which may lead anywhere. The operator named the collector, and there is no credential in a trace.

use std::time::Duration;

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::client::{OutboundSettings, to_anywhere};
use super::error::failed;
use super::{OutboundError, Retry, read, retry};
use crate::clock::Clock;
use crate::secret::SecretBytes;

/// Where traces are sent.
#[derive(Debug)]
pub(crate) struct Collector {
    client: Client,
    endpoint: Url,
    clock: Clock,
}

/// Why a message was not taken.
#[derive(Debug)]
pub(crate) struct NotTaken {
    /// What came instead.
    pub(crate) error: OutboundError,
    /// How long to wait, if the collector says (OTLP: throttling).
    pub(crate) retry_after: Option<Duration>,
}

impl From<OutboundError> for NotTaken {
    fn from(error: OutboundError) -> Self {
        Self { error, retry_after: None }
    }
}

impl Collector {
    /// Makes a client for an address, http or https.
    ///
    /// # Errors
    ///
    /// As [`super::Outbound::new`].
    pub(crate) fn new(
        settings: &OutboundSettings,
        endpoint: Url,
        clock: Clock,
    ) -> Result<Self, OutboundError> {
        let client = to_anywhere(settings, endpoint.scheme() == "https")?;
        Ok(Self { client, endpoint, clock })
    }

    /// Sends an OTLP message (protobuf) once, and returns what is answered.
    ///
    /// # Errors
    ///
    /// [`NotTaken`].
    pub(crate) async fn send(&self, message: Vec<u8>) -> Result<SecretBytes, NotTaken> {
        let request = self.client.post(self.endpoint.clone());
        let request = request.header(CONTENT_TYPE, "application/x-protobuf").body(message);
        let answer = request.send().await.map_err(|error| failed(&error))?;
        match answer.status().as_u16() {
            200..=299 => Ok(read(answer).await?.bytes),
            status @ 300..=399 => Err(OutboundError::Redirect(status).into()),
            status => {
                let now = self.clock.now();
                let retry_after = retry(answer.headers()).map(|retry| match retry {
                    Retry::After(time) => time,
                    Retry::At(moment) => moment.since(now),
                });
                Err(NotTaken { error: OutboundError::Status(status), retry_after })
            }
        }
    }
}
