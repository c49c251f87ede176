//! The record of an exchange: a metric, a log line with a hash in place of the credential, and the end
//! of its span.

use poem::Request;
use poem::http::StatusCode;

use super::{ApiError, Credential, IssuedToken, State, VerifiedIdentity};
use crate::client::ClientId;
use crate::clock::{Clock, Stopwatch};
use crate::crypto::{base64url, sha256};
use crate::http::face::request_id;
use crate::provider::ProviderId;
use crate::telemetry::{ExchangeLabels, RequestSpan, Span};
use crate::verify::Kind;

/// What is known of an exchange, filled in as it becomes known; never the credential itself.
pub(super) struct Record {
    pub(super) client: Option<ClientId>,
    pub(super) provider: Option<ProviderId>,
    pub(super) span: Span,
    kind: Kind,
    token_sha256: String,
    watch: Stopwatch,
}

/// What came of an exchange: the status of its answer, and what labels say.
struct Outcome {
    status: StatusCode,
    name: &'static str,
    reason: &'static str,
}

impl Outcome {
    fn of<T>(result: &Result<T, ApiError>) -> Self {
        let Err(error) = result else {
            return Self { status: StatusCode::OK, name: "issued", reason: "none" };
        };
        let status = error.status();
        let name = match status {
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::TOO_MANY_REQUESTS => "unavailable",
            status if status.is_client_error() => "refused",
            _ => "failed",
        };
        Self { status, name, reason: error.reason().name() }
    }
}

/// Begins the span of an exchange, in the trace that its request names.
fn begin(state: &State, request: &Request) -> Span {
    if !state.metrics.traces.are_on() {
        return Span::default();
    }
    let texts = |name: &str| {
        let values = request.headers().get_all(name).iter();
        values.map(|value| value.to_str().unwrap_or_default())
    };
    let (parents, states) = (texts("traceparent"), texts("tracestate"));
    state.metrics.traces.request(request.uri().path(), parents, states)
}

impl Record {
    /// Notes what was sent, and when.
    pub(super) fn start(state: &State, request: &Request, credential: &Credential) -> Self {
        let span = begin(state, request);
        let token_sha256 = base64url(&sha256(credential.secret().expose().as_bytes()));
        let (kind, watch) = (credential.kind(), Clock::stopwatch());
        Self { client: None, provider: None, span, kind, token_sha256, watch }
    }

    /// Writes one metric and one log line, and ends the span.
    pub(super) fn write(
        self,
        state: &State,
        request: &Request,
        result: &Result<(IssuedToken, VerifiedIdentity), ApiError>,
    ) {
        let took = self.watch.elapsed();
        let issued = result.as_ref().ok().map(|(token, _)| token);
        let outcome = Outcome::of(result);
        let provider = self.provider.as_ref().map_or("unknown", ProviderId::as_str);
        let client = self.client.as_ref().map_or("unknown", ClientId::as_str);
        let kind = self.kind.name();
        tracing::info!(
            provider,
            kind,
            client,
            outcome = outcome.name,
            reason = result.as_ref().err().map(|error| error.reason().name()),
            sub = issued.map(|token| tracing::field::display(token.sub)),
            jti = issued.map(|token| token.id.as_str()),
            token_sha256 = self.token_sha256,
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request_id = request_id(request),
            trace_id = self.span.trace_id().map(tracing::field::display),
            "exchange",
        );
        self.span.finish(&RequestSpan {
            route: request.uri().path(),
            scheme: request.scheme().as_str(),
            status: outcome.status.as_u16(),
            provider,
            kind,
            client,
            outcome: outcome.name,
            reason: outcome.reason,
        });
        let provider = provider.to_owned();
        let labels =
            ExchangeLabels { provider, kind, outcome: outcome.name, reason: outcome.reason };
        state.metrics.exchange(&labels, took);
    }
}
