//! What `doctor` asks Zalo.

use std::time::Duration;

use super::Finding;
use crate::channels::zalo::{Fault, Mode, Options, Zalo};

/// How long Zalo may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

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
