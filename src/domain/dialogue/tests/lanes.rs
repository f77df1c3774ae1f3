//! From the first word to the desk.

use super::*;

const TIP: &str = "hàng xóm bán ma túy trong ngõ 12";
const MOTHER: &str = "con trai tôi chơi đá, tôi muốn báo công an";
const HELP: &str = "cai nghiện bắt buộc bao lâu thì được về";
const BRIBE: &str = "công an xã bao che cho người bán ma túy";

#[test]
fn start_says_five_lines_and_three_buttons() {
    let mut chat = Chat::new();
    chat.give(Input::Start(None));
    assert_eq!(chat.phrases(), ["chat.start"]);
    assert_eq!(chat.said()[0].buttons.len(), 3);
    chat.give(Input::Start(Some("help".to_owned())));
    assert_eq!(chat.phrases(), ["chat.start", "chat.write.help"]);
}

#[test]
fn a_first_tip_is_previewed_then_sent_by_a_press() {
    let mut chat = Chat::new();
    chat.writes(TIP);
    assert_eq!(chat.phrases(), ["chat.preview.tip"]);
    assert!(chat.submitted().is_empty() && chat.said()[0].protect);
    let handle = chat.handle();
    chat.give(Input::Sent { handle, message: "p1".to_owned() });
    assert!(chat.last.is_empty());
    chat.writes_as("biển số 20A", "c2");
    assert_eq!((chat.phrases(), chat.erased()), (vec!["chat.preview.tip"], vec!["p1"]));
    chat.presses("chat.button.send");
    assert_eq!(chat.erased(), ["b1"], "the preview goes once it is sent");
    let sent = chat.submitted();
    assert_eq!((sent.len(), sent[0].kind, sent[0].how), (1, Kind::Tips, How::Pressed));
    assert_eq!(sent[0].text, format!("{TIP}\nbiển số 20A"));
    assert!(!sent[0].consent && chat.state().draft().is_none() && chat.state().wake.is_none());
    chat.give(Input::Submitted { kind: Kind::Tips, how: How::Pressed, receipt: receipt(), case: CaseRef(9) });
    let say = chat.said()[0];
    assert_eq!(
        (say.phrase, say.protect, say.erase_after),
        ("chat.received.tip", true, Some(waits().receipt_erase))
    );
    chat.presses("chat.button.copied");
    assert_eq!((chat.erased(), chat.phrases()), (vec!["b1"], vec!["chat.copied"]));
}

#[test]
fn words_in_a_bot_of_its_own_are_for_its_desk_unless_they_say_otherwise() {
    let unclear = "cho em hỏi một chuyện với ạ";
    let mut chat = Chat::new();
    chat.writes(unclear);
    assert_eq!(chat.phrases(), ["chat.choose.lane"], "a bot for everything asks");
    let mut chat = Chat::new();
    chat.front = Some(Kind::Counselling);
    chat.writes(unclear);
    assert_eq!(chat.phrases(), ["chat.consent"]);
    let mut chat = Chat::new();
    chat.front = Some(Kind::Counselling);
    chat.writes(TIP);
    assert!(chat.submitted().is_empty());
    assert_eq!(chat.phrases(), ["chat.choose.lane"], "a tip is not taken for a call for help");
}

#[test]
fn a_tip_left_alone_goes_by_itself_after_thirty_minutes_and_not_before() {
    let mut chat = Chat::new();
    chat.writes(TIP);
    assert_eq!(chat.wakes(), Some(chat.in_minutes(30)));
    chat.passes(20).writes_as("thêm nữa", "c2");
    assert_eq!(chat.wakes(), Some(chat.in_minutes(30)), "words start the wait anew");
    chat.passes(29).ticks();
    assert!(chat.submitted().is_empty() && chat.wakes().is_some(), "too early");
    chat.passes(1).ticks();
    assert_eq!(chat.submitted()[0].how, How::Timer);
    chat.ticks();
    assert!(chat.last.is_empty(), "a second tick sends nothing");
}

#[test]
fn pressing_send_twice_sends_once() {
    let mut chat = Chat::new();
    chat.writes(TIP);
    let token = chat.token("chat.button.send");
    assert_eq!(chat.presses_token(&token).submitted().len(), 1);
    chat.presses_token(&token);
    assert!(chat.submitted().is_empty());
    assert_eq!(chat.phrases(), ["chat.already_sent"]);
    chat.writes(TIP);
    chat.presses_token(&token);
    assert!(chat.submitted().is_empty(), "an old button does not send a new draft");
    assert_eq!(chat.phrases(), ["chat.stale"]);
}

#[test]
fn a_mother_is_asked_and_nothing_is_chosen_for_her() {
    for before in [None, Some("m:tip")] {
        let mut chat = Chat::new();
        if let Some(token) = before {
            chat.presses_token(token);
        }
        chat.writes(MOTHER);
        assert_eq!(chat.phrases(), ["chat.choose.lane"]);
        assert_eq!(chat.state().undecided_text().as_deref(), Some(MOTHER));
        chat.presses("chat.button.choose_counsel");
        assert_eq!(chat.phrases(), ["chat.consent"]);
        chat.presses("chat.button.send");
        let sent = chat.submitted();
        assert_eq!((sent[0].kind, sent[0].consent), (Kind::Counselling, true));
    }
}

#[test]
fn a_mother_may_still_report() {
    let mut chat = Chat::new();
    chat.writes(MOTHER).presses("chat.button.choose_tip");
    assert_eq!(chat.phrases(), ["chat.preview.tip"]);
    assert_eq!(chat.wakes(), Some(chat.in_minutes(30)));
    assert_eq!(chat.presses("chat.button.send").submitted()[0].kind, Kind::Tips);
}

#[test]
fn a_tip_that_turns_out_to_be_about_kin_stops_its_timer() {
    let mut chat = Chat::new();
    chat.writes(TIP).writes_as("thật ra nó là con trai tôi, nghiện mấy năm rồi", "c2");
    assert_eq!(chat.phrases(), ["chat.choose.lane"]);
    chat.passes(40).ticks();
    assert!(chat.submitted().is_empty() && chat.handed().is_empty());
}

#[test]
fn what_nobody_chose_is_read_by_a_counsellor_after_twelve_hours() {
    for text in [MOTHER, HELP, "tôi có chuyện này mà không biết nói sao"] {
        let mut chat = Chat::new();
        chat.writes(text);
        assert_eq!(chat.state().undecided_since(), Some(chat.now));
        chat.passes(719).ticks();
        assert!(chat.handed().is_empty());
        chat.passes(1).ticks();
        assert_eq!((chat.handed().len(), chat.phrases()), (1, vec!["chat.handed_over"]));
        assert_eq!((chat.handed()[0].kind, chat.handed()[0].consent), (Kind::Counselling, false));
        assert!(chat.submitted().is_empty() && chat.state().draft().is_none());
    }
}

#[test]
fn counselling_asks_for_consent_and_never_goes_by_timer() {
    let mut chat = Chat::new();
    chat.presses_token("m:help");
    assert_eq!(chat.phrases(), ["chat.write.help"]);
    chat.writes(TIP);
    assert_eq!(chat.phrases(), ["chat.consent"], "the menu button counts");
    chat.passes(60).ticks();
    assert!(chat.submitted().is_empty());
    chat.presses_token(&format!("s{}:report", chat.state().seq));
    assert_eq!(chat.phrases(), ["chat.preview.tip"]);
}

#[test]
fn officials_are_told_of_to_the_oversight_desk() {
    let mut chat = Chat::new();
    chat.writes(BRIBE);
    assert_eq!(chat.phrases(), ["chat.preview.oversight"]);
    assert_eq!(chat.presses("chat.button.send").submitted()[0].kind, Kind::Oversight);
    let mut chat = Chat::new();
    chat.presses_token("m:tip").presses("chat.button.officials");
    assert_eq!(chat.phrases(), ["chat.write.officials"]);
    chat.writes("ông ấy hay đòi tiền bà con");
    assert_eq!(chat.phrases(), ["chat.preview.oversight"]);
    let mut chat = Chat::new();
    chat.writes(TIP).presses("chat.button.officials");
    assert_eq!(chat.phrases(), ["chat.preview.oversight"]);
    chat.presses("chat.button.not_officials");
    assert_eq!(chat.phrases(), ["chat.preview.tip"]);
}

#[test]
fn without_an_oversight_desk_that_is_said_and_nothing_goes_by_itself() {
    let mut chat = Chat::new();
    chat.oversight = false;
    chat.presses_token("m:officials");
    assert_eq!(chat.phrases(), ["chat.write.no_oversight"]);
    chat.writes(BRIBE);
    assert_eq!(chat.phrases(), ["chat.preview.no_oversight"]);
    chat.passes(60).ticks();
    assert!(chat.submitted().is_empty());
    chat.presses_token(&format!("s{}:send", chat.state().seq));
    assert_eq!(chat.submitted()[0].kind, Kind::Tips, "only by the citizen's own press");
}

#[test]
fn a_screen_that_no_longer_holds_is_shown_again_instead_of_sent() {
    let mut chat = Chat::new();
    chat.writes(BRIBE);
    chat.oversight = false;
    chat.presses("chat.button.send");
    assert!(chat.submitted().is_empty());
    assert_eq!(chat.phrases(), ["chat.preview.no_oversight"]);
    chat.oversight = true;
    chat.passes(800).ticks();
    assert_eq!((chat.submitted().len(), chat.phrases()), (0, vec!["chat.preview.oversight"]));
}

#[test]
fn the_commune_is_left_out_by_one_tap() {
    let mut chat = Chat::new();
    chat.writes(TIP).presses("chat.button.commune");
    assert!(chat.has_button("chat.button.commune_on"));
    assert!(chat.presses("chat.button.send").submitted()[0].avoid_commune);
    chat.writes(TIP).presses("chat.button.commune").presses("chat.button.commune_on");
    assert!(!chat.presses("chat.button.send").submitted()[0].avoid_commune);
}

#[test]
fn cancelling_keeps_nothing() {
    let mut chat = Chat::new();
    chat.writes(TIP).presses("chat.button.cancel");
    assert_eq!((chat.phrases(), chat.erased()), (vec!["chat.cancelled"], vec!["b1"]));
    let stored = String::from_utf8(chat.state().to_bytes().expect("serialises")).expect("json");
    assert!(!stored.contains("ngõ") && chat.state().wake.is_none());
    assert!(chat.last.contains(&Effect::NoWake));
    assert_eq!(chat.writes("/huy").phrases(), ["chat.nothing_held"]);
}

#[test]
fn an_edit_replaces_what_is_held_and_adds_to_what_was_sent() {
    let mut chat = Chat::new();
    chat.writes(TIP);
    let edit = |text: &str| Input::Edited { text: text.to_owned(), message: Some("c1".to_owned()) };
    chat.give(edit("hàng xóm bán ma túy trong ngõ 14")).presses("chat.button.send");
    assert_eq!(chat.submitted()[0].text, "hàng xóm bán ma túy trong ngõ 14");
    chat.open_case(1, Kind::Tips);
    chat.give(edit("hàng xóm bán ma túy trong ngõ 16"));
    assert_eq!((chat.added()[0].edited, chat.added()[0].case), (true, CaseRef(1)));
}

#[test]
fn words_deleted_before_they_were_sent_are_not_sent() {
    let mut chat = Chat::new();
    chat.writes(TIP).writes_as("nhà có cửa xanh", "c2");
    let unsaid = |n: u8| Input::Unsaid { message: Some(format!("c{n}")) };
    chat.give(unsaid(9));
    assert!(chat.last.is_empty(), "another message's deletion changes nothing");
    chat.give(unsaid(2)).presses("chat.button.send");
    assert_eq!(chat.submitted()[0].text, TIP);
    chat.give(unsaid(1));
    assert!(chat.last.is_empty(), "what a desk has, it keeps");
    let mut chat = Chat::new();
    chat.writes(TIP).give(unsaid(1));
    assert_eq!(chat.phrases(), ["chat.cancelled"]);
    assert!(chat.last.contains(&Effect::NoWake), "and nothing sends itself");
}

#[test]
fn files_are_held_with_the_words_beside_them() {
    let photo = || Attachment { what: "photo".to_owned(), file: "f".to_owned(), size: Some(9) };
    let media = |caption: Option<&str>, album: Option<&str>| Input::Media {
        file: Some(photo()),
        caption: caption.map(str::to_owned),
        message: None,
        album: album.map(str::to_owned),
    };
    let mut chat = Chat::new();
    chat.presses_token("m:tip").give(media(Some("xe chở ma túy"), Some("a")));
    assert_eq!(chat.phrases(), ["chat.preview.tip"]);
    assert!(chat.said()[0].args.contains(&("files", Arg::Phrase("chat.files.held"))));
    chat.give(media(None, Some("a")));
    assert!(chat.last.is_empty(), "the other photos of an album are taken in silence");
    let token = format!("s{}:send", chat.state().seq);
    assert_eq!(chat.presses_token(&token).submitted()[0].files.len(), 2);
    chat.open_case(1, Kind::Tips);
    chat.give(media(None, None));
    assert_eq!((chat.added()[0].files.len(), chat.phrases()), (1, vec!["chat.added_file"]));
    chat.give(Input::Media { file: None, caption: None, message: None, album: None });
    assert_eq!(chat.phrases(), ["chat.unsupported"]);
}

#[test]
fn greetings_and_questions_about_us_are_answered_and_not_held() {
    let mut chat = Chat::new();
    for (text, said) in [
        ("chào bạn", "chat.start"),
        ("hi", "chat.start"),
        ("ai đang đọc tin nhắn này", "chat.about"),
        ("tôi muốn xem kết quả tin báo", "chat.code.ask_status"),
        ("/help", "chat.help"),
        ("/gì đó", "chat.help"),
        ("/start@tinan_bot", "chat.start"),
    ] {
        chat.state = Some(State::new(Locale::Vi));
        assert_eq!(
            (chat.writes(text).phrases(), chat.state().draft().is_none()),
            (vec![said], true),
            "{text}"
        );
    }
}
