//! Pushing to the service: one transaction at a time, in order, again until it was taken.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, header};
use serde_json::{Value, json};
use tokio::time::sleep;

use super::HS_TOKEN;
use super::state::Shared;

/// Between two tries; Synapse begins with two seconds and doubles.
const PAUSE: Duration = Duration::from_millis(20);
/// How many events are in one transaction.
const MOST: usize = 100;

pub(super) fn client() -> Client {
    Client::builder().no_proxy().timeout(Duration::from_secs(5)).build().expect("a client")
}

pub(super) async fn deliver(shared: Arc<Shared>) {
    let http = client();
    let (mut bell, mut number) = (shared.bell(), 0_u64);
    loop {
        let next = shared.read(|s| {
            let events: Vec<Value> = s.queue.iter().take(MOST).cloned().collect();
            s.route.clone().filter(|_| !events.is_empty()).map(|url| (url, events))
        });
        let Some((url, events)) = next else {
            bell.changed().await.expect("the fake is up");
            continue;
        };
        let url = format!("{url}/_matrix/app/v1/transactions/{number}");
        let sent = http.put(url).bearer_auth(HS_TOKEN).json(&json!({ "events": events })).send().await;
        let taken = match sent {
            Ok(answer) => {
                let ended = answer.headers().contains_key(header::CONTENT_LENGTH);
                answer.status() == 200 && ended && answer.text().await.is_ok_and(|body| body == "{}")
            }
            Err(_) => false,
        };
        if taken {
            number += 1;
            shared.write(|s| {
                let gone = s.queue.drain(..events.len()).collect::<Vec<_>>();
                s.pushed.extend(gone);
            });
        } else {
            sleep(PAUSE).await;
        }
    }
}
