//! Calling the bot's webhook, one delivery after the other and in no promised order, again until it is taken.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::oa;
use super::state::{Push, Shared, State, Target};

/// What a delivery needs to know.
struct Errand {
    push: Push,
    url: String,
    headers: Vec<(&'static str, String)>,
}

/// Zalo waits so long for the answer.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two tries; how long Zalo really waits is not known.
const PAUSE: Duration = Duration::from_millis(20);

pub(super) async fn deliver(shared: Arc<Shared>) {
    let http = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .user_agent("Java/17")
        .build()
        .expect("a client");
    let mut bell = shared.bell();
    loop {
        let errand = shared.read(next);
        let Some(errand) = errand else {
            bell.changed().await.expect("the fake is up");
            continue;
        };
        let mut request = http.post(&errand.url).header("content-type", "application/json");
        for (name, value) in &errand.headers {
            request = request.header(*name, value);
        }
        let answer = request.body(errand.push.body.clone()).send().await;
        let taken = answer.is_ok_and(|r| r.status() == 200);
        shared.write(|s| note(s, &errand.push, taken));
        if !taken {
            sleep(PAUSE).await;
        }
    }
}

fn next(state: &State) -> Option<Errand> {
    if state.held {
        return None;
    }
    let due = state.pushes.iter().filter(|p| p.due <= state.now);
    due.filter_map(|push| errand(state, push)).min_by_key(|e| e.push.refusals)
}

fn errand(state: &State, push: &Push) -> Option<Errand> {
    match push.target {
        Target::Bot => {
            let hook = state.hook.as_ref()?;
            let url = state.hook_route.clone().unwrap_or_else(|| hook.url.clone());
            let headers = vec![("X-Bot-Api-Secret-Token", hook.secret.clone())];
            Some(Errand { push: push.clone(), url, headers })
        }
        Target::Oa => {
            let url = state.oa.route.clone().filter(|_| !state.oa.unsubscribed)?;
            let mut headers = vec![("X-ZEvent-Signature", oa::signed(&push.body))];
            if push.refusals > 0 {
                headers.push(("num_retry", push.refusals.to_string()));
            }
            Some(Errand { push: push.clone(), url, headers })
        }
    }
}

fn note(state: &mut State, push: &Push, taken: bool) {
    if push.target == Target::Oa {
        state.oa.retries.push(push.refusals);
    }
    if taken {
        state.pushes.retain(|p| p.id != push.id);
        state.delivered.push((push.target, push.body.clone()));
        return;
    }
    let wait = match push.target {
        Target::Bot => Some(0),
        Target::Oa => oa::AGAIN.get(push.refusals).copied(),
    };
    let now = state.now;
    match (wait, state.pushes.iter_mut().find(|p| p.id == push.id)) {
        (Some(wait), Some(mine)) => {
            mine.refusals += 1;
            mine.due = now + wait;
        }
        (Some(_), None) => {}
        // Who is away for so long is not called any more until somebody applies anew.
        (None, _) => {
            state.oa.unsubscribed = true;
            state.pushes.retain(|p| p.target != Target::Oa);
        }
    }
}
