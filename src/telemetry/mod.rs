//! Every metric name and label, in one table; traces; and how logs are set up.

mod handles;
mod labels;
mod logs;
mod metrics;
mod standing;
mod traces;

pub(crate) use handles::Cached;
pub(crate) use labels::{CallLabels, DriftLabels, ExchangeLabels, FetchLabels, Shed, SpanFate};
pub(crate) use logs::start_logs;
pub(crate) use metrics::Metrics;
pub(crate) use standing::{KeyState, SigningKeyStanding, Standing};
pub(crate) use traces::{CallSpan, Recorded, RequestSpan, Span, rejected};
