//! A life first: numbers to call, whatever the page is about.

use super::reader::{Call, Reader};
use crate::domain::wording::Crisis;

/// What stands on top of a page when the words tell of a danger.
pub(super) struct Banner {
    /// Named, so that a screen reader says it first.
    pub(super) title: String,
    /// The first is the one to call.
    pub(super) calls: Vec<Call>,
    /// What to do until help comes.
    pub(super) lines: Vec<String>,
}

/// The banner for what was read, in the reader's words.
pub(super) fn banner(reader: &Reader, crisis: Option<Crisis>) -> Option<Banner> {
    let (who, keys): (&[&str], &[&str]) = match crisis? {
        Crisis::Overdose => (
            &["ambulance"],
            &[
                "citizen.crisis.overdose_title",
                "citizen.crisis.overdose_1",
                "citizen.crisis.overdose_2",
                "citizen.crisis.overdose_3",
            ],
        ),
        Crisis::Suicide => (
            &["ambulance", "children"],
            &["citizen.crisis.suicide_title", "citizen.crisis.suicide_1", "citizen.crisis.suicide_2"],
        ),
        Crisis::Violence => (
            &["police", "ambulance"],
            &["citizen.crisis.violence_title", "citizen.crisis.violence_1", "citizen.crisis.violence_2"],
        ),
        Crisis::Child => (
            &["children", "police", "ambulance"],
            &["citizen.crisis.child_title", "citizen.crisis.child_1", "citizen.crisis.child_2"],
        ),
    };
    let mut said = keys.iter().map(|key| reader.say(key));
    Some(Banner { title: said.next()?, calls: reader.calls(who), lines: said.collect() })
}
