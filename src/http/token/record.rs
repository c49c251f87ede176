//! The record of an exchange: a metric, a log line with a hash in place of the credential, and the end
//! of its span. There is one whatever ends the exchange, also that nobody waits for it any more.

use std::thread::panicking;

use poem::Request;
use poem::http::StatusCode;

use super::{ApiError, Credential, IssuedToken, State, VerifiedIdentity};
use crate::client::ClientId;
use crate::clock::{Clock, Stopwatch};
use crate::crypto::{base64url, sha256};
use crate::http::error::Reason;
use crate::http::face::request_id;
use crate::provider::ProviderId;
use crate::telemetry::{ExchangeLabels, RequestSpan, Span};
use crate::verify::{Content, Kind};

/// What is known of an exchange, filled in as it becomes known; never the credential itself. It is
/// written when it is told to, or dropped.
pub(in crate::http) struct Record<'a> {
    pub(super) client: Option<ClientId>,
    pub(super) provider: Option<ProviderId>,
    pub(super) span: Span,
    state: &'a State,
    request: &'a Request,
    kind: Kind,
    /// Whether the provider is shown the credential.
    is_shown: bool,
    token_sha256: String,
    watch: Stopwatch,
    is_written: bool,
}

/// What came of an exchange: the status of its answer, and what labels say.
#[derive(Clone, Copy)]
struct Outcome {
    status: Option<StatusCode>,
    name: &'static str,
    reason: &'static str,
}

impl Outcome {
    /// Of an exchange without an error to tell a reason.
    const ISSUED: Self = Self { status: Some(StatusCode::OK), name: "issued", reason: NO_REASON };
    /// The caller hung up, or the time for the request was over.
    const ABANDONED: Self = Self { status: None, name: "abandoned", reason: NO_REASON };

    fn of<T>(result: &Result<T, ApiError>) -> Self {
        let Err(error) = result else { return Self::ISSUED };
        let status = error.status();
        let name = match status {
            StatusCode::SERVICE_UNAVAILABLE => "unavailable",
            status if status.is_client_error() => "refused",
            _ => "failed",
        };
        Self { status: Some(status), name, reason: error.reason().name() }
    }

    /// Of an exchange that did not come to its end.
    fn of_cut(is_panic: bool) -> Self {
        if !is_panic {
            return Self::ABANDONED;
        }
        let status = Some(StatusCode::INTERNAL_SERVER_ERROR);
        Self { status, name: "failed", reason: Reason::Internal.name() }
    }
}

/// The reason where there is none.
const NO_REASON: &str = "none";

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
    let is_trusted = state.proxies.sent(request);
    state.metrics.traces.request(request.uri().path(), parents, states, is_trusted)
}

impl<'a> Record<'a> {
    /// Notes what was sent, and when.
    pub(in crate::http) fn start(
        state: &'a State,
        request: &'a Request,
        credential: &Credential,
    ) -> Self {
        Self {
            client: None,
            provider: None,
            span: begin(state, request),
            state,
            request,
            kind: credential.kind(),
            is_shown: !matches!(credential.content, Content::IdToken(_)),
            token_sha256: base64url(&sha256(credential.secret().expose().as_bytes())),
            watch: Clock::stopwatch(),
            is_written: false,
        }
    }

    /// Writes one metric and one log line, and ends the span.
    pub(super) fn write(mut self, result: &Result<(IssuedToken, VerifiedIdentity), ApiError>) {
        let issued = result.as_ref().ok().map(|(token, _)| token);
        self.is_written = true;
        self.end(Outcome::of(result), issued);
    }

    fn end(&self, Outcome { status, name, reason }: Outcome, issued: Option<&IssuedToken>) {
        let took = self.watch.elapsed();
        let provider = self.provider.as_ref().map_or("unknown", ProviderId::as_str);
        let client = self.client.as_ref().map_or("unknown", ClientId::as_str);
        let kind = self.kind.name();
        tracing::info!(
            provider,
            kind,
            client,
            outcome = name,
            reason = Some(reason).filter(|reason| *reason != NO_REASON),
            sub = issued.map(|token| tracing::field::display(token.sub)),
            jti = issued.map(|token| token.id.as_str()),
            token_sha256 = self.token_sha256,
            micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            request_id = request_id(self.request),
            trace_id = self.span.trace_id().map(tracing::field::display),
            "exchange",
        );
        self.span.finish(&RequestSpan {
            route: self.request.uri().path(),
            scheme: self.request.scheme().as_str(),
            status: status.map(|status| status.as_u16()),
            provider,
            kind,
            client,
            outcome: name,
            reason,
        });
        let provider = provider.to_owned();
        self.state
            .metrics
            .exchange(&ExchangeLabels { provider, kind, outcome: name, reason }, took);
    }

    /// Whether a provider is being asked about the credential: what is waited for after the provider
    /// is known is its word.
    fn asks(&self) -> bool {
        self.is_shown && self.provider.is_some()
    }
}

impl Drop for Record<'_> {
    fn drop(&mut self) {
        if self.is_written {
            return;
        }
        self.end(Outcome::of_cut(panicking()), None);
        // Whoever hangs up pays what they would if they heard the refusal.
        if self.asks() {
            self.state.charge(self.state.proxies.client(self.request));
        }
    }
}
