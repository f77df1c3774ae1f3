//! What the process denies itself before it touches a secret: no core dumps, no debugger of the same user, no
//! file that others may read, and no panic text in the log.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, setrlimit, umask};

/// Closes what can be closed. What the system refuses is said and is no reason to stay away.
pub fn process() {
    umask(Mode::RWXG | Mode::RWXO);
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(e) = setrlimit(Resource::Core, none) {
        tracing::warn!(error = %e, "core dumps could not be turned off");
    }
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        if let Err(e) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
            tracing::warn!(error = %e, "the memory of this process stays readable to its user");
        }
    }
}

/// Logs where a panic happened and nothing of what it says: the text could hold a citizen's words.
pub fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|l| format!("{}:{}", l.file(), l.line())).unwrap_or_default();
        tracing::error!(place, "a part of the program broke off");
    }));
}
