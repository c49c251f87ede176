//! Where traces begin: what the SDK is told, and who decides what is recorded.

use std::sync::Arc;

use opentelemetry::trace::{SpanKind, TraceContextExt as _, TracerProvider as _};
use opentelemetry::{Context, KeyValue, TraceFlags, TraceId};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    IdGenerator as _, RandomIdGenerator, Sampler, SamplingDecision, SdkTracer, SdkTracerProvider,
    ShouldSample as _, SpanLimits,
};
use prometheus_client::metrics::counter::Counter;

use super::recorded::Recorded;
use super::{Live, Span, parent};

/// Where traces begin; nowhere where they are off.
#[derive(Debug, Clone, Default)]
pub(crate) struct Traces(Option<Begin>);

/// What traces begin with.
#[derive(Debug, Clone)]
struct Begin {
    tracer: Arc<SdkTracer>,
    /// Decides about traces of which nobody else may.
    share: Sampler,
}

impl Traces {
    /// Begins traces, of which this share is recorded where nobody who may has decided. `dropped`
    /// counts the spans that nobody fetched in time.
    ///
    /// Whatever the SDK would otherwise read in the environment is said here.
    pub(in crate::telemetry) fn start(sample: f64, dropped: Counter) -> (Self, Recorded) {
        let resource = Resource::builder_empty().with_attributes([
            KeyValue::new("service.name", env!("CARGO_PKG_NAME")),
            KeyValue::new("service.version", env!("CARGO_PKG_VERSION")),
            // Drawn for each process, so that replicas are told apart.
            KeyValue::new("service.instance.id", draw().to_string()),
        ]);
        let resource = resource.build();
        let recorded = Recorded::new(&resource, dropped);
        let share = Sampler::TraceIdRatioBased(sample);
        let provider = SdkTracerProvider::builder()
            .with_sampler(Sampler::ParentBased(Box::new(share.clone())))
            .with_id_generator(RandomIdGenerator::default())
            .with_span_limits(SpanLimits::default())
            .with_resource(resource)
            .with_span_processor(recorded.processor())
            .build();
        let tracer = Arc::new(provider.tracer(env!("CARGO_PKG_NAME")));
        (Self(Some(Begin { tracer, share })), recorded)
    }

    /// Whether anything is traced.
    pub(crate) fn are_on(&self) -> bool {
        self.0.is_some()
    }

    /// Begins the span of a request that names these parents in its headers (W3C Trace Context §3.2,
    /// §3.3). Of a stranger the trace is taken over, and neither the decision whether it is recorded
    /// nor what else the headers say.
    pub(crate) fn request<'a>(
        &self,
        route: &str,
        parents: impl Iterator<Item = &'a str>,
        states: impl Iterator<Item = &'a str>,
        is_trusted: bool,
    ) -> Span {
        let Some(begin) = &self.0 else { return Span::default() };
        let parent = parent::read(parents, states);
        let parent = parent.map(|it| if is_trusted { it } else { parent::bare(&it, begin.toss()) });
        let context = Context::new();
        let context = match parent {
            Some(parent) => context.with_remote_span_context(parent),
            None => context,
        };
        let name = format!("POST {route}");
        let tracer = Arc::clone(&begin.tracer);
        Live { tracer, context }.begin(name, SpanKind::Server, Vec::new())
    }

    /// Returns what is no span yet: whatever is begun below it begins a trace.
    pub(crate) fn root(&self) -> Span {
        let tracer = |begin: &Begin| Arc::clone(&begin.tracer);
        let live = |begin| Box::new(Live { tracer: tracer(begin), context: Context::new() });
        Span(self.0.as_ref().map(live))
    }
}

impl Begin {
    /// Decides by chance. Not by the ID of the trace, which whoever asks has chosen.
    fn toss(&self) -> TraceFlags {
        let tossed = self.share.should_sample(None, draw(), "", &SpanKind::Server, &[], &[]);
        TraceFlags::default().with_sampled(tossed.decision == SamplingDecision::RecordAndSample)
    }
}

fn draw() -> TraceId {
    RandomIdGenerator::default().new_trace_id()
}
