//! `tinan keys`: the keyring file, which all nodes of one database share.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use super::passwords;
use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::kernel::{Clock, Entropy};
use crate::service::Hotline;
use crate::service::recovery::{NewLead, NotRecovered, Papers};
use crate::vault::Age;

/// The keyring: what is in flight, and the ways back
#[derive(clap::Subcommand)]
pub(super) enum Keys {
    /// Show how old the keys are
    Status,
    /// Start new chains from fresh randomness, for example after a disk was lost. Every other node then needs
    /// the new file
    Renew,
    /// Say that the clock of this node is right, after it was off for days or was set: what is due to be destroyed
    /// then need not wait
    ClockOk,
    /// Open a desk whose members have all lost their passwords, with the root key and two of its three recovery
    /// keys, and give it a new lead
    Recover(Recover),
    /// Copy what a second node needs into a folder: keyring and tinan.toml
    ExportNode {
        /// An empty or new folder; carry it by a safe way, and give it to the node as its data folder
        dir: PathBuf,
    },
}

/// Open a desk whose members have all lost their passwords
#[derive(clap::Args)]
pub(super) struct Recover {
    /// The desk
    #[arg(long)]
    desk: String,
    /// What its new lead types to log in
    #[arg(long)]
    login: String,
    /// How colleagues know the new lead
    #[arg(long)]
    name: String,
    /// On standard input, one a line: the root key, a recovery key of the desk, another one, and the new lead's
    /// starting password. In keys, spaces, hyphens and case do not matter
    #[arg(long, required = true)]
    passwords_stdin: bool,
}

pub(super) async fn run(config: &Config, command: Keys) -> Result<()> {
    let base = Base::existing(config, Clock::System, Entropy::System).await?;
    let hotline = base.hotline(config).await?;
    let keyring = base.place.keyring()?.context("there is no keyring")?;
    match command {
        Keys::Status => {
            println!("keyring  {}", data_encoding::HEXLOWER.encode(&keyring.fingerprint()));
            let today = base.clock.now().day();
            print_ages("in flight", &keyring.transit_ages(), today);
            print_ages("ways back", &keyring.mailbox_ages(), today);
        }
        Keys::Renew => {
            hotline.renew_keys().await.map_err(Told::from)?;
            println!(
                "New chains have begun. A server running here goes on with them. Every other node takes nothing more \
                 until it has the new file {} (`tinan keys export-node DIR`); put in place, it is used at once.",
                base.place.keyring_file().display()
            );
        }
        Keys::ClockOk => {
            hotline.confirm_clock().await.map_err(Told::from)?;
            println!("The clock of this node, {}, counts as right.", base.clock.now());
        }
        Keys::Recover(args) => recover(&hotline, args).await?,
        Keys::ExportNode { dir } => {
            base.place.export_node(&keyring, &dir)?;
            println!("{} holds keyring and tinan.toml: the data folder of a second node.", dir.display());
            if config.is_sqlite() {
                println!("A second node needs PostgreSQL: this database is a file of this machine.");
            }
        }
    }
    Ok(())
}

async fn recover(hotline: &Hotline, args: Recover) -> Result<()> {
    let whose = ["the root key", "the first recovery key", "the second recovery key"].map(str::to_owned);
    let whose: Vec<String> = whose.into_iter().chain([format!("the password of {}", args.login)]).collect();
    let mut lines = passwords::read_secrets(std::io::stdin().lock(), &whose)?.into_iter();
    let mut line = || lines.next().context("a line is missing");
    let papers = Papers { root: line()?, custodians: [line()?, line()?] };
    let new =
        NewLead { desk: args.desk.clone(), login: args.login.clone(), name: args.name, password: line()? };
    let talk = hotline.talk();
    match hotline.recover_desk(new, &papers).await {
        Ok(_) => {
            let values = [("desk", args.desk.as_str()), ("login", args.login.as_str())];
            println!("{}", talk.catalogue.say(talk.locale, "cli.recover.done", &values));
            Ok(())
        }
        Err(NotRecovered::Other(e)) if NotRecovered::Other(e.clone()).sentence().is_none() => {
            Err(Told::from(e).into())
        }
        Err(why) => {
            let which = why.which().to_string();
            let sentence = why.sentence().unwrap_or_default();
            bail!("{}", talk.catalogue.say(talk.locale, sentence, &[("which", &which)]))
        }
    }
}

fn print_ages(what: &str, ages: &[Age], today: i64) {
    for age in ages {
        println!("{what}  epoch {}  {} days old", age.epoch, today - i64::from(age.day));
    }
}
