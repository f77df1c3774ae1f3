//! `tinan staff add` and `tinan desk add`: whoever adds somebody signs for them, so their password is asked.

use anyhow::{Context, Result};

use super::passwords;
use crate::boot::config::Config;
use crate::boot::open::{Base, Told};
use crate::domain::policy::Role;
use crate::kernel::{Clock, Entropy, Secret};
use crate::service::people::{NewDesk, NewStaff};
use crate::service::{Actor, Error, Hotline, Refusal};

/// Members of staff
#[derive(clap::Subcommand)]
pub(super) enum Staff {
    /// Add a member of staff
    Add(AddStaff),
}

/// Desks below the first ones
#[derive(clap::Subcommand)]
pub(super) enum Desk {
    /// Add a desk below another, with a lead of its own
    Add(AddDesk),
}

/// Add a member of staff
#[derive(clap::Args)]
pub(super) struct AddStaff {
    /// What they type to log in
    #[arg(long)]
    login: String,
    /// How colleagues know them
    #[arg(long)]
    name: String,
    /// officer, counsellor, supervisor, administrator or auditor
    #[arg(long, value_parser = role)]
    role: Role,
    /// Their desk, for officers and counsellors
    #[arg(long)]
    desk: Option<String>,
    /// Who adds them: the lead of that desk, or the administrator for roles without a desk
    #[arg(long = "as", value_name = "LOGIN")]
    by: String,
    /// Passwords on standard input, one a line: that of --as, then the new member's
    #[arg(long, required = true)]
    passwords_stdin: bool,
}

/// Add a desk below another, with a lead of its own
#[derive(clap::Args)]
pub(super) struct AddDesk {
    /// Its name
    #[arg(long)]
    name: String,
    /// The desk that backs it up
    #[arg(long)]
    parent: String,
    /// The login of its lead
    #[arg(long)]
    lead: String,
    /// Who adds it: the lead of the parent desk
    #[arg(long = "as", value_name = "LOGIN")]
    by: String,
    /// Passwords on standard input, one a line: that of --as, then the new lead's
    #[arg(long, required = true)]
    passwords_stdin: bool,
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| {
        let all: Vec<&str> = Role::ALL.into_iter().map(Role::as_str).collect();
        format!("write one of: {}", all.join(", "))
    })
}

pub(super) async fn staff(config: &Config, Staff::Add(args): Staff) -> Result<()> {
    let (hotline, actor, password) = proven(config, &args.by, &args.login).await?;
    let new = NewStaff { login: args.login.clone(), name: args.name, role: args.role, desk: args.desk };
    hotline.add_staff(&actor, new, password).await.map_err(|e| told(e, &args.by))?;
    println!("{} was added, with a starting password to be changed in the console.", args.login);
    Ok(())
}

pub(super) async fn desk(config: &Config, Desk::Add(args): Desk) -> Result<()> {
    let (hotline, actor, password) = proven(config, &args.by, &args.lead).await?;
    let new = NewDesk { name: args.name.clone(), parent: args.parent, lead: args.lead.clone() };
    hotline.add_desk(&actor, new, password).await.map_err(|e| told(e, &args.by))?;
    println!("The desk {} was added; {} leads it.", args.name, args.lead);
    Ok(())
}

/// Proves the one who adds, and reads the new member's password.
async fn proven(config: &Config, by: &str, new: &str) -> Result<(Hotline, Actor, Secret<String>)> {
    let base = Base::existing(config, Clock::System, Entropy::System).await?;
    let hotline = base.hotline(config).await?;
    let whose = [format!("{by} (--as)"), new.to_owned()];
    let mut passwords = passwords::read(std::io::stdin().lock(), &whose)?.into_iter();
    let own = passwords.next().context("no password")?;
    let password = passwords.next().context("no password")?;
    let actor = hotline.prove(by, own).await.map_err(|e| told(e, by))?;
    Ok((hotline, actor, password))
}

/// The refusals an operator meets here, with what to do.
fn told(e: Error, by: &str) -> anyhow::Error {
    match e {
        Error::Refused(Refusal::NotLoggedIn) => anyhow::anyhow!("the login or password of {by} is wrong"),
        Error::Refused(Refusal::NotAllowed) => anyhow::anyhow!(
            "{by} may not do that: a lead adds to the own desk, the administrator adds roles without a desk"
        ),
        Error::Refused(Refusal::Taken) => anyhow::anyhow!("this login is taken"),
        Error::Refused(Refusal::Field("role")) => anyhow::anyhow!("this desk does not take that role"),
        Error::Refused(Refusal::Field("desk")) => {
            anyhow::anyhow!("officers and counsellors need --desk NAME, other roles have none")
        }
        e => Told::from(e).into(),
    }
}
