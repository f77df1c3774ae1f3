//! Logs to standard error, never with a person in them. Only our own lines can be made more talkative: the
//! libraries below print addresses, headers and URLs (one of ours holds a token) when asked for details, so
//! they are held at `error` whatever `RUST_LOG` says.

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::filter::{EnvFilter, FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use super::config::Log;

/// Whether a line may be written at all: ours, or an error of a library.
fn allowed(line: &Metadata<'_>) -> bool {
    let target = line.target();
    target == "tinan" || target.starts_with("tinan::") || *line.level() <= Level::ERROR
}

/// Starts logging. A second call in one process changes nothing.
pub fn start(log: &Log) {
    // Directives were checked with the rest of the settings.
    let ours = EnvFilter::try_new(&log.directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let filter = ours.and(filter_fn(allowed)).and(LevelFilter::TRACE);
    let _already = tracing_subscriber::registry().with(lines(log.json).with_filter(filter)).try_init();
}

fn lines<S>(json: bool) -> Box<dyn Layer<S> + Send + Sync>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let plain = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(false);
    if json { plain.json().flatten_event(true).boxed() } else { plain.boxed() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::fmt::MakeWriter;

    #[derive(Clone, Default)]
    struct Kept(Arc<Mutex<Vec<u8>>>);

    impl Write for Kept {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("one thread").extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Kept {
        type Writer = Self;
        fn make_writer(&'a self) -> Self {
            self.clone()
        }
    }

    #[test]
    fn libraries_stay_quiet_even_at_trace() {
        let kept = Kept::default();
        let filter = EnvFilter::new("trace").and(filter_fn(allowed));
        let layer = tracing_subscriber::fmt::layer().with_writer(kept.clone()).with_filter(filter);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
            tracing::trace!(target: "tinan::service", "ours");
            tracing::warn!(target: "hyper::proto", "a header");
            tracing::debug!(target: "teloxide", "a token");
            tracing::info!(target: "tinanother", "a stranger");
            tracing::error!(target: "sqlx::pool", "broken");
        });
        let text = String::from_utf8(kept.0.lock().expect("one thread").clone()).expect("text");
        assert!(text.contains("ours") && text.contains("broken"), "{text}");
        assert!(
            !text.contains("a header") && !text.contains("a token") && !text.contains("a stranger"),
            "{text}"
        );
    }
}
