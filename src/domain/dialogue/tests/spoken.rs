//! Nine words are a code or they are not.

use super::*;

fn asked(chat: &Chat) -> Option<&str> {
    chat.last.iter().find_map(|e| if let Effect::CheckCode(typed) = e { Some(typed.as_str()) } else { None })
}

#[test]
fn a_spoken_code_is_looked_up_wherever_it_is_typed() {
    let spoken = receipt().spoken().to_string();
    for before in [None, Some("m:tip"), Some("m:code")] {
        let mut chat = Chat::new();
        if let Some(token) = before {
            chat.presses_token(token);
        }
        chat.writes(&spoken.to_uppercase());
        assert_eq!(asked(&chat), Some(spoken.to_uppercase().as_str()), "{before:?}");
        assert!(chat.erased().is_empty(), "it may be words");
        chat.give(Input::Found { state: "state.public.received", lines: Vec::new() });
        assert_eq!((chat.phrases()[0], chat.erased()), ("chat.code.found", vec!["c1"]));
    }
}

#[test]
fn nine_words_that_are_nobodys_code_are_what_the_person_has_to_say() {
    let tip = "nha do ban ma tuy ca dem ngay nao";
    let mut chat = Chat::new();
    chat.presses_token("m:code").writes(tip);
    if asked(&chat).is_some() {
        chat.give(Input::NotFound);
    }
    assert_eq!(chat.state().draft().map(Draft::text).as_deref(), Some(tip));

    let spoken = receipt().spoken().to_string();
    let mut chat = Chat::new();
    chat.writes(&spoken).give(Input::NotFound);
    assert_eq!(chat.state().draft().map(Draft::text).as_deref(), Some(spoken.as_str()));
}

#[test]
fn a_wrong_spoken_code_that_was_asked_for_is_said_to_be_unknown() {
    let mut chat = Chat::new();
    chat.presses_token("m:code").writes(&receipt().spoken()).give(Input::NotFound);
    assert_eq!((chat.phrases()[0], chat.erased()), ("chat.code.not_found", vec!["c1"]));
    assert!(chat.state().draft().is_none());
}
