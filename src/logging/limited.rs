use std::fmt::{self, Debug, Write as _};
use std::sync::Arc;
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::repeats::{NEVER_LIMITED, Repeats};

/// The fields by which lines with the same words are of different kinds. They have few values: a request, a caller or a peer
/// makes no kind of its own.
const TOLD_APART: [&str; 11] =
    ["class", "code", "dir", "file", "host", "link", "model", "node", "operation", "route", "source"];

/// Why something failed.
const CAUSES: [&str; 2] = ["error", "why"];

/// Writes lines as `format` does, and warnings of one kind once in a while. Whoever serves callers tells of their mistakes,
/// too, which is limited as well.
pub(super) struct Limited<F> {
    format: F,
    repeats: Arc<Repeats>,
}

impl<F> Limited<F> {
    pub fn new(format: F, repeats: &Arc<Repeats>) -> Self {
        Self { format, repeats: Arc::clone(repeats) }
    }
}

impl<S, N, F> FormatEvent<S, N> for Limited<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let level = *event.metadata().level();
        if is_limited(event) && !self.repeats.says(kind(event), level, Instant::now()) {
            return Ok(());
        }
        self.format.format_event(context, writer, event)
    }
}

fn is_limited(event: &Event<'_>) -> bool {
    let (level, module) = (*event.metadata().level(), event.metadata().target());
    let warns = level <= Level::WARN && module != NEVER_LIMITED;
    warns || level == Level::INFO && module.starts_with("data_plane::pipeline")
}

/// `data_plane::pipeline::settle::pay: failed class=timeout code=upstream-timeout model=openai/mini`
fn kind(event: &Event<'_>) -> String {
    let tells_why = *event.metadata().level() == Level::ERROR;
    let mut kind = KindReader { words: String::new(), fields: String::new(), tells_why };
    event.record(&mut kind);
    format!("{}: {}{}", event.metadata().target(), kind.words, kind.fields)
}

struct KindReader {
    words: String,
    fields: String,
    /// An error with another cause is another error; warnings have as many causes as requests.
    tells_why: bool,
}

impl Visit for KindReader {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let name = field.name();
        if name == "message" {
            let _never_fails = write!(self.words, "{value:?}");
        } else if TOLD_APART.contains(&name) || self.tells_why && CAUSES.contains(&name) {
            let _never_fails = write!(self.fields, " {name}={value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::io;
    use std::sync::Mutex;

    use serde_json::Value;
    use tracing_subscriber::fmt::format::JsonFields;

    use super::super::json_lines::JsonLines;
    use super::*;

    #[derive(Clone, Default)]
    struct Buffer(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Buffer {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(what: impl FnOnce(&Repeats)) -> String {
        let (buffer, repeats) = (Buffer::default(), Arc::<Repeats>::default());
        let writer = buffer.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_writer(move || writer.clone())
            .event_format(Limited::new(JsonLines, &repeats))
            .fmt_fields(JsonFields::new())
            .finish();
        tracing::subscriber::with_default(subscriber, || what(&repeats));
        String::from_utf8(buffer.0.lock().unwrap().clone()).unwrap()
    }

    #[test]
    fn a_failing_provider_is_one_line_and_a_count() {
        let text = logged(|repeats| {
            for number in 0..1000 {
                tracing::warn!(
                    request_id = format!("req_{number}"),
                    model = "a/dead",
                    code = "upstream-failed",
                    "failed"
                );
            }
            tracing::warn!(model = "b/other", code = "upstream-failed", "failed");
            repeats.tell();
        });
        let lines: Vec<Value> = text.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
        assert_eq!(lines.len(), 3, "{text}");
        assert_eq!((&lines[0]["request_id"], &lines[1]["model"]), (&"req_0".into(), &"b/other".into()));
        let kind = format!("{}: failed model=a/dead code=upstream-failed", module_path!());
        assert_eq!((&lines[2]["lines"], &lines[2]["kind"]), (&999.into(), &kind.into()));
    }

    #[test]
    fn an_error_with_another_cause_is_another_error() {
        let text = logged(|_| {
            for error in ["a mistake in line 1", "a mistake in line 1", "no such file"] {
                tracing::error!(error, "the configuration stays as it was");
            }
            for error in ["port 1", "port 2"] {
                tracing::warn!(error, "failed");
            }
        });
        assert_eq!(text.lines().count(), 3, "{text}");
    }

    #[test]
    fn what_is_no_warning_is_always_written() {
        let text = logged(|_| {
            for _ in 0..3 {
                tracing::info!(route = "/api/v1/tokens", "admin request");
            }
        });
        assert_eq!(text.lines().count(), 3);
    }

    #[test]
    fn no_field_is_there_twice() {
        let text = logged(|_| {
            tracing::warn!(target = "openai/mini", level = 3, timestamp = true, status = 503_u16, error = %"a \"b\"\n", "failed");
        });
        let line: Value = serde_json::from_str(&text).unwrap();
        for name in line.as_object().unwrap().keys() {
            assert_eq!(text.matches(&format!("\"{name}\":")).count(), 1, "{text}");
        }
        assert_eq!((&line["level"], &line["event.level"]), (&"WARN".into(), &3.into()));
        assert_eq!((&line["target"], &line["event.target"]), (&module_path!().into(), &"openai/mini".into()));
        assert_eq!((&line["status"], &line["error"]), (&503.into(), &"a \"b\"\n".into()));
    }
}
