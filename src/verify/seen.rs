//! What is seen of an outgoing call: how long it takes, and its span.

use super::call::About;
use super::outbound::{Answer, Body, Outgoing};
use super::{Outbound, OutboundError};
use crate::clock::{Clock, Stopwatch};
use crate::provider::WebUrl;
use crate::telemetry::{CallSpan, Metrics, Span};

/// A call that has begun. Whatever ends it, also that nobody waits for it any more, its time is noted.
struct UnderWay<'a> {
    metrics: &'a Metrics,
    about: About<'a>,
    span: Span,
    watch: Stopwatch,
    is_over: bool,
}

impl UnderWay<'_> {
    /// Ends the span as the call came out.
    fn finish(mut self, answer: &Result<Answer, OutboundError>) {
        self.is_over = true;
        match answer {
            Ok(answer) => self.span.answered(answer.status),
            Err(OutboundError::Redirect(status)) => self.span.answered(*status),
            Err(error) => self.span.failed(error.name()),
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        if !self.is_over {
            self.span.failed("abandoned");
        }
        let About { provider, call } = self.about;
        self.metrics.provider_call_took(provider.as_str(), call, self.watch.elapsed());
    }
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
        about: About<'_>,
        mut outgoing: Outgoing,
    ) -> Result<Answer, OutboundError> {
        let span = self.span.call(&CallSpan {
            provider: about.provider.as_str(),
            call: about.call,
            method: outgoing.verb(),
            host: outgoing.url.host_str().unwrap_or_default(),
            port: outgoing.url.port_or_known_default(),
        });
        outgoing.traceparent = span.traceparent();
        let watch = Clock::stopwatch();
        let call = UnderWay { metrics: self.metrics, about, span, watch, is_over: false };
        // Boxed, since an exchange holds several calls and is moved before it begins.
        let answer = Box::pin(self.outbound.send(outgoing)).await;
        call.finish(&answer);
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
