//! Drives the Telegram channel once against an independent emulator, `lo-bot-api-emulator` from `PyPI`:
//! a second opinion on the wire protocol beside our own fake. `tests/emulator/run.sh` starts both.
//!
//! The emulator speaks for another platform and refuses two fields we always or often send
//! (`link_preview_options`, `protect_content`); a proxy in here takes them out and counts them. Everything
//! else goes through as it is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::any;
use serde_json::{Value, json};
use tinan::channels::intake::{Batch, Intake, NotStored, Turn};
use tinan::channels::telegram::{Mode, Options, Poller, Telegram, routes};
use tinan::kernel::{Entropy, Secret};
use tinan::service::channel::{Button, Channel as _, ChatId, Content, Outgoing};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

const TOKEN: &str = "7654321098:AAEmulatorEmulatorEmulatorEmulatorEmul";
const CHAT: i64 = 5501;

#[derive(Default)]
struct Memory {
    stored: Mutex<Vec<Vec<u8>>>,
    offset: Mutex<i64>,
    refuse: AtomicUsize,
}

impl Memory {
    fn stored(&self) -> Vec<Vec<u8>> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    async fn holds(&self, count: usize) -> Result<()> {
        for _ in 0..500 {
            if self.stored().len() >= count {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Err(anyhow!("{} of {count} updates came", self.stored().len()))
    }
}

impl Intake for Memory {
    async fn accept(&self, _: &'static str, _: &str, batch: Batch) -> Result<(), NotStored> {
        let refused = self.refuse.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1));
        if refused.is_ok() {
            return Err(NotStored);
        }
        let mut stored = self.stored.lock().unwrap_or_else(PoisonError::into_inner);
        stored.extend(batch.updates.into_iter().map(|u| u.bytes));
        if let Some(next) = batch.next_offset {
            *self.offset.lock().unwrap_or_else(PoisonError::into_inner) = next;
        }
        Ok(())
    }

    async fn offset(&self, _: &'static str, _: &str) -> Result<i64, NotStored> {
        Ok(*self.offset.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn turn(&self, _: &'static str, _: &str) -> Turn {
        Turn::Ours
    }
}

/// The proxy between the bot and the emulator.
struct Proxy {
    http: reqwest::Client,
    emulator: String,
    stripped: AtomicUsize,
}

async fn pass(
    State(proxy): State<Arc<Proxy>>,
    Path((bot, method)): Path<(String, String)>,
    body: Bytes,
) -> Result<(StatusCode, Bytes), StatusCode> {
    let mut args: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    if let Some(args) = args.as_object_mut() {
        for refused in ["link_preview_options", "protect_content"] {
            proxy.stripped.fetch_add(usize::from(args.remove(refused).is_some()), Ordering::SeqCst);
        }
    }
    let url = format!("{}/{bot}/{method}", proxy.emulator);
    let answer = proxy.http.post(url).json(&args).send().await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    let status = StatusCode::from_u16(answer.status().as_u16()).map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok((status, answer.bytes().await.map_err(|_| StatusCode::BAD_GATEWAY)?))
}

async fn serve(app: Router) -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(url)
}

struct Check {
    proxy: Arc<Proxy>,
    api_url: String,
}

impl Check {
    fn telegram(&self, mode: Mode) -> Result<Arc<Telegram>> {
        let options = Options {
            api_url: Some(self.api_url.clone()),
            mode,
            secret: Some(Secret::new("emulator-secret".to_owned())),
            poll_timeout: Duration::from_secs(2),
            ..Options::new(Secret::new(TOKEN.to_owned()))
        };
        Ok(Arc::new(Telegram::new(options)?))
    }

    /// Puts something into the emulator's hands.
    async fn fixture(&self, path: &str, body: Value) -> Result<Value> {
        let url = format!("{}/__fixture/{path}", self.proxy.emulator);
        let answer = self.proxy.http.post(url).json(&body).send().await?;
        ensure!(answer.status().is_success(), "the fixture refused: {}", answer.text().await?);
        Ok(answer.json().await?)
    }

    async fn writes(&self, message: i64, text: &str) -> Result<()> {
        let from = json!({ "id": CHAT, "is_bot": false, "first_name": "X" });
        let chat = json!({ "id": CHAT, "type": "private" });
        let message = json!({ "message_id": message, "date": 1, "from": from, "chat": chat, "text": text });
        self.fixture("updates", json!({ "token": TOKEN, "update": { "message": message } })).await.map(drop)
    }

    async fn presses(&self, token: &str) -> Result<()> {
        let from = json!({ "id": CHAT, "is_bot": false, "first_name": "X" });
        let message = json!({ "message_id": 9, "date": 1, "chat": { "id": CHAT, "type": "private" } });
        let query =
            json!({ "id": "cb1", "from": from, "chat_instance": "1", "data": token, "message": message });
        self.fixture("updates", json!({ "token": TOKEN, "update": { "callback_query": query } }))
            .await
            .map(drop)
    }

    /// Two texts, the first batch refused once by the store, then a press; everything stored once.
    async fn polling(&self) -> Result<()> {
        let (telegram, memory) = (self.telegram(Mode::Poll)?, Arc::new(Memory::default()));
        let me = telegram.me().await.context("getMe")?;
        memory.refuse.store(1, Ordering::SeqCst);
        self.writes(1, "/start").await?;
        self.writes(2, "một tin").await?;
        let poller = Poller::new(Arc::clone(&telegram), Arc::clone(&memory), Entropy::System);
        let stop = CancellationToken::new();
        let task = tokio::spawn(poller.run(stop.clone()));
        memory.holds(2).await?;
        self.presses("t0k").await?;
        memory.holds(3).await?;
        stop.cancel();
        task.await?;
        let contents: Vec<Content> =
            memory.stored().iter().filter_map(|b| telegram.parse(b).ok()).map(|u| u.content).collect();
        let understood = matches!(contents.as_slice(), [Content::Start(None), Content::Text(t), Content::Press { .. }] if t == "một tin");
        ensure!(understood, "not what was written");
        println!("polling: bot {} took 3 updates, once each, after a refused batch", me.id);
        Ok(())
    }

    async fn sending(&self) -> Result<()> {
        let (telegram, chat) = (self.telegram(Mode::Poll)?, ChatId::new(CHAT.to_string()));
        let button = Button { label: "Gửi ngay".to_owned(), token: "t".repeat(64) };
        let long = format!("{}\n\n{}", "a".repeat(4096), "ệ".repeat(4096));
        let say = Outgoing::Say { text: long, buttons: vec![vec![button]], protect: true };
        let message = telegram.send(&chat, &say).await?.message.context("a number")?;
        ensure!(message.0.split(',').count() == 2, "two parts");
        telegram.send(&chat, &Outgoing::Answer { callback: "cb1".to_owned() }).await?;
        telegram.send(&chat, &Outgoing::Settle { message: message.clone() }).await?;
        telegram.send(&chat, &Outgoing::Erase { message }).await?;
        println!("sending: said in two parts, answered, settled, erased");
        Ok(())
    }

    async fn webhook(&self) -> Result<()> {
        let (telegram, memory) = (self.telegram(Mode::Webhook)?, Arc::new(Memory::default()));
        let url = serve(routes(Arc::clone(&telegram), Arc::clone(&memory))).await?;
        telegram.set_webhook(&format!("{url}/hooks/telegram")).await.context("setWebhook")?;
        memory.refuse.store(1, Ordering::SeqCst);
        self.writes(3, "hai").await?;
        let waiting = telegram.webhook().await.context("getWebhookInfo")?.pending;
        self.fixture("deliver", json!({ "token": TOKEN })).await?;
        memory.holds(1).await?;
        let left = telegram.webhook().await?.pending;
        ensure!((waiting, left) == (1, 0), "a refused delivery waits: {waiting}, then {left}");
        telegram.delete_webhook().await.context("deleteWebhook")?;
        println!("webhook: refused once, delivered again, acknowledged after it was stored");
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let emulator = std::env::args().nth(1).context("usage: emulator_check http://127.0.0.1:PORT")?;
    let http = reqwest::Client::builder().no_proxy().build()?;
    let proxy = Arc::new(Proxy { http, emulator, stripped: AtomicUsize::new(0) });
    let app = Router::new().route("/{bot}/{method}", any(pass)).with_state(Arc::clone(&proxy));
    let check = Check { api_url: serve(app).await?, proxy };
    check.polling().await?;
    check.sending().await?;
    check.webhook().await?;
    println!("fields taken out for the emulator: {}", check.proxy.stripped.load(Ordering::SeqCst));
    Ok(())
}
