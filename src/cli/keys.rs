//! `tinan keys`: the keyring file, which all nodes of one database share.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::kernel::{Clock, Entropy};
use crate::vault::Age;

/// The keyring: what is in flight, and the ways back
#[derive(clap::Subcommand)]
pub(super) enum Keys {
    /// Show how old the keys are
    Status,
    /// Start new chains from fresh randomness, for example after a disk was lost. Every other node then needs
    /// the new file
    Renew,
    /// Copy what a second node needs into a folder: keyring and tinan.toml
    ExportNode {
        /// An empty or new folder; carry it by a safe way, and give it to the node as its data folder
        dir: PathBuf,
    },
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
                "New chains have begun. Give every other node the new file {} (`tinan keys export-node DIR`).",
                base.place.keyring_file().display()
            );
        }
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

fn print_ages(what: &str, ages: &[Age], today: i64) {
    for age in ages {
        println!("{what}  epoch {}  {} days old", age.epoch, today - i64::from(age.day));
    }
}
