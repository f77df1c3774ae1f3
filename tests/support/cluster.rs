//! A PostgreSQL cluster of our own for the time of one test process. A watchdog holds a pipe from us: when we
//! die, however we die, the pipe closes, and it stops the server and removes the folder.

use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

/// Waits for the end of its input (our death), then stops the server at once and cleans up.
const WATCHDOG: &str = r#"
trap '' INT HUP TERM
"$@" >"$FOLDER/log" 2>&1 </dev/null &
cat >/dev/null
if [ -s "$FOLDER/data/postmaster.pid" ]; then kill -QUIT "$(head -n 1 "$FOLDER/data/postmaster.pid")"; fi
wait
rm -rf "$FOLDER"
"#;

/// A running server, reached through a socket in a private folder.
pub(crate) struct Cluster {
    folder: PathBuf,
    watchdog: Child,
}

impl Cluster {
    /// Makes and starts a cluster that never waits for the disk; `None` when PostgreSQL is not installed.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&["fsync=off", "full_page_writes=off", "shared_buffers=32MB", "max_wal_size=256MB"])
    }

    /// Makes and starts a cluster with settings of the server's own, `name=value`.
    pub(crate) fn start_with(settings: &[&str]) -> Option<Self> {
        let programs = programs()?;
        let user = other_user();
        let folder =
            tempfile::Builder::new().prefix("tinan-pg-").tempdir().expect("a temporary folder").keep();
        if let Some(user) = &user {
            chown(&folder, Some(user.id), Some(user.group)).expect("root may give a folder away");
        }
        let data = folder.join("data");
        let made = as_user(user.as_ref(), &programs.join("initdb"))
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .current_dir(&folder)
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        let server = as_user(user.as_ref(), &programs.join("postgres"));
        let watchdog = Command::new("sh")
            .args(["-c", WATCHDOG, "watchdog"])
            .arg(server.get_program())
            .args(server.get_args())
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(&folder)
            .args(["-h", "", "-N", "200", "-c", "jit=off"])
            .args(settings.iter().flat_map(|setting| ["-c", setting]))
            .env("FOLDER", &folder)
            .current_dir(&folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("a shell starts");
        Some(Self { folder, watchdog })
    }

    /// The address of one of its databases.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.display())
    }

    /// Stops the server and all its processes where they stand, or lets them go on.
    pub(crate) fn freeze(&self, still: bool) {
        let signal = if still { Signal::STOP } else { Signal::CONT };
        for process in self.processes() {
            // One that ended meanwhile has nothing to stop.
            let _gone = kill_process(process, signal);
        }
    }

    /// Kills the process that serves somebody in the middle of its work: the server then throws everybody out and
    /// recovers from its log, as after a crash. `false` when it serves nobody.
    pub(crate) fn crash(&self) -> bool {
        let serves = |process: &Pid| {
            let title =
                std::fs::read(format!("/proc/{}/cmdline", process.as_raw_nonzero())).unwrap_or_default();
            title.starts_with(b"postgres: postgres ")
        };
        let victim = self.processes().into_iter().rfind(serves);
        victim.is_some_and(|process| kill_process(process, Signal::KILL).is_ok())
    }

    /// The server, then the processes it made, in the order of their making.
    fn processes(&self) -> Vec<Pid> {
        let file = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("it runs");
        let server: i32 = file.lines().next().and_then(|l| l.trim().parse().ok()).expect("a number");
        let children = format!("/proc/{server}/task/{server}/children");
        let children = std::fs::read_to_string(children).expect("a Linux with its processes");
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        std::iter::once(server).chain(children).filter_map(Pid::from_raw).collect()
    }

    /// What the server wrote, for a failing start.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Ends it the way our death would: by closing the pipe. Returns the folder, which must be gone.
    pub(crate) fn stop(mut self) -> PathBuf {
        drop(self.watchdog.stdin.take());
        self.watchdog.wait().expect("the watchdog ends");
        self.folder
    }
}

struct User {
    name: String,
    id: u32,
    group: u32,
}

/// PostgreSQL refuses to run as root; some other user then runs it.
fn other_user() -> Option<User> {
    let number = |args: &[&str]| -> Option<u32> {
        let out = Command::new("id").args(args).output().ok()?;
        String::from_utf8(out.stdout).ok()?.trim().parse().ok()
    };
    if number(&["-u"]) != Some(0) {
        return None;
    }
    ["postgres", "nobody"].iter().find_map(|name| {
        Some(User { name: (*name).to_owned(), id: number(&["-u", name])?, group: number(&["-g", name])? })
    })
}

fn as_user(user: Option<&User>, program: &Path) -> Command {
    let Some(user) = user else { return Command::new(program) };
    let setpriv = Command::new("setpriv").arg("--version").output().is_ok();
    let mut command = Command::new(if setpriv { "setpriv" } else { "runuser" });
    if setpriv {
        let (id, group) = (user.id, user.group);
        command.args([format!("--reuid={id}"), format!("--regid={group}"), "--clear-groups".to_owned()]);
    } else {
        command.args(["-u", &user.name, "--"]);
    }
    command.arg(program);
    command
}

/// The folder of the newest server programs.
fn programs() -> Option<PathBuf> {
    let version = |p: &PathBuf| p.file_name().and_then(|n| n.to_str()?.parse::<u32>().ok());
    let installed =
        std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|e| e.path());
    let mut versions: Vec<PathBuf> = installed.filter(|p| p.join("bin/initdb").exists()).collect();
    versions.sort_by_key(version);
    let newest = versions.pop().map(|p| p.join("bin"));
    let on_path = std::env::var_os("PATH").unwrap_or_default();
    newest.or_else(|| std::env::split_paths(&on_path).find(|p| p.join("initdb").exists()))
}
