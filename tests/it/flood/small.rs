//! Two thousand junk messages beside twenty real tips.

use std::collections::HashSet;

use tinan::domain::receipt::Receipt;
use tinan::domain::state::{PublicState, State};
use tinan::service::queue::List;
use tinan::service::sweep::{Choice, Deed};
use tinan::store::Store;

use super::{JUNK, PROVEN, STRANGER, Watched};
use crate::on_both_databases;

/// Twenty things that happened.
const PLACES: [&str; 20] = [
    "Quán nước Hoa Sen bán tem giấy",
    "Ngõ 12 Minh Cầu có người giao đá",
    "Nhà nghỉ Bình Minh cho chích hút",
    "Xe 20C-001.02 chở ma túy qua đèo Gió",
    "Karaoke Hoàng Gia giấu thuốc lắc",
    "Xưởng mộc cũ nấu đá ban đêm",
    "Cổng trường Lương Ngọc Quyến bán pod",
    "Bãi xe Sông Cầu có kim tiêm",
    "Chợ Thái có con buôn tên Tý",
    "Trồng cần sa ở rẫy xã Văn Lăng",
    "Homestay Suối Lạnh mở tiệc ke",
    "Tiệm net 247 bán cỏ Mỹ",
    "Bưu cục số 3 có gói nghi ma túy",
    "Phòng trọ 305 đường Z115 chơi kẹo",
    "Bến phà Đồng Mỗ giao hàng",
    "Nhà hoang đầu làng Phú Lương hút chích",
    "Shipper áo đen giao đá phố Bến Oánh",
    "Trại gà xóm Núi nuôi thuốc phiện",
    "Bi-a Ba Con Mèo bán bóng cười trộn",
    "Cầu Bến Tượng có người chờ hàng lúc 2 giờ",
];

/// Junk of two sorts around the real ones: one text a thousand times and more, and texts that are all different.
fn mixed() -> Vec<(tinan::service::flood::Sender, String)> {
    let mut all: Vec<_> = (0..1500).map(|_| (STRANGER, JUNK.to_owned())).collect();
    all.extend((0..500_u64).map(|n| {
        let word = |i: u64| format!("{:x}", (n + 3).pow(3).wrapping_mul(0x9e37_79b9 + i * 77) % 65_521);
        let words: Vec<String> = (0..12).map(word).collect();
        (STRANGER, format!("{n:x} {}", words.join(" ")))
    }));
    for (i, place) in PLACES.into_iter().enumerate() {
        all.insert(300 + i * 80, (PROVEN, place.to_owned()));
    }
    all
}

on_both_databases! {
    async fn the_real_ones_keep_their_place_and_every_message_is_received(store: Store) {
        let node = Watched::on(store).await;
        let sent = mixed();
        let accepted = node.all(sent.clone()).await;
        let receipts: HashSet<&str> = accepted.iter().map(|a| a.receipt.as_str()).collect();
        assert_eq!(receipts.len(), 2020, "each has a receipt");
        let (mut real, mut numbers) = (Vec::new(), HashSet::new());
        for (accepted, (sender, _)) in accepted.iter().zip(&sent) {
            let case = node.case(accepted).await;
            assert!(case.due.is_some(), "each has a clock");
            assert!(numbers.insert(case.number.number), "each has a number");
            if *sender == PROVEN {
                real.push(case.id);
            }
        }
        assert_eq!(numbers.into_iter().max(), Some(2020));

        let anh = node.world.actor("anh").await;
        let main = node.rows(&anh, List::Main).await;
        let (folded, alone): (Vec<_>, Vec<_>) = main.iter().partition(|l| l.copies > 0);
        assert_eq!(folded.len(), 1, "one row");
        assert_eq!(folded[0].copies, 1499, "for fifteen hundred");
        let shown: Vec<_> = alone.iter().map(|l| l.case.id).collect();
        assert_eq!(shown.len(), 20, "nothing else stands beside the real ones");
        assert!(real.iter().all(|id| shown.contains(id)));
        let places: Vec<i64> = alone.iter().map(|l| l.case.number.number).collect();
        assert!(places.is_sorted(), "in the order of arrival: {places:?}");
        let side = node.rows(&anh, List::Side).await;
        assert_eq!(side.len(), 500, "what is all different came to the side queue");
        node.assert_sound().await;

        let next = node.world.hotline.next_case(&anh, "tips", None).await.expect("asks").expect("one");
        assert!(next.id == folded[0].case.id || real.contains(&next.id), "the working queue first");

        clear_and_take_back(&node, &folded[0].case, &accepted[5].receipt).await;
        confirm(&node).await;
    }
}

async fn clear_and_take_back(node: &Watched, head: &tinan::domain::case::Case, receipt: &str) {
    let hoa = node.world.actor("anh").await;
    let choice = Choice::Fold { head: head.id, upto: node.upto(&hoa).await };
    let first = node.order(&hoa, choice, Deed::Clear).await.expect("sweeps");
    assert_eq!((first.done, first.ended), (1000, false), "one request does its share and no more");
    let mut progress = first;
    while !progress.ended {
        progress = node.world.hotline.go_on(&hoa, first.sweep).await.expect("goes on");
    }
    assert_eq!(progress.done, 1500);
    assert_eq!(node.rows(&hoa, List::Main).await.len(), 20);
    let readings = Receipt::parse(receipt).expect("a receipt");
    let seen = node.world.hotline.look_up(&readings).await.expect("is found");
    assert_eq!(seen.public_state, PublicState::Closed, "whoever sent it is told the truth");
    let view = node.world.hotline.sweep_view(&hoa, first.sweep).await.expect("a view");
    assert_eq!((view.sample, view.drawn.len()), (75, 75), "a twentieth");
    node.assert_sound().await;

    for undone in [1000, 1500, 1500] {
        node.world.hotline.undo_sweep(&hoa, first.sweep, "Bấm nhầm").await.expect("takes back");
        let view = node.world.hotline.sweep_view(&hoa, first.sweep).await.expect("a view");
        assert_eq!(view.sweep.undone, undone);
    }
    let rows = node.rows(&hoa, List::Main).await;
    let back: Vec<_> = rows.iter().filter(|l| l.copies > 0).collect();
    assert_eq!((rows.len(), back.len()), (21, 1));
    assert_eq!(back[0].copies, 1499, "as it was, in one row");
    assert_eq!(back[0].case.state, State::Classified, "taken up again, not new");
    node.assert_sound().await;
}

async fn confirm(node: &Watched) {
    let anh = node.world.actor("anh").await;
    let before = registered(node).await;
    let choice = Choice::Side { upto: node.upto(&anh).await };
    let progress = node.sweep(&anh, choice, Deed::Confirm).await;
    assert_eq!(progress.done, 500);
    assert!(node.rows(&anh, List::Side).await.is_empty());
    assert_eq!(node.rows(&anh, List::Main).await.len(), 521);
    assert_eq!(registered(node).await, before + 500, "each has an entry now, without a gap");
    node.assert_sound().await;
}

/// How many entries the legal register has.
async fn registered(node: &Watched) -> i64 {
    let tenant = node.world.hotline.world().tenant.id;
    let mut tx = node.world.hotline.store().read().await.expect("reads");
    let counters = tx.counters(tenant).await.expect("reads");
    counters.iter().filter(|(s, ..)| s.starts_with("register:")).map(|(_, _, n)| n).sum()
}
