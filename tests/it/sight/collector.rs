//! A collector on loopback, which takes OTLP over HTTP and keeps what comes.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::ResourceSpans;
pub(super) use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A real server. Dropping it ends it.
pub(super) struct Collector {
    address: SocketAddr,
    kept: Arc<Kept>,
    serving: JoinHandle<()>,
}

#[derive(Default)]
struct Kept {
    status: AtomicU16,
    pause: AtomicU16,
    rejected: AtomicU16,
    asked: AtomicUsize,
    messages: Mutex<Vec<Bytes>>,
}

impl Collector {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let kept = Arc::new(Kept { status: AtomicU16::new(200), ..Kept::default() });
        let serving = tokio::spawn(serve(listener, Arc::clone(&kept)));
        Self { address, kept, serving }
    }

    /// Returns what to configure for it, with a share.
    pub(super) fn configuration(&self, sample: &str) -> String {
        let endpoint = format!("http://{}/v1/traces", self.address);
        format!("[traces]\nendpoint = \"{endpoint}\"\nsample = {sample}")
    }

    /// Answers with this status from here on.
    pub(super) fn answer(&self, status: u16) {
        self.kept.status.store(status, Ordering::SeqCst);
    }

    /// Asks for so many seconds of quiet from here on, where it takes nothing.
    pub(super) fn ask_for_pause(&self, seconds: u16) {
        self.kept.pause.store(seconds, Ordering::SeqCst);
    }

    /// Says of so many spans of each message from here on that they were not taken.
    pub(super) fn reject(&self, spans: u16) {
        self.kept.rejected.store(spans, Ordering::SeqCst);
    }

    /// Returns how often something was sent, taken or not.
    pub(super) fn asked(&self) -> usize {
        self.kept.asked.load(Ordering::SeqCst)
    }

    /// Returns every message that came, as bytes.
    pub(super) fn messages(&self) -> Vec<Bytes> {
        self.kept.messages.lock().unwrap().clone()
    }

    pub(super) fn resources(&self) -> Vec<ResourceSpans> {
        let read = |bytes: Bytes| ExportTraceServiceRequest::decode(bytes).unwrap().resource_spans;
        self.messages().into_iter().flat_map(read).collect()
    }

    /// Returns every span that came.
    pub(super) fn spans(&self) -> Vec<Span> {
        let scopes = self.resources().into_iter().flat_map(|it| it.scope_spans);
        scopes.flat_map(|scope| scope.spans).collect()
    }

    /// Waits until so many spans have a name, and returns all of the trace of the last of them.
    pub(super) async fn trace(&self, name: &str, count: usize) -> Vec<Span> {
        for _ in 0..400 {
            let spans = self.spans();
            let named: Vec<_> = spans.iter().filter(|span| span.name == name).collect();
            if let Some(last) = named.last().filter(|_| named.len() >= count) {
                let trace_id = last.trace_id.clone();
                return spans.into_iter().filter(|span| span.trace_id == trace_id).collect();
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("{count} spans `{name}` are not among {:#?}", self.spans());
    }
}

impl Drop for Collector {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, kept: Arc<Kept>) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let kept = Arc::clone(&kept);
        let answer = service_fn(move |request| answer(Arc::clone(&kept), request));
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
    }
}

async fn answer(
    kept: Arc<Kept>,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, io::Error> {
    kept.asked.fetch_add(1, Ordering::SeqCst);
    let is_otlp = request.method() == "POST"
        && request.uri().path() == "/v1/traces"
        && request.headers()["content-type"] == "application/x-protobuf";
    let body = request.into_body().collect().await.map_err(io::Error::other)?.to_bytes();
    let status = if is_otlp { kept.status.load(Ordering::SeqCst) } else { 404 };
    if status == 200 {
        kept.messages.lock().unwrap().push(body);
    }
    let mut answer = Response::builder().status(status);
    if status == 200 {
        let rejected_spans = kept.rejected.load(Ordering::SeqCst).into();
        let partial = ExportTracePartialSuccess { rejected_spans, ..Default::default() };
        let partial_success = Some(partial).filter(|partial| partial.rejected_spans > 0);
        let said = ExportTraceServiceResponse { partial_success };
        return Ok(answer.body(said.encode_to_vec().into()).unwrap());
    }
    let pause = kept.pause.load(Ordering::SeqCst);
    if pause > 0 {
        answer = answer.header("retry-after", pause);
    }
    Ok(answer.body(Full::default()).unwrap())
}

/// Returns the attributes of a span or resource as text.
pub(super) fn attributes(attributes: &[KeyValue]) -> BTreeMap<&str, String> {
    let text = |value: &Option<AnyValue>| match value.as_ref().and_then(|it| it.value.as_ref()) {
        Some(Value::StringValue(text)) => text.clone(),
        Some(Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    attributes.iter().map(|it| (it.key.as_str(), text(&it.value))).collect()
}

/// Returns the one span of a name.
pub(super) fn the<'a>(spans: &'a [Span], name: &str) -> &'a Span {
    let mut named = spans.iter().filter(|span| span.name == name);
    let (Some(span), None) = (named.next(), named.next()) else {
        panic!("not one span `{name}`: {spans:#?}");
    };
    span
}

/// Returns an ID as it is written.
pub(super) fn hex(id: &[u8]) -> String {
    use std::fmt::Write as _;
    id.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
