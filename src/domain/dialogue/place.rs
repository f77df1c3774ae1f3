//! The place of a tip: what the words say is shown on a button and can be taken off, what they may say is offered, and
//! nothing waits for it.

use super::effect::{Arg, Button, Say};
use super::state::Draft;
use super::turn::Turn;
use super::{Facts, Kind, Screen};
use crate::domain::places::{Commune, Found, Places};

/// The choice that no commune is meant.
const NONE: &str = "-";

/// The most communes that are offered, in rows of two.
const MOST: usize = 8;

/// The places, and from where they are looked at.
#[derive(Debug, Clone, Copy)]
pub struct Here<'a> {
    /// All of them.
    pub places: &'a Places,
    /// The code of the province that answers.
    pub province: &'a str,
}

impl Draft {
    fn found<'a>(&self, facts: &Facts<'a>) -> Found<'a> {
        facts.here.map(|h| h.places.read(&self.text(), h.province)).unwrap_or_default()
    }

    /// The commune that goes with the draft: chosen, or said without doubt.
    pub(super) fn commune<'a>(&self, facts: &Facts<'a>) -> Option<&'a Commune> {
        match &self.commune {
            Some(code) => facts.here.and_then(|h| h.places.commune(code)),
            None => self.found(facts).place,
        }
    }

    /// Its code, for a desk to which the place matters.
    pub(super) fn commune_code(&self, kind: Kind, facts: &Facts<'_>) -> Option<String> {
        self.commune(facts).filter(|_| kind != Kind::Counselling).map(|c| c.code.to_owned())
    }
}

impl Turn<'_> {
    /// The buttons of the place under a preview, after all others, whose numbers stay as they are.
    pub(super) fn place_buttons(&self, draft: &Draft, screen: Screen, say: Say) -> Say {
        if !matches!(screen, Screen::Preview(_)) {
            return say;
        }
        let button = |label: &'static str, commune: &Commune, code: &str| {
            let mut button = Button::new(label, self.token(&format!("place:{code}")));
            button.args = vec![("name", Arg::Text(commune.full_name.to_owned()))];
            button
        };
        if let Some(commune) = draft.commune(self.facts) {
            return say.row(vec![button("chat.button.place_on", commune, NONE)]);
        }
        if draft.commune.is_some() {
            return say;
        }
        let found = draft.found(self.facts);
        let offered = found.candidates.iter().take(MOST).map(|c| c.commune);
        let buttons: Vec<Button> = offered.map(|c| button("chat.button.place", c, c.code)).collect();
        buttons.chunks(2).fold(say, |say, row| say.row(row.to_vec()))
    }

    /// A place was chosen or taken off; a code that is none takes it off.
    pub(super) fn choose_place(&mut self, code: &str) {
        let known = self.facts.here.and_then(|h| h.places.commune(code));
        let code = known.map_or(NONE, |c| c.code).to_owned();
        self.change(|draft| draft.commune = Some(code));
    }
}
