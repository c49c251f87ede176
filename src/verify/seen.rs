//! What is seen of an outgoing call: how long it takes, and its span.

use super::outbound::{Answer, Body, Outgoing};
use super::{Outbound, OutboundError};
use crate::clock::Clock;
use crate::provider::{ProviderId, WebUrl};
use crate::telemetry::{CallSpan, Metrics, Span};

/// Which call it is: for log lines, metrics and traces.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    pub(super) provider: &'a ProviderId,
    /// `token`, `lookup`, `binding`, `profile`, `emails`, `membership`, `keys` or `discovery`.
    pub(super) call: &'static str,
}

/// Makes calls that are seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) outbound: &'a Outbound,
    pub(super) metrics: &'a Metrics,
    /// What the call is a part of.
    pub(super) span: &'a Span,
}

impl Seen<'_> {
    /// Makes a call. The provider is told which trace it is of, and nothing of other systems' in it.
    pub(super) async fn send(
        self,
        About { provider, call }: About<'_>,
        mut outgoing: Outgoing,
    ) -> Result<Answer, OutboundError> {
        let span = self.span.call(&CallSpan {
            provider: provider.as_str(),
            call,
            method: outgoing.verb(),
            host: outgoing.url.host_str().unwrap_or_default(),
            port: outgoing.url.port_or_known_default(),
        });
        outgoing.traceparent = span.traceparent();
        let watch = Clock::stopwatch();
        // Boxed, since an exchange holds several calls and is moved before it begins.
        let answer = Box::pin(self.outbound.send(outgoing)).await;
        self.metrics.provider_call_took(provider.as_str(), call, watch.elapsed());
        match &answer {
            Ok(answer) => span.answered(answer.status),
            Err(OutboundError::Redirect(status)) => span.answered(*status),
            Err(error) => span.failed(error.name()),
        }
        answer
    }

    /// Fetches an address; any other status than 200 is an error.
    pub(super) async fn get(
        self,
        about: About<'_>,
        address: &WebUrl,
    ) -> Result<Body, OutboundError> {
        self.send(about, Outgoing::get(address)).await?.body()
    }
}
