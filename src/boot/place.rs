//! The data folder: keyring, `tinan.toml`, this node's id, the lock of the running server. Nobody but the
//! user of the server may read it; every file is written beside, synced and renamed.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};

use crate::kernel::id::{DeploymentId, NodeId};
use crate::kernel::{Clock, Entropy};
use crate::service::Identity;
use crate::vault::{Keyring, KeyringError, RootPublic};

/// The folder.
#[derive(Debug, Clone)]
pub struct Place {
    dir: PathBuf,
}

/// `tinan.toml`: what this installation is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pinned {
    /// Bound into everything sealed.
    deployment: String,
    /// The public half of the root key.
    root: String,
}

/// Held by the running server; the system lets go of it however the server ends.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

impl Place {
    /// The folder at `dir`; touches nothing.
    #[must_use]
    pub fn at(dir: &Path) -> Self {
        Self { dir: dir.to_owned() }
    }

    /// The folder's path.
    #[must_use]
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file of the spool.
    #[must_use]
    pub fn spool_file(&self) -> PathBuf {
        self.dir.join("spool")
    }

    /// The copy of the signed key directory, for a start without the database.
    #[must_use]
    pub fn directory_copy(&self) -> PathBuf {
        self.dir.join("directory.json")
    }

    /// Makes the folder if it is not there (mode 0700).
    pub fn make(&self) -> Result<()> {
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&self.dir)
            .with_context(|| format!("the data folder {} cannot be made", self.dir.display()))
    }

    fn file(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where the keyring is.
    #[must_use]
    pub fn keyring_file(&self) -> PathBuf {
        self.file("keyring")
    }

    /// Where the identity is.
    #[must_use]
    pub fn identity_file(&self) -> PathBuf {
        self.file("tinan.toml")
    }

    /// The keyring, if there is one.
    pub fn keyring(&self) -> Result<Option<Keyring>> {
        let path = self.keyring_file();
        match Keyring::open(&path) {
            Ok(ring) => Ok(Some(ring)),
            Err(KeyringError::Io(e)) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(e).with_context(|| format!("the keyring {}", path.display())),
        }
    }

    /// The keyring; a new one where there is none yet.
    pub fn keyring_or_new(&self, entropy: &Entropy, clock: &Clock) -> Result<Keyring> {
        match Keyring::create(&self.keyring_file(), entropy, clock.now()) {
            Ok(ring) => Ok(ring),
            Err(KeyringError::Exists) => self.keyring()?.context("the keyring was taken away meanwhile"),
            Err(e) => Err(e).context("no keyring could be made"),
        }
    }

    /// This node's id, made on the first call. It names the node's own audit chain.
    pub fn node(&self, entropy: &Entropy) -> Result<NodeId> {
        let path = self.file("node");
        for _ in 0..2 {
            match fs::read_to_string(&path) {
                Ok(text) => {
                    return text.trim().parse().with_context(|| {
                        format!(
                            "{} does not hold an id; take it away and this becomes a new node",
                            path.display()
                        )
                    });
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    let fresh = NodeId::random(entropy)?;
                    keep_first(&path, format!("{fresh}\n").as_bytes())?;
                }
                Err(e) => return Err(e).context(path.display().to_string()),
            }
        }
        bail!("{} cannot be made", path.display())
    }

    /// What this installation is, once it is set up.
    pub fn identity(&self) -> Result<Option<Identity>> {
        let path = self.identity_file();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(e) => return Err(e).context(path.display().to_string()),
        };
        let pinned: Pinned = toml::from_str(&text).with_context(|| path.display().to_string())?;
        let deployment = pinned.deployment.parse::<DeploymentId>();
        let deployment = deployment.with_context(|| format!("{}: deployment", path.display()))?;
        let root = pinned.root.parse::<RootPublic>();
        let root = root.with_context(|| format!("{}: root", path.display()))?;
        Ok(Some(Identity { deployment, root }))
    }

    /// Writes the identity, durably, in place of what was there.
    pub fn publish(&self, identity: &Identity) -> io::Result<()> {
        let pinned = Pinned { deployment: identity.deployment.to_string(), root: identity.root.to_string() };
        let body = toml::to_string(&pinned).map_err(io::Error::other)?;
        let text = format!("# Written by the set-up. Every node needs this file and the keyring.\n{body}");
        replace(&self.identity_file(), text.as_bytes())
    }

    /// Takes the folder for a running server, or says that another one has it.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.file("serve.lock");
        let file = options().read(true).write(true).create(true).truncate(false).open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Lock { _file: file }),
            Err(TryLockError::WouldBlock) => bail!(
                "another server is running on the folder {}: stop it first, or give this one a folder of its own",
                self.dir.display()
            ),
            Err(TryLockError::Error(e)) => Err(e).context(path.display().to_string()),
        }
    }

    /// Files that others than their owner may read, by name.
    pub fn readable_by_others(&self) -> Vec<String> {
        let names = [".", "keyring", "tinan.db", "tinan.db-wal"];
        let open =
            |name: &&str| fs::metadata(self.file(name)).is_ok_and(|m| m.permissions().mode() & 0o077 != 0);
        names.into_iter().filter(open).map(str::to_owned).collect()
    }

    /// Copies what a second node needs into a folder that does not hold any of it.
    pub fn export_node(&self, keyring: &Keyring, dir: &Path) -> Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(dir)?;
        let target = Self::at(dir);
        for path in [target.identity_file(), target.keyring_file(), target.file("node")] {
            if path.exists() {
                bail!("{} is there already; choose an empty folder", path.display());
            }
        }
        let identity =
            self.identity()?.context("this installation is not set up: there is nothing to export")?;
        keyring.export_to(dir)?;
        target.publish(&identity)?;
        Ok(())
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes beside, syncs, and renames over: a crash leaves the old file or the new one.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let mut file = options().write(true).create(true).truncate(true).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    File::open(parent(path))?.sync_all()
}

/// Writes a file unless another process was first; whoever was first wins.
fn keep_first(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension(format!("new-{}", std::process::id()));
    let mut file = options().write(true).create(true).truncate(true).open(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    let linked = fs::hard_link(&fresh, path);
    fs::remove_file(&fresh)?;
    match linked {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => Err(e),
        _ => File::open(parent(path))?.sync_all(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::RootKey;

    fn place() -> (tempfile::TempDir, Place) {
        let dir = tempfile::tempdir().expect("a folder");
        let place = Place::at(&dir.path().join("data"));
        place.make().expect("made");
        (dir, place)
    }

    #[test]
    fn the_identity_reads_back_and_another_replaces_it() {
        let (_dir, place) = place();
        assert!(place.identity().expect("no file is no fault").is_none());
        let e = Entropy::seeded(1);
        for _ in 0..2 {
            let root = RootKey::generate(&e).expect("seeded").public();
            let identity = Identity { deployment: DeploymentId::random(&e).expect("seeded"), root };
            place.publish(&identity).expect("written");
            let read = place.identity().expect("readable").expect("there");
            assert_eq!(read.deployment, identity.deployment);
            assert_eq!(read.root.to_string(), identity.root.to_string());
        }
    }

    #[test]
    fn a_damaged_identity_is_a_fault_and_not_a_fresh_start() {
        let (_dir, place) = place();
        for text in ["", "deployment = \"x\"\nroot = \"y\"\n", "deployment = 1\n", "nonsense"] {
            fs::write(place.identity_file(), text).expect("written");
            assert!(place.identity().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_node_keeps_its_id() {
        let (_dir, place) = place();
        let e = Entropy::seeded(2);
        let first = place.node(&e).expect("made");
        assert_eq!(place.node(&e).expect("read"), first);
        fs::write(place.file("node"), "torn").expect("written");
        assert!(place.node(&e).is_err());
    }

    #[test]
    fn one_server_holds_the_folder_at_a_time() {
        let (_dir, place) = place();
        let held = place.lock().expect("free");
        assert!(place.lock().expect_err("held").to_string().contains("another server"));
        drop(held);
        assert!(place.lock().is_ok());
    }

    #[test]
    fn what_others_may_read_is_noticed() {
        let (_dir, place) = place();
        let keyring =
            place.keyring_or_new(&Entropy::seeded(3), &Clock::fixed(crate::kernel::Timestamp::default()));
        assert!(keyring.is_ok());
        assert!(place.readable_by_others().is_empty());
        fs::set_permissions(place.keyring_file(), fs::Permissions::from_mode(0o644)).expect("changed");
        assert_eq!(place.readable_by_others(), ["keyring"]);
    }

    #[test]
    fn an_export_never_writes_over_anything() {
        let (dir, place) = place();
        let e = Entropy::seeded(4);
        let keyring = place.keyring_or_new(&e, &Clock::System).expect("made");
        let out = dir.path().join("second");
        assert!(place.export_node(&keyring, &out).is_err(), "not set up");
        let root = RootKey::generate(&e).expect("seeded").public();
        place
            .publish(&Identity { deployment: DeploymentId::random(&e).expect("seeded"), root })
            .expect("written");
        place.export_node(&keyring, &out).expect("exported");
        let second = Place::at(&out);
        assert_eq!(second.keyring().expect("readable").expect("there").fingerprint(), keyring.fingerprint());
        assert!(second.identity().expect("readable").is_some());
        assert!(place.export_node(&keyring, &out).is_err(), "there is one already");
    }
}
