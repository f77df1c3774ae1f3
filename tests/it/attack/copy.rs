//! Somebody who can write to the copy of the key directory beside the spool: at a start without the database it is
//! all there is to go by, and it is believed as little as the rows.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::service::intake::Submission;
use tinan::store::spool::{Entry, Spool};
use tinan::store::{Store, StoreError, StoreOptions};
use tinan::vault::KeyId;

use super::TIP;
use crate::heard::Heard;
use crate::world::World;

/// A database that does not answer.
pub(super) async fn away() -> Store {
    let url = "postgres://postgres@127.0.0.1:1/none".to_owned();
    let options = StoreOptions { url, connections: 2, patience: Duration::from_millis(200) };
    Store::connect(&options).await.expect("the address is good")
}

fn copy_of(world: &World) -> PathBuf {
    world.files().parent().expect("a folder").join("directory")
}

/// A restart without the database, and a tip. What came of it, the keys it was sealed to, and the log.
async fn a_tip_after_a_restart(world: &World, seed: u64) -> (bool, BTreeSet<KeyId>, String) {
    let heard = Heard::at("info");
    let folder = tempfile::tempdir().expect("a folder");
    let spool = Spool::open(&folder.path().join("spool"), 1 << 20).expect("a spool");
    let kept = spool.clone();
    let opened = world.node(away().await, seed, move |p| p.spool = Some(kept)).await;
    let submission = Submission {
        kind: Kind::Tips,
        text: TIP.to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    };
    let given = match opened {
        Ok(hotline) => hotline.submit(submission, None).await.is_ok(),
        Err(_) => false,
    };
    assert_eq!(spool.len(), u64::from(given), "a receipt is given for what is kept, and for nothing else");
    let mut readers = BTreeSet::new();
    let drained = spool.drain(|entry| {
        if let Entry::Case(case) = entry {
            readers.extend(case.items.iter().flat_map(|i| &i.wraps).map(|w| w.wrap.kid()));
        }
        async { Ok::<_, StoreError>(()) }
    });
    drained.await.expect("drains");
    (given, readers, heard.text())
}

#[tokio::test]
async fn a_tampered_copy_of_the_directory_is_not_sealed_to_and_the_log_says_so() {
    let (world, other) = (World::open().await, World::open_other().await);
    let tips = world.hotline.world();
    let tips = tips.desk_key(tips.desk_named("tips").expect("a desk").id).expect("a key").kid();
    let path = copy_of(&world);
    let honest = std::fs::read(&path).expect("a copy");
    let (given, readers, log) = a_tip_after_a_restart(&world, 100).await;
    assert!(given && readers == BTreeSet::from([tips]), "the honest copy is good: {log}");
    assert!(log.contains("starting with the copy of the key directory") && !log.contains("key directory: "));

    // Each signed entry altered in its middle.
    let copy: Value = serde_json::from_slice(&honest).expect("JSON");
    let many = copy["entries"].as_array().expect("entries").len();
    let mut refused = 0;
    for n in 0..many {
        let mut copy = copy.clone();
        let entry = copy["entries"][n].as_array_mut().expect("bytes");
        let middle = entry.len() / 2;
        entry[middle] = (entry[middle].as_u64().expect("a byte") ^ 1).into();
        std::fs::write(&path, copy.to_string()).expect("writes");
        let (given, readers, log) = a_tip_after_a_restart(&world, 101).await;
        assert!(readers.is_subset(&BTreeSet::from([tips])), "sealed to a key nobody signed");
        assert!(log.contains("ERROR tinan::service::world: key directory: "), "{n}: {log}");
        refused += usize::from(!given);
    }
    assert!(refused > 0, "without the desk's key, or the word of who signed it, nothing is sealed");

    // Another installation's directory, whole and well signed, but not by our root.
    let mut copy = copy.clone();
    let foreign: Value =
        serde_json::from_slice(&std::fs::read(copy_of(&other)).expect("a copy")).expect("JSON");
    copy["entries"] = foreign["entries"].clone();
    std::fs::write(&path, copy.to_string()).expect("writes");
    let (given, readers, log) = a_tip_after_a_restart(&world, 102).await;
    assert!(!given && readers.is_empty() && log.contains("entry refused"), "{log}");

    // Not JSON, empty, gone.
    for bytes in [&b"{"[..], b""] {
        std::fs::write(&path, bytes).expect("writes");
        assert!(!a_tip_after_a_restart(&world, 103).await.0);
    }
    std::fs::remove_file(&path).expect("removes");
    assert!(!a_tip_after_a_restart(&world, 104).await.0);
    std::fs::write(&path, honest).expect("writes");
    assert!(a_tip_after_a_restart(&world, 105).await.0, "mended, it is good again");
}
