//! The shelf of sealed files: a folder and an object store keep the same promises. Another S3-speaking server can be
//! named for the object store's half (tests/s3/run.sh does).

mod crowd;
mod faults;
mod nodes;
mod promises;

use std::time::Duration;

use tempfile::TempDir;
use tinan::kernel::id::ItemId;
use tinan::kernel::{Entropy, Timestamp};
use tinan::store::files::{Old, Shelf};

use crate::bucket::{Fake, shelf};
use crate::process::told;

/// How long anything here may take.
const SOON: Duration = Duration::from_secs(20);
const MIB: usize = 1024 * 1024;
/// After everything that was ever written here.
const LATE: Timestamp = Timestamp::from_millis(i64::MAX);

/// A shelf of either kind, and what must live as long.
struct Stand {
    shelf: Shelf,
    what: &'static str,
    _folder: Option<TempDir>,
}

/// One of each kind.
async fn all() -> Vec<Stand> {
    let folder = tempfile::tempdir().expect("a folder");
    let shelf_in_folder = Shelf::new(folder.path().join("files"));
    let mut all = vec![
        Stand { shelf: shelf_in_folder, what: "folder", _folder: Some(folder) },
        Stand { shelf: Fake::start().await.shelf(), what: "fake", _folder: None },
    ];
    if let Some(real) = told("TINAN_TEST_S3") {
        let [endpoint, access, secret] = real.splitn(3, ' ').collect::<Vec<_>>()[..] else {
            panic!("TINAN_TEST_S3 is ENDPOINT ACCESS SECRET");
        };
        let shelf = shelf(endpoint, (access, secret), Duration::from_secs(20));
        all.push(Stand { shelf, what: "TINAN_TEST_S3", _folder: None });
    }
    all
}

fn fresh() -> ItemId {
    ItemId::random(&Entropy::System).expect("chance")
}

/// Bytes that say where they are, so that a lost or doubled piece shows.
fn film(length: usize) -> Vec<u8> {
    let at =
        |i: usize| u8::try_from(i % 251).expect("small") ^ u8::try_from(i / 65_521 % 256).expect("small");
    (0..length).map(at).collect()
}

async fn write(shelf: &Shelf, item: ItemId, data: &[u8]) -> std::io::Result<u64> {
    let mut incoming = shelf.begin(item).await?;
    for piece in data.chunks(100_000) {
        incoming.pending().extend_from_slice(piece);
        incoming.flow().await?;
    }
    incoming.keep().await
}

async fn read(shelf: &Shelf, item: ItemId) -> std::io::Result<Vec<u8>> {
    let (mut data, mut reading) = (Vec::new(), shelf.open(item).await?);
    while let Some(bytes) = reading.next().await? {
        data.extend_from_slice(&bytes);
    }
    Ok(data)
}

/// What lies there of these items, page after page.
async fn lying(shelf: &Shelf, before: Timestamp, of: &[ItemId]) -> Vec<Old> {
    let (mut all, mut from) = (Vec::new(), None);
    loop {
        let page = shelf.old(before, from).await.expect("lists");
        all.extend(page.files.into_iter().filter(|f| of.contains(&f.item)));
        from = page.next;
        if from.is_none() {
            return all;
        }
    }
}
