//! What a text tells before anybody reads it: danger, urgency, who must not see it.

use super::Options;
use crate::domain::case::Priority;
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::wording::{self, Crisis, Lean, Reading};
use crate::service::triage;

/// The danger a text tells of, if any.
pub(super) fn crisis_of(options: &Options, text: &str) -> Option<Crisis> {
    read(options, text).crisis
}

/// Reads a text.
pub(super) fn read(options: &Options, text: &str) -> Reading {
    wording::read(&options.lexicon, text)
}

/// How urgent it reads.
pub(super) fn priority(reading: &Reading, ongoing: bool) -> Priority {
    triage::priority(reading, &Details { ongoing: ongoing.then_some(true), ..Details::default() }, false)
}

/// Whether a counsellor rather than the tips desk may be meant, so that the person is asked.
pub(super) fn may_mean_help(reading: &Reading) -> bool {
    reading.about_self_or_kin || reading.lane == Lean::Counsel
}

/// What was ticked, completed by what was understood.
pub(super) fn details(kind: Kind, reading: &Reading, ticked: &[String], ongoing: bool) -> Details {
    let told =
        Details { categories: ticked.to_vec(), ongoing: ongoing.then_some(true), ..Details::default() };
    triage::complete(kind, reading, told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_life_outranks_everything_and_what_was_ticked_counts() {
        let options = Options::embedded().expect("embedded");
        let of = |text: &str, ongoing| priority(&read(&options, text), ongoing);
        assert_eq!(of("con tôi sốc thuốc, tím tái", false), Priority::LIFE);
        assert_eq!(of("ngõ 12 có bán ma túy", false), Priority::NORMAL);
        assert_eq!(of("ngõ 12 có bán ma túy", true), Priority::URGENT);
        assert_eq!(of("alo", false), Priority::LOW);
    }

    #[test]
    fn a_category_is_named_once() {
        let reading = Reading { categories: vec!["dealing".into(), "use".into()], ..Reading::default() };
        assert_eq!(details(Kind::Tips, &reading, &["use".to_owned()], false).categories, ["use", "dealing"]);
    }
}
