//! Nobody can bury a tip: not by flooding first, not by copying afterwards, not by a hand in the database.

use std::time::Duration;

use tinan::domain::case::{Aside, Priority};
use tinan::domain::receipt::Receipt;
use tinan::domain::state::State;
use tinan::kernel::id::CaseId;
use tinan::service::casework::Step;
use tinan::service::queue::List;
use tinan::service::sweep::{Choice, Deed};
use tinan::store::Store;

use super::{JUNK, PROVEN, STRANGER, Watched};
use crate::databases::Database;
use crate::on_both_databases;

const EXPECTED: &str = "Có người bán ma túy ở nhà cuối ngõ";
const REAL: &str = "Có người bán ma túy ở nhà cuối ngõ 12, tên Tý";

async fn step(node: &Watched, id: CaseId) -> Step {
    Step { case: id, version: node.by_id(id).await.version, once: None }
}

/// Takes a case to its end, as an officer does.
async fn close(node: &Watched, id: CaseId) {
    let anh = node.world.actor("anh").await;
    for to in [State::Classified, State::Closed] {
        let at = step(node, id).await;
        node.world.hotline.transition(&anh, &at, to, "xong").await.expect("moves");
    }
}

on_both_databases! {
    async fn a_flood_of_the_expected_words_hides_no_tip_that_says_more(store: Store) {
        let node = Watched::on(store).await;
        node.all(vec![(STRANGER, EXPECTED.to_owned()); 300]).await;
        let real = node.case(&node.send(PROVEN, REAL).await).await;
        assert_eq!(real.aside, Aside::Main);
        let anh = node.world.actor("anh").await;
        let rows = node.rows(&anh, List::Main).await;
        assert_eq!(rows.len(), 2);
        let head = rows.iter().find(|l| l.copies == 299).expect("one row").case.id;
        node.sweep(&anh, Choice::Fold { head, upto: node.upto(&anh).await }, Deed::Clear).await;
        assert_eq!(node.by_id(real.id).await.state, State::Received, "clearing the flood does not touch it");
        node.assert_sound().await;
    }

    async fn a_tip_that_is_copied_afterwards_keeps_its_row_and_its_register_entry(store: Store) {
        let node = Watched::on(store).await;
        let real = node.case(&node.send(STRANGER, REAL).await).await;
        node.all(vec![(STRANGER, REAL.to_owned()); 300]).await;
        let now = node.by_id(real.id).await;
        assert_eq!(now, real);
        let anh = node.world.actor("anh").await;
        let rows = node.rows(&anh, List::Main).await;
        assert_eq!((rows.len(), rows[0].case.id, rows[0].copies), (1, real.id, 300));
        let mut tx = node.world.hotline.store().read().await.expect("reads");
        assert_eq!(tx.register_of(real.id).await.expect("reads").len(), 1);
    }

    async fn a_row_that_is_closed_hands_itself_on_and_later_copies_find_the_new_one(store: Store) {
        let node = Watched::on(store).await;
        let first = node.case(&node.send(PROVEN, REAL).await).await;
        let second = node.case(&node.send(PROVEN, REAL).await).await;
        let third = node.case(&node.send(PROVEN, REAL).await).await;
        assert!(matches!(second.aside, Aside::Folded(_)) && second.aside == third.aside);
        close(&node, first.id).await;
        assert_eq!(node.by_id(second.id).await.aside, Aside::Main, "the oldest beneath leads now");
        assert_eq!(node.by_id(third.id).await.aside, third.aside);
        let fourth = node.case(&node.send(PROVEN, REAL).await).await;
        assert_eq!(fourth.aside, third.aside, "beneath the row as it is now");
        node.assert_sound().await;
        for id in [second.id, third.id, fourth.id] {
            close(&node, id).await;
        }
        let fifth = node.case(&node.send(PROVEN, REAL).await).await;
        assert_eq!(fifth.aside, Aside::Main, "with the row gone the next has one of its own");
        let sixth = node.case(&node.send(PROVEN, REAL).await).await;
        assert!(matches!(sixth.aside, Aside::Folded(_)), "and leads those that follow");
        node.assert_sound().await;
    }

    async fn new_words_bring_a_folded_case_out_and_a_call_for_help_brings_it_first(store: Store) {
        let node = Watched::on(store).await;
        let all = node.all(vec![(STRANGER, JUNK.to_owned()); 300]).await;
        let side = node.send(STRANGER, "Khác hẳn mọi thứ ở trên, không ai nói câu này").await;
        assert_eq!(node.case(&side).await.aside, Aside::Side);
        let add = async |accepted: &tinan::service::intake::Accepted, text: &str| {
            let readings = Receipt::parse(&accepted.receipt).expect("a receipt");
            node.world.hotline.add_message(&readings, text, None).await.expect("is taken");
            node.case(accepted).await
        };
        let out = add(&all[7], "Thật ra nhà số 5 ngõ 3").await;
        assert_eq!(out.aside, Aside::Main, "new words have a row of their own");
        assert_eq!(add(&side, "Vẫn là tôi").await.aside, Aside::Side);
        let urgent = add(&side, "nó sốc thuốc rồi cứu với").await;
        assert_eq!((urgent.aside, urgent.priority), (Aside::Main, Priority::LIFE));
        let urgent = add(&all[8], "anh ấy ngừng thở rồi, cứu với").await;
        assert_eq!((urgent.aside, urgent.priority), (Aside::Main, Priority::LIFE));
        node.assert_sound().await;
    }

    async fn a_member_who_touches_a_folded_case_gives_it_a_row(store: Store) {
        let node = Watched::on(store).await;
        let all = node.all(vec![(PROVEN, JUNK.to_owned()); 3]).await;
        let anh = node.world.actor("anh").await;
        let last = node.case(&all[2]).await;
        node.world.hotline.acknowledge(&anh, &step(&node, last.id).await).await.expect("acknowledges");
        assert_eq!(node.by_id(last.id).await.aside, Aside::Main);
        // `next` gives the rows first, then what is beneath them.
        let mut given = Vec::new();
        while let Some(claimed) = node.world.hotline.next_case(&anh, "tips", None).await.expect("asks") {
            given.push(claimed.id);
        }
        assert_eq!(given, [node.case(&all[0]).await.id, last.id, node.case(&all[1]).await.id]);
        node.assert_sound().await;
    }

    async fn a_hand_in_the_database_cannot_have_a_tip_cleared_unseen(database: Database) {
        let node = Watched::on(database.store.clone()).await;
        let junk = node.all(vec![(STRANGER, JUNK.to_owned()); 30]).await;
        let real = node.case(&node.send(PROVEN, REAL).await).await;
        let head = node.case(&junk[0]).await;
        let Aside::Folded(fold) = node.case(&junk[1]).await.aside else { panic!("a copy") };
        let (fold, id) = (database.id(fold.uuid()), database.id(real.id.uuid()));
        database.raw(&format!("UPDATE cases SET aside = 2, fold = {fold} WHERE id = {id}")).await;
        database.raw(&format!("UPDATE folds SET amount = amount + 1 WHERE id = {fold}")).await;
        database.raw("UPDATE aside_counts SET amount = amount + 1 WHERE aside = 2").await;
        let anh = node.world.actor("anh").await;
        let choice = Choice::Fold { head: head.id, upto: node.upto(&anh).await };
        let progress = node.order(&anh, choice, Deed::Clear).await.expect("sweeps");
        assert_eq!((progress.done, progress.apart, progress.ended), (30, 1, true));
        let real = node.by_id(real.id).await;
        assert_eq!((real.state, real.aside), (State::Received, Aside::Main), "it has its row again");
        node.assert_sound().await;
    }

    async fn a_row_that_lost_its_head_by_force_is_found_by_the_housekeeping(database: Database) {
        let node = Watched::on(database.store.clone()).await;
        let all = node.all(vec![(PROVEN, JUNK.to_owned()); 3]).await;
        let head = database.id(node.case(&all[0]).await.id.uuid());
        database.raw(&format!("UPDATE cases SET waiting = 0 WHERE id = {head}")).await;
        node.world.clock.advance(Duration::from_mins(1));
        node.world.hotline.upkeep().await.expect("a round");
        assert_eq!(node.case(&all[1]).await.aside, Aside::Main);
        assert!(matches!(node.case(&all[2]).await.aside, Aside::Folded(_)));
    }
}
