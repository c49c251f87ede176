//! The record of an exchange: a metric and a log line, with a hash in place of the credential.

use poem::Request;

use super::{ApiError, Credential, IssuedToken, State, VerifiedIdentity};
use crate::client::ClientId;
use crate::clock::{Clock, Stopwatch};
use crate::crypto::{base64url, sha256};
use crate::http::face::request_id;
use crate::provider::ProviderId;
use crate::telemetry::ExchangeLabels;
use crate::verify::Kind;

/// What is known of an exchange, filled in as it becomes known; never the credential itself.
pub(super) struct Record {
    pub(super) client: Option<ClientId>,
    pub(super) provider: Option<ProviderId>,
    kind: Kind,
    token_sha256: String,
    watch: Stopwatch,
}

impl Record {
    /// Notes what was sent, and when.
    pub(super) fn start(credential: &Credential) -> Self {
        let token_sha256 = base64url(&sha256(credential.secret().expose().as_bytes()));
        let (kind, watch) = (credential.kind(), Clock::stopwatch());
        Self { client: None, provider: None, kind, token_sha256, watch }
    }

    /// Writes one metric and one log line.
    pub(super) fn write(
        self,
        state: &State,
        request: &Request,
        result: &Result<(IssuedToken, VerifiedIdentity), ApiError>,
    ) {
        let took = self.watch.elapsed();
        let issued = result.as_ref().ok().map(|(token, _)| token);
        let outcome = result.as_ref().map_or_else(|error| error.reason().name(), |_| "issued");
        let provider = self.provider.as_ref().map_or("unknown", ProviderId::as_str);
        tracing::info!(
            provider,
            kind = self.kind.name(),
            client = self.client.as_ref().map_or("unknown", ClientId::as_str),
            outcome,
            sub = issued.map(|token| tracing::field::display(token.sub)),
            jti = issued.map(|token| token.id.as_str()),
            token_sha256 = self.token_sha256,
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request_id = request_id(request),
            "exchange",
        );
        let labels = ExchangeLabels { provider: provider.to_owned(), outcome };
        state.metrics.exchange(&labels, took);
    }
}
