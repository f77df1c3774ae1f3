//! What the fake remote servers have in common, whatever protocol they speak: a server on a thread of its own, so that
//! a test may kill and restart our side (in this process or another) while the remote, like the real one, goes on; a
//! state that can be waited upon; a book of what came; and faults on purpose. What our side did wrong is kept as a
//! violation, and the last handle dropped complains about it.

#[path = "remote/arguments.rs"]
mod arguments;
#[path = "remote/book.rs"]
mod book;
#[path = "remote/fault.rs"]
mod fault;
#[path = "remote/line.rs"]
mod line;
#[path = "remote/shared.rs"]
mod shared;
#[path = "remote/words.rs"]
mod words;

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread;

use axum::Router;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub(crate) use arguments::{Args, arguments, misfit, text};
pub(crate) use book::{Book, Keeps};
pub(crate) use fault::{Fault, done, gateway, json};
pub(crate) use line::Scissors;
pub(crate) use shared::Shared;
pub(crate) use words::{Chats, receipts};

use line::Lines;

/// A handle; clones lead to the same server, which stops with the last of them.
pub(crate) struct Remote<S: Keeps> {
    /// What the server knows.
    pub(crate) shared: Arc<Shared<S>>,
    address: SocketAddr,
    running: Arc<Running<S>>,
}

impl<S: Keeps> Clone for Remote<S> {
    fn clone(&self) -> Self {
        let (shared, running) = (Arc::clone(&self.shared), Arc::clone(&self.running));
        Self { shared, address: self.address, running }
    }
}

struct Running<S: Keeps> {
    shared: Arc<Shared<S>>,
    stop: CancellationToken,
    thread: Option<thread::JoinHandle<()>>,
}

impl<S: Keeps> Drop for Running<S> {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let violations = self.shared.quietly(|s| s.book().violations.clone());
        assert!(thread::panicking() || violations.is_empty(), "the rules were broken: {violations:?}");
    }
}

impl<S: Keeps> Remote<S> {
    /// Answers by these routes at the address, with what calls us beside it; returns when it answers.
    pub(crate) fn run<D>(
        state: S,
        address: &str,
        routes: Router<Arc<Shared<S>>>,
        deliver: impl FnOnce(Arc<Shared<S>>) -> D + Send + 'static,
    ) -> Self
    where
        D: Future<Output = ()>,
    {
        let (shared, stop) = (Arc::new(Shared::new(state)), CancellationToken::new());
        let (tell, told) = mpsc::channel();
        let (inner, ended, address) = (Arc::clone(&shared), stop.clone(), address.to_owned());
        let thread = thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::bind(&address).await.expect("a port");
                tell.send(listener.local_addr().expect("an address")).expect("somebody waits");
                let app = routes.with_state(Arc::clone(&inner));
                let app = app.into_make_service_with_connect_info::<Scissors>();
                tokio::select! {
                    _ = async { axum::serve(Lines(listener), app).await } => {}
                    () = deliver(inner) => {}
                    () = ended.cancelled() => {}
                }
            });
        });
        let address = told.recv().expect("the fake is up");
        let running = Running { shared: Arc::clone(&shared), stop, thread: Some(thread) };
        Self { shared, address, running: Arc::new(running) }
    }

    /// Where it is, without a slash at the end.
    #[must_use]
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Makes the coming calls of a method fail, one fault each, in this order.
    pub(crate) fn fails(&self, method: &str, faults: impl IntoIterator<Item = Fault<S::No>>) {
        self.shared.write(|s| s.book().add_faults(method, faults));
    }

    /// Every call so far, oldest first.
    #[must_use]
    pub(crate) fn journal(&self) -> Vec<S::Call> {
        self.shared.quietly(|s| s.book().journal.clone())
    }

    /// How many calls came with a wrong token.
    #[must_use]
    pub(crate) fn refused(&self) -> usize {
        self.shared.quietly(|s| s.book().refused)
    }

    /// How much waits to be taken by our side.
    #[must_use]
    pub(crate) fn waiting(&self) -> usize {
        self.shared.read(S::waiting)
    }

    /// What our side did against the rules; taken, so that the last handle does not complain.
    #[must_use]
    pub(crate) fn take_violations(&self) -> Vec<String> {
        self.shared.write(|s| std::mem::take(&mut s.book().violations))
    }

    /// Waits until something is so; looks again after every change, for ten seconds.
    pub(crate) async fn until(&self, what: &str, so: impl Fn(&Self) -> bool) {
        assert!(self.shared.until(|| so(self)).await, "waited in vain until {what}");
    }
}

/// Serves on a free port of this machine until the runtime ends; the address, without a slash at the end.
pub(crate) async fn listen(app: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    tokio::spawn(async move { axum::serve(listener, app).await });
    url
}

/// One call of a webhook of ours, with its secret in this header if there is one; the status.
pub(crate) async fn post(
    url: &str,
    (header, secret): (&str, Option<&str>),
    body: impl Into<reqwest::Body>,
) -> u16 {
    let client = reqwest::Client::builder().no_proxy().build().expect("a client");
    let mut request = client.post(url).body(body);
    if let Some(secret) = secret {
        request = request.header(header, secret);
    }
    request.send().await.expect("an answer").status().as_u16()
}
