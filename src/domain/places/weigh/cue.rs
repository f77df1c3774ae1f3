//! Whether a name in a text is a place at all: what stands before it, how it is written.

use super::super::find::{Fit, Mention};
use super::super::form::Agree;
use super::super::index::What;
use super::super::scan::Gap;
use super::super::words::{Cue, Unit};
use super::{Around, Reading, Sure};

impl Reading<'_, '_> {
    pub(super) fn cues(&self, m: &Mention) -> Vec<Cue> {
        let gap = self.scan.tokens.get(m.start).map(|t| t.gap);
        if gap == Some(Gap::Stop) {
            return Vec::new();
        }
        self.places.words.cues_before(self.scan.tokens.get(..m.start).unwrap_or_default())
    }

    /// A word of the language, typed as one.
    pub(super) fn is_loose_word(&self, m: &Mention) -> bool {
        let cued = self.cues(m).contains(&Cue::At) || self.capitals(m);
        let exact = m.fits.iter().any(|f| f.least >= Agree::Plain);
        !cued && (self.places.words.is_word(m.key) || !exact)
    }

    pub(super) fn capitals(&self, m: &Mention) -> bool {
        let name = self.scan.tokens.get(m.name.clone()).unwrap_or_default();
        self.scan.cased && name.iter().all(|t| t.capital || t.form.is_number())
    }

    /// Nothing else was written.
    pub(super) fn is_all(&self, group: &[Mention]) -> bool {
        let ends = |m: &Mention| m.end == self.scan.tokens.len();
        group.first().is_some_and(|m| m.start == 0) && group.last().is_some_and(ends)
    }

    /// Capitals that go on before or behind: the name is longer than the one we know.
    pub(super) fn goes_on(&self, m: &Mention, group: &[Mention]) -> (bool, bool) {
        let capital =
            |at: Option<usize>| at.and_then(|at| self.scan.tokens.get(at)).is_some_and(|t| t.capital);
        let soft = |at: usize| self.scan.tokens.get(at).is_some_and(|t| t.gap == Gap::Soft);
        let known = |at: usize| group.iter().any(|g| g.start == at);
        let before = m.unit.is_none() && soft(m.start) && capital(m.start.checked_sub(1))
            && !group.iter().any(|g| g.end == m.start)
            // "Ở Tân Cương", "Tại ..." begin a sentence
            && !self.cues(m).contains(&Cue::At);
        let behind = soft(m.end) && capital(Some(m.end)) && !known(m.end);
        let capitals = self.capitals(m);
        (capitals && before, capitals && behind)
    }

    pub(super) fn sure(
        &self,
        m: &Mention,
        group: &[Mention],
        fits: &[Fit],
        around: Around,
        elsewhere: bool,
    ) -> Sure {
        let said = m.unit.is_some_and(Unit::is_commune);
        let cues = self.cues(m);
        if self.manner.answer {
            return answered(m, fits, &cues, said);
        }
        let (before, behind) = self.goes_on(m, group);
        let (street, title) = (cues.contains(&Cue::Street), cues.contains(&Cue::Title));
        if !said && (street || before || title) {
            return Sure::No;
        }
        if m.slip || cues.contains(&Cue::Near) || (elsewhere && !said) || behind {
            return if said || m.slip || self.capitals(m) { Sure::Offered } else { Sure::No };
        }
        if said { Sure::Meant } else { self.by_look(m, group, fits, around, &cues) }
    }

    /// A name without the word for its kind: the words around it and its capitals.
    fn by_look(&self, m: &Mention, group: &[Mention], fits: &[Fit], around: Around, cues: &[Cue]) -> Sure {
        let (first, words) = (group.first().unwrap_or(m), &self.places.words);
        let capitals = self.capitals(m);
        let more = capitals && cues.contains(&Cue::And);
        let at = more || cues.contains(&Cue::At) || self.cues(first).contains(&Cue::At);
        let (word, person) = (words.is_word(m.key), words.is_person(m.key) || m.is_realm());
        let head = self.scan.tokens.get(m.name.start);
        let begins = head.is_some_and(|t| words.begins_person(t.pick(m.meant)));
        let exact = fits.iter().any(|f| f.least >= Agree::Plain);
        let landmark = cues.contains(&Cue::Landmark) || cues.contains(&Cue::Village);
        let placed = match around {
            Around::District => true,
            Around::Province => at || capitals || !word,
            Around::Nothing => false,
        };
        if !exact || landmark {
            return if at || capitals { Sure::Offered } else { Sure::No };
        }
        match (at, capitals) {
            _ if placed => Sure::Meant,
            (true, true) if !person => Sure::Meant,
            (true, false) if !person && !word => Sure::Meant,
            (false, true) if !person && !word && !begins => Sure::Meant,
            (true, false) if word && self.scan.marked => Sure::No,
            (false, false) if self.is_all(group) && !word => Sure::Offered,
            (false, false) if word || person || begins => Sure::No,
            // unmarked words that only an old name has are words
            (false, false) if !self.scan.marked && fits.iter().all(|f| f.entry.what == What::Old) => Sure::No,
            _ => Sure::Offered,
        }
    }
}

/// A name in an answer to the question for the place.
fn answered(m: &Mention, fits: &[Fit], cues: &[Cue], said: bool) -> Sure {
    let aside = [Cue::Street, Cue::Landmark, Cue::Village, Cue::Near, Cue::Title];
    let beside = cues.iter().any(|c| aside.contains(c));
    let faint = fits.iter().all(|f| f.least <= Agree::Tone);
    let unclear = m.slip || (!said && (faint || beside));
    if unclear { Sure::Offered } else { Sure::Meant }
}
