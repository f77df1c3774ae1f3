//! The settings of the Telegram channel: a bot for everything, and perhaps a second one for counselling alone.

use std::time::Duration;

use super::read::Reader;
use super::{Config, Http};
use crate::channels::telegram::{BadOptions, Mode, Options, Telegram};
use crate::domain::lane::Kind;
use crate::kernel::Secret;

/// The settings of one bot.
pub struct TelegramSettings {
    /// `digits:secret`.
    pub token: Secret<String>,
    /// A proxy or a fake.
    pub api_url: Option<String>,
    /// Poll or webhook.
    pub mode: Mode,
    /// What Telegram repeats in every webhook call.
    pub secret: Option<Secret<String>>,
    /// How long a call may take before its outcome counts as unknown.
    pub call: Duration,
    /// Between two messages to one chat.
    pub chat_gap: Duration,
    /// What words in this bot are about when nothing says otherwise.
    pub front: Option<Kind>,
}

/// The keys of a bot's own settings: token, its file, secret, its file.
type Keys = [&'static str; 4];
const MAIN: Keys = ["telegram.token", "telegram.token_file", "telegram.secret", "telegram.secret_file"];
const COUNSELLING: Keys = [
    "telegram.counselling_token",
    "telegram.counselling_token_file",
    "telegram.counselling_secret",
    "telegram.counselling_secret_file",
];

impl TelegramSettings {
    fn options(&self) -> Options {
        let copy = |s: &Secret<String>| Secret::new(s.expose().clone());
        let mut options = Options::new(copy(&self.token));
        options.api_url.clone_from(&self.api_url);
        options.mode = self.mode;
        options.secret = self.secret.as_ref().map(copy);
        options.call_timeout = self.call;
        options.chat_gap = self.chat_gap;
        options.front = self.front;
        options
    }
}

impl Config {
    /// The options of each Telegram bot that is set.
    #[must_use]
    pub fn telegram_options(&self) -> Vec<Options> {
        self.telegram.iter().map(TelegramSettings::options).collect()
    }
}

/// None, one or two bots; no answer at all is a fault.
pub(super) fn telegram(r: &mut Reader, http: Option<&Http>) -> Option<Vec<TelegramSettings>> {
    let main = bot(r, http, MAIN, None);
    let second = bot(r, http, COUNSELLING, Some(Kind::Counselling));
    let bots: Vec<_> = main?.into_iter().chain(second?).collect();
    let number = |b: &TelegramSettings| b.token.expose().split(':').next().map(str::to_owned);
    if let [first, second] = bots.as_slice()
        && number(first) == number(second)
    {
        r.fault("telegram.counselling_token", "must be of another bot than telegram.token");
        return None;
    }
    Some(bots)
}

/// The outer `None` is a fault, the inner one "no such bot".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
fn bot(
    r: &mut Reader,
    http: Option<&Http>,
    keys: Keys,
    front: Option<Kind>,
) -> Option<Option<TelegramSettings>> {
    let [token, token_file, secret, secret_file] = keys;
    let (token, secret) = (r.secret(token, token_file), r.secret(secret, secret_file));
    let api_url = r.text("telegram.api_url").filter(|u| !u.is_empty());
    let mode = r.one_of("telegram.mode", &["poll", "webhook"]);
    let call = r.seconds("telegram.call_seconds", 1, 60);
    let gap = r.number("telegram.chat_gap_ms", 0, 60_000);
    let (token, secret, mode, call, gap) = (token?, secret?, mode?, call?, gap?);
    let Some(token) = token else { return Some(None) };
    let mode = if mode == "webhook" { Mode::Webhook } else { Mode::Poll };
    if mode == Mode::Webhook && http.is_some_and(|h| !h.public_url.starts_with("https://")) {
        r.fault("telegram.mode", "webhook needs http.public_url to begin with https://");
    }
    let chat_gap = Duration::from_millis(gap);
    let settings = TelegramSettings { token, api_url, mode, secret, call, chat_gap, front };
    check(r, &settings, keys);
    Some(Some(settings))
}

/// The channel knows best what it can work with; it is built once for that.
fn check(r: &mut Reader, settings: &TelegramSettings, [token, _, secret, _]: Keys) {
    let (key, what) = match Telegram::new(settings.options()).err() {
        None => return,
        Some(BadOptions::Token) => (token, "must be of the form digits:secret"),
        Some(BadOptions::ApiUrl) => ("telegram.api_url", "must be an http or https address"),
        Some(BadOptions::Secret) => {
            (secret, "must be 1 to 256 characters of A-Z a-z 0-9 _ - when the mode is webhook")
        }
        Some(BadOptions::Client) => (token, "no HTTP client could be made"),
    };
    r.fault(key, what);
}
