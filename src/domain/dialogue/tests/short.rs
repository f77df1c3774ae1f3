//! The talk over SMS: one message is enough, and nothing betrays.

use super::*;

fn sms() -> Chat {
    Chat { short: true, ..Chat::new() }
}

const TIP: &str = "Nhà cuối ngõ 9 bán ma túy ban đêm";

#[test]
fn messages_close_together_are_one_tip_answered_once() {
    let mut chat = sms();
    assert_eq!(chat.writes(TIP).phrases(), ["sms.received"]);
    assert_eq!(chat.wakes(), Some(chat.in_minutes(2)));
    assert!(chat.passes(1).writes("biển số 20H1").phrases().is_empty(), "one answer is enough");
    chat.passes(1).ticks();
    assert!(chat.submitted().is_empty(), "the last message is a minute old");
    chat.passes(1).ticks();
    let sent = chat.submitted();
    assert_eq!(
        (sent[0].kind, sent[0].text.as_str()),
        (Kind::Tips, "Nhà cuối ngõ 9 bán ma túy ban đêm\nbiển số 20H1")
    );
    assert!(!sent[0].consent && chat.phrases().is_empty());
}

#[test]
fn words_go_where_they_lean_and_else_to_a_counsellor() {
    for (text, kind) in [
        (TIP, Some(Kind::Tips)),
        ("công an xã bảo kê quán bán ma túy", Some(Kind::Oversight)),
        ("con tôi nghiện, tôi muốn được tư vấn cai nghiện", Some(Kind::Counselling)),
        ("chuyện này tôi không biết nói với ai", None),
    ] {
        let mut chat = sms();
        chat.writes(text).passes(2).ticks();
        let went = chat.submitted().first().map(|s| s.kind);
        let handed = chat.handed().first().map(|s| s.kind);
        assert_eq!(went.or(handed), Some(kind.unwrap_or(Kind::Counselling)), "{text}");
        assert!(chat.phrases().is_empty(), "{text}");
    }
}

#[test]
fn no_in_words_drops_what_was_gathered() {
    let mut chat = sms();
    chat.writes(TIP);
    assert_eq!(chat.writes("HUY").phrases(), ["sms.dropped"]);
    chat.passes(2).ticks();
    assert!(chat.submitted().is_empty() && chat.handed().is_empty() && chat.state().wake.is_none());
}

#[test]
fn a_danger_is_answered_by_numbers_and_sent_at_once() {
    let mut chat = sms();
    chat.writes("nó sốc thuốc tím tái không thở");
    assert_eq!(chat.phrases(), ["sms.crisis.overdose"]);
    assert_eq!(chat.submitted().len() + chat.handed().len(), 1);
    let mut chat = sms();
    chat.open_case(1, Kind::Counselling);
    chat.writes("nó sốc thuốc tím tái không thở");
    assert_eq!((chat.phrases(), chat.added().len()), (vec!["sms.crisis.overdose"], 1));
}

#[test]
fn the_code_comes_only_when_asked_for_and_for_a_day() {
    let mut chat = sms();
    assert_eq!(chat.writes("MA").phrases(), ["sms.no_code"]);
    assert_eq!(chat.writes(TIP).writes("Mã").phrases(), ["sms.code_soon"]);
    chat.passes(2).ticks().give(Input::Submitted {
        kind: Kind::Tips,
        how: How::Pressed,
        receipt: receipt(),
        case: CaseRef(9),
    });
    assert!(chat.phrases().is_empty());
    for word in ["ma", "Mã", "CODE ", "mã."] {
        assert_eq!(chat.writes(word).phrases(), ["sms.code"], "{word}");
    }
    chat.passes(24 * 60).ticks();
    assert_eq!(chat.writes("MA").phrases(), ["sms.no_code"]);
    assert!(chat.state().wake.is_none());
}

#[test]
fn more_words_go_to_the_open_case_and_never_to_the_other_lane() {
    let mut chat = sms();
    chat.open_case(1, Kind::Tips);
    chat.writes("biển số 20H1");
    assert_eq!((chat.phrases(), chat.added().len()), (vec!["sms.received"], 1));
    chat.writes("con tôi nghiện, tôi muốn được tư vấn cai nghiện");
    assert!(chat.added().is_empty() && chat.state().draft().is_some(), "a matter of its own");
}

#[test]
fn forgetting_sends_what_was_received_first() {
    let mut chat = sms();
    chat.writes(TIP).writes("QUÊN");
    assert_eq!((chat.submitted().len(), chat.phrases()), (1, vec!["sms.forgotten"]));
    assert!(chat.last.iter().any(|e| matches!(e, Effect::Forget)));
    assert!(chat.state().draft().is_none() && chat.state().wake.is_none());
}

#[test]
fn a_desks_words_are_shown_when_asked_for_and_what_follows_answers_them() {
    let mut chat = sms();
    chat.open_case(1, Kind::Tips);
    chat.open_case(2, Kind::Tips);
    chat.presses_token("v:abc.1").give(Input::Opened { text: "Xe màu gì?".to_owned(), case: CaseRef(1) });
    assert_eq!(chat.phrases(), ["chat.view.content"]);
    assert_eq!(chat.writes("màu đỏ").added()[0].case, CaseRef(1));
    assert_eq!(chat.presses_token("m:code").phrases(), ["sms.nothing_new"]);
}
