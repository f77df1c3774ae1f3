//! What the names in a text come to: one commune only if there is no doubt, else what it could be.
//!
//! Asserting a wrong place sends people to it; offering two costs a tap. So a name by itself decides nothing: a unit
//! word, a word for "in", a district beside it or capitals must say that it is a place.

mod cue;
mod pick;

use super::find::{Fit, Manner, Mention, mentions};

use super::index::What;
use super::scan::{Gap, Scan};
use super::words::{Cue, Unit};
use super::{Candidate, Commune, Former, Found, Places};

/// The most candidates that are handed out.
const MOST: usize = 24;

/// How sure it is that a place is meant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Sure {
    /// A word, a person, a street.
    No,
    /// Worth a question.
    Offered,
    /// Enough, if only one place fits.
    Meant,
}

/// The larger place that was named beside a commune.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    District,
    Province,
    Nothing,
}

/// One commune that may be meant, and what was said for it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Pick {
    commune: u16,
    former: Option<Past>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Past {
    Old(u16),
    District(u16),
}

/// What a group of names beside each other comes to.
struct Weighed {
    sure: Sure,
    picks: Vec<Pick>,
    /// Every part of the district named is offered: it only narrows others down.
    district: bool,
}

/// A text being read.
struct Reading<'p, 's> {
    places: &'p Places,
    scan: &'s Scan,
    manner: Manner,
}

pub(super) fn read<'p>(places: &'p Places, text: &str, manner: Manner) -> Found<'p> {
    let scan = Scan::of(text);
    let found = mentions(places, &scan, manner);
    let reading = Reading { places, scan: &scan, manner };
    if found.is_empty() {
        return if manner.answer { reading.slip_of_answer() } else { Found::default() };
    }
    let groups = reading.groups(&found);
    let elsewhere = groups.iter().any(|g| reading.is_elsewhere(g));
    let weighed = groups.iter().map(|g| reading.weigh(g, elsewhere)).collect();
    reading.conclude(weighed)
}

impl<'p> Reading<'p, '_> {
    /// Names that stand beside each other: one commune, its district, its province.
    fn groups<'m>(&self, found: &'m [Mention]) -> Vec<&'m [Mention]> {
        let small = |m: &Mention| {
            let larger = m.fits.iter().any(|f| f.entry.what > What::Old);
            m.unit.map_or(!larger, Unit::is_commune)
        };
        let (mut groups, mut from) = (Vec::new(), 0);
        let mut level = found.first().is_some_and(small);
        for (at, pair) in found.windows(2).enumerate() {
            let [a, b] = pair else { continue };
            if !self.belong(a, b) || (level && small(b)) {
                groups.push(found.get(from..=at).unwrap_or_default());
                from = at + 1;
                level = false;
            }
            level |= small(b);
        }
        groups.push(found.get(from..).unwrap_or_default());
        groups
    }

    fn belong(&self, a: &Mention, b: &Mention) -> bool {
        let between = self.scan.tokens.get(a.end..=b.start).unwrap_or_default();
        let whole = between.iter().all(|t| t.gap != Gap::Stop);
        let larger =
            b.unit.is_some_and(|u| !u.is_commune()) || b.fits.iter().any(|f| f.entry.what > What::Old);
        match between.len() {
            1 => whole,
            2 => {
                let link = between.get(..1).map(|t| self.places.words.cues_before(t)).unwrap_or_default();
                whole && larger && link.contains(&Cue::Link)
            }
            _ => false,
        }
    }

    /// Another province, said to be where it is.
    fn is_elsewhere(&self, group: &[Mention]) -> bool {
        let Some(m) = group.iter().find(|m| m.is_realm()) else { return false };
        let own = self.manner.province;
        let foreign = !m.has(What::Realm, own) && !m.has(What::Today, own) && !m.has(What::Old, own);
        foreign && (m.unit.is_some() || self.cues(group.first().unwrap_or(m)).contains(&Cue::At))
    }

    fn weigh(&self, group: &[Mention], elsewhere: bool) -> Weighed {
        let own = self.manner.province;
        let nothing = Weighed { sure: Sure::No, picks: Vec::new(), district: false };
        let larger = group.iter().any(|m| !m.is_realm() && m.has(What::District, own));
        let realm =
            group.iter().find(|m| m.is_realm() && !(self.is_commune_too(m) && (larger || group.len() == 1)));
        let realm_of = |m: &Mention| {
            let ours = m.fits.iter().filter(|f| f.entry.what == What::Realm);
            ours.clone().find(|f| f.entry.province == own).or(ours.clone().next()).map(|f| f.entry)
        };
        let realm_entry = realm.and_then(realm_of);
        let is = |a: Option<&Mention>, b: &Mention| a.is_some_and(|a| a.start == b.start);
        let rest: Vec<&Mention> = group.iter().filter(|m| !is(realm, m)).collect();
        let province = match realm_entry {
            Some(entry) => entry.province,
            None => rest.iter().find_map(|m| self.foreign_district(m)).unwrap_or(own),
        };
        let narrowed = realm_entry.filter(|e| self.is_former_realm(e.id)).map(|e| e.id);
        let Some((level, district)) = self.parts(&rest, province) else { return nothing };
        let fits = self.fits_of(level, province);
        let single = match district {
            Some(d) if d.start == level.start => {
                return self.whole_district(level, &fits, province, elsewhere);
            }
            other => other,
        };
        let within = single.map_or_else(Vec::new, |d| self.districts_of(d, province));
        let (picks, kept) = self.picks(level, &fits, &within, narrowed);
        if let (false, None, Some(d)) = (kept, level.unit, single) {
            return self.whole_district(d, &self.fits_of(d, province), province, elsewhere);
        }
        let around = match (single, realm_entry) {
            (Some(_), _) => Around::District,
            (None, Some(_)) => Around::Province,
            (None, None) => Around::Nothing,
        };
        let mut sure = self.sure(level, group, &fits, around, elsewhere);
        if province != own && !self.manner.answer && !level.unit.is_some_and(Unit::is_commune) {
            return nothing;
        }
        if !kept || (province != own && !(level.unit.is_some() && realm_entry.is_some())) {
            sure = sure.min(Sure::Offered);
        }
        Weighed { sure, picks, district: false }
    }

    /// A bare name that is both that of another province and of a commune here.
    fn is_commune_too(&self, m: &Mention) -> bool {
        let own = self.manner.province;
        !m.has(What::Realm, own) && (m.has(What::Today, own) || m.has(What::Old, own))
    }

    fn is_former_realm(&self, id: u16) -> bool {
        let realm = self.places.tables.realms.get(usize::from(id));
        let today = |r: &super::Realm| self.places.tables.realms.iter().any(|t| t.today && t.name == r.name);
        realm.is_some_and(|r| !r.today && !today(r))
    }

    /// The one province that a district lies in, if it is not here.
    fn foreign_district(&self, m: &Mention) -> Option<u8> {
        let own = self.manner.province;
        let here = m.fits.iter().any(|f| f.entry.province == own && f.entry.what != What::Realm);
        let mut lands = m.fits.iter().filter(|f| f.entry.what == What::District).map(|f| f.entry.province);
        let first = lands.next().filter(|_| !here && m.unit.is_none_or(Unit::is_district))?;
        lands.all(|l| l == first).then_some(first)
    }

    /// Which name is the commune and which the district around it; both are the same if only a district is named.
    fn parts<'m>(&self, rest: &[&'m Mention], province: u8) -> Option<(&'m Mention, Option<&'m Mention>)> {
        let has = |m: &Mention, what: &[What]| {
            self.fits_of(m, province).iter().any(|f| what.contains(&f.entry.what))
        };
        let larger = |m: &&&Mention| m.unit.is_none_or(Unit::is_district) && has(m, &[What::District]);
        let smaller =
            |m: &&&Mention| !m.unit.is_some_and(Unit::is_district) && has(m, &[What::Today, What::Old]);
        let named = rest.iter().find(|m| m.unit.is_some_and(Unit::is_commune) && smaller(m));
        let around = |level: &Mention| {
            let others = rest.iter().filter(|m| m.start != level.start);
            others
                .clone()
                .find(|m| m.unit.is_some() && larger(m))
                .or_else(|| others.clone().find(larger))
                .copied()
        };
        if let Some(level) = named {
            return Some((level, around(level)));
        }
        let bare = rest.iter().find(|m| smaller(m) && (!larger(m) || around(m).is_some()));
        if let Some(level) = bare {
            return Some((level, around(level)));
        }
        let whole = rest.iter().find(larger).or_else(|| rest.iter().find(|m| has(m, &[What::District])))?;
        Some((whole, Some(whole)))
    }

    fn fits_of(&self, m: &Mention, province: u8) -> Vec<Fit> {
        if m.slip || province == self.manner.province {
            return m.fits.iter().filter(|f| f.entry.province == province).copied().collect();
        }
        self.places.fits_in(self.scan, m, province)
    }

    fn districts_of(&self, m: &Mention, province: u8) -> Vec<u16> {
        let fits = self.fits_of(m, province);
        fits.iter().filter(|f| f.entry.what == What::District).map(|f| f.entry.id).collect()
    }

    /// A district that is no more: the commune of its name first, then all it went into.
    fn whole_district(&self, m: &Mention, fits: &[Fit], province: u8, elsewhere: bool) -> Weighed {
        let of = |what: What| fits.iter().filter(move |f| f.entry.what == what);
        let city = m.unit == Some(Unit::ThanhPho);
        let mut picks = Vec::new();
        if m.unit.is_none() {
            picks.extend(of(What::Today).map(|f| Pick { commune: f.entry.id, former: None }));
        }
        for f in of(What::District) {
            let district = self.places.tables.districts.get(usize::from(f.entry.id));
            for commune in
                district.filter(|d| !city || d.city || fits.len() == 1).iter().flat_map(|d| &d.communes)
            {
                if picks.iter().all(|p| p.commune != *commune) {
                    picks.push(Pick { commune: *commune, former: Some(Past::District(f.entry.id)) });
                }
            }
        }
        let own_realm = m.unit.is_none() && m.has(What::Realm, self.manner.province);
        let somebody = self.cues(m).iter().any(|c| matches!(c, Cue::Title | Cue::Street)) && m.unit.is_none();
        let word = m.unit.is_none() && self.is_loose_word(m);
        let foreign = province != self.manner.province || (elsewhere && m.unit.is_none());
        let sure = if !self.manner.answer && (own_realm || somebody || word || foreign) {
            Sure::No
        } else {
            Sure::Offered
        };
        Weighed { sure, picks, district: true }
    }

    /// An answer that is no name of ours: what is one slip away.
    fn slip_of_answer(&self) -> Found<'p> {
        let fits = self.places.slips(&self.scan.tokens, self.manner);
        let mut picks = Vec::new();
        for f in fits.iter().filter(|f| f.entry.what != What::District) {
            picks.extend(self.picks_of(f, &[], None));
        }
        self.conclude(vec![Weighed { sure: Sure::Offered, picks, district: false }])
    }

    /// One place, or what it could be.
    fn conclude(&self, mut weighed: Vec<Weighed>) -> Found<'p> {
        weighed.retain(|w| w.sure > Sure::No && !w.picks.is_empty());
        // a district said elsewhere in the text narrows a name down
        let narrow = |w: &Weighed, others: &[Weighed]| -> Option<Vec<Pick>> {
            let by = others.iter().filter(|o| o.district || o.picks.len() == 1);
            by.into_iter().find_map(|o| {
                let inside = |p: &&Pick| o.picks.iter().any(|q| q.commune == p.commune);
                let kept: Vec<Pick> = w.picks.iter().filter(inside).copied().collect();
                (kept.len() == 1).then_some(kept)
            })
        };
        let narrowed: Vec<Option<Vec<Pick>>> = weighed
            .iter()
            .map(|w| {
                if w.picks.len() > 1 && !w.district && w.sure == Sure::Meant {
                    narrow(w, &weighed)
                } else {
                    None
                }
            })
            .collect();
        for (w, picks) in weighed.iter_mut().zip(narrowed) {
            w.picks = picks.unwrap_or_else(|| std::mem::take(&mut w.picks));
        }
        let meant = || weighed.iter().filter(|w| w.sure == Sure::Meant && !w.district);
        let mut single =
            meant().filter_map(|w| if let [one] = w.picks.as_slice() { Some(one) } else { None });
        let first = single.next().filter(|one| single.all(|other| other.commune == one.commune));
        let open = meant().any(|w| w.picks.len() > 1);
        let place = first.filter(|_| !open).and_then(|p| self.commune(p.commune));
        let mut candidates: Vec<Candidate<'p>> = Vec::new();
        let order = weighed.iter().filter(|w| !w.district).chain(weighed.iter().filter(|w| w.district));
        for pick in place.and(first).into_iter().chain(order.flat_map(|w| &w.picks)) {
            if let Some(c) =
                self.candidate(*pick).filter(|c| candidates.iter().all(|k| k.commune.code != c.commune.code))
            {
                candidates.push(c);
            }
        }
        candidates.truncate(MOST);
        Found { place, candidates }
    }

    fn commune(&self, at: u16) -> Option<&'p Commune> {
        self.places.tables.communes.get(usize::from(at))
    }

    fn candidate(&self, pick: Pick) -> Option<Candidate<'p>> {
        let district = |at: u16| self.places.tables.districts.get(usize::from(at));
        let former = pick.former.and_then(|past| match past {
            Past::District(at) => Some(Former::District(district(at)?.full)),
            Past::Old(at) => {
                let old = self.places.tables.olds.get(usize::from(at))?;
                Some(Former::Commune {
                    name: old.name,
                    kind: old.kind,
                    district: district(old.district)?.full,
                })
            }
        });
        Some(Candidate { commune: self.commune(pick.commune)?, former })
    }
}
