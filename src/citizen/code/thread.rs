//! What a case shows behind a code, in words.

use crate::citizen::reader::Reader;
use crate::service::citizen::{CitizenCase, CitizenMessage, From};
use crate::text::stamp;

/// One message.
pub(super) struct Line {
    /// The desk's, or the person's own.
    pub(super) desk: bool,
    /// Who, in words.
    pub(super) who: String,
    /// When, in words.
    pub(super) at: String,
    /// The words, if the code may show them.
    pub(super) text: Option<String>,
}

/// The messages, oldest first.
pub(super) fn lines(r: &Reader, case: &CitizenCase) -> Vec<Line> {
    case.messages.iter().map(|message| line(r, case, message)).collect()
}

fn line(r: &Reader, case: &CitizenCase, message: &CitizenMessage) -> Line {
    let desk = message.from == From::Desk;
    let who = match (desk, case.kind.is_tip()) {
        (false, _) => "citizen.case.you",
        (true, true) => "citizen.case.desk_tips",
        (true, false) => "citizen.case.desk_help",
    };
    // What the code may not show is known to the hour only.
    let at = match message.text {
        Some(_) => stamp(message.at),
        None => r.with("citizen.case.about_hour", "at", &stamp(message.at)),
    };
    Line { desk, who: r.say(who), at, text: message.text.clone() }
}

/// The key of the state's plain words, which differ between the lanes.
pub(super) fn state_key(case: &CitizenCase) -> String {
    let lane = if case.kind.is_tip() { "tips" } else { "help" };
    format!("citizen.state.{lane}.{}", case.public_state.code())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::lane::Kind;
    use crate::domain::state::PublicState::{
        self, Closed, HelpOffered, InProgress, NeedsMore, Received, Seen,
    };
    use crate::text::Catalogue;

    #[test]
    fn every_state_has_words_in_either_lane() {
        let texts = Catalogue::embedded().expect("embedded");
        for kind in Kind::ALL {
            let all: [PublicState; 6] = [Received, Seen, InProgress, NeedsMore, HelpOffered, Closed];
            for public_state in all {
                let key =
                    state_key(&CitizenCase { kind, public_state, messages: Vec::new(), callback: None });
                assert!(texts.has(&key), "{key}");
            }
        }
    }
}
