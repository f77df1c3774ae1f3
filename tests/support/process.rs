//! The real program as a process of its own: set up, served, killed, started again. What it prints is kept in
//! files outside its data folder, so that a test can look for what must not be there.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use tempfile::TempDir;

use crate::world::password;

/// How long anything may take here; generous, because the machine may be busy.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);

/// What the version before does not know.
const CANARIES: &str = "TINAN_CANARY__ENABLED";

/// What a person who runs the tests told them.
pub(crate) fn told(name: &str) -> Option<String> {
    std::env::var_os(name)?.into_string().ok()
}

/// A data folder with its environment. The folder goes with it, the processes before that.
pub(crate) struct Install {
    folder: TempDir,
    env: Vec<(String, String)>,
    started: AtomicUsize,
    small_disk: bool,
    /// Another version of the program.
    program: Option<String>,
    /// The network it is served in, if not this one.
    namespace: Option<String>,
}

impl Drop for Install {
    fn drop(&mut self) {
        if self.small_disk {
            let _gone = Command::new("umount").arg("-l").arg(self.folder.path()).status();
        }
    }
}

/// A running `tinan serve`. Dropped, it is killed.
pub(crate) struct Running {
    child: Child,
    url: String,
    client: reqwest::Client,
}

impl Install {
    /// A folder that nothing was done to yet.
    pub(crate) fn empty() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join("tmp")).expect("a folder for temporary files");
        let started = AtomicUsize::new(0);
        Self { folder, env: Vec::new(), started, small_disk: false, program: None, namespace: None }
            .with("TINAN_HTTP__LISTEN", "127.0.0.1:0")
            .with("TINAN_SPOOL__MIB", "2")
            .with("TINAN_FLOOD__ENABLED", "false")
            // rows are counted here; what canaries do is tested by themselves
            .with(CANARIES, "false")
    }

    /// A folder on a disk of its own with so much room; `None` where we may not mount one.
    pub(crate) fn on_small_disk(mib: u32) -> Option<Self> {
        let mut install = Self::empty();
        let size = format!("size={mib}m");
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(install.folder.path());
        install.small_disk = mount.stderr(Stdio::null()).status().is_ok_and(|s| s.success());
        if !install.small_disk {
            return None;
        }
        std::fs::create_dir(install.folder.path().join("tmp")).expect("a folder for temporary files");
        Some(install)
    }

    /// Leaves no room on the small disk, or makes room again.
    pub(crate) fn fill_disk(&self, full: bool) {
        let ballast = self.folder.path().join("ballast");
        if !full {
            return std::fs::remove_file(ballast).expect("it was there");
        }
        let mut file = std::fs::File::create(ballast).expect("a file");
        while file.write_all(&[0; 4096]).is_ok() {}
    }

    /// With a setting in the environment.
    pub(crate) fn with(mut self, key: &str, value: &str) -> Self {
        self.env.push((key.to_owned(), value.to_owned()));
        self
    }

    /// Changes a setting for the next start.
    pub(crate) fn set(&mut self, key: &str, value: &str) {
        self.env.retain(|(k, _)| k != key);
        self.env.push((key.to_owned(), value.to_owned()));
    }

    /// Runs another version of the program from the next start on, or this one again.
    pub(crate) fn program(&mut self, path: Option<&str>) {
        self.program = path.map(str::to_owned);
    }

    /// Serves in a network namespace of that name.
    pub(crate) fn in_network(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// With a bot of the fake Telegram.
    pub(crate) fn with_bot(self, fake: &crate::telegram::Fake) -> Self {
        self.with("TINAN_TELEGRAM__TOKEN", crate::telegram::TOKEN)
            .with("TINAN_TELEGRAM__API_URL", &fake.url())
    }

    /// Sets it up: `quan` administers, `anh` leads tips, `binh` counselling.
    pub(crate) fn set_up(self) -> Self {
        let mut command = self.command();
        command.args(["setup", "--province", "19", "--admin", "quan", "--lead", "tips=anh"]);
        command.args(["--lead", "counselling=binh", "--passwords-stdin"]);
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let lines: String = ["quan", "anh", "binh"].map(|l| format!("{}\n", password(l))).concat();
        child.stdin.take().expect("an input").write_all(lines.as_bytes()).expect("reads");
        let done = child.wait_with_output().expect("ends");
        assert!(done.status.success(), "setup: {}", String::from_utf8_lossy(&done.stderr));
        self
    }

    /// The data folder.
    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Everything this test keeps: data, temporary files, what was printed.
    pub(crate) fn all(&self) -> &Path {
        self.folder.path()
    }

    /// The address of the database.
    pub(crate) fn database(&self) -> String {
        let given = self.env.iter().find(|(k, _)| k == "TINAN_DATABASE__URL").map(|(_, v)| v.clone());
        given.unwrap_or_else(|| format!("sqlite://{}", self.data().join("tinan.db").display()))
    }

    fn command(&self) -> Command {
        let program = self.program.as_deref().unwrap_or(env!("CARGO_BIN_EXE_tinan"));
        let mut command = Command::new(program);
        command.env_clear().env("TMPDIR", self.folder.path().join("tmp"));
        let known = self.env.iter().filter(|(k, _)| self.program.is_none() || k != CANARIES);
        command.envs(known.map(|(k, v)| (k, v)));
        command.arg("--data-dir").arg(self.data());
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, args: &[&str]) -> Output {
        let mut command = self.command();
        command.args(args).stdin(Stdio::null());
        tokio::task::spawn_blocking(move || command.output().expect("starts")).await.expect("no panic")
    }

    /// Starts the server and waits until it is ready, or degraded.
    pub(crate) async fn serve(&self) -> Running {
        let n = self.started.fetch_add(1, Ordering::Relaxed);
        let printed = self.folder.path().join(format!("printed-{n}"));
        let file = std::fs::File::create(&printed).expect("a file");
        // A file that may not grow is an error for it, and no signal: see `no_file_may_grow`.
        let served = self.command();
        let mut command = Command::new("sh");
        command
            .args(["-c", "trap '' XFSZ; exec \"$@\"", "sh"])
            .args(self.namespace.iter().flat_map(|n| ["ip", "netns", "exec", n]))
            .arg(served.get_program())
            .args(served.get_args());
        command.env_clear().envs(served.get_envs().filter_map(|(k, v)| Some((k, v?))));
        command.envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.arg("serve").stdin(Stdio::null());
        command.stdout(file.try_clone().expect("a file")).stderr(file);
        let mut child = command.spawn().expect("the program starts");
        let began = Instant::now();
        let text = || std::fs::read_to_string(&printed).unwrap_or_default();
        let url = loop {
            let text = text();
            let line = text.lines().find_map(|l| l.strip_prefix("Tin An listens on "));
            if let Some(url) = line.filter(|_| text.ends_with('\n') || text.contains(" on http")) {
                break url.trim().to_owned();
            }
            let ended = child.try_wait().expect("a child");
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "does not listen: {text}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        let running = Running { child, url, client };
        while running.status("/readyz").await != Some(200) {
            assert!(began.elapsed() < PATIENCE, "does not become ready: {}", text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        running
    }

    /// The rows of a query whose columns are all text.
    pub(crate) async fn texts(&self, sql: &str) -> Vec<Vec<String>> {
        let url = self.database();
        if url.starts_with("postgres") {
            let mut c = sqlx::PgConnection::connect(&url).await.expect("connects");
            let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut c).await.expect(sql);
            return rows.iter().map(|r| (0..r.len()).map(|i| r.get(i)).collect()).collect();
        }
        let options: sqlx::sqlite::SqliteConnectOptions = url.parse().expect("an address");
        let mut c = options.busy_timeout(PATIENCE).connect().await.expect("connects");
        let rows = sqlx::query(AssertSqlSafe(sql)).fetch_all(&mut c).await.expect(sql);
        rows.iter().map(|r| (0..r.len()).map(|i| r.get(i)).collect()).collect()
    }

    /// One number.
    pub(crate) async fn count(&self, from: &str) -> usize {
        let rows = self.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) FROM {from}")).await;
        rows[0][0].parse().expect("a number")
    }

    /// The audit log holds and no number of tips is missing: one to the number of cases.
    pub(crate) async fn assert_sound(&self) {
        let verified = self.run(&["audit", "verify"]).await;
        let told = String::from_utf8_lossy(&verified.stdout);
        assert!(verified.status.success(), "{told}{}", String::from_utf8_lossy(&verified.stderr));
        let sql = "SELECT CAST(COUNT(*) AS TEXT), CAST(MIN(number) AS TEXT), CAST(MAX(number) AS TEXT) \
                   FROM cases WHERE kind = 'tips' GROUP BY year";
        for row in self.texts(sql).await {
            assert_eq!((row[1].as_str(), &row[2]), ("1", &row[0]), "numbers have gaps");
        }
    }
}

impl Running {
    /// SIGKILL, and nothing of it is left when this returns.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("a child");
        self.child.wait().expect("ends");
    }

    /// SIGTERM, and waits for the end.
    pub(crate) async fn stop(mut self) {
        let id = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).expect("a child");
        let began = Instant::now();
        while self.child.try_wait().expect("a child").is_none() {
            assert!(began.elapsed() < PATIENCE, "does not stop");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// SIGSTOP, or SIGCONT: a machine that stands still and knows nothing of it afterwards.
    pub(crate) fn freeze(&self, still: bool) {
        use rustix::process::{Pid, Signal, kill_process};
        let signal = if still { Signal::STOP } else { Signal::CONT };
        kill_process(Pid::from_child(&self.child), signal).expect("a child");
    }

    /// What a full disk does: every write that makes a file longer fails, or no longer does.
    pub(crate) fn no_file_may_grow(&self, full: bool) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let current = full.then_some(4096);
        let limit = Rlimit { current, maximum: None };
        prlimit(Some(Pid::from_child(&self.child)), Resource::Fsize, limit).expect("a soft limit");
    }

    async fn status(&self, path: &str) -> Option<u16> {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await;
        answer.ok().map(|a| a.status().as_u16())
    }

    /// The text of a page, whatever its status.
    pub(crate) async fn text(&self, path: &str) -> (u16, String) {
        let answer = self.client.get(format!("{}{path}", self.url)).send().await.expect("answers");
        (answer.status().as_u16(), answer.text().await.expect("a body"))
    }

    /// A POST with headers; `None` when the connection broke before the whole answer was there.
    pub(crate) async fn post(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Option<(u16, Value)> {
        post(self.client.clone(), format!("{}{path}", self.url), headers, body).await
    }

    /// A way to post from another task.
    pub(crate) fn poster(&self) -> (reqwest::Client, String) {
        (self.client.clone(), self.url.clone())
    }

    /// What a receipt opens: status and answer.
    pub(crate) async fn case(&self, receipt: &str) -> (u16, Value) {
        let request = self.client.get(format!("{}/api/v1/case", self.url));
        let answer =
            request.header("authorization", format!("Receipt {receipt}")).send().await.expect("answers");
        (answer.status().as_u16(), answer.json().await.unwrap_or_default())
    }

    /// A staff session's header value.
    pub(crate) async fn log_in(&self, login: &str) -> String {
        let body = json!({"login": login, "password": password(login)});
        let (status, session) = self.post("/api/v1/staff/session", &[], &body).await.expect("answers");
        assert_eq!(status, 201, "{session}");
        format!("Bearer {}", session["token"].as_str().expect("a token"))
    }
}

/// A POST; `None` when the connection broke before the whole answer was there.
pub(crate) async fn post(
    client: reqwest::Client,
    url: String,
    headers: &[(&str, &str)],
    body: &Value,
) -> Option<(u16, Value)> {
    let mut request = client.post(url).header("content-type", "application/json").body(body.to_string());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.ok()?;
    let status = answer.status().as_u16();
    let bytes = answer.bytes().await.ok()?;
    Some((status, serde_json::from_slice(&bytes).unwrap_or_default()))
}

impl Drop for Running {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}
