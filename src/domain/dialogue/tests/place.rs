use super::*;

/// A talk in the province of Thái Nguyên.
fn chat() -> Chat {
    let mut chat = Chat::new();
    chat.here = true;
    chat
}

/// The names on the buttons with this label.
fn names(chat: &Chat, label: &str) -> Vec<String> {
    let buttons = chat.said().into_iter().flat_map(|say| say.buttons.iter().flatten());
    let args = buttons.filter(|b| b.label == label).flat_map(|b| b.args.iter());
    args.filter_map(|(_, arg)| if let Arg::Text(name) = arg { Some(name.clone()) } else { None }).collect()
}

#[test]
fn a_place_without_doubt_is_shown_and_goes_with_the_tip() {
    let mut chat = chat();
    chat.writes("xã Sơn Cẩm có nhà bán ma túy, ngõ 12");
    assert_eq!(names(&chat, "chat.button.place_on"), ["Phường Quan Triều"]);
    let code = chat.presses("chat.button.send").submitted()[0].commune.clone().expect("a commune");
    assert_eq!(Places::embedded().expect("embedded").commune(&code).expect("known").name, "Quan Triều");
}

#[test]
fn a_place_that_is_taken_off_does_not_go_and_does_not_come_back() {
    let mut chat = chat();
    chat.writes("xã Sơn Cẩm có nhà bán ma túy, ngõ 12").presses("chat.button.place_on");
    assert!(!chat.has_button("chat.button.place_on") && !chat.has_button("chat.button.place"));
    chat.writes("xã Sơn Cẩm ấy");
    assert_eq!(chat.presses("chat.button.send").submitted()[0].commune, None);
}

#[test]
fn what_is_doubtful_is_offered_and_nothing_goes_without_a_press() {
    let mut talk = chat();
    talk.writes("xa van lang co nguoi ban ma tuy");
    assert_eq!(names(&talk, "chat.button.place"), ["Xã Văn Lang", "Xã Văn Lăng"]);
    assert_eq!(talk.presses("chat.button.send").submitted()[0].commune, None);
    let mut talk = chat();
    talk.writes("xa van lang co nguoi ban ma tuy").presses("chat.button.place");
    assert_eq!(names(&talk, "chat.button.place_on"), ["Xã Văn Lang"]);
    assert!(talk.presses("chat.button.send").submitted()[0].commune.is_some());
}

#[test]
fn a_shared_position_offers_the_communes_around_it() {
    let mut chat = chat();
    chat.writes("có người bán ma túy ở đây").writes("21.594000, 105.848000");
    let offered = names(&chat, "chat.button.place");
    assert_eq!(offered.len(), 5);
    assert_eq!(offered[0], "Phường Phan Đình Phùng");
}

#[test]
fn a_made_up_token_names_no_place() {
    for code in ["", "99999", "x", "-", "05716:05716"] {
        let mut chat = chat();
        chat.writes("xã Tân Cương có nhà bán ma túy");
        let token = chat.token("chat.button.place_on");
        let (screen, _) = token.split_once(":place").expect("a token");
        chat.presses_token(&format!("{screen}:place:{code}"));
        assert_eq!(chat.presses("chat.button.send").submitted()[0].commune, None, "{code}");
    }
}

#[test]
fn a_counsellor_is_told_no_place_and_is_offered_none() {
    let mut chat = chat();
    chat.writes("con tôi nghiện ma túy, nhà ở xã Tân Cương, xin tư vấn");
    assert!(!chat.has_button("chat.button.place_on") && !chat.has_button("chat.button.place"));
}
