//! What a node decides from its memory alone, on a clock turned by hand.

use std::time::Duration;

use super::*;
use crate::domain::lane::Kind;
use crate::kernel::Entropy;

const NOW: Timestamp = Timestamp::from_millis(1_795_320_720_000);
const STRANGER: Sender = Sender::Stranger { proven: false };
const PROVEN: Sender = Sender::Stranger { proven: true };

struct Node {
    flood: Flood,
    entropy: Entropy,
    desk: DeskId,
    now: Timestamp,
}

impl Node {
    fn new() -> Self {
        let entropy = Entropy::seeded(5);
        let flood = Flood::new(Rules::embedded().expect("the shipped file"), Key::new([3; 16]), true);
        let desk = DeskId::random(&entropy).expect("seeded");
        Self { flood, entropy, desk, now: NOW }
    }

    fn urgent(&self, sender: Sender, priority: Priority, text: &str) -> (CaseId, Judged) {
        let case = CaseId::random(&self.entropy).expect("seeded");
        let submission = Submission {
            kind: Kind::Tips,
            text: text.to_owned(),
            locale: "vi".to_owned(),
            channel: "web".to_owned(),
            details: Details::default(),
            priority,
            reads_as_tip: true,
        };
        let fold = FoldId::random(&self.entropy).expect("seeded");
        let arriving = Arriving { case, desk: self.desk, submission: &submission, sender };
        (case, self.flood.judge(&arriving, fold, self.now))
    }

    fn send(&self, sender: Sender, text: &str) -> (CaseId, Judged) {
        self.urgent(sender, Priority::NORMAL, text)
    }

    /// Until strangers are asked for proof: many that say the same.
    fn overrun(&self) {
        for _ in 0..=self.flood.rules.load_most() {
            self.send(PROVEN, "rác rác rác rác rác rác");
        }
    }

    fn later(&mut self, by: Duration) {
        self.now = self.now.plus(by);
    }
}

fn under(judged: Judged) -> Option<CaseId> {
    if let Placing::Under { head, .. } = judged.placing { Some(head) } else { None }
}

#[test]
fn copies_go_beneath_the_first_and_every_other_text_has_a_row() {
    let node = Node::new();
    let (first, judged) = node.send(STRANGER, "Bán ma túy ở số 12 ngõ 5");
    assert_eq!(judged, Judged::PLAIN);
    for _ in 0..50 {
        let (_, copy) = node.send(STRANGER, "ban ma tuy o so 12, ngo 5");
        assert_eq!(under(copy), Some(first));
        assert!(copy.registers && copy.quiet, "a copy enters the register like any tip");
    }
    assert_eq!(node.send(STRANGER, "Bán ma túy ở số 14 ngõ 5").1, Judged::PLAIN);
}

#[test]
fn beyond_so_many_copies_an_officer_confirms_them_first() {
    let node = Node::new();
    let all: Vec<Judged> = (0..250).map(|_| node.send(PROVEN, "Bán ma túy ở số 12 ngõ 5").1).collect();
    assert!(all.iter().take(200).all(|j| j.registers));
    assert!(all.iter().skip(201).all(|j| !j.registers && under(*j).is_some()));
}

#[test]
fn under_load_a_stranger_without_proof_goes_to_the_side_queue_and_nobody_else_does() {
    let mut node = Node::new();
    assert_eq!(node.send(STRANGER, "Có người bán thuốc phiện trong bản").1, Judged::PLAIN);
    node.overrun();
    let (side, judged) = node.send(STRANGER, "Xe tải chở hàng cấm qua đèo ban đêm");
    assert_eq!((judged.placing, judged.registers, judged.quiet), (Placing::Side, false, true));
    for sender in [PROVEN, Sender::Known, Sender::Chat([1; 32])] {
        let text = format!("Quán hát mở phòng bay cho khách {sender:?}");
        assert_eq!(node.send(sender, &text).1, Judged::PLAIN);
    }
    for priority in [Priority::LIFE, Priority::URGENT] {
        let text = format!("Ngáo đá cầm dao trước cổng trường {priority:?}");
        assert_eq!(node.urgent(STRANGER, priority, &text).1, Judged::PLAIN);
    }
    let (_, copy) = node.send(STRANGER, "Xe tải chở hàng cấm qua đèo ban đêm");
    assert_eq!(under(copy), Some(side));
    let (real, judged) = node.send(PROVEN, "Xe tải chở hàng cấm qua đèo ban đêm");
    assert_eq!(judged.placing, Placing::Main, "with proof it is not hidden in the side queue");
    let (_, copy) = node.send(STRANGER, "Xe tải chở hàng cấm qua đèo ban đêm");
    assert_eq!(under(copy), Some(real), "and leads those that follow");
    node.later(node.flood.rules.linger());
    assert_eq!(node.send(STRANGER, "Nhà nghỉ cho tụ tập chích hút").1, Judged::PLAIN, "the flood is over");
}

#[test]
fn a_row_is_never_beneath_one_that_is_less_urgent() {
    let node = Node::new();
    let text = "Nó cầm dao đòi chém người ở đầu ngõ";
    let (calm, _) = node.send(STRANGER, text);
    let (urgent, judged) = node.urgent(STRANGER, Priority::URGENT, text);
    assert_eq!(judged, Judged::PLAIN);
    for _ in 1..3 {
        assert_eq!(
            node.urgent(STRANGER, Priority::URGENT, text).1,
            Judged::PLAIN,
            "three have rows of their own"
        );
    }
    let (_, copy) = node.urgent(STRANGER, Priority::URGENT, text);
    assert_eq!(under(copy), Some(urgent));
    assert!(copy.registers && !copy.quiet, "its alarm is that of its urgency");
    let (_, copy) = node.send(STRANGER, text);
    assert_eq!(under(copy), Some(urgent), "the row took the highest urgency");
    assert_ne!(calm, urgent);
}

#[test]
fn ten_lives_at_risk_in_the_same_words_have_ten_rows() {
    let node = Node::new();
    node.overrun();
    let rows =
        (0..30).filter(|_| under(node.urgent(STRANGER, Priority::LIFE, "cứu với").1).is_none()).count();
    assert_eq!(rows, 10);
}

#[test]
fn a_template_with_changing_numbers_folds_nothing_and_ends_in_the_side_queue() {
    let node = Node::new();
    let text = |n: u32| {
        format!("Có người bán ma túy ở nhà số {n} ngõ {} phường Túc Duyên, mọi người ra vào cả đêm", n * 7)
    };
    let all: Vec<Judged> = (0..70).map(|n| node.send(STRANGER, &text(n)).1).collect();
    assert!(all.iter().all(|j| under(*j).is_none()));
    assert!(all.iter().take(50).all(|j| j.placing == Placing::Main));
    assert!(all.iter().skip(52).all(|j| j.placing == Placing::Side && !j.registers));
    let memory = node.flood.memory();
    assert!(memory.load.asks(&node.flood.rules, node.now), "people are asked now");
    drop(memory);
    assert_eq!(
        node.send(PROVEN, &text(777)).1.placing,
        Placing::Main,
        "who answered is not mistaken for the flood"
    );
    let other = "Chủ quán karaoke Hoàng Gia giấu thuốc lắc trong tủ lạnh sau quầy";
    assert_eq!(node.send(STRANGER, other).1, Judged::PLAIN, "and what is no relative is not touched");
}

#[test]
fn a_chat_opens_five_cases_at_once_and_then_one_in_twenty_minutes() {
    let mut node = Node::new();
    let me = Sender::Chat([9; 32]);
    let send = |node: &Node, n: usize| {
        let text = format!("Chuyện thứ {n} khác hẳn {}", "nữa ".repeat(n));
        node.send(me, &text).1.placing
    };
    for n in 0..5 {
        assert_eq!(send(&node, n), Placing::Main, "{n}");
    }
    assert_eq!(send(&node, 5), Placing::Side);
    assert_eq!(node.send(Sender::Chat([8; 32]), "Người khác").1.placing, Placing::Main);
    node.later(Duration::from_mins(20));
    assert_eq!(send(&node, 6), Placing::Main);
    assert_eq!(send(&node, 7), Placing::Side);
    node.now = NOW.minus(Duration::from_hours(9000));
    let judged = node.urgent(me, Priority::LIFE, "nguy hiểm").1;
    assert_eq!(judged.placing, Placing::Main, "a life is never put aside");
    node.later(Duration::from_mins(101));
    assert_eq!(send(&node, 9), Placing::Main, "a clock set back does not close a chat");
}

#[test]
fn the_window_slides_and_stays_bounded() {
    let mut node = Node::new();
    let (first, _) = node.send(STRANGER, "Bán ma túy ở chợ Đồng Quang");
    node.later(Duration::from_mins(59));
    assert_eq!(under(node.send(STRANGER, "Bán ma túy ở chợ Đồng Quang").1), Some(first));
    node.later(Duration::from_mins(59));
    assert_eq!(
        under(node.send(STRANGER, "Bán ma túy ở chợ Đồng Quang").1),
        Some(first),
        "since the last one"
    );
    node.later(Duration::from_hours(1));
    assert_eq!(node.send(STRANGER, "Bán ma túy ở chợ Đồng Quang").1, Judged::PLAIN);
    for n in 0..5000 {
        node.send(Sender::Known, &format!("{n}"));
    }
    assert_eq!(node.send(PROVEN, "Bán ma túy ở chợ Đồng Quang").1, Judged::PLAIN, "forgotten first");
    node.now = NOW;
    assert_eq!(node.send(Sender::Known, "4999").1, Judged::PLAIN, "a clock set back forgets all");
}

#[test]
fn a_row_that_was_gone_is_led_by_the_next() {
    let node = Node::new();
    let text = "Bán ma túy ở số 12 ngõ 5";
    node.send(STRANGER, text);
    let (second, judged) = node.send(STRANGER, text);
    let Placing::Under { fold, .. } = judged.placing else { panic!("a copy") };
    node.flood.memory().window.lead(fold, second, false);
    assert_eq!(under(node.send(STRANGER, text).1), Some(second));
}
