//! `tinan doctor`: the settings as they count, then everything that was looked at. Warnings do not fail.

use std::process::ExitCode;

use anyhow::Result;

use crate::boot::config::{Config, Origin};
use crate::boot::examine::{Level, examine};

pub(super) async fn run(config: &Config) -> Result<ExitCode> {
    println!("settings (the others are the defaults)");
    for (key, value, origin) in &config.effective {
        if *origin != Origin::Default || matches!(key.as_str(), "data.dir" | "http.listen") {
            println!("  {key} = {value}  ({origin})");
        }
    }
    println!("findings");
    let mut findings = examine(config).await;
    // what is red stands last, where the screen ends
    findings.sort_by_key(|f| f.level);
    for finding in &findings {
        let word = match finding.level {
            Level::Well => "ok     ",
            Level::Warning => "WARNING",
            Level::Fault => "FAULT  ",
        };
        println!("  {word}  {}: {}", finding.about, finding.text);
    }
    let worst = findings.iter().map(|f| f.level).max().unwrap_or(Level::Well);
    Ok(if worst == Level::Fault { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}
