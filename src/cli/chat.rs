//! `tinan chat`: the dialogue of the messengers in the terminal, on the installation's own rows.

use anyhow::Result;
use tokio::io::BufReader;

use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::channels::terminal::{Terminal, talk};
use crate::domain::locale::Locale;
use crate::jobs;
use crate::kernel::{Clock, Entropy};

/// Talk to the bot in the terminal
#[derive(clap::Args)]
pub(super) struct Args {
    /// The language to begin in: vi or en
    #[arg(long, default_value = "vi", value_parser = language)]
    lang: Locale,
}

fn language(text: &str) -> Result<Locale, String> {
    Locale::ALL.into_iter().find(|l| l.as_str() == text).ok_or_else(|| "write vi or en".to_owned())
}

pub(super) async fn run(mut config: Config, args: Args) -> Result<()> {
    config.locale = args.lang;
    let base = Base::existing(&config, Clock::System, Entropy::System).await?;
    let hotline = base.hotline(&config).await?;
    let session = data_encoding::HEXLOWER.encode(&base.entropy.bytes::<8>()?);
    let terminal = Terminal::new(session, std::io::stdout());
    let input = BufReader::new(tokio::io::stdin());
    talk(&hotline, &terminal, input, async |h, c| jobs::drain(h, c).await).await.map_err(Told::from)?;
    Ok(())
}
