//! Calling the bot's webhook: one update of a chat at a time, chats side by side, again until it says 2xx.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::sleep;

use super::state::{Queued, Shared, State};

/// What a delivery needs to know.
struct Errand {
    update: Queued,
    url: String,
    secret: Option<String>,
    retry: Duration,
}

pub(super) async fn deliver(shared: Arc<Shared>) {
    let http =
        reqwest::Client::builder().no_proxy().timeout(Duration::from_secs(10)).build().expect("a client");
    let mut bell = shared.bell();
    let mut busy = HashSet::new();
    let mut running = JoinSet::new();
    loop {
        for errand in shared.read(|s| errands(s, &busy)) {
            busy.insert(errand.update.chat);
            running.spawn(run(http.clone(), Arc::clone(&shared), errand));
        }
        tokio::select! {
            _ = bell.changed() => {}
            Some(done) = running.join_next() => { busy.remove(&done.expect("no panic")); }
        }
    }
}

/// The oldest update of every chat that has none on its way.
fn errands(state: &State, busy: &HashSet<i64>) -> Vec<Errand> {
    let Some(hook) = &state.hook else { return Vec::new() };
    let mut seen = busy.clone();
    let oldest = state.pending.iter().filter(|u| seen.insert(u.chat)).cloned();
    oldest
        .map(|update| Errand {
            update,
            url: state.hook_route.clone().unwrap_or_else(|| hook.url.clone()),
            secret: hook.secret.clone(),
            retry: state.hook_retry,
        })
        .collect()
}

/// Returns the chat, which is then free for its next update.
async fn run(http: reqwest::Client, shared: Arc<Shared>, errand: Errand) -> i64 {
    let mut request = http.post(&errand.url).json(&errand.update.value);
    if let Some(secret) = &errand.secret {
        request = request.header("X-Telegram-Bot-Api-Secret-Token", secret);
    }
    let taken = request.send().await.is_ok_and(|r| r.status().is_success());
    if taken {
        shared.write(|s| s.pending.retain(|u| u.id != errand.update.id));
    } else {
        shared.write(|s| {
            let date = s.date();
            if let Some(hook) = &mut s.hook {
                hook.failed = Some(date);
            }
        });
        sleep(errand.retry).await;
    }
    errand.update.chat
}
