//! A long random walk: whatever comes in whatever order, no draft goes twice, and none goes unasked.

use super::*;
use crate::kernel::Entropy;

const TEXTS: [&str; 17] = [
    "hàng xóm bán ma túy",
    "con trai tôi chơi đá",
    "công an xã bao che cho nó",
    "cai nghiện ở đâu",
    "em chỉ muốn chết",
    "ngáo đá cầm dao chém người",
    "chào bạn",
    "không biết nói sao",
    "/start",
    "/quen",
    "/lang",
    "/huy",
    "/help",
    "Z0Z0-Z0Z0-Z0Z0-Z0Z0-Z0Z0",
    "tôi muốn xem kết quả tin báo",
    "/goilai",
    "",
];
const ACTIONS: [&str; 10] =
    ["send", "alert", "more", "cancel", "commune", "officials", "counsel", "report", "case:1", "case:x"];
const MENU: [&str; 15] = [
    "m:tip",
    "m:help",
    "m:code",
    "m:officials",
    "m:lang",
    "m:forget",
    "m:keep",
    "m:copied",
    "m:alert:1",
    "v:abc",
    "r:abc",
    "s:send",
    "m:forget-now",
    "m:call",
    "\u{1F600}",
];
const CALLS: [&str; 6] = ["c:1", "c:2", "c:1:no", "c:1:off", "c:1:h1795327200", "c:2:h1795327200"];
const NUMBERS: [&str; 3] = ["0987 654 321", "số em 0987654321 ạ", "098765432"];

struct Dice(Entropy);

impl Dice {
    fn below(&self, n: usize) -> usize {
        let bytes: [u8; 4] = self.0.bytes().expect("seeded");
        u32::from_be_bytes(bytes) as usize % n
    }
}

fn some_input(chat: &Chat, dice: &Dice) -> Input {
    let message = Some(format!("c{}", dice.below(6)));
    match dice.below(20) {
        0..=3 => Input::Text { text: TEXTS[dice.below(TEXTS.len())].to_owned(), message },
        4 => Input::Edited { text: TEXTS[dice.below(TEXTS.len())].to_owned(), message },
        5..=8 => {
            let old = u32::try_from(dice.below(3)).expect("small");
            let token =
                format!("s{}:{}", chat.state().seq.saturating_sub(old), ACTIONS[dice.below(ACTIONS.len())]);
            Input::Press { token, message }
        }
        9 => Input::Press { token: MENU[dice.below(MENU.len())].to_owned(), message },
        10..=11 => Input::Tick,
        12 => Input::Sent { handle: Handle(chat.state().seq), message: "p".to_owned() },
        13 => {
            let file = Attachment { what: "photo".to_owned(), file: "f".to_owned(), size: None };
            let album = (dice.below(2) == 0).then(|| "a".to_owned());
            Input::Media { file: (dice.below(4) > 0).then_some(file), caption: None, message, album }
        }
        14..=15 => Input::Press { token: CALLS[dice.below(CALLS.len())].to_owned(), message },
        16..=17 => Input::Text { text: NUMBERS[dice.below(NUMBERS.len())].to_owned(), message },
        18 => Input::Opened { text: "?".to_owned(), case: CaseRef(1) },
        _ => Input::Start(None),
    }
}

/// What made a submission right: a press of the newest screen, or the timer of the preview that was shown.
fn allowed(input: &Input, before: &State, now: Timestamp, sent: &Submission) -> bool {
    let newest = |token: &str, action: &str| token == format!("s{}:{action}", before.seq);
    let screen = before.draft().and_then(|d| d.stopped.or(d.screen));
    match (input, sent.how) {
        (Input::Press { token, .. }, How::Alert) => {
            ["alert", "alert:tips", "alert:counsel"].iter().any(|action| newest(token, action))
        }
        (Input::Press { token, .. }, How::Pressed) => {
            newest(token, "send")
                && match sent.kind {
                    Kind::Counselling => screen == Some(Screen::Consent) && sent.consent,
                    Kind::Oversight => screen == Some(Screen::Preview(Kind::Oversight)),
                    Kind::Tips => matches!(screen, Some(Screen::Preview(Kind::Tips) | Screen::NoOversight)),
                }
        }
        (Input::Tick, How::Timer) => {
            let stopped = before.draft().is_some_and(|d| d.stopped.is_some());
            let due = before.wake.is_some_and(|due| due <= now);
            due && !stopped && screen == Some(Screen::Preview(sent.kind))
        }
        _ => false,
    }
}

fn copy(input: &Input) -> Option<Input> {
    Some(match input {
        Input::Press { token, message } => Input::Press { token: token.clone(), message: message.clone() },
        Input::Tick => Input::Tick,
        _ => return None,
    })
}

#[test]
fn no_order_of_inputs_sends_twice_or_unasked() {
    let dice = Dice(Entropy::seeded(2_026));
    let mut chat = Chat::new();
    chat.hours = calling::hours(3);
    let (mut submissions, mut hand_overs, mut calls) = (0, 0, 0);
    for round in 0..30_000 {
        if round % 50 == 0 {
            chat.oversight = dice.below(2) == 0;
            chat.open.clear();
            for n in 0..dice.below(3) {
                chat.open_case(u16::try_from(n + 1).expect("small"), Kind::ALL[dice.below(3)]);
            }
        }
        chat.passes([0_u64, 1, 31, 721][dice.below(4)]);
        let before = State::from_bytes(&chat.state().to_bytes().expect("serialises")).expect("reads");
        let (input, held) = (some_input(&chat, &dice), before.draft().is_some());
        let again = copy(&input);
        let seen = copy(&input);
        chat.give(input);
        let going = chat.submitted().len() + chat.handed().len();
        assert!(going <= usize::from(held), "round {round}: {going} went");
        for sent in chat.submitted() {
            let input = seen.as_ref().expect("only a press or a tick sends");
            assert!(allowed(input, &before, chat.now, sent), "round {round}: {:?} {:?}", sent.kind, sent.how);
            submissions += 1;
        }
        hand_overs += chat.handed().len();
        for (case, ..) in chat.calls() {
            let open = chat.open.iter().find(|o| o.case == case).expect("an open case");
            assert_eq!(open.kind, Kind::Counselling, "round {round}: only counselling calls back");
            calls += 1;
        }
        let kept = String::from_utf8(chat.state().to_bytes().expect("serialises")).expect("text");
        // as it was typed: a part of it may be a part of a moment
        let number = ["0987 654", "098765432"].iter().any(|typed| kept.contains(typed));
        assert!(chat.state().draft().is_some() || !number, "round {round}: a number is kept: {kept}");
        if going > 0 {
            assert!(chat.state().draft().is_none(), "round {round}: sent and still held");
            chat.give(again.expect("only a press or a tick sends"));
            assert!(chat.submitted().is_empty() && chat.handed().is_empty(), "round {round}: twice");
        }
        let tokens =
            chat.said().into_iter().flat_map(|s| s.buttons.iter().flatten()).all(|b| b.token.len() <= 64);
        assert!(tokens && chat.state().draft().is_none_or(|_| chat.state().wake.is_some()), "round {round}");
    }
    assert!(submissions > 200 && hand_overs > 20, "{submissions} sent, {hand_overs} handed over");
    assert!(calls > 20, "{calls} calls were asked for");
}
