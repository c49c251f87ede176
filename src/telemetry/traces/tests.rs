use std::iter::{empty, from_fn};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::Span as Sent;
use prometheus_client::metrics::counter::Counter;
use prost::Message as _;

use super::*;

const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn started(sample: f64) -> (Traces, Recorded, Counter) {
    let dropped = Counter::default();
    let (traces, recorded) = Traces::start(sample, dropped.clone());
    (traces, recorded, dropped)
}

fn request(traces: &Traces, parent: Option<&'static str>) -> Span {
    traces.request("/token", parent.into_iter(), empty(), true)
}

fn of_stranger(traces: &Traces, parent: &'static str) -> Span {
    traces.request("/token", [parent].into_iter(), ["vendor=1"].into_iter(), false)
}

fn sent(recorded: &Recorded) -> Vec<Sent> {
    let messages = from_fn(|| recorded.take()).map(|(_, message)| message);
    let read = messages.flat_map(|message| {
        ExportTraceServiceRequest::decode(message.as_slice()).unwrap().resource_spans
    });
    read.flat_map(|it| it.scope_spans).flat_map(|it| it.spans).collect()
}

#[test]
fn parts_and_calls_are_below_the_request_and_name_its_trace() {
    let (traces, recorded, _) = started(1.0);
    let span = request(&traces, Some(PARENT));
    let (host, port) = ("id.test", Some(443));
    let verifying = span.child("verify");
    let call = CallSpan { provider: "acme", call: "profile", method: "GET", host, port };
    let call = verifying.call(&call);
    let header = call.traceparent().unwrap();
    call.answered(503);
    verifying.end();
    drop((call, verifying, span));
    let sent = sent(&recorded);
    let names: Vec<_> = sent.iter().map(|span| span.name.as_str()).collect();
    assert_eq!(names, ["GET profile", "verify", "POST /token"]);
    assert_eq!(sent[0].parent_span_id, sent[1].span_id);
    assert_eq!(sent[1].parent_span_id, sent[2].span_id);
    let hex = |bytes: &[u8]| crate::crypto::hex(bytes);
    assert_eq!(hex(&sent[2].parent_span_id), "b7ad6b7169203331");
    assert_eq!(header, format!("00-0af7651916cd43dd8448eb211c80319c-{}-01", hex(&sent[0].span_id)));
}

#[test]
fn a_trusted_caller_decides_what_is_recorded_and_the_share_where_none_does() {
    let (traces, recorded, _) = started(0.0);
    drop(request(&traces, None));
    let unsampled = request(&traces, None);
    assert!(unsampled.traceparent().unwrap().ends_with("-00"), "it is passed on all the same");
    assert!(unsampled.trace_id().is_some());
    drop(unsampled);
    assert_eq!(sent(&recorded).len(), 0);
    drop(request(&traces, Some(PARENT)));
    assert_eq!(sent(&recorded).len(), 1);
    let (traces, recorded, _) = started(1.0);
    drop(request(&traces, Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00")));
    assert_eq!(sent(&recorded).len(), 0);
}

#[test]
fn a_stranger_names_a_trace_and_the_share_decides_whether_it_is_recorded() {
    let recorded_of = |sample: f64, parent: &'static str| {
        let (traces, recorded, _) = started(sample);
        for _ in 0..1000 {
            let span = of_stranger(&traces, parent);
            assert_eq!(span.trace_id().unwrap().to_string(), "0af7651916cd43dd8448eb211c80319c");
        }
        let sent = sent(&recorded);
        assert!(sent.iter().all(|span| span.trace_state.is_empty()));
        assert!(
            sent.iter().all(|span| crate::crypto::hex(&span.parent_span_id) == "b7ad6b7169203331")
        );
        sent.len()
    };
    let unsampled = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00";
    for parent in [PARENT, unsampled] {
        assert_eq!(recorded_of(0.0, parent), 0, "{parent}");
        assert_eq!(recorded_of(1.0, parent), 1000, "{parent}");
        let half = recorded_of(0.5, parent);
        assert!((400..600).contains(&half), "{half} of {parent}");
    }
}

#[test]
fn what_a_collector_did_not_take_of_a_message_is_read_in_its_answer() {
    let answer = |rejected_spans| {
        let partial = ExportTracePartialSuccess { rejected_spans, error_message: "no".to_owned() };
        ExportTraceServiceResponse { partial_success: Some(partial) }.encode_to_vec()
    };
    assert_eq!(rejected(&answer(7)), 7);
    assert_eq!(rejected(&answer(-7)), 0);
    assert_eq!(rejected(&[]), 0);
    assert_eq!(rejected(b"{\"partialSuccess\":{}}"), 0);
}

#[test]
fn what_nobody_fetches_is_dropped_and_counted() {
    let (traces, recorded, dropped) = started(1.0);
    for _ in 0..16_384 + 3 {
        drop(request(&traces, None));
    }
    assert_eq!(dropped.get(), 3);
    let batches: Vec<_> = from_fn(|| recorded.take()).map(|(count, _)| count).collect();
    assert_eq!(batches, [1024; 16]);
    assert!(recorded.take().is_none());
}

#[test]
fn where_traces_are_off_nothing_is_made() {
    let span = request(&Traces::default(), Some(PARENT));
    assert!(span.0.is_none() && span.child("verify").0.is_none());
    assert_eq!(span.traceparent(), None);
    assert!(span.trace_id().is_none());
    assert!(Traces::default().root().0.is_none());
}

#[test]
fn what_begins_below_nothing_begins_a_trace() {
    let (traces, recorded, _) = started(1.0);
    let root = traces.root();
    assert!(root.trace_id().is_none() && root.traceparent().is_none());
    root.child("fetch").end();
    let sent = sent(&recorded);
    assert_eq!((sent.len(), sent[0].parent_span_id.as_slice()), (1, [].as_slice()));
}
