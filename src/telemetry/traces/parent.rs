//! `traceparent` and `tracestate` (W3C Trace Context §3). The SDK's propagator takes more than the
//! standard does: version `+0`, IDs that are too short.

use std::str::FromStr as _;

use opentelemetry::trace::{SpanContext, TraceState};
use opentelemetry::{SpanId, TraceFlags, TraceId};

/// Bytes of version 00, and of what later ones begin with (§3.2.2, §3.2.4).
const LENGTH: usize = 55;
/// Bytes of `tracestate` that are kept: as many as everybody has to (§3.3.1.5). It stands in each span.
const MAX_STATE: usize = 512;

/// Reads the span that a request belongs to. What is malformed counts as not sent (§4.3), and a
/// second `traceparent` makes the first one worth nothing.
pub(super) fn read<'a>(
    mut parents: impl Iterator<Item = &'a str>,
    states: impl Iterator<Item = &'a str>,
) -> Option<SpanContext> {
    let (parent, None) = (parents.next()?, parents.next()) else { return None };
    let (trace_id, span_id, flags) = parse(parent)?;
    let states: Vec<_> = states.collect();
    let state = Some(states.join(",")).filter(|state| state.len() <= MAX_STATE);
    let state = state.and_then(|state| TraceState::from_str(&state).ok()).unwrap_or_default();
    let context = SpanContext::new(trace_id, span_id, flags, true, state);
    context.is_valid().then_some(context)
}

/// Makes a parent of which nothing counts but its place, with a decision of our own.
pub(super) fn bare(parent: &SpanContext, flags: TraceFlags) -> SpanContext {
    SpanContext::new(parent.trace_id(), parent.span_id(), flags, true, TraceState::default())
}

fn parse(parent: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (known, later) = parent.split_at_checked(LENGTH)?;
    let mut parts = known.split('-');
    let mut part = |length: usize| {
        let is_hex = |part: &&str| part.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'));
        parts.next().filter(|part| part.len() == length).filter(is_hex)
    };
    let (version, trace_id, span_id, flags) = (part(2)?, part(32)?, part(16)?, part(2)?);
    let is_followed_well = match version {
        "ff" => false,
        "00" => later.is_empty(),
        _ => later.is_empty() || later.starts_with('-'),
    };
    let flags = TraceFlags::new(u8::from_str_radix(flags, 16).ok()?) & TraceFlags::SAMPLED;
    let ids = (TraceId::from_hex(trace_id).ok()?, SpanId::from_hex(span_id).ok()?);
    is_followed_well.then_some((ids.0, ids.1, flags))
}

/// Writes the header of a span, if it is one.
pub(super) fn written(span: &SpanContext) -> Option<String> {
    let flags = span.trace_flags().to_u8();
    let header = || format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id());
    span.is_valid().then(header)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn parent(headers: &[&str], states: &[&str]) -> Option<SpanContext> {
        read(headers.iter().copied(), states.iter().copied())
    }

    #[test]
    fn a_parent_is_taken_over_and_written_as_it_came() {
        let read = parent(&[GOOD], &["vendor=1", "other=a:b"]).unwrap();
        assert!(read.is_sampled() && read.is_remote());
        assert_eq!(read.trace_state().header(), "vendor=1,other=a:b");
        assert_eq!(written(&read).as_deref(), Some(GOOD));
        let unsampled = GOOD.replace("-01", "-00");
        assert!(!parent(&[&unsampled], &[]).unwrap().is_sampled());
        let later = format!("cc{}-what-the-future-brings", GOOD.get(2..).unwrap());
        assert_eq!(written(&parent(&[&later], &[]).unwrap()).as_deref(), Some(GOOD));
        let other_flags = GOOD.replace("-01", "-ff");
        assert_eq!(written(&parent(&[&other_flags], &[]).unwrap()).as_deref(), Some(GOOD));
    }

    #[test]
    fn a_malformed_parent_is_none() {
        for bad in [
            "",
            "00",
            &GOOD.to_uppercase(),
            &GOOD.replace("00-0a", "ff-0a"),
            &GOOD.replace("00-0a", "+0-0a"),
            &format!("{GOOD}-"),
            &format!("{GOOD}-00"),
            &format!("{}.x", GOOD.replace("00-0a", "01-0a")),
            &format!(" {GOOD}"),
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
            "00-0af7651916cd43dd8448eb211c80319-cb7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319é-b7ad6b7169203331-01",
        ] {
            assert_eq!(parent(&[bad], &[]), None, "{bad}");
        }
        assert_eq!(parent(&[GOOD, GOOD], &[]), None);
        assert_eq!(parent(&[], &["vendor=1"]), None);
    }

    #[test]
    fn a_malformed_state_is_dropped_and_its_parent_is_not() {
        for bad in ["no pair", &format!("a={}", "x".repeat(600))] {
            let read = parent(&[GOOD], &[bad]).unwrap();
            assert_eq!(read.trace_state().header(), "", "{bad}");
        }
    }
}
