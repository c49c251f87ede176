//! Finished spans, until somebody fetches them.

use std::mem::take;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
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
    finished: Mutex<Vec<SpanData>>,
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

    /// Takes what has come together: OTLP messages (protobuf), and how many spans are in each.
    pub(crate) fn take(&self) -> impl Iterator<Item = (usize, Vec<u8>)> + use<> {
        let mut left =
            take(&mut *self.queue.finished.lock().unwrap_or_else(PoisonError::into_inner));
        let about_us = Arc::clone(&self.about_us);
        std::iter::from_fn(move || {
            let rest = left.split_off(left.len().min(BATCH));
            let batch = std::mem::replace(&mut left, rest);
            let count = batch.len();
            let resource_spans = group_spans_by_resource_and_scope(batch, &about_us);
            let message = ExportTraceServiceRequest { resource_spans };
            (count > 0).then(|| (count, message.encode_to_vec()))
        })
    }
}

impl SpanProcessor for Processor {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        let mut finished = self.0.finished.lock().unwrap_or_else(PoisonError::into_inner);
        if finished.len() < QUEUE {
            finished.push(span);
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
