//! The record of an exchange: a metric and a log line, with a hash in place of the credential.

use std::time::Duration;

use poem::Request;

use super::{ApiError, Credential, IssuedToken, Order, State, VerifiedIdentity};
use crate::crypto::{base64url, sha256};
use crate::http::face::request_id;
use crate::telemetry::ExchangeLabels;

/// What is known before the outcome is; never the credential itself.
pub(super) struct Record {
    client: String,
    provider: Option<String>,
    token_sha256: String,
}

impl Record {
    /// Notes what was asked.
    pub(super) fn of(order: &Order) -> Self {
        let (Credential::IdToken { token, .. } | Credential::AccessToken { token, .. }) =
            &order.credential;
        Self {
            client: order.client.id().to_owned(),
            provider: order.provider.clone(),
            token_sha256: base64url(&sha256(token.expose().as_bytes())),
        }
    }

    /// Writes one metric and one log line.
    pub(super) fn write(
        self,
        state: &State,
        request: &Request,
        result: &Result<(IssuedToken, VerifiedIdentity), ApiError>,
        took: Duration,
    ) {
        let issued = result.as_ref().ok();
        let outcome = result.as_ref().map_or_else(|error| error.reason().name(), |_| "issued");
        let client = state.issuer.clients.get(&self.client);
        let named =
            self.provider.as_deref().zip(client).and_then(|(name, client)| {
                state.issuer.providers.find(name, &client.providers).ok()
            });
        let provider = issued
            .map(|(_, identity)| identity.provider().to_string())
            .or_else(|| named.map(|provider| provider.id.to_string()))
            .unwrap_or_else(|| "unknown".to_owned());
        tracing::info!(
            provider,
            client = client.map_or("unknown", |client| client.id.as_str()),
            outcome,
            sub = issued.map(|(token, _)| tracing::field::display(token.sub)),
            jti = issued.map(|(token, _)| token.id.as_str()),
            token_sha256 = self.token_sha256,
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request_id = request_id(request),
            "exchange",
        );
        state.metrics.exchange(&ExchangeLabels { provider, outcome }, took);
    }
}
