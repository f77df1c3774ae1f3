//! Waiting for what somebody else does.

use std::time::{Duration, Instant};

/// How long until it is looked at again.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until something is so; returns how long that took.
pub(crate) async fn until(what: &str, within: Duration, mut so: impl AsyncFnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !so().await {
        assert!(began.elapsed() < within, "waited in vain until {what}");
        tokio::time::sleep(PAUSE).await;
    }
    began.elapsed()
}
