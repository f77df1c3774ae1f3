//! The engine of alarms: looks at cases and call-backs whose moment has come, takes the steps that are due, and makes the calls.
//! Steps and calls are two jobs: an end that is slow to answer must not keep an alarm from climbing.

use futures_util::future::join_all;

use crate::service::alarms::Ways;
use crate::service::{Error, Hotline};

/// How many calls are made side by side.
const CALLING: i64 = 32;

/// Looks, climbs, and sends the digests of shifts that have begun. Says how much there was to do.
pub async fn keep_watch(hotline: &Hotline) -> Result<usize, Error> {
    // One that fails must not keep the others from their turn: whoever is called is called.
    let seen = hotline.watch_cases().await;
    let promised = hotline.watch_callbacks().await;
    let climbed = hotline.climb_alarms().await;
    let sent = hotline.send_digests().await;
    Ok(seen? + promised? + climbed? + sent?)
}

/// Makes the calls that are due, and says how many were tried.
pub async fn call_due(hotline: &Hotline, ways: &Ways) -> Result<usize, Error> {
    let taken = hotline.take_calls(CALLING).await?;
    let tried = taken.len();
    let calls = taken.into_iter().map(|notice| async move {
        if let Err(e) = hotline.call(ways, &notice).await {
            super::report("call", &e);
        }
    });
    join_all(calls).await;
    Ok(tried)
}
