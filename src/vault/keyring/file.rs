//! The keyring on disk.
//!
//! ```text
//! "HLk1" | id 16 | transit chain | mailbox chain | SHA-256 of all that precedes 32
//! chain = newest epoch u32 | day u32 | chain key 32 | count u16 | (epoch u32 | day u32 | key 32)*
//! ```
//!
//! Written beside, synced, renamed over, and the folder synced: a crash leaves the old file or the new one. The old
//! one's blocks are then overwritten, as far as the file system lets a program do that.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use zeroize::Zeroizing;

use super::super::VaultError;
use super::super::bytes::Reader;
use super::super::hash::{same, sha256_flat};
use super::KeyringError;
use super::chain::{Age, Chain, LABELS, Live, Ring};

/// What tells one version of the file from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    inode: u64,
    modified: (i64, i64),
    len: u64,
}

impl From<fs::Metadata> for Stamp {
    fn from(meta: fs::Metadata) -> Self {
        Self { inode: meta.ino(), modified: (meta.mtime(), meta.mtime_nsec()), len: meta.len() }
    }
}

pub(super) fn stamp(path: &Path) -> std::io::Result<Stamp> {
    fs::metadata(path).map(Stamp::from)
}

/// Holds other writers off until dropped. The lock dies with the process, so none is ever stale.
pub(super) fn lock(path: &Path) -> std::io::Result<File> {
    let lock = options().write(true).create(true).truncate(false).open(path.with_extension("lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

pub(super) fn read(path: &Path) -> Result<(Ring, Stamp), KeyringError> {
    // A writer may be wiping the file we just opened, after it renamed the new one into place: look again.
    read_once(path).or_else(|_| read_once(path))
}

fn read_once(path: &Path) -> Result<(Ring, Stamp), KeyringError> {
    let mut file = File::open(path)?;
    let stamp = Stamp::from(file.metadata()?);
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(stamp.len).unwrap_or(0)));
    file.read_to_end(&mut bytes)?;
    let ring = decode(&bytes).map_err(|_| KeyringError::Damaged)?;
    Ok((ring, stamp))
}

pub(super) fn write(path: &Path, ring: &Ring) -> Result<Stamp, KeyringError> {
    let bytes = encode(ring)?;
    let fresh = path.with_extension("new");
    match fs::remove_file(&fresh) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => return Err(e.into()),
        _ => {}
    }
    let mut file = options().write(true).create_new(true).open(&fresh)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    let stamp = Stamp::from(file.metadata()?);
    let old = OpenOptions::new().write(true).open(path);
    fs::rename(&fresh, path)?;
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder)?.sync_all()?;
    if let Ok(old) = old {
        wipe(old)?;
    }
    Ok(stamp)
}

/// Overwrites a file that has no name any more.
fn wipe(mut old: File) -> std::io::Result<()> {
    let len = usize::try_from(old.metadata()?.len()).unwrap_or(0);
    old.write_all(&vec![0; len])?;
    old.sync_all()
}

fn encode(ring: &Ring) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    let keys = ring.transit.live.len() + ring.mailbox.live.len();
    let mut out = Zeroizing::new(Vec::with_capacity(160 + keys * 40));
    out.extend_from_slice(b"HLk1");
    out.extend_from_slice(&ring.id);
    for chain in [&ring.transit, &ring.mailbox] {
        write_age(&mut out, chain.newest);
        out.extend_from_slice(chain.head.as_slice());
        let count = u16::try_from(chain.live.len()).map_err(|_| KeyringError::Damaged)?;
        out.extend_from_slice(&count.to_be_bytes());
        for live in &chain.live {
            write_age(&mut out, live.age);
            out.extend_from_slice(live.key.as_slice());
        }
    }
    let sum = sha256_flat(&[&out]);
    out.extend_from_slice(&sum);
    Ok(out)
}

fn write_age(out: &mut Vec<u8>, age: Age) {
    out.extend_from_slice(&age.epoch.to_be_bytes());
    out.extend_from_slice(&age.day.to_be_bytes());
}

pub(super) fn decode(bytes: &[u8]) -> Result<Ring, VaultError> {
    let (body, sum) = bytes.split_last_chunk::<32>().ok_or(VaultError::Malformed)?;
    if !same(sum, &sha256_flat(&[body])) {
        return Err(VaultError::Malformed);
    }
    let mut from = Reader::new(body);
    from.magic(*b"HLk1")?;
    let id = from.take()?;
    let [transit, mailbox] = LABELS;
    let transit = read_chain(transit, &mut from)?;
    let mailbox = read_chain(mailbox, &mut from)?;
    from.end()?;
    Ok(Ring { id, transit, mailbox })
}

fn read_chain(label: &'static str, from: &mut Reader<'_>) -> Result<Chain, VaultError> {
    let newest = read_age(from)?;
    let head = Zeroizing::new(from.take()?);
    let count = from.u16()?;
    let mut live = Vec::with_capacity(usize::from(count));
    for _ in 0..count {
        live.push(Live { age: read_age(from)?, key: Zeroizing::new(from.take()?) });
    }
    if live.last().is_none_or(|last| last.age != newest) {
        return Err(VaultError::Malformed);
    }
    Ok(Chain { label, head, live, newest })
}

fn read_age(from: &mut Reader<'_>) -> Result<Age, VaultError> {
    Ok(Age { epoch: from.u32()?, day: from.u32()? })
}
