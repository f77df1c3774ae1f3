//! What `doctor` asks Zalo.

use std::time::Duration;

use super::Finding;
use crate::channels::zalo::{Fault, Mode, Options, Zalo};
use crate::channels::zalo_oa::{self, ZaloOa};
use crate::kernel::Secret;
use crate::service::Hotline;
use crate::service::tokens::Tokens;
use crate::store::tokens::TokenState;

/// How long Zalo may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// A renewal that has been under way for so long has met something.
const STUCK: Duration = Duration::from_hours(1);
/// Days without anything from Zalo after which somebody should look.
const SILENT_DAYS: i64 = 2;
/// The access token does not count, or not any more; the application was taken off the account.
const OTHER_TOKEN: [i32; 2] = [-216, -220];
const TAKEN_OFF: i32 = -219;

/// What asking Zalo with the stored access token came to.
enum Probe {
    Counts,
    OtherToken,
    TakenOff,
    NoAnswer,
}

/// The Official Account: whether its tokens are in order, whether Zalo still knows the application, and whether
/// anything comes. Renews nothing.
pub(super) async fn account(options: zalo_oa::Options, hotline: &Hotline) -> Vec<Finding> {
    let (oa_id, first) = (options.oa_id.clone(), Secret::new(options.refresh_token.expose().clone()));
    let oa = match ZaloOa::new(options) {
        Ok(oa) => oa,
        Err(e) => return vec![Finding::fault("zalo oa", e.to_string())],
    };
    let of_account = (zalo_oa::NAME, oa_id.as_str());
    let (tokens, heard) = (hotline.tokens(of_account, &first).await, hotline.last_heard(of_account).await);
    let (Ok(tokens), Ok(heard)) = (tokens, heard) else {
        return vec![Finding::fault("zalo oa", "the stored tokens cannot be read")];
    };
    let now = hotline.now();
    let probe = match &tokens.access {
        Some(access) if tokens.expires > now => {
            match tokio::time::timeout(PATIENCE, oa.probe(access)).await {
                Ok(Ok(TAKEN_OFF)) => Probe::TakenOff,
                Ok(Ok(code)) if OTHER_TOKEN.contains(&code) => Probe::OtherToken,
                Ok(Ok(_)) => Probe::Counts,
                _ => Probe::NoAnswer,
            }
        }
        _ => Probe::OtherToken,
    };
    let stuck = tokens.state == TokenState::Asking && now.since(tokens.changed) > STUCK;
    let silent = heard.map(|day| now.day() - day);
    vec![pair(&tokens, stuck, &probe), subscription(silent, &probe)]
}

fn pair(tokens: &Tokens, stuck: bool, probe: &Probe) -> Finding {
    const HOW: &str = "authorise anew (docs/operations.md, \"When Zalo refuses the tokens\")";
    match (tokens.state, probe) {
        (TokenState::Failed, _) => {
            let text = format!("Zalo refuses the refresh token: soon nothing can be sent. Now {HOW}");
            Finding::fault("zalo oa", text)
        }
        (_, Probe::TakenOff) => Finding::fault(
            "zalo oa",
            format!("the application was taken off the account: put it back, then {HOW}"),
        ),
        _ if tokens.version == 0 => {
            Finding::warning("zalo oa", "no tokens yet: `tinan serve` gets them with the first refresh token")
        }
        _ if stuck => {
            let text =
                format!("a renewal of the tokens found no end for an hour: check the network; else {HOW}");
            Finding::warning("zalo oa", text)
        }
        (_, Probe::OtherToken) => Finding::warning(
            "zalo oa",
            "the access token does not count: `tinan serve` renews it when it runs",
        ),
        (_, Probe::NoAnswer) => {
            Finding::warning("zalo oa", "Zalo does not answer: check the network and zalo_oa.api_url")
        }
        (_, Probe::Counts) => Finding::well("zalo oa", "the tokens are in order"),
    }
}

/// Zalo tells nobody that it stopped calling; silence is the only sign.
fn subscription(silent: Option<i64>, probe: &Probe) -> Finding {
    const LOOK: &str = "after about an hour without an answer Zalo unsubscribes an application and tells nobody: look \
                        at its webhook at developers.zalo.me (docs/operations.md, \"Zalo Official Account\")";
    match silent {
        None => Finding::warning("zalo oa webhook", format!("nothing has ever come from Zalo; {LOOK}")),
        Some(days) if days < SILENT_DAYS => Finding::well("zalo oa webhook", "calls come"),
        Some(days) if matches!(probe, Probe::Counts) => {
            Finding::warning("zalo oa webhook", format!("nothing came from Zalo for {days} days; {LOOK}"))
        }
        Some(days) => {
            let text =
                format!("nothing came from Zalo for {days} days, and it does not know us either; {LOOK}");
            Finding::fault("zalo oa webhook", text)
        }
    }
}

/// Whether the bot answers, and whether Zalo calls the address it should.
pub(super) async fn bot(options: Options, hook: &str) -> Finding {
    let zalo = match Zalo::new(options) {
        Ok(zalo) => zalo,
        Err(e) => return Finding::fault("zalo", e.to_string()),
    };
    let asked = async {
        let me = zalo.me().await?;
        Ok::<_, Fault>((me, zalo.webhook().await?))
    };
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok((_, set))) if zalo.mode() == Mode::Poll => {
            let beside = if set.is_some() { " (a webhook is set besides)" } else { "" };
            let text = format!("the bot is polled{beside}: messages get lost. Set zalo.mode to webhook");
            Finding::warning("zalo", text)
        }
        Ok(Ok((me, Some(set)))) if set == hook => {
            Finding::well("zalo", format!("the bot {} answers and calls us", me.account_name))
        }
        Ok(Ok((_, Some(_)))) => Finding::fault(
            "zalo",
            format!("Zalo calls another address than {hook}: start the server, or correct http.public_url"),
        ),
        Ok(Ok((_, None))) => {
            Finding::fault("zalo", "Zalo calls nobody: no webhook is set. `tinan serve` sets it")
        }
        Ok(Err(Fault::Token)) => {
            Finding::fault("zalo", "Zalo refuses the token: make a new one in the bot's settings at Zalo")
        }
        _ => Finding::warning("zalo", "Zalo does not answer: check the network and zalo.api_url"),
    }
}
