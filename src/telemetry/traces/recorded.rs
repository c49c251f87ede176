//! Finished spans, until somebody fetches them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prometheus_client::metrics::counter::Counter;
use prost::Message as _;

/// Spans that wait at most, of about a KiB each. One that has no place is dropped: nobody waits for it.
const QUEUE: usize = 16_384;
/// Spans that are sent at once: some hundreds of KiB.
const BATCH: usize = 1024;

/// Finished spans that wait to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Recorded {
    queue: Arc<Queue>,
    about_us: Arc<ResourceAttributesWithSchema>,
}

/// Takes spans as they end, on the thread of whoever ends one.
#[derive(Debug)]
pub(super) struct Processor(Arc<Queue>);

#[derive(Debug)]
struct Queue {
    finished: Mutex<VecDeque<SpanData>>,
    dropped: Counter,
}

impl Recorded {
    pub(super) fn new(about_us: &Resource, dropped: Counter) -> Self {
        let queue = Queue { finished: Mutex::default(), dropped };
        Self { queue: Arc::new(queue), about_us: Arc::new(about_us.into()) }
    }

    pub(super) fn processor(&self) -> Processor {
        Processor(Arc::clone(&self.queue))
    }

    /// Takes the oldest of what waits: how many spans, and an OTLP message (protobuf) of them. The rest
    /// stays where it is.
    pub(crate) fn take(&self) -> Option<(usize, Vec<u8>)> {
        let batch = self.queue.oldest();
        let count = batch.len();
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.about_us);
        let message = ExportTraceServiceRequest { resource_spans };
        (count > 0).then(|| (count, message.encode_to_vec()))
    }
}

impl Queue {
    fn oldest(&self) -> Vec<SpanData> {
        let mut finished = self.finished.lock().unwrap_or_else(PoisonError::into_inner);
        let count = finished.len().min(BATCH);
        finished.drain(..count).collect()
    }
}

/// Returns how many spans of a message a collector's answer (protobuf) says that it did not take.
pub(crate) fn rejected(answer: &[u8]) -> usize {
    let answer = ExportTraceServiceResponse::decode(answer).unwrap_or_default();
    let partial = answer.partial_success.unwrap_or_default();
    partial.rejected_spans.try_into().unwrap_or(0)
}

impl SpanProcessor for Processor {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let mut finished = self.0.finished.lock().unwrap_or_else(PoisonError::into_inner);
        if finished.len() < QUEUE {
            finished.push_back(span);
        } else {
            self.0.dropped.inc();
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
