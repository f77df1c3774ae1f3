//! Bulk acts: who may, what is passed over, what is written down, and what a crash leaves.

use std::collections::BTreeSet;

use tinan::domain::case::{Aside, Priority};
use tinan::domain::policy::Role;
use tinan::domain::state::State;
use tinan::service::casework::Step;
use tinan::service::once::Once;
use tinan::service::queue::List;
use tinan::service::sweep::{Choice, Deed, Order, place_in_draw};
use tinan::service::{Error, Refusal};
use tinan::store::Store;
use tinan::store::audit::Action;

use super::{JUNK, PROVEN, STRANGER, Watched};
use crate::on_both_databases;

/// A flood: one row in the working queue, and some texts of their own in the side queue.
async fn flooded(store: Store, side: usize) -> Watched {
    let node = Watched::on(store).await;
    node.all(vec![(STRANGER, JUNK.to_owned()); 210]).await;
    let own = (0..side).map(|n| (STRANGER, format!("Tin riêng {} {}", n * 31, "lời ".repeat(n % 7 + 3))));
    node.all(own.collect()).await;
    node
}

on_both_databases! {
    async fn chosen_cases_are_cleared_at_the_version_that_was_seen(store: Store) {
        let node = flooded(store, 12).await;
        let (anh, hoa) = (node.world.actor("anh").await, node.world.actor("hoa").await);
        let side = node.rows(&anh, List::Side).await;
        assert_eq!(side.len(), 12);
        // One is held by somebody else, one was changed since, one came twice.
        let held = Step { case: side[0].case.id, version: 1, once: None };
        node.world.hotline.claim(&hoa, &held).await.expect("claims");
        let seen = Step { case: side[1].case.id, version: 1, once: None };
        node.world.hotline.acknowledge(&hoa, &seen).await.expect("acknowledges");
        let mut chosen: Vec<_> = side.iter().map(|l| (l.case.id, l.case.version)).collect();
        chosen.push((side[2].case.id, 1));
        chosen.push((side[0].case.id, 2));
        let progress = node.order(&anh, Choice::Cases(chosen), Deed::Clear).await.expect("sweeps");
        assert_eq!((progress.done, progress.passed, progress.ended), (10, 4, true));
        let left: Vec<_> = node.rows(&anh, List::Side).await.iter().map(|l| l.case.id).collect();
        assert_eq!(left.len(), 2);
        assert!(left.contains(&side[0].case.id) && left.contains(&side[1].case.id));
        let cleared = node.by_id(side[3].case.id).await;
        assert_eq!((cleared.state, cleared.version, cleared.aside), (State::Closed, 3, Aside::Side));
        let file = node.world.hotline.open_case(&anh, cleared.id).await.expect("opens");
        let steps: Vec<_> = file.events.iter().map(|e| (e.action.as_str(), e.from, e.to)).collect();
        let (received, classified) = (Some(State::Received), Some(State::Classified));
        assert_eq!(steps, [("clear", received, classified), ("clear", classified, Some(State::Closed))]);
        assert!(file.events.iter().all(|e| e.reason.as_deref().is_some_and(|r| r.contains("Quảng cáo"))));
        assert_eq!(node.world.audited(Action::Cleared).await.len(), 10, "an entry for each");
        node.assert_sound().await;
    }

    async fn what_is_cleared_calls_nobody_any_more(store: Store) {
        let node = flooded(store, 3).await;
        let hotline = &node.world.hotline;
        // The last tenth of the time to classify.
        node.world.clock.advance(std::time::Duration::from_hours(22));
        hotline.watch_cases().await.expect("looks");
        let open = async || {
            let mut tx = hotline.store().read().await.expect("reads");
            tx.open_alarms(hotline.world().tenant.id, 100).await.expect("reads").len()
        };
        assert!(open().await > 0, "clocks near their end are told");
        let anh = node.world.actor("anh").await;
        let (head, upto) = (node.rows(&anh, List::Main).await[0].case.id, node.upto(&anh).await);
        node.sweep(&anh, Choice::Fold { head, upto }, Deed::Clear).await;
        node.sweep(&anh, Choice::Side { upto }, Deed::Clear).await;
        assert_eq!(open().await, 0, "a named person has settled all of it");
        node.assert_sound().await;
    }

    async fn the_tally_tells_what_is_folded_from_what_is_open(store: Store) {
        let node = flooded(store, 3).await;
        let world = &node.world;
        let mut tx = world.hotline.store().read().await.expect("reads");
        let tips = tx.figures(world.hotline.world().tenant.id).await.expect("reads");
        let tips = tips.lane(tinan::domain::lane::Kind::Tips);
        assert_eq!((tips.received, tips.open, tips.closed, tips.folded), (213, 4, 0, 209));
        assert!(tips.adds_up());
    }

    async fn the_sample_is_drawn_by_nobody_and_looked_at_by_somebody_else(store: Store) {
        let node = flooded(store, 0).await;
        node.world.add("anh", "dung", Role::Officer, Some("tips")).await;
        let (anh, hoa) = (node.world.actor("anh").await, node.world.actor("hoa").await);
        let head = node.rows(&hoa, List::Main).await[0].case.id;
        let choice = Choice::Fold { head, upto: node.upto(&hoa).await };
        let progress = node.sweep(&hoa, choice, Deed::Clear).await;
        assert_eq!(progress.done, 210);
        let view = node.world.hotline.sweep_view(&anh, progress.sweep).await.expect("a view");
        assert_eq!((view.drawn.len(), view.reviewed, view.may_review), (11, 0, true));
        let mut places: Vec<i64> = Vec::new();
        for link in node.world.audited(Action::Cleared).await {
            let case = tinan::kernel::id::CaseId::from_uuid(link.1);
            places.push(place_in_draw(&view.sweep.seed, case));
        }
        places.sort_unstable();
        let drawn: BTreeSet<i64> =
            view.drawn.iter().map(|d| place_in_draw(&view.sweep.seed, d.line.case.id)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), places[..11], "anybody draws the same again");
        let (kept, back) = (view.drawn[0].line.case.id, view.drawn[1].line.case.id);
        for other in [&hoa, &node.world.actor("dung").await] {
            let refused = node.world.hotline.review(other, progress.sweep, kept, None).await;
            assert!(matches!(refused, Err(Error::Refused(Refusal::NotAllowed))), "who did it, or no lead");
        }
        let outside = node.world.audited(Action::Cleared).await.into_iter().map(|l| l.1);
        let outside = outside.map(tinan::kernel::id::CaseId::from_uuid);
        let outside = outside.into_iter().find(|c| view.drawn.iter().all(|d| d.line.case.id != *c));
        let refused = node.world.hotline.review(&anh, progress.sweep, outside.expect("many"), None).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NotFound))), "not in the sample");
        node.world.hotline.review(&anh, progress.sweep, kept, None).await.expect("looks");
        let empty = node.world.hotline.review(&anh, progress.sweep, back, Some(" ")).await;
        assert!(matches!(empty, Err(Error::Refused(Refusal::NoReason))));
        node.world.hotline.review(&anh, progress.sweep, back, Some("Có địa chỉ")).await.expect("takes back");
        let view = node.world.hotline.sweep_view(&anh, progress.sweep).await.expect("a view");
        assert_eq!((view.reviewed, view.sweep.undone), (2, 1));
        assert_eq!(node.by_id(kept).await.state, State::Closed);
        assert_eq!(node.by_id(back).await.state, State::Classified);
        assert_eq!(node.rows(&anh, List::Main).await.len(), 1, "it leads the row now that all others are gone");
        node.assert_sound().await;
    }

    async fn what_came_after_the_member_looked_is_not_cleared(store: Store) {
        let node = flooded(store, 3).await;
        let anh = node.world.actor("anh").await;
        let (head, upto) = (node.rows(&anh, List::Main).await[0].case.id, node.upto(&anh).await);
        let late = node.send(STRANGER, JUNK).await;
        let late_side = node.send(STRANGER, "Một tin riêng nữa đến sau khi mở trang").await;
        let progress = node.sweep(&anh, Choice::Fold { head, upto }, Deed::Clear).await;
        assert_eq!(progress.done, 210);
        let late = node.case(&late).await;
        assert_eq!((late.state, late.aside), (State::Received, Aside::Main), "it has the row now");
        let progress = node.sweep(&anh, Choice::Side { upto }, Deed::Clear).await;
        assert_eq!(progress.done, 3);
        assert_eq!(node.case(&late_side).await.state, State::Received);
        node.assert_sound().await;
    }

    async fn an_order_that_is_repeated_is_one_order(store: Store) {
        let node = flooded(store, 4).await;
        let anh = node.world.actor("anh").await;
        let once = Once::new("test", b"anh", "a key of a request", b"{}").expect("a key");
        let order = Order {
            desk: "tips".to_owned(),
            choice: Choice::Side { upto: node.upto(&anh).await },
            deed: Deed::Clear,
            reason: "Quảng cáo".to_owned(),
            once: Some(once),
        };
        let first = node.world.hotline.sweep(&anh, &order).await.expect("sweeps");
        node.send(STRANGER, "Tin mới không ai xem").await;
        let again = node.world.hotline.sweep(&anh, &order).await.expect("answers");
        assert_eq!((first.done, again.done, again.sweep), (4, 4, first.sweep));
        assert_eq!(node.world.audited(Action::SweepBegun).await.len(), 1);
        let nothing = Order { reason: " ".to_owned(), once: None, ..order.clone() };
        let refused = node.world.hotline.sweep(&anh, &nothing).await;
        assert!(matches!(refused, Err(Error::Refused(Refusal::NoReason))));
        let nobody = Order { choice: Choice::Cases(Vec::new()), once: None, ..order };
        assert!(node.world.hotline.sweep(&anh, &nobody).await.is_err());
    }

    async fn others_see_and_do_nothing(store: Store) {
        let node = flooded(store, 4).await;
        let anh = node.world.actor("anh").await;
        let upto = node.upto(&anh).await;
        let progress = node.sweep(&anh, Choice::Side { upto }, Deed::Clear).await;
        for login in ["lan", "binh", "sen", "cam", "quan"] {
            let other = node.world.actor(login).await;
            assert!(node.order(&other, Choice::Side { upto }, Deed::Clear).await.is_err(), "{login}");
            assert!(node.world.hotline.sweep_view(&other, progress.sweep).await.is_err(), "{login}");
            assert!(node.world.hotline.undo_sweep(&other, progress.sweep, "x").await.is_err(), "{login}");
            assert!(node.world.hotline.go_on(&other, progress.sweep).await.is_err(), "{login}");
            assert!(node.world.hotline.list(&other, "tips", List::Side, None).await.is_err(), "{login}");
        }
    }

    async fn an_act_that_was_cut_off_is_gone_on_with_by_another_node(store: Store) {
        let node = flooded(store.clone(), 1010).await;
        let anh = node.world.actor("anh").await;
        let choice = Choice::Side { upto: node.upto(&anh).await };
        let first = node.order(&anh, choice, Deed::Clear).await.expect("sweeps");
        assert_eq!((first.done, first.ended), (1000, false), "the server dies before the rest");
        let last = node.rows(&anh, List::Side).await;
        assert_eq!(last.len(), 10, "what was not done was not touched");
        let other = node.world.node(store, 77, |_| {}).await.expect("starts");
        other.watch_for_floods(crate::flood::rules()).expect("watches");
        let progress = other.go_on(&anh, first.sweep).await.expect("goes on");
        assert_eq!((progress.done, progress.ended), (1010, true));
        let file = other.open_case(&anh, last[0].case.id).await.expect("opens");
        let reason = file.events[0].reason.as_deref();
        assert!(reason.is_some_and(|r| r.contains("Quảng cáo")), "with the reason given first: {reason:?}");
        let again = other.go_on(&anh, first.sweep).await.expect("answers");
        assert_eq!((again.done, again.ended), (1010, true), "gone on with twice, it is done once");
        node.assert_sound().await;
    }

    async fn a_flood_that_is_not_watched_for_is_as_before(store: Store) {
        let world = crate::world::World::on(store, false).await;
        world.staff().await;
        world.hotline.know_floods(crate::flood::rules(), false).expect("knows");
        let node = Watched { world };
        node.all(vec![(STRANGER, JUNK.to_owned()); 220]).await;
        let anh = node.world.actor("anh").await;
        assert_eq!(node.rows(&anh, List::Main).await.len(), 220);
        assert!(!node.world.hotline.asks_for_proof());
        let urgent = node.urgent(PROVEN, JUNK, Priority::LIFE).await;
        assert_eq!(node.case(&urgent).await.aside, Aside::Main);
        node.assert_sound().await;
    }
}
