//! Files sent in a chat: they come to their case whole, once, and however often the messenger fails.

use std::time::Duration;

use tinan::service::casefile::CaseView;
use tinan::service::casework::Step;
use tinan::store::files::Shelf;

use super::{Bot, TIP, the_receipt};
use crate::telegram::{Fault, User};
use crate::world::World;

/// Bytes that are not all alike.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|n| (n % 251).to_le_bytes()[0]).collect()
}

impl Bot {
    /// A tip that was sent.
    async fn a_tip(&self, user: &User) -> Step {
        user.writes(TIP);
        user.wait_for("Chưa gửi").await;
        user.presses("Gửi ngay");
        the_receipt(user).await;
        self.next("anh", "tips").await.0
    }

    async fn view(&self, step: &Step) -> CaseView {
        let anh = self.world.actor("anh").await;
        self.world.hotline.open_case(&anh, step.case).await.expect("opens")
    }

    /// Waits, minutes passing, until the case looks so.
    async fn until_case(&self, step: &Step, what: &str, so: impl Fn(&CaseView) -> bool) -> CaseView {
        for _ in 0..300 {
            let view = self.view(step).await;
            if so(&view) {
                return view;
            }
            self.world.clock.advance(Duration::from_mins(1));
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("waited in vain until {what}");
    }

    /// Nothing waits to be sent or fetched, and there are so many sealed files.
    async fn assert_done(&self, files: usize) {
        // The receipt is deleted after half an hour.
        self.world.clock.advance(Duration::from_mins(31));
        let done = async {
            while !self
                .world
                .hotline
                .store()
                .read()
                .await
                .expect("reads")
                .outbox_states()
                .await
                .expect("reads")
                .is_empty()
            {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), done).await.expect("everything is sent");
        let there = std::fs::read_dir(self.world.files()).map_or(0, Iterator::count);
        assert_eq!(there, files, "each file once, and nothing left over");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_with_the_tip_and_a_photo_after_it_open_as_they_were_sent() {
    let bot = Bot::start(World::open().await);
    let (user, document, photo) = (bot.user(4740), bytes(700_001), bytes(90_000));
    user.writes(TIP);
    user.wait_for("Chưa gửi").await;
    user.sends_document("a.pdf", &document);
    tokio::time::sleep(Duration::from_millis(300)).await;
    user.presses("Gửi ngay");
    the_receipt(&user).await;
    let step = bot.next("anh", "tips").await.0;
    let view = bot.until_case(&step, "the document is there", |v| v.files.len() == 1).await;
    assert!(bot.world.content("anh", &view, 0).await == document);

    user.sends_photo("biển số đây", &photo);
    let view = bot.until_case(&step, "the photo is there", |v| v.files.len() == 2).await;
    let n = view.files.iter().position(|f| f.about.name == "photo").expect("a photo");
    assert_eq!(view.files[n].about.bytes, 90_000, "the largest of its sizes");
    assert!(bot.world.content("anh", &view, n).await == photo);
    assert!(view.thread.iter().any(|m| m.text.contains("biển số đây")));
    let binh = bot.world.actor("binh").await;
    let shelf = Shelf::new(bot.world.files());
    let foreign = bot.world.hotline.open_file(&binh, &shelf, step.case, view.files[n].id).await;
    assert!(foreign.is_err(), "only for its desk");
    bot.assert_done(2).await;
    bot.world.assert_nothing_is_lost().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_too_large_leaves_a_stub_and_the_person_hears_how_to_send_it() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4741);
    let step = bot.a_tip(&user).await;
    let most = usize::try_from(tinan::channels::telegram::MAX_FILE).expect("fits");
    user.sends_document("phim.mp4", &vec![7; most + 1]);
    let told = user.wait_for("lớn quá").await;
    assert!(told.text.contains("https://tinan.example"), "{}", told.text);
    let view = bot.until_case(&step, "the desk is told", |v| !v.notes.is_empty()).await;
    assert!(view.notes.len() == 1 && view.notes[0].text.contains("quá lớn"), "{}", view.notes[0].text);
    assert!(view.files.is_empty());
    bot.assert_done(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_messenger_whose_files_are_away_is_asked_until_they_are_back() {
    let bot = Bot::start(World::open().await);
    let (user, document) = (bot.user(4742), bytes(600_000));
    let step = bot.a_tip(&user).await;
    bot.fake.fails("getFile", [Fault::CutBefore, Fault::wait(3), Fault::Gateway(502)]);
    let away = [Fault::Torn, Fault::CutBefore, Fault::Gateway(404)];
    bot.fake.fails("download", away.into_iter().chain((0..20).map(|_| Fault::Gateway(502))));
    user.sends_document("a.pdf", &document);
    let view = bot.until_case(&step, "the document is there", |v| !v.files.is_empty()).await;
    assert!(bot.fake.calls("download").len() > 20, "longer than a message is tried");
    assert!(bot.world.content("anh", &view, 0).await == document);
    assert!(view.notes.is_empty() && view.files.len() == 1);
    bot.assert_done(1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_nowhere_is_told_to_the_desk_once() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4743);
    let step = bot.a_tip(&user).await;
    for (n, path) in ["", "../getMe", "/etc/passwd", "documents//x"].into_iter().enumerate() {
        let (_, id) = user.sends_document(&format!("{n}.pdf"), b"%PDF");
        bot.fake.misplaces(&id, path);
    }
    user.sends_document("leer.txt", b"");
    let view = bot.until_case(&step, "the desk is told", |v| v.notes.len() == 5).await;
    assert!(view.notes.iter().all(|n| n.text.contains("không tải được")));
    assert!(view.files.is_empty());
    assert!(!user.sees().iter().any(|m| m.text.contains("lớn quá")));
    bot.assert_done(0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_messenger_that_never_gives_a_file_out_is_given_up_after_two_days() {
    let bot = Bot::start(World::open().await);
    let user = bot.user(4744);
    let step = bot.a_tip(&user).await;
    bot.fake.fails("download", (0..10_000).map(|_| Fault::Gateway(502)));
    user.sends_document("a.pdf", b"%PDF");
    bot.fake.until("it is asked for", |f| !f.calls("download").is_empty()).await;
    bot.world.clock.advance(Duration::from_hours(47));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(bot.view(&step).await.notes.is_empty(), "not before its time");
    let view = bot.until_case(&step, "the desk is told", |v| !v.notes.is_empty()).await;
    assert!(view.notes.len() == 1 && view.notes[0].text.contains("không tải được"));
    bot.assert_done(0).await;
}
