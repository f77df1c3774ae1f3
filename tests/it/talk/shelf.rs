//! What a crash leaves on the shelf is removed, and nothing that a row names.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use tinan::jobs;
use tinan::kernel::Entropy;
use tinan::kernel::id::ItemId;
use tinan::service::files::Tidied;

use super::sending::Pair;
use crate::databases::Database;
use crate::on_both_databases;

/// A file that was last written to so long before the world's now.
fn written(two: &Pair, path: &Path, ago: Duration) {
    let file = File::options().create(true).append(true).open(path).expect("a file");
    let now = u64::try_from(two.world.clock.now().as_millis()).expect("after 1970");
    let at = SystemTime::UNIX_EPOCH + Duration::from_millis(now) - ago;
    file.set_modified(at).expect("sets");
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).expect("a folder");
    let mut names: Vec<String> =
        entries.map(|e| e.expect("an entry").file_name().into_string().expect("text")).collect();
    names.sort();
    names
}

on_both_databases! {
    async fn what_a_crash_left_is_removed_once_it_is_old_and_nothing_that_a_row_names(database: Database) {
        let two = Pair::on(&database, crate::world::sending()).await;
        two.a_message_waits().await;
        jobs::drain(&two.one, &*two.telegram).await.expect("works");
        let user = two.fake.user(4720);
        user.sends_document("a.pdf", &vec![7; 50_000]);
        two.hears().await;
        jobs::drain(&two.one, &*two.telegram).await.expect("works");
        user.presses("Gửi ngay");
        two.hears().await;
        jobs::drain(&two.one, &*two.telegram).await.expect("works");
        let folder = two.world.files();
        let named = names(&folder);
        assert_eq!(named.len(), 1, "one file with its row");

        let (old, young) = (Duration::from_hours(25), Duration::from_hours(23));
        let entropy = Entropy::seeded(77);
        let fresh = || ItemId::random(&entropy).expect("seeded").to_string();
        let (orphan, part) = (fresh(), format!("{}.part", fresh()));
        let kept = [fresh(), format!("{}.part", fresh())];
        let foreign = ["notes.txt".to_owned(), "notes.part".to_owned(), fresh().replace('-', "")];
        for name in named.iter().chain([&orphan, &part]).chain(&foreign) {
            written(&two, &folder.join(name), old);
        }
        for name in &kept {
            written(&two, &folder.join(name), young);
        }
        assert_eq!(two.one.tidy_shelf().await.expect("tidies"), Tidied { parts: 1, orphans: 1 });
        let mut left: Vec<String> = named.iter().chain(&kept).chain(&foreign).cloned().collect();
        left.sort();
        assert_eq!(names(&folder), left);
        assert_eq!(two.one.tidy_shelf().await.expect("tidies"), Tidied::default());

        two.world.clock.advance(Duration::from_hours(30));
        assert_eq!(two.one.tidy_shelf().await.expect("looks"), Tidied::default(), "a clock that leapt");
        let anh = two.world.actor("anh").await;
        two.one.next_case(&anh, "tips", None).await.expect("asks").expect("an audit entry of today");
        assert_eq!(two.one.tidy_shelf().await.expect("looks"), Tidied::default(), "the doubt stays");
        two.one.confirm_clock().await.expect("a person says that the clock is right");
        assert_eq!(two.one.tidy_shelf().await.expect("tidies"), Tidied { parts: 1, orphans: 1 });
        left.retain(|name| !kept.contains(name));
        assert_eq!(names(&folder), left);
        two.end().await;
    }
}
