//! What `doctor` asks an object store for: everything that the service will ask it for. What it writes it takes away.

use std::io;

use super::Finding;
use crate::boot::config::Config;
use crate::kernel::Entropy;
use crate::kernel::id::ItemId;
use crate::service::Identity;
use crate::store::files::{Shelf, Trouble};

const ABOUT: &str = "files";

/// What is written: more than one piece, so that a file in pieces is tried too.
const LENGTH: usize = 6 * 1024 * 1024;

/// Writes a file, finds it, reads it back and removes it. A folder is looked at with the disk.
pub(super) async fn examine(config: &Config, identity: &Identity) -> Option<Finding> {
    config.files.bucket.as_ref()?;
    Some(match config.shelf(identity) {
        Err(e) => Finding::fault(ABOUT, e.to_string()),
        Ok(shelf) => match probe(&shelf).await {
            Ok(()) => Finding::well(ABOUT, "the object store takes a file, gives it back and removes it"),
            Err(e) => Finding::fault(ABOUT, advice(&e)),
        },
    })
}

async fn probe(shelf: &Shelf) -> io::Result<()> {
    let item = ItemId::random(&Entropy::System).map_err(io::Error::other)?;
    let mut incoming = shelf.begin(item).await?;
    incoming.pending().resize(LENGTH, 7);
    incoming.keep().await?;
    let read = read_back(shelf, item).await;
    let removed = shelf.remove(item).await;
    read.and(removed)?;
    if shelf.length(item).await?.is_some() { Err(Trouble::Different.into()) } else { Ok(()) }
}

async fn read_back(shelf: &Shelf, item: ItemId) -> io::Result<()> {
    let (mut read, mut same, mut reading) = (0, true, shelf.open(item).await?);
    while let Some(bytes) = reading.next().await? {
        read += bytes.len();
        same &= bytes.iter().all(|b| *b == 7);
    }
    let listed = shelf.lengths(&[item]).await?;
    let whole = same && read == LENGTH && listed == [Some(LENGTH as u64)];
    if whole { Ok(()) } else { Err(Trouble::Different.into()) }
}

/// What to do. Meanwhile files are refused and nothing else is.
fn advice(e: &io::Error) -> String {
    let what = match Trouble::of(e) {
        Some(Trouble::Unreachable) => {
            "check that it runs, the network, files.endpoint and, for a certificate of one's own, files.ca_file"
        }
        Some(Trouble::Silent) => {
            "check that it is well, and the network; files.patience_seconds is how long it may take"
        }
        Some(Trouble::Refused(code)) => match code.as_str() {
            "NoSuchBucket" => "make the bucket, or correct files.url",
            "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "AuthorizationHeaderMalformed" => {
                "correct TINAN_FILES__ACCESS_KEY, TINAN_FILES__SECRET_KEY and files.region"
            }
            "RequestTimeTooSkewed" => "set the clock of this machine right",
            "AccessDenied" | "403 Forbidden" => {
                "allow these keys to put, get, list and delete objects and to abort uploads under files.url"
            }
            _ => "ask who runs it",
        },
        Some(Trouble::Different) | None => "it does not keep what it says it keeps: use another one",
    };
    format!("{e}: {what}. Until then files are refused; messages are not")
}
