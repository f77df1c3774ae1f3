//! `tinan matrix registration`: what the homeserver must be told, made of the settings.

use anyhow::{Context, Result};

use crate::boot::config::Config;
use crate::channels::matrix::registration;

/// The Matrix channel
#[derive(clap::Subcommand)]
pub(super) enum Matrix {
    /// Print the registration file for the homeserver; it holds both tokens
    Registration,
}

pub(super) fn run(config: &Config, Matrix::Registration: &Matrix) -> Result<()> {
    let (options, settings) = (config.matrix_options(), config.matrix.as_ref());
    let (options, settings) =
        options.zip(settings).context("Matrix is not set: see [matrix] in config/default.toml")?;
    print!("{}", registration(&options, &settings.url));
    Ok(())
}
