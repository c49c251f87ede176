//! Sending traces to the operator's collector: by the same rules as other calls, but for plain http,
//! which may lead anywhere. The operator named the collector, and there is no credential in a trace.

use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use url::Url;

use super::client::{OutboundSettings, to_anywhere};
use super::error::failed;
use super::{OutboundError, read};

/// Where traces are sent.
#[derive(Debug)]
pub(crate) struct Collector {
    client: Client,
    endpoint: Url,
}

impl Collector {
    /// Makes a client for an address, http or https.
    ///
    /// # Errors
    ///
    /// As [`super::Outbound::new`].
    pub(crate) fn new(settings: &OutboundSettings, endpoint: Url) -> Result<Self, OutboundError> {
        let client = to_anywhere(settings, endpoint.scheme() == "https")?;
        Ok(Self { client, endpoint })
    }

    /// Sends an OTLP message (protobuf) once.
    ///
    /// # Errors
    ///
    /// [`OutboundError`] when it was not taken.
    pub(crate) async fn send(&self, message: Vec<u8>) -> Result<(), OutboundError> {
        let request = self.client.post(self.endpoint.clone());
        let request = request.header(CONTENT_TYPE, "application/x-protobuf").body(message);
        let answer = request.send().await.map_err(|error| failed(&error))?;
        match answer.status().as_u16() {
            200..=299 => read(answer).await.map(drop),
            status @ 300..=399 => Err(OutboundError::Redirect(status)),
            status => Err(OutboundError::Status(status)),
        }
    }
}
