//! The real binary: set-up, its refusals, the server's start and stop, and what the checks say.

#[path = "cli/checks.rs"]
mod checks;
#[path = "cli/play.rs"]
mod play;
#[path = "cli/recover.rs"]
mod recover;
#[path = "cli/serve.rs"]
mod serve;
#[path = "cli/setup.rs"]
mod setup;
#[path = "cli/understand.rs"]
mod understand;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How long anything here may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// A data folder and the binary to be run on it.
struct Folder {
    dir: tempfile::TempDir,
    env: Vec<(&'static str, String)>,
}

/// What a command said.
struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(o: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        Self { code: o.status.code(), out: text(o.stdout), err: text(o.stderr) }
    }
}

const SETUP: [&str; 11] = [
    "setup",
    "--province",
    "19",
    "--admin",
    "quan",
    "--lead",
    "tips=anh",
    "--lead",
    "counselling=binh",
    "--name",
    "Thử",
];

impl Folder {
    fn new() -> Self {
        Self { dir: tempfile::tempdir().expect("a folder"), env: Vec::new() }
    }

    /// A folder in which `tinan setup` has run.
    fn set_up() -> Self {
        let folder = Self::new();
        let said = folder.setup("p-quan\np-anh\np-binh\n");
        assert_eq!(said.code, Some(0), "{}", said.err);
        folder
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.data().join(name)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tinan"));
        for (name, _) in std::env::vars_os().filter(|(k, _)| {
            let name = k.to_string_lossy();
            name.starts_with("TINAN_") || name == "RUST_LOG"
        }) {
            command.env_remove(name);
        }
        command.args(args).arg("--data-dir").arg(self.data()).current_dir(self.dir.path());
        command.envs(self.env.iter().map(|(k, v)| (*k, v.as_str())));
        command
    }

    fn run(&self, args: &[&str], input: &str) -> Said {
        let mut child = self
            .command(args)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        // a command that refuses early closes its end first
        let _refused = child.stdin.take().expect("piped").write_all(input.as_bytes());
        child.wait_with_output().expect("it ends").into()
    }

    /// Starts a command to be talked to.
    fn talking(&self, args: &[&str]) -> (Child, ChildStdin, ChildStdout) {
        let mut command = self.command(args);
        let mut child =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the binary starts");
        let (input, output) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        (child, input, output)
    }

    fn setup(&self, passwords: &str) -> Said {
        let mut args = SETUP.to_vec();
        args.push("--passwords-stdin");
        self.run(&args, passwords)
    }

    /// Starts a server on a free port.
    fn serve(&self, more: &[&str]) -> Serving {
        self.start("serve", more)
    }

    fn start(&self, command: &str, more: &[&str]) -> Serving {
        let out = self.dir.path().join("serve.out");
        let err = self.dir.path().join("serve.err");
        let mut args = vec![command, "--listen", "127.0.0.1:0"];
        args.extend(more);
        let file = |path: &Path| std::fs::File::create(path).expect("a file");
        let child = self.command(&args).stdout(file(&out)).stderr(file(&err)).spawn().expect("it starts");
        let mut serving = Serving { child, out, err, address: String::new() };
        serving.address = serving.wait_for("Tin An listens on http://");
        serving
    }
}

/// A running server.
struct Serving {
    child: Child,
    out: PathBuf,
    err: PathBuf,
    address: String,
}

impl Serving {
    fn said(&self) -> String {
        let read = |path: &Path| std::fs::read_to_string(path).unwrap_or_default();
        format!("{}{}", read(&self.out), read(&self.err))
    }

    /// What stands behind a word on its line, once the server has said it.
    fn wait_for(&mut self, word: &str) -> String {
        let began = Instant::now();
        loop {
            let said = self.said();
            if let Some((line, _)) = said.split_once(word).and_then(|(_, rest)| rest.split_once('\n')) {
                return line.trim().to_owned();
            }
            let ended = self.child.try_wait().expect("a child");
            assert!(ended.is_none() && began.elapsed() < PATIENCE, "{word:?} never came: {ended:?}\n{said}");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Status and body of a GET.
    fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path} HTTP/1.1\r\n"), "")
    }

    /// Status and body of any request that begins so.
    fn ask(&self, head: &str, body: &str) -> (u16, String) {
        use std::io::Read as _;
        let mut stream = std::net::TcpStream::connect(&self.address).expect("listening");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time-out");
        let length = body.len();
        let rest = "Host: x\r\nConnection: close";
        write!(stream, "{head}{rest}\r\nContent-Length: {length}\r\n\r\n{body}").expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("answered");
        let status = answer.split(' ').nth(1).and_then(|s| s.parse().ok()).expect("a status");
        (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
    }

    fn wait_until_ready(&self, within: Duration) {
        let began = Instant::now();
        while self.get("/readyz").0 != 200 {
            assert!(began.elapsed() < within, "not ready:\n{}", self.said());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Asks it to end as a service manager does, and says how long that took and with what code.
    fn terminate(mut self) -> (Duration, Option<i32>) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        let pid = rustix::process::Pid::from_raw(pid).expect("a process id");
        let began = Instant::now();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).expect("sent");
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return (began.elapsed(), status.code());
            }
            assert!(began.elapsed() < PATIENCE, "it does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}
