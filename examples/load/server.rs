//! The server under load: a process of its own, so that its memory is its own and it can be killed.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use tinan::boot::{harden, http, telemetry};
use tinan::web::{Gate, keep_to_ourselves};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::ground::{Ground, reopen};

/// Slows every fsync of the process it is loaded into.
const SLOW_FSYNC: &str = include_str!("slow_fsync.c");

/// A running server process; killed when dropped.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    child: Child,
}

impl Server {
    /// Starts a server on the installation.
    pub(crate) fn start(ground: &Ground) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("serve")
            .envs(ground.settings().iter().cloned())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let mut said = std::io::BufReader::new(child.stdout.take().context("a pipe")?);
        std::io::BufRead::read_line(&mut said, &mut line)?;
        ensure!(!line.is_empty(), "the server did not start");
        Ok(Self { address: line.trim().parse()?, child })
    }

    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends it without a warning, as a power cut would.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _gone = self.child.wait();
    }
}

/// What the server process does: the API as `tinan serve` mounts it, until its input ends.
pub(crate) async fn serve() -> Result<()> {
    harden::process();
    let (config, hotline) = reopen().await?;
    telemetry::start(&config.log);
    let app = tinan::api::routes(Gate::open(hotline), tinan::api::Options::default())
        .layer(DefaultBodyLimit::max(256 * 1024))
        .layer(from_fn(keep_to_ourselves));
    let listener = TcpListener::bind(config.http.listen).await?;
    println!("{}", listener.local_addr()?);
    let limits = http::Limits {
        patience: config.http.patience,
        connections: config.http.connections,
        grace: std::time::Duration::from_secs(1),
    };
    let stop = CancellationToken::new();
    let told = stop.clone();
    std::thread::spawn(move || {
        let _end = std::io::copy(&mut std::io::stdin(), &mut std::io::sink());
        told.cancel();
    });
    http::serve(listener, app, limits, stop).await;
    Ok(())
}

/// Runs this program again with every fsync, of ours and of a PostgreSQL we start, `ms` slower.
pub(crate) fn again_with_slow_fsync(ms: u32) -> Result<()> {
    let folder = tempfile::Builder::new().prefix("tinan-slow-").tempdir()?;
    let (source, library) = (folder.path().join("slow_fsync.c"), folder.path().join("slow_fsync.so"));
    std::fs::write(&source, SLOW_FSYNC)?;
    let built = Command::new("cc").args(["-O2", "-shared", "-fPIC", "-o"]).args([&library, &source]).status();
    ensure!(built.context("cc, the C compiler")?.success(), "the shim did not compile");
    readable_by_all(folder.path(), &library)?;
    let done = Command::new(std::env::current_exe()?)
        .args(std::env::args_os().skip(1))
        .env("LD_PRELOAD", &library)
        .env("SLOW_FSYNC_MS", ms.to_string())
        .status()?;
    ensure!(done.success(), "the run with slow fsyncs failed");
    Ok(())
}

/// Whether this process runs with slowed fsyncs already.
pub(crate) fn is_slow() -> bool {
    std::env::var_os("SLOW_FSYNC_MS").is_some()
}

/// PostgreSQL may run as another user.
fn readable_by_all(folder: &Path, library: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    for path in [folder, library] {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}
