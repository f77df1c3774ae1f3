//! The command line: reads words, asks `boot` and `service`, prints what an operator must know. Exit code 0
//! only when all is well, 1 when not, 2 for words it does not understand.

mod audit;
mod chat;
mod demo;

mod doctor;
mod keys;
mod matrix;
mod passwords;
mod people;
mod report;
mod serve;
mod setup;
mod understand;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::boot::config::{Config, Flags};
use crate::boot::open::Base;
use crate::boot::{harden, telemetry};
use crate::kernel::{Clock, Entropy};

/// Tin An: an anonymous hotline for crime tips and rehab counselling.
#[derive(Parser)]
#[command(name = "tinan", version, arg_required_else_help = true)]
struct Cli {
    /// A file of settings; config/default.toml of the source lists them all
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder for everything this node keeps
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Try everything with throw-away data: desks, staff, some 200 cases
    Demo(demo::Args),
    /// Run the service
    Serve(serve::Args),
    /// Make the installation: desks, administrator, leads, keys
    Setup(setup::Args),
    /// Talk to the bot in the terminal
    Chat(chat::Args),
    /// What is understood of a text: a line in, a line of JSON out
    Understand(understand::Args),
    /// Members of staff
    Staff {
        #[command(subcommand)]
        command: people::Staff,
    },
    /// Desks below the first ones
    Desk {
        #[command(subcommand)]
        command: people::Desk,
    },
    /// Bring the database up to date
    Migrate,
    /// Check the installation and say what to do
    Doctor,
    /// The Matrix channel
    Matrix {
        #[command(subcommand)]
        command: matrix::Matrix,
    },
    /// The keyring: what is in flight, and the ways back
    Keys {
        #[command(subcommand)]
        command: keys::Keys,
    },
    /// The audit log
    Audit {
        #[command(subcommand)]
        command: audit::Audit,
    },
    /// Figures without content
    Report {
        #[command(subcommand)]
        command: report::Report,
    },
}

/// Runs one command.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    harden::process();
    // needs no settings and no folder
    let done = match &cli.command {
        Command::Understand(args) => understand::run(args).map(|()| ExitCode::SUCCESS),
        _ => prepared(cli),
    };
    match done {
        Ok(code) => code,
        Err(e) => {
            eprintln!("tinan: {e:#}");
            ExitCode::FAILURE
        }
    }
}

fn prepared(cli: Cli) -> Result<ExitCode> {
    let mut flags = Flags { config: cli.config, settings: Vec::new() };
    if let Some(dir) = &cli.data_dir {
        flags.settings.push(("--data-dir", "data.dir", dir.display().to_string()));
    }
    match &cli.command {
        Command::Demo(args) => args.settings(&mut flags),
        Command::Serve(args) => args.settings(&mut flags),
        _ => {}
    }
    let config = Config::load(&flags)?;
    telemetry::start(&config.log);
    harden::quiet_panics();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let code = runtime.block_on(execute(cli.command, config));
    // what still blocks (a password being checked) must not hold the end
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    code
}

async fn execute(command: Command, config: Config) -> Result<ExitCode> {
    match command {
        Command::Demo(_) => demo::run(config).await.map(|()| ExitCode::SUCCESS),
        Command::Serve(_) => {
            Box::pin(crate::boot::lifecycle::serve(config)).await.map(|()| ExitCode::SUCCESS)
        }
        Command::Chat(args) => Box::pin(chat::run(config, args)).await.map(|()| ExitCode::SUCCESS),
        Command::Setup(args) => setup::run(&config, args).await.map(|()| ExitCode::SUCCESS),
        Command::Staff { command } => people::staff(&config, command).await.map(|()| ExitCode::SUCCESS),
        Command::Desk { command } => people::desk(&config, command).await.map(|()| ExitCode::SUCCESS),
        Command::Migrate => migrate(&config).await.map(|()| ExitCode::SUCCESS),
        Command::Doctor => doctor::run(&config).await,
        Command::Matrix { command } => matrix::run(&config, &command).map(|()| ExitCode::SUCCESS),
        Command::Keys { command } => keys::run(&config, command).await.map(|()| ExitCode::SUCCESS),
        Command::Audit { command } => audit::run(&config, &command).await,
        Command::Report { command } => report::run(&config, &command).await,
        Command::Understand(args) => understand::run(&args).map(|()| ExitCode::SUCCESS),
    }
}

async fn migrate(config: &Config) -> Result<()> {
    let base = Base::new(config, Clock::System, Entropy::System).await?;
    base.store.migrate().await?;
    println!("The database is up to date.");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
