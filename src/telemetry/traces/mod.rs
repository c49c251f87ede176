//! Traces: spans of OpenTelemetry, and what of W3C Trace Context comes in and goes out. Sending them
//! is others'. Where they are off, every span is nothing.

mod begin;
mod parent;
mod recorded;

use std::fmt;
use std::sync::Arc;

use opentelemetry::trace::{SpanBuilder, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, TraceId};
use opentelemetry_sdk::trace::SdkTracer;

pub(crate) use begin::Traces;
pub(crate) use recorded::{Recorded, rejected};

/// A span under way, which children and headers can be made of; nothing where traces are off. It ends
/// when it is told to, or nobody holds it any more.
#[derive(Clone, Default)]
pub(crate) struct Span(Option<Box<Live>>);

#[derive(Clone)]
struct Live {
    tracer: Arc<SdkTracer>,
    context: Context,
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Span").field(&self.trace_id()).finish()
    }
}

/// What is said of a request that has come to an end. Never a credential, and nothing of a person.
#[derive(Debug)]
pub(crate) struct RequestSpan<'a> {
    /// The path, which is one of ours.
    pub(crate) route: &'a str,
    /// `http` or `https`.
    pub(crate) scheme: &'a str,
    /// The answer's status; none where nobody waited for an answer.
    pub(crate) status: Option<u16>,
    /// Configured provider name, or `unknown`.
    pub(crate) provider: &'a str,
    /// The kind of the credential.
    pub(crate) kind: &'static str,
    /// ID of a configured client, or `unknown`.
    pub(crate) client: &'a str,
    /// As of the metric.
    pub(crate) outcome: &'static str,
    /// As of the metric.
    pub(crate) reason: &'static str,
}

/// What is said of an outgoing call. Not the path, in which a credential may stand.
#[derive(Debug)]
pub(crate) struct CallSpan<'a> {
    /// Configured provider name.
    pub(crate) provider: &'a str,
    /// What it is for.
    pub(crate) call: &'static str,
    /// `GET` or `POST`.
    pub(crate) method: &'static str,
    /// Whom it goes to.
    pub(crate) host: &'a str,
    /// The port there, if it is known.
    pub(crate) port: Option<u16>,
}

impl Live {
    fn begin(&self, name: String, kind: SpanKind, attributes: Vec<KeyValue>) -> Span {
        let begun = SpanBuilder::from_name(name).with_kind(kind).with_attributes(attributes);
        let span = self.tracer.build_with_context(begun, &self.context);
        let context = self.context.with_span(span);
        Span(Some(Box::new(Self { tracer: Arc::clone(&self.tracer), context })))
    }
}

impl Span {
    /// Begins a part of it.
    pub(crate) fn child(&self, name: &str) -> Self {
        let Some(live) = &self.0 else { return Self::default() };
        live.begin(name.to_owned(), SpanKind::Internal, Vec::new())
    }

    /// Begins an outgoing call.
    pub(crate) fn call(&self, about: &CallSpan<'_>) -> Self {
        let Some(live) = &self.0 else { return Self::default() };
        let CallSpan { provider, call, method, host, port } = *about;
        let mut attributes = vec![
            KeyValue::new("http.request.method", method),
            KeyValue::new("server.address", host.to_owned()),
            KeyValue::new("countersign.provider", provider.to_owned()),
            KeyValue::new("countersign.call", call),
        ];
        attributes.extend(port.map(|port| KeyValue::new("server.port", i64::from(port))));
        live.begin(format!("{method} {call}"), SpanKind::Client, attributes)
    }

    /// Ends a part.
    pub(crate) fn end(&self) {
        if let Some(live) = &self.0 {
            live.context.span().end();
        }
    }

    /// Ends a call by the status of its answer.
    pub(crate) fn answered(&self, status: u16) {
        self.with_recorded(|live| {
            let span = live.context.span();
            span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
            if status >= 400 {
                span.set_attribute(KeyValue::new("error.type", status.to_string()));
                span.set_status(Status::error(""));
            }
        });
        self.end();
    }

    /// Ends what failed, for a cause that one word says.
    pub(crate) fn failed(&self, cause: &'static str) {
        self.with_recorded(|live| {
            live.context.span().set_attribute(KeyValue::new("error.type", cause));
            live.context.span().set_status(Status::error(""));
        });
        self.end();
    }

    /// Ends a request.
    pub(crate) fn finish(&self, said: &RequestSpan<'_>) {
        self.with_recorded(|live| {
            let span = live.context.span();
            span.set_attributes([
                KeyValue::new("http.request.method", "POST"),
                KeyValue::new("http.route", said.route.to_owned()),
                KeyValue::new("url.path", said.route.to_owned()),
                KeyValue::new("url.scheme", said.scheme.to_owned()),
                KeyValue::new("countersign.provider", said.provider.to_owned()),
                KeyValue::new("countersign.kind", said.kind),
                KeyValue::new("countersign.client", said.client.to_owned()),
                KeyValue::new("countersign.outcome", said.outcome),
                KeyValue::new("countersign.reason", said.reason),
            ]);
            if let Some(status) = said.status {
                span.set_attribute(KeyValue::new("http.response.status_code", i64::from(status)));
            }
            if said.status.is_some_and(|status| status >= 500) {
                span.set_attribute(KeyValue::new("error.type", said.reason));
                span.set_status(Status::error(""));
            }
        });
        self.end();
    }

    fn with_recorded(&self, write: impl FnOnce(&Live)) {
        if let Some(live) = self.0.as_deref().filter(|live| live.context.span().is_recording()) {
            write(live);
        }
    }

    /// Returns the ID of its trace, if it is a span.
    pub(crate) fn trace_id(&self) -> Option<impl fmt::Display + fmt::Debug + use<>> {
        let id = self.0.as_ref()?.context.span().span_context().trace_id();
        (id != TraceId::INVALID).then_some(id)
    }

    /// Returns the header that tells whom a call goes to which trace it is of (W3C Trace Context §3.2).
    pub(crate) fn traceparent(&self) -> Option<String> {
        parent::written(self.0.as_ref()?.context.span().span_context())
    }
}

#[cfg(test)]
mod tests;
