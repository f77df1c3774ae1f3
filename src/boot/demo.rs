//! A whole service with invented data, made through the same use-cases as real data, in a folder that is gone
//! afterwards. What citizens and staff write comes from `config/demo`; nobody in it exists.
//!
//! The past is played on a clock that is turned by hand; then the service is opened again on the real clock.

mod script;
mod stage;

use std::fmt::Write as _;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::config::{Config, temporary_folder};
use super::establish::establish;
use super::lifecycle::{serve_open, stop_on_signal};
use super::open::{Base, Standing, Told};
use crate::domain::lane::Kind;
use crate::kernel::{Clock, Entropy, Secret};
use crate::service::setup::Request;
use crate::vault::{ArgonCost, generate_phrase};

use script::{Person, Script};
use stage::{Receipts, Stage};

/// Passwords here protect nothing: they are printed. Checking one is made quick, so that nine of them do not
/// keep a stranger waiting.
const CHEAP: ArgonCost = ArgonCost { memory_kib: 1024, passes: 1, lanes: 1 };

/// A folder that goes when this does.
struct Throwaway(PathBuf);

impl Throwaway {
    fn make(entropy: &Entropy) -> Result<Self> {
        let name = data_encoding::HEXLOWER.encode(&entropy.bytes::<6>()?);
        let path = temporary_folder().join(format!("tinan-demo-{name}"));
        DirBuilder::new().mode(0o700).create(&path).with_context(|| path.display().to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Throwaway {
    fn drop(&mut self) {
        let _gone = std::fs::remove_dir_all(&self.0);
    }
}

/// Someone who can log in.
struct Login {
    person: Person,
    password: Secret<String>,
}

/// Makes everything, says who can log in, and serves until stopped.
pub async fn run(mut config: Config) -> Result<()> {
    let stop = stop_on_signal()?;
    let folder = Throwaway::make(&Entropy::System)?;
    settle(&mut config, &folder.0);
    let script = Script::read()?;
    eprintln!("Making an invented month of a hotline, about 200 cases …");
    let base = Base::new(&config, Clock::System, Entropy::System).await?;
    let (logins, receipts) = tokio::select! {
        made = make(&base, &config, &script) => made?,
        () = stop.cancelled() => return Ok(()),
    };
    let hotline = match base.standing().await? {
        Standing::SetUp(identity, keyring) => {
            base.open(&config, *identity, keyring).await.map_err(Told::from)?
        }
        Standing::NotSetUp => anyhow::bail!("the demonstration was not set up"),
    };
    println!("{}", welcome(&config, &logins, &receipts));
    serve_open(base, config, hotline, stop).await
}

/// Whatever the environment says, the demonstration touches only its own folder and nobody's bot.
fn settle(config: &mut Config, folder: &Path) {
    folder.clone_into(&mut config.data);
    config.database = Secret::new(format!("sqlite://{}", folder.join("tinan.db").display()));
    (config.files.dir, config.files.bucket) = (folder.join("files"), None);
    config.service.argon = CHEAP;
    config.telegram = Vec::new();
    config.sms = None;
    config.calls = None;
    config.zalo = None;
    config.zalo_oa = None;
    config.metrics = None;
}

/// Sets up thirty days ago and plays what came and was done since.
async fn make(base: &Base, config: &Config, script: &Script) -> Result<(Vec<Login>, Receipts)> {
    let now = base.clock.now();
    // made today: its keys are younger than the invented past, as those of a running server are
    base.place.keyring_or_new(&base.entropy, &base.clock)?;
    let past = Base { clock: Clock::fixed(now.minus(script::PAST)), ..base.clone() };
    let mut logins = Vec::new();
    for person in script.people() {
        logins.push(Login { person: person.clone(), password: password(&base.entropy)? });
    }
    establish(&past, config, request(&logins)?).await?;
    let stage = Stage::enter(&past, config, &logins).await?;
    let receipts = stage.play(script, now).await?;
    Ok((logins, receipts))
}

fn request(logins: &[Login]) -> Result<Request> {
    let entry = |l: &Login| (l.person.login.clone(), Secret::new(l.password.expose().clone()));
    let admin = logins.first().map(entry).context("nobody administers")?;
    let first_of = |kind: Kind| {
        let lead = logins.iter().find(|l| l.person.desk.as_deref() == Some(kind.as_str()))?;
        let (login, password) = entry(lead);
        Some((kind, login, password))
    };
    let leads = Kind::ALL.into_iter().filter_map(first_of).collect();
    Ok(Request {
        province: "19".to_owned(),
        name: "Tỉnh Thái Nguyên (bản dùng thử)".to_owned(),
        admin,
        leads,
    })
}

/// Three syllables: enough for a demonstration on this machine, quick to type.
fn password(entropy: &Entropy) -> Result<Secret<String>> {
    let phrase = generate_phrase(entropy)?;
    Ok(Secret::new(phrase.expose().split(' ').take(3).collect::<Vec<_>>().join("-")))
}

/// What a stranger needs to play every part.
fn welcome(config: &Config, logins: &[Login], receipts: &Receipts) -> String {
    let url = &config.http.public_url;
    let mut out = format!(
        "\nTin An, with invented data that is gone when you stop it (Ctrl+C)\n\n  citizens   {url}/\n  staff      \
         {url}/console\n  JSON API   {url}/api/v1\n\n  {:<11} {:<24} {:<14} {:<12} name\n",
        "login", "password", "role", "desk"
    );
    for l in logins {
        let p = &l.person;
        let desk = p.desk.as_deref().unwrap_or("-");
        let (password, role) = (l.password.expose(), p.role.as_str());
        let _infallible = writeln!(out, "  {:<11} {password:<24} {role:<14} {desk:<12} {}", p.login, p.name);
    }
    for (what, receipt) in [("a tip with a question", &receipts.tip), ("a counselling talk", &receipts.talk)]
    {
        let _infallible = write!(out, "\n  code of {what:<22} {}", receipt.as_deref().unwrap_or("-"));
    }
    out.push('\n');
    out
}
