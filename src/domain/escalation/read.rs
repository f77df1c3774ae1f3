//! Reading a plan from its files: every fault is found before any is told, each with file and line.

mod parts;
mod table;

use std::collections::BTreeSet;
use std::fmt;

use super::calendar::Holidays;
use super::fold::Folding;
use super::{Chain, Plan, Who};
use parts::Draft;
use table::File;

/// Something wrong in a file of the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlanFault {
    /// `FILE:LINE`.
    pub place: String,
    /// What is wrong, and what would be right. Never an address of a person.
    pub text: String,
}

impl fmt::Display for PlanFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

impl std::error::Error for PlanFault {}

/// Reads files over each other.
pub(super) fn plan(files: &[(&str, &str)]) -> Result<Plan, Vec<PlanFault>> {
    let mut draft = Draft::default();
    for (name, text) in files {
        let mut file = File::new(name, text);
        file.read(|file, root| parts::read(file, root, &mut draft));
        draft.faults.append(&mut file.faults);
    }
    strangers(&mut draft);
    let whole = draft.interrupt.zip(draft.window).zip(draft.most);
    if whole.is_none() && draft.faults.is_empty() {
        let text = "the section [interrupt] is not whole".to_owned();
        draft.faults.push(PlanFault { place: files.first().map_or("", |(name, _)| name).to_owned(), text });
    }
    match whole {
        Some(((interrupt, window), most)) if draft.faults.is_empty() => Ok(Plan {
            interrupt,
            folding: Folding { window, most },
            chains: draft.chains.into_iter().map(|(name, (chain, _))| (name, chain)).collect(),
            holidays: Holidays(draft.holidays),
            people: draft.people,
            shifts: draft.shifts.into_iter().map(|(shift, _)| shift).collect(),
        }),
        _ => Err(draft.faults),
    }
}

/// Chains and shifts must not call people of whom nothing is known: a slip in a name would call nobody.
fn strangers(draft: &mut Draft) {
    let mut found = Vec::new();
    let named: BTreeSet<&str> = draft.people.keys().map(String::as_str).collect();
    let mut check = |login: &str, place: &str| {
        if !named.contains(login) {
            let text = format!("there is no [person.{login}]");
            found.push(PlanFault { place: place.to_owned(), text });
        }
    };
    for (chain, place) in draft.chains.values() {
        let whos = Chain::steps(chain).flat_map(|step| &step.who);
        for who in whos {
            if let Who::Person(login) = who {
                check(login, place);
            }
        }
    }
    for (shift, place) in &draft.shifts {
        for login in &shift.people {
            check(login, place);
        }
    }
    draft.faults.append(&mut found);
}
