//! The digest of a shift.

use super::*;
use crate::on_both_databases;

/// 11:12 in Hanoi at the start; two shifts a day.
const SHIFTS: &str = r#"
[person.hoa]
email = "hoa@province.example.vn"
[person.anh]
email = "anh@province.example.vn"
language = "en"
[[shift]]
name = "day"
desks = ["tips"]
people = ["hoa"]
from = "06:00"
to = "18:00"
[[shift]]
name = "night"
desks = ["tips"]
people = ["anh"]
from = "18:00"
to = "06:00"
holidays = false
[[holiday]]
from = "2026-11-23"
to = "2026-11-23"
"#;

on_both_databases! {
    async fn one_digest_a_shift_and_none_when_there_is_nothing_to_say(store: Store) {
        let post = Post::with(store, SHIFTS).await;
        post.work().await;
        assert!(post.mail.letters().is_empty(), "nothing waits");
        post.submit(Priority::NORMAL, WORDS, None).await;
        post.pass(5).await;
        assert!(post.mail.letters().is_empty(), "the day shift has had its look");
        // 20:12: the night has begun, and the case is past its eight hours.
        post.world.clock.advance(Duration::from_hours(9));
        post.pass(3).await;
        let letters = post.mail.letters();
        assert_eq!(letters.len(), 1);
        assert!(letters[0].contains("anh@province.example.vn"));
        assert!(letters[0].contains("1 not acknowledged, 0 late, 0 due during the shift"), "{}", letters[0]);
        assert!(!letters[0].contains("Hoa Mai") && !letters[0].contains("TN-19"));
        // The next day: the clock of a day ends during the day shift.
        post.world.clock.advance(Duration::from_hours(10));
        post.pass(3).await;
        assert_eq!(post.mail.letters().len(), 2);
        assert!(post.mail.letters()[1].contains("hoa@province.example.vn"));
        // The night after it is a holiday, on which this shift does not run.
        post.world.clock.advance(Duration::from_hours(12));
        post.pass(3).await;
        assert_eq!(post.mail.letters().len(), 2);
    }

    async fn a_digest_that_has_become_moot_is_not_sent(store: Store) {
        let post = Post::with(store, SHIFTS).await;
        post.submit(Priority::NORMAL, WORDS, None).await;
        post.world.clock.advance(Duration::from_hours(9));
        jobs::keep_watch(&post.world.hotline).await.expect("watches");
        let anh = post.world.actor("anh").await;
        let claimed = post.world.hotline.next_case(&anh, "tips", None).await.expect("asks").expect("a case");
        post.acknowledge("anh", &Step { case: claimed.id, version: claimed.version, once: None }).await;
        post.work().await;
        assert!(post.mail.letters().is_empty());
    }
}
