//! The words that stand for a button where there are none. They work at any time, like the menu's buttons.

use super::CaseRef;
use super::turn::menu;

/// The catalogue key of each word and what a button would have brought back.
pub const TOKENS: [(&str, &str); 7] = [
    ("chat.button.tip", menu::TIP),
    ("chat.button.help", menu::HELP),
    ("chat.button.code", menu::CODE),
    ("chat.button.lang", menu::LANG),
    ("callback.chat.word", menu::CALL),
    ("chat.word.forget", menu::FORGET),
    ("chat.word.help", menu::HELP),
];
/// What asks for a code.
pub const CODE: &str = menu::CODE;

/// What opens a desk's words, as [`super::announce`] would have it.
#[must_use]
pub fn view(held: &str, case: CaseRef) -> String {
    format!("{}{held}{}{}", menu::VIEW, menu::OF_CASE, case.0)
}
