//! `tinan setup`: the first set-up without a browser.

use anyhow::{Context, Result, bail};

use super::passwords;
use crate::boot::config::Config;
use crate::boot::establish::{establish, keys_to_write_down, parse_lead, province};
use crate::boot::open::{Base, Standing};
use crate::domain::lane::Kind;
use crate::kernel::{Clock, Entropy};
use crate::service::setup::Request;

/// Make the installation: desks, administrator, leads, keys
#[derive(clap::Args)]
pub(super) struct Args {
    /// The two-digit code of the province
    #[arg(long, value_name = "CODE")]
    province: String,
    /// What citizens read: which body answers. Default: the province's name
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// The administrator's login: manages people and settings, opens no case
    #[arg(long, value_name = "LOGIN")]
    admin: String,
    /// A desk and its first member, who holds its key: tips=LOGIN, counselling=LOGIN, oversight=LOGIN
    #[arg(long = "lead", value_name = "DESK=LOGIN", required = true, value_parser = lead)]
    leads: Vec<(Kind, String)>,
    /// Starting passwords on standard input, one a line: the administrator's, then the leads' in the order given
    #[arg(long, required = true)]
    passwords_stdin: bool,
}

fn lead(text: &str) -> Result<(Kind, String), String> {
    parse_lead(text).ok_or_else(|| "write tips=LOGIN, counselling=LOGIN or oversight=LOGIN".to_owned())
}

pub(super) async fn run(config: &Config, args: Args) -> Result<()> {
    let full_name = province(&args.province).with_context(|| {
        format!("there is no province {}; the codes are in config/provinces.csv", args.province)
    })?;
    check(&args)?;
    let base = Base::new(config, Clock::System, Entropy::System).await?;
    base.store.migrate().await?;
    // said before anybody types passwords in vain
    if let Standing::SetUp(identity, _) = base.standing().await? {
        bail!("set up already (deployment {}); nothing was changed", identity.deployment);
    }
    let whose: Vec<String> =
        std::iter::once(&args.admin).chain(args.leads.iter().map(|(_, login)| login)).cloned().collect();
    let mut passwords = passwords::read(std::io::stdin().lock(), &whose)?.into_iter();
    let admin = (args.admin, passwords.next().context("no password")?);
    let leads = args.leads.into_iter().zip(passwords).map(|((kind, login), p)| (kind, login, p)).collect();
    let name = args.name.unwrap_or_else(|| full_name.to_owned());
    let made = establish(&base, config, Request { province: args.province, name, admin, leads }).await?;
    print!("{}", keys_to_write_down(&made));
    println!(
        "\nSet up in {}. The passwords are starting passwords: everybody changes theirs in the console.\nNext: \
         tinan serve",
        base.place.dir().display()
    );
    base.store.close().await;
    Ok(())
}

/// What clap cannot see: both lanes, no desk and no login twice.
fn check(args: &Args) -> Result<()> {
    for kind in [Kind::Tips, Kind::Counselling] {
        if !args.leads.iter().any(|(k, _)| *k == kind) {
            bail!("--lead {}=LOGIN is missing: both lanes need a first member", kind.as_str());
        }
    }
    let mut desks: Vec<Kind> = args.leads.iter().map(|(k, _)| *k).collect();
    desks.sort();
    if desks.windows(2).any(|w| w.first() == w.last()) {
        bail!("a desk has one first lead; more members come with `tinan staff add`");
    }
    let mut logins: Vec<&str> = args.leads.iter().map(|(_, l)| l.as_str()).collect();
    logins.push(&args.admin);
    logins.sort_unstable();
    if logins.windows(2).any(|w| w.first() == w.last()) {
        bail!("every person has a login of their own: nobody works both lanes or administers and works");
    }
    Ok(())
}
