//! The place of a report: what was typed is understood, what it could be is offered, and whoever does not know picks by
//! letter or leaves it. Nobody is held up by it.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::draft::Draft;
use crate::citizen::crisis::{self, banner};
use crate::citizen::reader::{Reader, Visit, page};
use crate::domain::places::{Candidate, Commune, Former, Found, Places};
use crate::domain::wording::Crisis;

/// The value of the field for "leave it as I wrote it".
pub(super) const KEEP: &str = "-";

/// The most communes that are offered on a page: it stays small, and more would not be read.
const MOST: usize = 12;

/// The most bytes that the old names may add to a page of the picker. Where they would be more they are all left out:
/// the page says what else to do with an old name.
const OLD_NAMES: usize = 1_500;

/// One commune to choose.
pub(super) struct Choice {
    pub(super) code: String,
    pub(super) name: String,
    /// What it was called, in the reader's words.
    pub(super) was: Option<String>,
    pub(super) on: bool,
}

/// What the typed place says; where it says nothing, the text.
fn found<'p>(places: &'p Places, d: &Draft, province: &str) -> Found<'p> {
    let typed = places.answer(&d.place, province);
    if typed.candidates.is_empty() { places.read(&d.text, province) } else { typed }
}

/// Fills in the commune if it was not chosen and there is no doubt; drops a code that is none.
pub(super) fn settle(d: &mut Draft, visit: &Visit) {
    let places = visit.reader.options().places;
    if d.commune != KEEP && places.commune(&d.commune).is_none() {
        let place = found(places, d, &visit.hotline.world().tenant.province).place;
        d.commune = place.map_or_else(String::new, |c| c.code.to_owned());
    }
}

/// What may be meant, for the page on which it is chosen; the chosen one is always among them.
pub(super) fn choices(d: &Draft, visit: &Visit) -> Vec<Choice> {
    let (r, places) = (&visit.reader, visit.reader.options().places);
    let found = found(places, d, &visit.hotline.world().tenant.province);
    let offered = found.candidates.iter().take(MOST);
    let chosen = places.commune(&d.commune);
    let among = chosen.is_none_or(|c| offered.clone().any(|o| o.commune == c));
    let other = chosen.filter(|_| !among).map(|commune| choice(r, &Candidate { commune, former: None }, d));
    other.into_iter().chain(offered.map(|o| choice(r, o, d))).collect()
}

fn choice(r: &Reader, c: &Candidate<'_>, d: &Draft) -> Choice {
    let was = c.former.map(|former| {
        let key =
            if matches!(former, Former::District(_)) { "citizen.place.was_in" } else { "citizen.place.was" };
        r.with(key, "old", &former.full())
    });
    let Commune { code, full_name, .. } = c.commune;
    Choice { code: (*code).to_owned(), name: (*full_name).to_owned(), was, on: d.commune == *code }
}

#[derive(Template)]
#[template(path = "citizen/place.html")]
struct Picker {
    r: Reader,
    d: Draft,
    letters: Vec<String>,
    letter: String,
    choices: Vec<Choice>,
    crisis: Option<crisis::Banner>,
}

/// Communes of today, each with what it was made of, as long as the page stays small.
fn with_old_names(places: &Places, r: &Reader, d: &Draft, shown: Vec<&Commune>) -> Vec<Choice> {
    let were = shown.iter().map(|commune| {
        let names = places.made_of(commune).join(", ");
        (!names.is_empty()).then(|| r.with("citizen.place.were", "old", &names))
    });
    let were: Vec<Option<String>> = were.collect();
    let fit =
        were.iter().flatten().map(|names| names.len() + "<small></small>".len()).sum::<usize>() <= OLD_NAMES;
    let of = |(commune, was): (&Commune, Option<String>)| {
        let plain = choice(r, &Candidate { commune, former: None }, d);
        Choice { was: was.filter(|_| fit), ..plain }
    };
    shown.into_iter().zip(were).map(of).collect()
}

/// The communes of the province by letter.
pub(super) fn picker(visit: Visit, d: Draft, letter: &str, danger: Option<Crisis>) -> Response {
    let (places, r) = (visit.reader.options().places, visit.reader);
    let world = visit.hotline.world();
    let province = &world.tenant.province;
    let shown = letter.chars().next().map(|l| places.starting(province, l)).unwrap_or_default();
    let choices = with_old_names(places, &r, &d, shown);
    let letters = places.letters(province).into_iter().map(String::from).collect();
    let letter = if choices.is_empty() { String::new() } else { letter.to_owned() };
    let crisis = banner(&r, danger);
    page(StatusCode::OK, &Picker { r, d, letters, letter, choices, crisis })
}
