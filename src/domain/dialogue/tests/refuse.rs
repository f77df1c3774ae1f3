//! What frightened people write where something else was asked for: a cry for help, "no", an hour, a number with words.

use super::*;

const TIP: &str = "hàng xóm bán ma túy trong ngõ 12";

impl Chat {
    /// In a talk with a counsellor who can call back.
    fn called() -> Self {
        let mut chat = Self::with_case(Kind::Counselling);
        chat.hours = calling::hours(3);
        chat
    }

    fn kept(&self) -> String {
        String::from_utf8(self.state().to_bytes().expect("serialises")).expect("text")
    }
}

#[test]
fn a_question_for_a_code_swallows_no_cry_for_help() {
    for cry in [
        "no danh me toi chay mau",
        "bo toi dang danh con toi",
        "co nguoi chet",
        "toi so lam",
        "ban ma tuy o xom Dong",
    ] {
        let mut chat = Chat::new();
        chat.presses_token("m:code").writes(cry);
        if chat.last.iter().any(|e| matches!(e, Effect::CheckCode(_))) {
            chat.give(Input::NotFound);
        }
        assert!(chat.erased().is_empty(), "{cry}");
        assert_eq!(chat.state().draft().map(Draft::text).as_deref(), Some(cry), "{:?}", chat.phrases());
    }
}

#[test]
fn a_code_that_is_missed_once_is_not_waited_for_any_more() {
    let mut chat = Chat::new();
    assert_eq!(chat.presses_token("m:code").writes("AB12").phrases(), ["chat.code.mistyped"]);
    assert!(chat.has_button("chat.button.tip") && chat.has_button("chat.button.help"));
    chat.writes(TIP);
    assert!(chat.state().draft().is_some());
}

#[test]
fn a_code_copied_in_groups_is_still_looked_up_and_goes_when_it_is_found() {
    let code = receipt().expose().to_string().replace('-', " ");
    for asked in [true, false] {
        let mut chat = Chat::new();
        if asked {
            chat.presses_token("m:code");
        }
        chat.writes(&code);
        assert!(chat.last.contains(&Effect::CheckCode(code.clone())));
        chat.give(Input::Found { state: "state.public.received", lines: Vec::new() });
        assert_eq!((chat.phrases()[0], chat.erased()), ("chat.code.found", vec!["c1"]));
    }
    let mut chat = Chat::new();
    chat.presses_token("m:code").writes(&code).give(Input::NotFound);
    assert_eq!(chat.phrases(), ["chat.code.not_found"]);
    assert!(chat.state().draft().is_none());
}

#[test]
fn no_in_words_drops_what_is_held() {
    for no in ["huỷ", "huy di", "stop", "thôi đừng gửi nữa", "dung gui", "khong gui nua", "xoá đi", "đổi ý"]
    {
        let mut chat = Chat::new();
        chat.writes(TIP).writes_as(no, "c2");
        assert_eq!(chat.phrases(), ["chat.cancelled"], "{no}");
        assert!(chat.state().draft().is_none() && chat.state().wake.is_none(), "{no}");
    }
    let mut chat = Chat::new();
    chat.presses_token("m:tip").writes("thôi");
    assert_eq!((chat.phrases(), chat.state().draft().is_none()), (vec!["chat.nothing_held"], true));
}

#[test]
fn a_refusal_among_words_stops_the_timer_and_is_asked_about() {
    let mut chat = Chat::new();
    chat.writes(TIP).writes_as("toi so qua, xoa di", "c2");
    assert_eq!(chat.phrases(), ["chat.stop_ask"]);
    assert_eq!(chat.state().undecided_since(), None, "nobody else reads it either");
    chat.passes(31).ticks();
    assert!(chat.submitted().is_empty() && chat.handed().is_empty());
    chat.passes(12 * 60).ticks();
    assert!(chat.submitted().is_empty() && chat.handed().is_empty() && chat.said().is_empty());
    assert!(chat.state().draft().is_none(), "what nobody wants is not kept");

    let mut chat = Chat::new();
    chat.writes(TIP).writes_as("toi so qua, xoa di", "c2").presses("chat.button.send");
    assert_eq!(chat.submitted()[0].kind, Kind::Tips, "wanted after all");
    let mut chat = Chat::new();
    chat.writes(TIP).writes_as("toi so qua, xoa di", "c2").presses("chat.button.cancel");
    assert_eq!(chat.phrases(), ["chat.cancelled"]);
    let mut chat = Chat::new();
    chat.writes("con trai tôi chơi đá, tôi muốn báo công an").writes_as("khoan, đừng gửi cho họ", "c2");
    chat.presses("chat.button.send");
    assert_eq!((chat.submitted().len(), chat.phrases()), (0, vec!["chat.choose.lane"]), "no lane was chosen");
}

#[test]
fn a_first_tip_may_speak_of_sending() {
    let mut chat = Chat::new();
    assert_eq!(chat.writes("nó bán ma túy, bảo khách đừng gửi tiền nữa").phrases(), ["chat.preview.tip"]);
}

#[test]
fn a_state_from_before_refusals_is_read() {
    let mut chat = Chat::new();
    chat.writes(TIP);
    assert!(!chat.kept().contains("stopped"), "the version before reads it too");
    assert!(State::from_bytes(chat.kept().as_bytes()).is_ok());
}

#[test]
fn a_call_is_refused_in_words() {
    for no in ["dung goi", "khong can goi", "thoi", "huy", "doi y"] {
        let mut chat = Chat::called();
        chat.presses_token("c:1").writes(no);
        assert_eq!((chat.phrases(), chat.added().len()), (vec!["callback.chat.declined"], 0), "{no}");
        chat.open[0].call = Some(calling::hours(3)[0]);
        chat.writes(no);
        assert_eq!(chat.phrases(), ["chat.added", "callback.chat.off_ask"], "{no}");
        assert_eq!(chat.added()[0].text, no);
        chat.presses("callback.chat.off");
        assert!(chat.last.iter().any(|e| matches!(e, Effect::CallOff(CaseRef(1)))), "{no}");
    }
    let mut chat = Chat::called();
    chat.open[0].call = Some(calling::hours(3)[0]);
    chat.writes("đừng gọi nữa chồng em về rồi");
    assert!(chat.added().len() == 1 && chat.has_button("callback.chat.off"));
}

#[test]
fn a_call_is_asked_for_in_words_with_buttons_too() {
    for asks in ["gọi lại", "goi cho toi", "goi lai cho em"] {
        let mut chat = Chat::called();
        assert_eq!(chat.writes(asks).phrases(), ["callback.chat.day"], "{asks}");
    }
    assert_eq!(Chat::new().writes("gọi lại cho em").phrases(), ["callback.chat.no_talk"]);
}

#[test]
fn an_hour_that_is_typed_is_chosen_and_other_words_do_not_drop_the_call() {
    for typed in ["13h duoc khong", "1 giờ chiều", "13", "1h trưa"] {
        let mut chat = Chat::called();
        chat.presses_token("c:1").presses("callback.chat.pick_day").writes(typed);
        assert_eq!((chat.phrases(), chat.added().len()), (vec!["callback.chat.number"], 0), "{typed}");
        assert!(chat.has_button("callback.chat.other_day"));
        chat.writes("0987654321");
        assert_eq!(chat.calls()[0].2, calling::hours(3)[0], "{typed}");
    }
    let mut chat = Chat::called();
    chat.presses_token("c:1").presses("callback.chat.pick_day").writes("em đi làm tới tối");
    assert_eq!(chat.phrases(), ["chat.added", "callback.chat.not_yet"]);
    chat.presses("callback.chat.pick_day").presses("callback.chat.pick_hour").writes("0987654321");
    assert_eq!(chat.calls().len(), 1);
}

#[test]
fn a_bare_number_goes_to_no_thread_unasked() {
    let mut chat = Chat::called();
    chat.writes("0987 654 321");
    assert_eq!((chat.phrases(), chat.erased()), (vec!["callback.chat.this_number"], vec!["c1"]));
    assert!(chat.added().is_empty() && !chat.kept().contains("0987"));
    let mut chat = Chat::with_case(Kind::Tips);
    chat.writes("0987654321");
    assert_eq!(chat.added().len(), 1, "of a tip it is a part");
}

#[test]
fn a_number_among_words_goes_nowhere_before_its_person_said_whose_it_is() {
    for said in ["0912345678 goi em sau 8h toi nha chong em di lam", "số của mẹ em là 0912.345.678"] {
        let mut chat = Chat::called();
        chat.presses_token("c:1").presses("callback.chat.pick_day").presses("callback.chat.pick_hour");
        chat.writes(said);
        assert_eq!((chat.phrases(), chat.erased()), (vec!["callback.chat.whose"], vec!["c1"]), "{said}");
        assert!(
            chat.added().is_empty() && chat.calls().is_empty() && !chat.kept().contains("0912"),
            "{said}"
        );
        chat.writes("0912345678");
        assert_eq!(chat.calls().len(), 1, "alone it is the person's own");
        let mut chat = Chat::called();
        chat.presses_token("c:1").writes(said);
        assert_eq!(chat.phrases(), ["callback.chat.whose", "callback.chat.not_yet"]);
        let others = chat.token("callback.chat.others");
        assert_eq!(chat.presses_token(&others).phrases(), ["callback.chat.others_told"]);
        chat.writes(said);
        assert_eq!((chat.added().len(), chat.calls().len()), (1, 0), "somebody else's is told");
    }
}

#[test]
fn a_danger_while_a_number_is_asked_for_ends_with_its_button() {
    for words in ["em chỉ muốn chết", "ngáo đá cầm dao chém người", "em chỉ muốn chết, số em 0912345678"]
    {
        let mut chat = Chat::called();
        chat.presses_token("c:1").presses("callback.chat.pick_day").presses("callback.chat.pick_hour");
        chat.writes(words);
        let last = chat.phrases().pop().expect("said");
        assert!(last.starts_with("chat.crisis."), "{words}: {:?}", chat.phrases());
        assert!(chat.added().len() == 1 || chat.state().draft().is_some(), "{words}");
        assert!(!chat.phrases().contains(&"callback.chat.still"), "{words}");
        let label = chat.said().last().expect("said").buttons[0][0].label;
        chat.presses(label);
        let alerted = chat.last.contains(&Effect::Alert(CaseRef(1)));
        assert!(alerted || chat.submitted()[0].how == How::Alert, "{words}");
    }
}

#[test]
fn a_draft_that_waits_is_shown_again_after_a_call_was_arranged() {
    let mut chat = Chat::called();
    chat.writes(TIP)
        .presses_token("c:1")
        .presses("callback.chat.pick_day")
        .presses("callback.chat.pick_hour");
    chat.writes("0987654321");
    assert_eq!(chat.phrases()[..2], ["callback.chat.done", "callback.chat.done_held"]);
    assert_eq!(chat.phrases().len(), 3);
}

#[test]
fn who_is_beaten_at_home_says_who_is_to_come() {
    for (label, kind) in
        [("chat.button.alert_tips", Kind::Tips), ("chat.button.alert_counsel", Kind::Counselling)]
    {
        let mut chat = Chat::new();
        chat.writes("chồng em ngáo đá cầm dao đòi giết em").presses(label);
        assert_eq!((chat.submitted()[0].kind, chat.submitted()[0].how), (kind, How::Alert));
    }
}

#[test]
fn an_alert_is_confirmed_before_the_code_and_nothing_comes_after() {
    let mut chat = Chat::called();
    let case = CaseRef(1);
    chat.give(Input::Submitted { kind: Kind::Counselling, how: How::Alert, receipt: receipt(), case });
    assert_eq!(chat.phrases(), ["chat.alerted", "chat.received.counsel"]);
}

#[test]
fn who_was_found_out_is_told_what_to_do_and_the_commune_is_left_out() {
    let mut chat = Chat::new();
    chat.writes("họ biết tôi báo rồi");
    assert_eq!(chat.phrases()[0], "chat.crisis.found_out", "first, and not the words for any other violence");
    chat.presses("chat.button.alert");
    let sent = chat.submitted();
    assert_eq!((sent[0].how, sent[0].avoid_commune), (How::Alert, true));
}

#[test]
fn a_card_is_no_number_and_a_place_is_told_to_be_kept() {
    let card = |caption: &str| Input::Media {
        file: None,
        caption: Some(caption.to_owned()),
        message: Some("c9".to_owned()),
        album: None,
    };
    let mut chat = Chat::called();
    chat.presses_token("c:1").give(card("An 0987654321"));
    assert_eq!((chat.phrases(), chat.erased()), (vec!["callback.chat.type_number"], vec!["c9"]));
    assert!(chat.added().is_empty());
    let mut chat = Chat::new();
    chat.writes(TIP).give(card("21.594000, 105.848000"));
    assert_eq!(chat.phrases()[0], "chat.words_kept");
}

#[test]
fn cases_are_told_apart_by_day_and_place_and_not_by_a_number_nobody_has() {
    let mut chat = Chat::with_case(Kind::Tips);
    chat.open_case(21_101, Kind::Counselling);
    chat.writes("hôm nay họ lại đến");
    let said = chat.said();
    let of = |n: usize| said[0].buttons[n][0].args.iter().any(|(_, a)| *a == Arg::Count(n + 1));
    assert!(of(0) && of(1) && said[0].buttons[1][0].label == "chat.button.case_of");
}

#[test]
fn who_was_asked_for_consent_is_not_asked_again_for_whom_it_is() {
    let mut chat = Chat::new();
    chat.writes("cai nghiện ở đâu, tôi muốn được tư vấn cai nghiện");
    let asked = chat.phrases();
    chat.writes_as("toi khong co tien, cai nghien o dau", "c2");
    assert_eq!((asked, chat.phrases()), (vec!["chat.consent"], vec!["chat.consent"]));
}
