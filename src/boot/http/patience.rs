//! A request body that gives up on a client that stops sending.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

/// The client was silent in the middle of a body.
#[derive(Debug, thiserror::Error)]
pub(super) enum Broken {
    /// For too long.
    #[error("the client stopped sending")]
    Silent,
    /// And is gone.
    #[error("the body broke off")]
    Off(#[from] hyper::Error),
}

/// A body whose every piece must come within a time. The clock starts only when a piece is waited for.
pub(super) struct Patient {
    inner: Incoming,
    patience: Duration,
    waiting: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    pub(super) const fn new(inner: Incoming, patience: Duration) -> Self {
        Self { inner, patience, waiting: None }
    }
}

impl HttpBody for Patient {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let this = &mut *self;
        match Pin::new(&mut this.inner).poll_frame(cx) {
            Poll::Ready(frame) => {
                this.waiting = None;
                Poll::Ready(frame.map(|f| f.map_err(Broken::from)))
            }
            Poll::Pending => {
                let patience = this.patience;
                let waiting = this.waiting.get_or_insert_with(|| Box::pin(sleep(patience)));
                waiting.as_mut().poll(cx).map(|()| Some(Err(Broken::Silent)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
