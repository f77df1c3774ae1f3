//! What this thread says to the log, for tests that read it.

use std::io::Write;
use std::sync::{Arc, LazyLock, Mutex};

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::util::SubscriberInitExt as _;

/// While a single subscriber is known, `tracing` settles for ever whether a line is wanted by asking the thread that
/// comes to it first: another test's, which listens to nothing. A second one makes it ask them all.
static DEAF: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

#[derive(Clone, Default)]
struct Page(Arc<Mutex<Vec<u8>>>);

impl Write for Page {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Page {
    type Writer = Self;
    fn make_writer(&self) -> Self {
        self.clone()
    }
}

/// Listens to this thread until it is asked what it heard.
pub(crate) struct Heard {
    page: Page,
    _listening: DefaultGuard,
}

impl Heard {
    /// What passes the filter, in the words of `tracing_subscriber::EnvFilter`.
    pub(crate) fn at(filter: &str) -> Self {
        LazyLock::force(&DEAF);
        let page = Page::default();
        let listening = tracing_subscriber::fmt()
            .with_ansi(false)
            .with_env_filter(filter)
            .with_writer(page.clone())
            .finish()
            .set_default();
        Self { page, _listening: listening }
    }

    /// The lines up to now; nothing more is heard.
    pub(crate) fn text(self) -> String {
        String::from_utf8(self.page.0.lock().expect("no panic").clone()).expect("text")
    }
}

/// Everything that is logged while somebody works at this, and what the work gives back.
pub(crate) fn everything<T>(work: impl Future<Output = T>) -> (String, T) {
    let heard = Heard::at("trace");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(work);
    (heard.text(), result)
}

/// None of these may be in the log or in an error.
pub(crate) fn assert_silent(needles: &[&str], logged: &str, errors: &str) {
    for needle in needles {
        let line = logged.lines().find(|l| l.contains(needle));
        assert!(line.is_none(), "{needle} was logged: {line:?}");
        assert!(!errors.contains(needle), "{needle} is in an error");
    }
}
