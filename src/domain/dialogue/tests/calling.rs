//! Asking to be called back in the talk: in counselling only, by hour and number, and nothing of the number stays.

use super::*;

const NUMBER: &str = "0987 654 321";
/// 13:00 in Hanoi.
const ONE: Timestamp = Timestamp::from_millis(1_795_327_200_000);

/// So many hours from one o'clock on, of two days.
pub(super) fn hours(n: u32) -> Vec<Slot> {
    let from = |n: u32| ONE.plus(Duration::from_hours(1) * n);
    let days = [0, 24].into_iter().flat_map(|day| (day..day + n).map(from));
    days.map(|from| Slot::of_row(from, from.plus(Duration::from_hours(1)))).collect()
}

impl Chat {
    fn with_counsellor() -> Self {
        let mut chat = Self::with_case(Kind::Counselling);
        chat.hours = hours(3);
        chat
    }

    /// At the question for the number.
    fn asked_for_number(&mut self) -> &mut Self {
        self.presses_token("c:1").presses("callback.chat.pick_day").presses("callback.chat.pick_hour")
    }

    /// What was asked for: case, number, hour.
    pub(super) fn calls(&self) -> Vec<(CaseRef, String, Slot)> {
        let call = |e: &Effect| match e {
            Effect::Call { case, number, hour } => Some((*case, number.expose().to_owned(), *hour)),
            _ => None,
        };
        self.last.iter().filter_map(call).collect()
    }

    fn calls_off(&self) -> usize {
        self.last.iter().filter(|e| matches!(e, Effect::CallOff(CaseRef(1)))).count()
    }

    fn submits(&mut self, kind: Kind) -> &mut Self {
        self.give(Input::Submitted { kind, how: How::Pressed, receipt: receipt(), case: CaseRef(1) })
    }
}

#[test]
fn who_wrote_to_a_counsellor_is_offered_a_call_and_chooses_day_hour_and_number() {
    let mut chat = Chat::with_counsellor();
    chat.submits(Kind::Counselling);
    assert_eq!(chat.phrases(), ["chat.received.counsel", "callback.chat.offer"]);
    chat.presses("callback.chat.yes");
    assert_eq!(chat.phrases(), ["callback.chat.day"]);
    assert_eq!(chat.said()[0].buttons.len(), 3, "two days and a way out");
    chat.presses("callback.chat.pick_day");
    assert_eq!(chat.phrases(), ["callback.chat.hour"]);
    chat.presses("callback.chat.pick_hour");
    assert_eq!(chat.phrases(), ["callback.chat.number"]);
    let say = chat.said()[0];
    assert!(say.args.iter().any(|(name, _)| *name == "channel"), "who else can see the number is said");
    chat.writes(NUMBER);
    assert_eq!(chat.calls(), [(CaseRef(1), "0987654321".to_owned(), hours(3)[0])]);
    assert_eq!((chat.phrases(), chat.erased()), (vec!["callback.chat.done"], vec!["c1"]));
    let kept = String::from_utf8(chat.state().to_bytes().expect("serialises")).expect("text");
    assert!(!kept.contains("0987"), "the number is in no state: {kept}");
}

#[test]
fn a_tip_is_never_offered_one_and_no_button_gets_one() {
    for kind in [Kind::Tips, Kind::Oversight] {
        let mut chat = Chat::with_case(kind);
        chat.hours = hours(3);
        chat.submits(kind);
        assert!(!chat.phrases().iter().any(|p| p.starts_with("callback.")));
        for token in ["c:1", "c:1:d20779", "c:1:h1795327200", "c:1:off", "c:1:no", "c:7"] {
            chat.presses_token(token);
            assert_eq!(chat.phrases(), ["chat.stale"], "{token}");
        }
        for words in ["/goilai", "/call"] {
            chat.writes(words);
            assert_eq!(chat.phrases(), ["callback.chat.no_talk"]);
        }
        chat.writes(NUMBER);
        assert!(chat.calls().is_empty());
    }
    let mut chat = Chat::with_counsellor();
    chat.short = true;
    chat.submits(Kind::Counselling).presses_token("c:1");
    assert!(!chat.phrases().iter().any(|p| p.starts_with("callback.")), "nor is anybody over SMS");
}

#[test]
fn without_hours_nothing_is_offered() {
    let mut chat = Chat::with_case(Kind::Counselling);
    chat.submits(Kind::Counselling);
    assert_eq!(chat.phrases(), ["chat.received.counsel"]);
    chat.presses_token("c:1");
    assert_eq!(chat.phrases(), ["callback.none_offered"]);
}

#[test]
fn no_thanks_is_heard_at_every_step() {
    let mut chat = Chat::with_counsellor();
    for token in ["c:1", "c:1:d20779", "c:1:h1795327200"] {
        for left in ["c:1:no", "/huy", "/cancel"] {
            chat.presses_token(token);
            let stop = chat.token("callback.chat.stop");
            assert_eq!(stop, "c:1:no");
            if left.starts_with('/') {
                chat.writes(left)
            } else {
                chat.presses_token(left)
            };
            assert_eq!(chat.phrases(), ["callback.chat.declined"], "{token} {left}");
            chat.writes(NUMBER);
            assert!(chat.calls().is_empty(), "{token} {left}: nothing is wanted any more");
        }
        // Beginning something else is leaving it too.
        chat.presses_token(token).presses_token("m:code");
        assert_eq!(chat.writes("/huy").phrases(), ["chat.nothing_held"]);
    }
}

#[test]
fn what_is_no_number_is_asked_again_and_words_go_where_words_go() {
    let mut chat = Chat::with_counsellor();
    chat.asked_for_number();
    for slip in ["098765432", "1900 1234", "+1 650 253 0000", "so 0987 654"] {
        chat.writes(slip);
        assert_eq!(chat.phrases(), ["callback.chat.wrong_number"], "{slip}");
        assert_eq!((chat.added().len(), chat.erased()), (0, vec!["c1"]), "{slip}");
    }
    // Words are not lost. (What holds a number is asked about: `refuse.rs`.)
    for words in ["con em đang khóc", "17"] {
        chat.writes(words);
        assert_eq!(chat.added().iter().map(|a| a.text.as_str()).collect::<Vec<_>>(), [words]);
        assert!(chat.calls().is_empty() && chat.phrases().contains(&"callback.chat.still"), "{words}");
    }
    chat.writes("ngáo đá cầm dao chém người");
    assert!(chat.phrases().contains(&"chat.crisis.violence"), "a danger is answered first");
    for said in ["Số của em là 0987.654.321 ạ", "+84987654321", "my number is 0987654321, please"] {
        chat.asked_for_number().writes(said);
        assert_eq!(chat.calls()[0].1, "0987654321", "{said}");
    }
}

#[test]
fn a_number_for_a_talk_that_was_closed_meanwhile_goes_nowhere() {
    for others in [&[][..], &[Kind::Tips], &[Kind::Tips, Kind::Oversight]] {
        for typed in [NUMBER, "số em là 0987.654.321 ạ", "098765432"] {
            let mut chat = Chat::with_counsellor();
            chat.asked_for_number();
            chat.open.clear();
            (2..).zip(others).for_each(|(n, kind)| chat.open_case(n, *kind));
            chat.writes(typed);
            assert_eq!(chat.phrases(), ["callback.chat.no_talk"], "{typed} {others:?}");
            assert_eq!((chat.added().len(), chat.erased()), (0, vec!["c1"]), "{typed} {others:?}");
            let kept = String::from_utf8(chat.state().to_bytes().expect("serialises")).expect("text");
            assert!(!kept.contains("0987"), "the number is in no state: {kept}");
        }
    }
}

#[test]
fn a_number_before_its_hour_is_not_kept_and_the_list_is_shown_again() {
    let mut chat = Chat::with_counsellor();
    chat.presses_token("c:1").writes(NUMBER);
    assert_eq!((chat.phrases(), chat.erased()), (vec!["callback.chat.hour_first"], vec!["c1"]));
    chat.writes("12");
    assert_eq!((chat.phrases(), chat.added().len()), (vec!["callback.chat.day"], 0));
    chat.writes("em đi làm tới tối");
    assert_eq!(chat.added().len(), 1);
}

#[test]
fn an_hour_that_has_passed_meanwhile_is_chosen_anew() {
    let mut chat = Chat::with_counsellor();
    chat.asked_for_number();
    chat.hours.remove(0);
    chat.writes(NUMBER);
    assert!(chat.calls().is_empty());
    assert_eq!(chat.phrases(), ["callback.chat.hour_gone"]);
    for old in ["c:1:h1795327200", "c:1:d0", "c:1:d99999999999999"] {
        assert_eq!(chat.presses_token(old).phrases(), ["callback.chat.hour_gone"], "{old}");
    }
    for odd in ["c:1:", "c:1:h", "c:1:x", "c:1:d-", "c:", "c:99999", "c:1:h1:h2", "c:-1"] {
        chat.presses_token(odd);
        assert!(chat.calls().is_empty() && chat.calls_off() == 0, "{odd}");
    }
}

#[test]
fn the_right_number_replaces_the_wrong_one_and_other_words_end_that() {
    let mut chat = Chat::with_counsellor();
    chat.asked_for_number().writes(NUMBER);
    chat.open[0].call = Some(hours(3)[0]);
    chat.writes(NUMBER);
    assert_eq!(chat.calls().len(), 1, "sent twice: the same is asked for once more, and replaces the first");
    chat.give(Input::Edited { text: "0912345678".to_owned(), message: Some("c1".to_owned()) });
    assert_eq!((chat.calls()[0].1.as_str(), chat.erased()), ("0912345678", vec!["c1"]));
    chat.writes("cảm ơn, em chờ máy");
    assert_eq!((chat.added().len(), chat.phrases()), (1, vec!["chat.added"]));
    chat.writes("0909090909");
    assert!(chat.calls().is_empty() && chat.added().is_empty(), "a number that comes later is asked about");
    assert_eq!(chat.phrases(), ["callback.chat.this_number"]);
}

#[test]
fn a_call_is_looked_at_changed_and_taken_back() {
    let mut chat = Chat::with_counsellor();
    chat.open[0].call = Some(hours(3)[1]);
    chat.presses_token("m:call");
    assert_eq!(chat.phrases(), ["callback.chat.stands"]);
    chat.presses("callback.chat.change");
    assert_eq!(chat.phrases(), ["callback.chat.day"]);
    chat.writes("/huy");
    assert_eq!(chat.phrases(), ["callback.chat.stands"], "what was asked for before stands");
    chat.presses("callback.chat.off");
    assert_eq!((chat.calls_off(), chat.phrases()), (1, vec!["callback.own.withdrawn"]));
    chat.open[0].call = None;
    chat.presses_token("c:1:off");
    assert_eq!((chat.calls_off(), chat.phrases()), (0, vec!["callback.own.over"]));
    chat.open_case(2, Kind::Counselling);
    chat.open_case(3, Kind::Tips);
    chat.writes("/goilai");
    assert_eq!(chat.phrases(), ["callback.chat.which"]);
    let tokens: Vec<_> = chat.said()[0].buttons.iter().flatten().map(|b| b.token.as_str()).collect();
    assert_eq!(tokens, ["c:1", "c:2"], "a tip is not among them");
}

#[test]
fn a_draft_that_waits_is_not_touched_by_it() {
    let mut chat = Chat::with_counsellor();
    chat.writes("hàng xóm bán ma túy trong ngõ 12");
    assert!(chat.state().draft().is_some());
    let before = chat.state().draft().expect("held").text();
    chat.asked_for_number().writes(NUMBER);
    assert_eq!(chat.calls().len(), 1);
    assert_eq!(chat.state().draft().expect("held").text(), before);
    assert!(chat.state().wake.is_some(), "and its timer still runs");
}

#[test]
fn a_state_of_the_version_before_is_read() {
    let old = State::new(Locale::Vi).to_bytes().expect("serialises");
    assert!(!String::from_utf8(old.clone()).expect("text").contains("calling"));
    assert!(State::from_bytes(&old).is_ok());
}
