//! What a person may do, in an order that makes the talk say everything it can.

use super::*;

/// Everything about being called back, for the cases 1 and 2 of a chat.
pub(super) fn call_inputs() -> Vec<Input> {
    let text = |text: &str| Input::Text { text: text.to_owned(), message: None };
    let press = |token: &str| Input::Press { token: token.to_owned(), message: None };
    let hour = format!("c:2:h{}", hours()[1].from().as_secs());
    let day = format!("c:2:d{}", hours()[1].day());
    let case = CaseRef(2);
    vec![
        Input::Submitted {
            kind: Kind::Counselling,
            how: How::Pressed,
            receipt: Receipt::from_random([9; 12]),
            case,
        },
        text("/goilai"),
        press("c:2"),
        press(&day),
        text("0987654321"),
        press("c:2:h1"),
        press(&hour),
        text("098765432"),
        text("con em khóc"),
        text("0987654321"),
        press("c:2:no"),
        press("c:2:off"),
        press("c:1"),
        press("c:2"),
        text("em đi làm tới tối"),
        press(&day),
        text("0987654321 gọi em sau 8 giờ nha"),
        press("c:2:other"),
        text("/huy"),
        text("/huy"),
        text("0987654321"),
        Input::Media { file: None, caption: Some("An 0987654321".into()), message: None, album: None },
        press("c:2:no"),
        text("đừng gọi nữa"),
    ]
}

/// Everything that is no call.
pub(super) fn all_inputs() -> Vec<Input> {
    let text = |text: &str| Input::Text { text: text.to_owned(), message: None };
    let press = |token: &str| Input::Press { token: token.to_owned(), message: None };
    let said = |said| Line { at: Timestamp::from_millis(1_795_280_000_000), said };
    let lines = vec![said(Said::Own(None)), said(Said::Own(Some("x".into()))), said(Said::Desk("y".into()))];
    let mut inputs = vec![
        Input::Start(None),
        text("/help"),
        text("ai đang đọc tin nhắn này"),
        text("/lang"),
        text("/lang"),
    ];
    for menu in
        ["m:help", "m:tip", "m:officials", "m:code", "m:forget", "m:keep", "m:copied", "m:alert:1", "r:a"]
    {
        inputs.push(press(menu));
    }
    for words in [
        "sốc thuốc",
        "muốn chết",
        "cầm dao chém người",
        "họ biết tôi báo rồi",
        "cháu bé bị bỏ đói",
        "công an bao che",
        "bán ma túy",
    ] {
        inputs.extend([press("m:tip"), text(words), text(&"chữ ".repeat(3_000)), Input::Tick, Input::Tick]);
        inputs.extend([press("m:help"), text(words), Input::Tick, Input::Tick]);
        inputs.extend([text(words), Input::Tick, Input::Tick]);
        inputs.extend([text(words), text("toi so qua, xoa di"), text("huy")]);
    }
    for kind in Kind::ALL {
        inputs.push(Input::Submitted {
            kind,
            how: How::Pressed,
            receipt: Receipt::from_random([9; 12]),
            case: CaseRef(9),
        });
    }
    inputs.extend([
        Input::Found { state: "state.public.received", lines },
        Input::NotFound,
        text("AAAA-AAAA-AAAA-AAAA-AAA0"),
        Input::Opened { text: "hỏi".into(), case: CaseRef(1) },
        Input::Expired { token: "v:a".into() },
        Input::Media { file: None, caption: None, message: None, album: None },
        text("/huy"),
        text("/huy"),
        press("m:forget-now"),
    ]);
    inputs
}
