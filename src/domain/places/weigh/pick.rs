//! Which communes of today a name may mean: of today or of before, of the kind that was said, inside what was named.

use super::super::find::{Fit, Mention};
use super::super::form::Agree;
use super::super::index::What;
use super::super::words::Unit;
use super::super::{District, Kind};
use super::{Past, Pick, Reading};

impl<'p> Reading<'p, '_> {
    /// The communes that a name may mean, and whether all filters could be kept.
    pub(super) fn picks(
        &self,
        m: &Mention,
        fits: &[Fit],
        within: &[u16],
        realm: Option<u16>,
    ) -> (Vec<Pick>, bool) {
        let kinds = self.of_kind(m, fits);
        let marked = self.by_marks(m, &kinds);
        let mut picks: Vec<Pick> = Vec::new();
        for f in &marked {
            picks.extend(self.picks_of(f, within, realm));
        }
        if picks.is_empty() && (!within.is_empty() || realm.is_some()) {
            let (loose, _) = self.picks(m, fits, &[], None);
            return (loose, false);
        }
        // a commune of today takes in its own namesake; with its old district named, the old one is meant
        let split = |old: u16| !within.is_empty() && self.targets(old).len() > 1;
        let today: Vec<u16> = picks.iter().filter(|p| p.former.is_none()).map(|p| p.commune).collect();
        let taken = |p: &Pick| match p.former {
            Some(Past::Old(old)) => !split(old) && self.targets(old).iter().any(|t| today.contains(t)),
            _ => false,
        };
        picks.retain(|p| !taken(p));
        let mut seen = Vec::new();
        picks.retain(|p| {
            !seen.contains(&p.commune) && {
                seen.push(p.commune);
                true
            }
        });
        (picks, !m.slip)
    }

    /// Communes of the kind that was said; those of today stay whatever was said.
    pub(super) fn of_kind(&self, m: &Mention, fits: &[Fit]) -> Vec<Fit> {
        let communes = fits.iter().filter(|f| matches!(f.entry.what, What::Today | What::Old));
        let wanted = match m.unit {
            Some(Unit::Xa) => Kind::Commune,
            Some(Unit::Phuong) => Kind::Ward,
            Some(Unit::ThiTran) => Kind::Town,
            Some(Unit::DacKhu) => Kind::Zone,
            _ => return communes.copied().collect(),
        };
        let is = |f: &Fit| self.places.kind_of(&f.entry) == Some(wanted);
        let any = communes.clone().any(is);
        let keep = |f: &&Fit| !any || is(f) || f.entry.what == What::Today;
        let kept: Vec<Fit> = communes.filter(keep).copied().collect();
        let today = |f: &Fit| f.entry.what == What::Today;
        // "thị trấn" is said of what was one: a commune of that name today is no rival
        if wanted == Kind::Town && any { kept.into_iter().filter(|f| !today(f)).collect() } else { kept }
    }

    /// Typed marks decide between names with the same letters, if they are whole.
    pub(super) fn by_marks(&self, m: &Mention, fits: &[Fit]) -> Vec<Fit> {
        let typed = self.scan.tokens.get(m.name.clone()).unwrap_or_default();
        let marks = self.scan.marked || typed.iter().any(|t| !t.pick(m.meant).plain());
        let exact = fits.iter().any(|f| f.least == Agree::Exact);
        if marks && exact {
            return fits.iter().filter(|f| f.least == Agree::Exact).copied().collect();
        }
        let fair =
            fits.iter().any(|f| f.least == Agree::Plain) && !fits.iter().any(|f| f.least == Agree::Tone);
        if fair { fits.iter().filter(|f| f.least != Agree::Clash).copied().collect() } else { fits.to_vec() }
    }

    pub(super) fn picks_of(&self, f: &Fit, within: &[u16], realm: Option<u16>) -> Vec<Pick> {
        let id = f.entry.id;
        let of_realm = |d: u16| {
            let district = self.places.tables.districts.get(usize::from(d));
            realm.is_none_or(|r| district.is_some_and(|d| d.realm == r))
        };
        if f.entry.what == What::Today {
            let districts = self.places.tables.districts.iter().enumerate();
            let from = |(at, d): (usize, &District)| {
                let at = u16::try_from(at).unwrap_or(u16::MAX);
                (within.is_empty() || within.contains(&at))
                    && of_realm(at)
                    && d.communes.binary_search(&id).is_ok()
            };
            let fits = (within.is_empty() && realm.is_none()) || districts.into_iter().any(from);
            return if fits { vec![Pick { commune: id, former: None }] } else { Vec::new() };
        }
        let Some(old) = self.places.tables.olds.get(usize::from(id)) else { return Vec::new() };
        if !(within.is_empty() || within.contains(&old.district)) || !of_realm(old.district) {
            return Vec::new();
        }
        self.targets(id).iter().map(|t| Pick { commune: *t, former: Some(Past::Old(id)) }).collect()
    }

    pub(super) fn targets(&self, old: u16) -> &'p [u16] {
        self.places.targets(old)
    }
}
