//! Log lines: how they are written, and that nobody waits for them.

use std::fmt;
use std::io::{self, BufWriter, Write, stderr};
use std::thread::sleep;
use std::time::Duration;

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// How long lines wait for others to be written with.
const BATCH: Duration = Duration::from_millis(10);
/// Bytes that are written at once, if as many have come together.
const AT_ONCE: usize = 64 * 1024;
/// Lines that wait at most, of some 400 bytes each: those of more than a second under full load. Their
/// places take 1 MiB from the start.
const QUEUE: usize = 32_768;

/// Writes what has come together. The thread behind the queue would otherwise be woken, and write, for
/// each line, which takes more of a processor than making the line does.
struct Batches<W: Write>(BufWriter<W>);

impl<W: Write> Write for Batches<W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.write(line)
    }

    /// Called when the queue is empty.
    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.0.flush();
        // Meanwhile the queue takes lines without waking anybody.
        sleep(BATCH);
        flushed
    }
}

/// Sends logs to standard error through a queue of bounded length, so that a slow reader of the
/// log never holds up an exchange; lines that do not fit are dropped. `RUST_LOG` chooses what is
/// said (default `info`). Hold the guard until the end: dropping it writes what is left.
pub(crate) fn start_logs(json: bool) -> WorkerGuard {
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(QUEUE)
        .finish(Batches(BufWriter::with_capacity(AT_ONCE, stderr())));
    let filter = EnvFilter::builder()
        .with_default_directive(tracing::level_filters::LevelFilter::INFO.into())
        .from_env_lossy();
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(writer);
    // A second subscriber in one process (tests) leaves the first in place.
    let _ = if json {
        tracing::subscriber::set_global_default(logs.event_format(JsonLine).finish())
    } else {
        tracing::subscriber::set_global_default(logs.with_ansi(false).finish())
    };
    guard
}

/// An event as one line of JSON: `timestamp`, `level`, `fields`, `target`. The subscriber's own format
/// is the same and takes three times as long.
struct JsonLine;

impl<S, N> FormatEvent<S, N> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let about = event.metadata();
        writer.write_str("{\"timestamp\":\"")?;
        SystemTime.format_time(&mut writer)?;
        write!(writer, "\",\"level\":\"{}\",\"fields\":{{", about.level())?;
        let mut fields = Fields { writer: writer.by_ref(), is_first: true, written: Ok(()) };
        event.record(&mut fields);
        fields.written?;
        writeln!(writer, "}},\"target\":\"{}\"}}", about.target())
    }
}

/// Writes the fields of an event as members of an object.
struct Fields<'a> {
    writer: Writer<'a>,
    is_first: bool,
    written: fmt::Result,
}

impl Fields<'_> {
    fn add(&mut self, field: &Field, value: impl FnOnce(&mut Writer<'_>) -> fmt::Result) {
        let start = if self.is_first { "" } else { "," };
        self.is_first = false;
        // The names are the code's own words.
        let named = write!(self.writer, "{start}\"{}\":", field.name());
        let written = named.and_then(|()| value(&mut self.writer));
        self.written = self.written.and(written);
    }
}

impl Visit for Fields<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        // What is no number has no JSON.
        let text = serde_json::Number::from_f64(value).map(|number| number.to_string());
        self.add(field, |writer| writer.write_str(text.as_deref().unwrap_or("null")));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field, |writer| write!(writer, "{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, |writer| quoted(writer, value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        let text = format!("{value:?}");
        self.add(field, |writer| quoted(writer, &text));
    }
}

/// Writes a JSON string (RFC 8259 §7).
fn quoted(writer: &mut Writer<'_>, text: &str) -> fmt::Result {
    let needs_escape = |byte: u8| byte < b' ' || byte == b'"' || byte == b'\\';
    if text.bytes().any(needs_escape) {
        return writer.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?);
    }
    writer.write_char('"')?;
    writer.write_str(text)?;
    writer.write_char('"')
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::{Value, json};

    use super::*;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_event_is_one_line_of_json_whatever_its_texts_hold() {
        let kept = Kept::default();
        let writer = kept.clone();
        let logs = tracing_subscriber::fmt().with_writer(move || writer.clone());
        tracing::subscriber::with_default(logs.event_format(JsonLine).finish(), || {
            let text = "a \"quoted\"\nline \\ \u{1}é";
            let shown = tracing::field::display("shown\t");
            let (no, yes) = (None::<&str>, Some("text"));
            tracing::warn!(
                text,
                shown,
                no,
                yes,
                n = 7_u64,
                below = -7_i64,
                half = 0.5,
                is = true,
                "it {}",
                "is"
            );
        });
        let line = String::from_utf8(kept.0.lock().unwrap().clone()).unwrap();
        assert_eq!(line.matches('\n').count(), 1, "{line}");
        let line: Value = serde_json::from_str(&line).unwrap();
        let fields = json!({
            "message": "it is", "text": "a \"quoted\"\nline \\ \u{1}é", "shown": "shown\t",
            "yes": "text", "n": 7, "below": -7, "half": 0.5, "is": true,
        });
        assert_eq!(line["fields"], fields);
        assert_eq!(line["level"], "WARN");
        assert_eq!(line["target"], "countersign::telemetry::logs::tests");
        assert!(line["timestamp"].as_str().unwrap().ends_with('Z'));
    }

    #[test]
    fn lines_are_written_together_and_none_is_kept() {
        let kept = Kept::default();
        let mut batches = Batches(BufWriter::new(kept.clone()));
        for line in ["one\n", "two\n"] {
            batches.write_all(line.as_bytes()).unwrap();
        }
        assert!(kept.0.lock().unwrap().is_empty());
        batches.flush().unwrap();
        assert_eq!(*kept.0.lock().unwrap(), b"one\ntwo\n");
    }
}
