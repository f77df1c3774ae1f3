//! What came together is one call, and only what was shown is acknowledged.

use super::*;
use crate::on_both_databases;

on_both_databases! {
    async fn the_same_place_or_words_within_ten_minutes_are_one_alarm(store: Store) {
        let post = Post::open(store).await;
        post.submit(Priority::LIFE, WORDS, Some("05716")).await;
        post.submit(Priority::LIFE, "một câu khác", Some("05716")).await;
        post.submit(Priority::LIFE, &WORDS.to_uppercase(), None).await;
        post.submit(Priority::LIFE, "nơi khác, lời khác", Some("05717")).await;
        post.pass(1).await;
        let lines = post.alarms("hoa").await;
        let mut amounts: Vec<i64> = lines.iter().map(|l| l.amount).collect();
        amounts.sort_unstable();
        assert_eq!(amounts, [1, 3]);
        assert_eq!(post.calls()[0], 2);
        post.world.clock.advance(Duration::from_mins(10));
        post.submit(Priority::LIFE, "lại nơi ấy", Some("05716")).await;
        post.pass(1).await;
        assert_eq!(post.alarms("hoa").await.len(), 3, "ten minutes later it is something new");
    }

    async fn only_what_was_shown_is_acknowledged_and_what_came_since_still_calls(store: Store) {
        let post = Post::open(store).await;
        post.submit(Priority::LIFE, WORDS, Some("05716")).await;
        post.pass(1).await;
        let shown = post.alarms("hoa").await.remove(0);
        post.submit(Priority::LIFE, "một câu khác", Some("05716")).await;
        post.pass(1).await;
        let hoa = post.world.actor("hoa").await;
        let end = async |ids: &[CaseId]| post.world.hotline.end_alarm(&hoa, shown.id, ids).await;
        assert_eq!(end(&ids(&shown)).await.expect("ends what was shown"), 1);
        let rest = post.alarms("hoa").await;
        assert_eq!((rest.len(), rest[0].amount), (1, 1), "the second was not shown");
        assert_eq!(end(&ids(&shown)).await.expect("again changes nothing"), 0);
        post.pass(4).await;
        assert_eq!(post.calls()[1], 1, "the lead is called for the one that is left");
        assert_eq!(end(&ids(&rest[0])).await.expect("ends"), 1);
        assert!(post.alarms("hoa").await.is_empty());
        let strange = post.world.actor("lan").await;
        assert!(post.world.hotline.end_alarm(&strange, shown.id, &[]).await.is_err());
    }

    async fn a_hundred_calls_for_help_are_not_a_hundred_calls_to_one_officer(store: Store) {
        let post = Post::open(store).await;
        for n in 0..60 {
            post.submit(Priority::LIFE, &format!("lời thứ {n}"), None).await;
        }
        post.pass(1).await;
        let lines = post.alarms("hoa").await;
        assert!(lines.len() <= 21, "{} alarms", lines.len());
        assert_eq!(lines.iter().map(|l| l.amount).sum::<i64>(), 60, "none is left out");
        assert_eq!(post.calls()[0], 6, "no more than six in ten minutes");
    }

    async fn clocks_of_a_desk_that_run_out_together_are_one_call(store: Store) {
        let post = Post::open(store).await;
        for n in 0..12 {
            post.submit(Priority::NORMAL, &format!("lời thứ {n}"), None).await;
        }
        post.world.clock.advance(Duration::from_hours(22));
        post.work().await;
        let line = post.alarms("hoa").await.remove(0);
        assert_eq!((line.amount, line.cases.len(), post.calls()[0]), (12, 12, 1));
    }
}
