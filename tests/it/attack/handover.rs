//! A citizen writes in the very moment in which the case is handed to another desk, on another node: no word may
//! be left without a reader.

use futures_util::future::join_all;
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::kernel::Secret;
use tinan::service::casework::Step;
use tinan::service::intake::Submission;
use tinan::service::people::NewDesk;
use tinan::service::{Actor, Error, Hotline, Refusal};
use tinan::store::Store;

use crate::on_both_databases;
use crate::world::{World, password};

const WORDS: usize = 8;

async fn tip(hotline: &Hotline) -> Vec<Receipt> {
    let submission = Submission {
        kind: Kind::Tips,
        text: "Có người bán ma túy trước cổng trường".to_owned(),
        locale: "vi".to_owned(),
        channel: "api".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    };
    let receipt = hotline.submit(submission, None).await.expect("is taken").receipt;
    Receipt::parse(&receipt).expect("a receipt")
}

/// Hands the case over, again and again while something new stands in the way.
async fn hand_over(hotline: &Hotline, lead: &Actor, step: &Step) {
    loop {
        match hotline.transfer(lead, step, "phu-luong", "Địa bàn").await {
            Ok(_) => return,
            Err(Error::Refused(Refusal::Stale { .. })) => {}
            Err(e) => panic!("{e}"),
        }
    }
}

on_both_databases! {
    async fn words_that_come_while_a_case_is_handed_over_have_a_reader(store: Store) {
        let world = World::on(store, false).await;
        let one = &world.hotline;
        let anh = world.actor("anh").await;
        let desk = NewDesk { name: "phu-luong".into(), parent: "tips".into(), lead: "dung".into() };
        one.add_desk(&anh, desk, Secret::new(password("dung"))).await.expect("adds");
        let two = world.another(false).await.expect("starts");
        for round in 0..6 {
            let receipt = tip(one).await;
            let case = one.next_case(&anh, "tips", None).await.expect("asks").expect("a case");
            let step = Step { case: case.id, version: case.version, once: None };
            let words = join_all((0..WORDS).map(|_| two.add_message(&receipt, "Thêm một điều", None)));
            let (added, ()) = tokio::join!(words, hand_over(one, &anh, &step));
            assert!(added.iter().all(Result::is_ok), "round {round}");
            let dung = world.actor("dung").await;
            let view = two.open_case(&dung, case.id).await.expect("opens");
            assert_eq!((view.thread.len(), view.unreadable), (WORDS + 1, 0), "round {round}");
        }
    }
}
