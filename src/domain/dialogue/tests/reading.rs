//! Dangers, open cases, codes, a desk's words, forgetting.

use super::*;
use crate::domain::wording::Crisis;

const DANGER: &str = "bạn tôi phê thuốc nằm im không thở, môi tím";

#[test]
fn a_danger_is_answered_first_in_every_stage_and_sends_nothing() {
    for before in [None, Some("m:tip"), Some("m:help"), Some("m:code")] {
        let mut chat = Chat::new();
        if let Some(token) = before {
            chat.presses_token(token);
        }
        chat.writes(DANGER);
        assert_eq!(chat.phrases()[0], "chat.crisis.overdose", "{before:?}");
        assert!(chat.has_button("chat.button.alert") && chat.phrases().len() == 2, "the talk goes on");
        assert!(chat.submitted().is_empty() && chat.handed().is_empty());
        assert_eq!(chat.presses("chat.button.alert").submitted()[0].how, How::Alert);
        assert_eq!(chat.submitted()[0].text, DANGER);
    }
}

#[test]
fn the_person_on_duty_is_the_one_for_the_danger() {
    for (entry, text, kind) in [
        (None, "nó sốc thuốc rồi cứu với", Kind::Counselling),
        (None, "em chỉ muốn chết", Kind::Counselling),
        (None, "ngáo đá cầm mã tấu chém người trên phố", Kind::Tips),
        (Some("m:help"), "chồng em ngáo đá cầm dao đòi giết em", Kind::Counselling),
        (None, "công an xã bao che, giờ nó cầm dao đòi giết tôi", Kind::Oversight),
    ] {
        let mut chat = Chat::new();
        if let Some(token) = entry {
            chat.presses_token(token);
        }
        assert_eq!(chat.writes(text).presses("chat.button.alert").submitted()[0].kind, kind, "{text}");
    }
}

#[test]
fn a_danger_in_an_open_case_reaches_it_and_can_call_somebody() {
    let mut chat = Chat::with_case(Kind::Counselling);
    chat.writes("em chỉ muốn chết");
    assert_eq!(chat.added()[0].reading.crisis, Some(Crisis::Suicide));
    assert_eq!(chat.phrases(), ["chat.crisis.suicide", "chat.added"]);
    chat.presses("chat.button.alert");
    assert!(chat.last.contains(&Effect::Alert(CaseRef(1))));
    chat.open.clear();
    chat.presses_token("m:alert:1");
    assert_eq!(chat.phrases(), ["chat.stale"]);
}

#[test]
fn more_words_go_to_the_open_case() {
    let mut chat = Chat::with_case(Kind::Tips);
    chat.writes("xe đó màu trắng");
    assert_eq!((chat.added()[0].text.as_str(), chat.phrases()), ("xe đó màu trắng", vec!["chat.added"]));
}

#[test]
fn words_that_do_not_fit_the_open_case_are_asked_about() {
    for (kind, text) in [
        (Kind::Tips, "con trai tôi cũng chơi đá"),
        (Kind::Tips, "em muốn cai nghiện"),
        (Kind::Tips, "công an xã bao che cho nó"),
        (Kind::Counselling, "hàng xóm bán ma túy"),
    ] {
        let mut chat = Chat::with_case(kind);
        chat.writes(text);
        assert_eq!(chat.phrases(), ["chat.choose.which"], "{text}");
        assert!(chat.added().is_empty());
        chat.presses("chat.button.case");
        assert_eq!(chat.added().len(), 1, "{text}");
    }
}

#[test]
fn with_two_open_cases_the_words_go_where_the_citizen_says() {
    let mut chat = Chat::with_case(Kind::Tips);
    chat.open_case(2, Kind::Counselling);
    chat.writes("hôm nay họ lại đến");
    assert_eq!(chat.phrases(), ["chat.choose.which"]);
    let token = format!("s{}:case:2", chat.state().seq);
    chat.presses_token(&token);
    assert_eq!((chat.added()[0].case, chat.state().draft().is_none()), (CaseRef(2), true));
    chat.writes("hôm nay họ lại đến").presses("chat.button.choose_tip");
    assert_eq!(chat.phrases(), ["chat.preview.tip"]);
}

#[test]
fn a_case_that_is_not_open_takes_no_words() {
    let mut chat = Chat::with_case(Kind::Tips);
    chat.open_case(2, Kind::Tips);
    chat.writes("hôm nay họ lại đến");
    let token = format!("s{}:case:9", chat.state().seq);
    chat.presses_token(&token);
    assert!(chat.added().is_empty() && chat.state().draft().is_some());
}

#[test]
fn a_code_is_looked_up_wherever_it_is_typed_and_its_message_goes() {
    let code = receipt().expose().to_string();
    for before in [None, Some("m:code"), Some("m:tip")] {
        let mut chat = Chat::new();
        if let Some(token) = before {
            chat.presses_token(token);
        }
        chat.writes(&code.to_lowercase());
        assert_eq!(chat.erased(), ["c1"]);
        assert!(chat.last.contains(&Effect::CheckCode(code.to_lowercase())));
    }
    let mut chat = Chat::new();
    let slip = format!("{}9-{}", &code[..3], &code[5..]);
    assert_eq!(chat.writes(&slip).phrases(), ["chat.code.mistyped"]);
    assert_eq!(chat.give(Input::NotFound).phrases(), ["chat.code.not_found"]);
}

#[test]
fn a_tip_that_looks_a_little_like_a_code_is_still_a_tip() {
    for text in ["xe 19A 1234 màu đen", "20A-12345 chở ma túy", "0912345678 bán đá"] {
        let mut chat = Chat::new();
        chat.writes(text);
        assert!(chat.state().draft().is_some(), "{text}: {:?}", chat.phrases());
    }
}

#[test]
fn behind_a_code_a_tip_shows_no_words_of_the_citizen() {
    let mut chat = Chat::new();
    let at = chat.now;
    let lines = vec![
        Line { at, said: Said::Own(None) },
        Line { at, said: Said::Own(Some("của tôi".to_owned())) },
        Line { at, said: Said::Desk("hỏi thêm".to_owned()) },
    ];
    chat.presses_token("m:code").give(Input::Found { state: "state.public.received", lines });
    assert_eq!(
        chat.phrases(),
        ["chat.code.found", "chat.code.own_hidden", "chat.code.own", "chat.code.desk"]
    );
    assert!(chat.said().iter().all(|s| s.protect && s.erase_after == Some(waits().view_erase)));
    let many = (0..30).map(|_| Line { at, said: Said::Own(None) }).collect();
    chat.give(Input::Found { state: "state.public.closed", lines: many });
    assert_eq!((chat.phrases()[1], chat.phrases().len()), ("chat.code.older", 22));
}

#[test]
fn a_desks_words_are_shown_for_ten_minutes_and_answered_by_typing() {
    let say = announce("k3J9", CaseRef(2));
    assert_eq!((say.phrase, say.args.len()), ("chat.announce", 0), "nothing on a lock screen");
    let token = say.buttons[0][0].token.clone();
    let mut chat = Chat::with_case(Kind::Tips);
    chat.open_case(2, Kind::Tips);
    chat.presses_token(&token);
    assert!(chat.last.contains(&Effect::View(token.clone())));
    chat.give(Input::Opened { text: "xe màu gì?".to_owned(), case: CaseRef(2) });
    assert_eq!(chat.phrases(), ["chat.view.content", "chat.view.answer"]);
    assert_eq!((chat.said()[0].protect, chat.said()[0].erase_after), (true, Some(waits().view_erase)));
    chat.writes("màu trắng");
    assert_eq!(chat.added()[0].case, CaseRef(2));
    chat.give(Input::Expired { token: token.clone() });
    assert_eq!(chat.phrases(), ["chat.view.expired"]);
    chat.presses("chat.button.resend");
    assert!(chat.last.contains(&Effect::AskResend(CaseRef(2))), "the desk of that case, and no other");
    chat.open.retain(|o| o.case != CaseRef(2));
    chat.give(Input::Expired { token }).presses("chat.button.resend");
    assert_eq!(chat.phrases(), ["chat.code.ask"], "nobody would hear it");
    assert!(!chat.last.iter().any(|e| matches!(e, Effect::AskResend(_))));
}

#[test]
fn an_answer_that_is_a_call_for_help_is_not_given_to_a_tips_desk_unasked() {
    let mut chat = Chat::with_case(Kind::Tips);
    chat.give(Input::Opened { text: "ai dùng?".to_owned(), case: CaseRef(1) });
    assert_eq!(chat.writes("con trai tôi nghiện đá").phrases(), ["chat.choose.which"]);
}

#[test]
fn forgetting_asks_once_and_then_happens_at_once() {
    let mut chat = Chat::with_case(Kind::Tips);
    chat.presses_token("m:tip").writes("hàng xóm bán ma túy");
    let old = chat.token("chat.button.send");
    assert_eq!(chat.writes("/quen").phrases(), ["chat.forget.ask"]);
    assert!(chat.state().draft().is_some() && !chat.last.contains(&Effect::Forget));
    assert_eq!(chat.presses("chat.button.keep").phrases(), ["chat.forget.kept"]);
    chat.presses_token("m:forget").presses("chat.button.forget_now");
    assert_eq!((chat.phrases(), chat.last.last() == Some(&Effect::Forget)), (vec!["chat.forget.done"], true));
    assert!(chat.state().draft().is_none() && chat.last.contains(&Effect::NoWake));
    chat.open.clear();
    chat.state = Some(State::new(Locale::Vi));
    chat.passes(1).writes("hàng xóm bán ma túy").presses_token(&old);
    assert!(chat.submitted().is_empty(), "a button of the forgotten talk is old");
}

#[test]
fn the_language_changes_by_a_tap_and_a_draft_survives_it() {
    let mut chat = Chat::new();
    chat.writes("hàng xóm bán ma túy").writes("/lang");
    assert_eq!(
        (chat.state().locale, chat.phrases()),
        (Locale::En, vec!["chat.lang.done", "chat.preview.tip"])
    );
    assert_eq!(chat.presses("chat.button.send").submitted()[0].locale, Locale::En);
}

#[test]
fn an_offer_of_counselling_passes_nothing_on() {
    let offer = offer_counselling();
    let mut chat = Chat::with_case(Kind::Tips);
    chat.presses_token(&offer.buttons[0][0].token);
    assert_eq!(chat.phrases(), ["chat.write.help"]);
    assert_eq!(chat.writes("tôi cần người nói chuyện").phrases(), ["chat.consent"]);
    assert_eq!(chat.presses("chat.button.send").submitted()[0].text, "tôi cần người nói chuyện");
}

#[test]
fn a_preview_numbered_too_late_is_still_deleted() {
    let mut chat = Chat::new();
    chat.writes("hàng xóm bán ma túy");
    let handle = chat.handle();
    chat.presses("chat.button.send").give(Input::Sent { handle, message: "late".to_owned() });
    assert_eq!(chat.erased(), ["late"]);
}

#[test]
fn a_stored_state_of_another_version_is_refused() {
    let bytes = State::new(Locale::Vi).to_bytes().expect("serialises");
    let later = String::from_utf8(bytes).expect("json").replace("\"version\":1", "\"version\":2");
    assert_eq!(State::from_bytes(later.as_bytes()).err(), Some(Unreadable));
    assert_eq!(State::from_bytes(b"{}").err(), Some(Unreadable));
}
