//! Names in a text: the longest first, with the word before that says what is named.

use std::ops::Range;

use super::Places;
use super::form::{Agree, Form, Key, one_slip, words_of};
use super::index::{Entry, What, agreement, spellings};
use super::scan::{Gap, Scan, Token};
use super::words::Unit;

/// A name that fits what was typed.
#[derive(Clone, Copy)]
pub(super) struct Fit {
    pub(super) entry: Entry,
    pub(super) least: Agree,
}

/// A name in a text.
pub(super) struct Mention {
    /// Where it begins, the unit word included.
    pub(super) start: usize,
    /// The words of the name.
    pub(super) name: Range<usize>,
    /// Behind it, the unit word included.
    pub(super) end: usize,
    pub(super) unit: Option<Unit>,
    pub(super) key: Key,
    /// Read through the keys of Telex or VNI.
    pub(super) meant: bool,
    /// Names of the own province, of provinces, and of districts anywhere.
    pub(super) fits: Vec<Fit>,
    /// Found by a slip of the finger only.
    pub(super) slip: bool,
}

impl Mention {
    pub(super) fn has(&self, what: What, province: u8) -> bool {
        self.fits.iter().any(|f| f.entry.what == what && f.entry.province == province)
    }

    /// Names a province, not its capital and no commune.
    pub(super) fn is_realm(&self) -> bool {
        let realm = self.fits.iter().any(|f| f.entry.what == What::Realm);
        let city = self.fits.iter().any(|f| f.entry.what == What::District);
        match self.unit {
            None | Some(Unit::Tinh) => realm,
            Some(Unit::ThanhPho) => realm && !city,
            Some(_) => false,
        }
    }
}

/// How names are looked for.
#[derive(Clone, Copy)]
pub(super) struct Manner {
    pub(super) province: u8,
    /// The text answers the question for the place.
    pub(super) answer: bool,
}

/// A stretch of words and the names that fit it.
struct Hit {
    len: usize,
    key: Key,
    meant: bool,
    fits: Vec<Fit>,
}

/// The fewest letters of a name that a slip of the finger may stand in.
const SLIP_LETTERS: usize = 5;

/// How many words behind a unit word are searched for slips in one text: each search looks at every name of the
/// province, and a text of nothing but unit words must not keep the others waiting.
const SLIP_SEARCHES: usize = 12;

/// All names in a text, none within another.
pub(super) fn mentions(places: &Places, scan: &Scan, manner: Manner) -> Vec<Mention> {
    let (mut found, mut at): (Vec<Mention>, usize) = (Vec::new(), 0);
    let mut searches = 0;
    while at < scan.tokens.len() {
        let near = found.last().is_some_and(|m| m.end == at);
        let mention = places.mention(scan, at, manner, near).or_else(|| {
            let unit = places.unit_of_slip(scan, at).filter(|_| searches < SLIP_SEARCHES)?;
            searches += 1;
            places.slipped(at, unit, scan.tokens.get(at..)?, manner)
        });
        match mention {
            Some(m) => {
                at = m.end;
                found.push(m);
            }
            None => at += 1,
        }
    }
    found
}

impl Places {
    fn mention(&self, scan: &Scan, at: usize, manner: Manner, near: bool) -> Option<Mention> {
        let tokens = scan.tokens.get(at..)?;
        for (unit, len, bare) in self.words.units(tokens) {
            let name = tokens.get(len..).filter(|rest| rest.first().is_some_and(|t| t.gap == Gap::Soft));
            let Some(name) = name else { continue };
            let Some(hit) = self.hit_of_unit(name, unit, manner) else { continue };
            // who types marks writes "xã" with its mark: "xa" is far, "Phuong" a name
            let marks = name.iter().take(hit.len).any(|t| !t.form.plain());
            if bare && marks {
                continue;
            }
            return Some(self.mentioned(at, len, Some(unit), hit, tokens));
        }
        self.glued(at, tokens, manner).or_else(|| self.bare(at, tokens, manner, near))
    }

    /// The length of the unit word that stands here, if a name with a slip may follow it.
    fn unit_of_slip(&self, scan: &Scan, at: usize) -> Option<usize> {
        let sure = |bare: bool| !bare || !scan.marked;
        let mut units = self.words.units(scan.tokens.get(at..)?);
        units.find(|(u, _, bare)| u.is_commune() && sure(*bare)).map(|(_, len, _)| len)
    }

    fn hit_of_unit(&self, name: &[Token], unit: Unit, manner: Manner) -> Option<Hit> {
        let fits_unit = |e: &Entry| match e.what {
            What::Today | What::Old => !unit.is_district() && unit != Unit::Tinh,
            What::District => unit.is_district(),
            What::Realm => matches!(unit, Unit::Tinh | Unit::ThanhPho),
        };
        let number = |hit: &Hit| {
            let first = name.first().is_some_and(|t| t.form.is_number() || hit.meant && hit.len == 1);
            !first || matches!(unit, Unit::Phuong | Unit::Quan) || hit.len > 1
        };
        let own = |e: &Entry| {
            fits_unit(e) && (e.province == manner.province || !matches!(e.what, What::Today | What::Old))
        };
        let numeral = unit == Unit::Phuong || unit == Unit::Quan;
        self.hit(name, numeral, own)
            .or_else(|| self.hit(name, numeral, fits_unit))
            .or_else(|| self.hit(name, numeral, |e| e.province == manner.province && unit != Unit::Tinh))
            .filter(number)
    }

    /// The longest stretch from here that is the name of something wanted.
    fn hit(&self, tokens: &[Token], numeral: bool, wanted: impl Fn(&Entry) -> bool) -> Option<Hit> {
        let mut keys = [[Key::EMPTY; 2]; 8];
        let mut len = 0;
        for (n, token) in tokens.iter().take(self.index.longest.min(8)).enumerate() {
            if n > 0 && token.gap != Gap::Soft || token.form.letters().is_empty() {
                break;
            }
            let before = n.checked_sub(1).and_then(|b| keys.get(b)).copied().unwrap_or([Key::EMPTY; 2]);
            let roman = if numeral && n == 0 { token.form.arabic() } else { None };
            let meant = roman.as_ref().unwrap_or_else(|| token.pick(true));
            if let Some(place) = keys.get_mut(n) {
                *place = [before[0].then(&token.form), before[1].then(meant)];
            }
            len = n + 1;
        }
        (1..=len).rev().find_map(|n| {
            let [plain, meant] = keys.get(n - 1).copied()?;
            let both = if plain.0 == meant.0 { 1 } else { 2 };
            [plain, meant].into_iter().take(both).enumerate().find_map(|(which, key)| {
                let fits = self.fits(tokens.get(..n)?, key, which == 1, numeral, &wanted);
                (!fits.is_empty()).then_some(Hit { len: n, key, meant: which == 1, fits })
            })
        })
    }

    fn fits(
        &self,
        typed: &[Token],
        key: Key,
        meant: bool,
        numeral: bool,
        wanted: &impl Fn(&Entry) -> bool,
    ) -> Vec<Fit> {
        let mut entries = self.index.named(key).iter().filter(|e| wanted(e)).peekable();
        if entries.peek().is_none() {
            return Vec::new();
        }
        let roman = |t: &Token| if meant && numeral && typed.len() == 1 { t.form.arabic() } else { None };
        let forms: Vec<Form> = typed.iter().map(|t| roman(t).unwrap_or_else(|| *t.pick(meant))).collect();
        let fit = |e: &Entry| {
            let least = agreement(&forms, self.name_of(e))?;
            Some(Fit { entry: *e, least })
        };
        entries.filter_map(fit).collect()
    }

    /// The names of another province that fit a mention.
    pub(super) fn fits_in(&self, scan: &Scan, m: &Mention, province: u8) -> Vec<Fit> {
        let typed = scan.tokens.get(m.name.clone()).unwrap_or_default();
        let numeral = matches!(m.unit, Some(Unit::Phuong | Unit::Quan));
        self.fits(typed, m.key, m.meant, numeral, &|e: &Entry| e.province == province)
    }

    fn mentioned(
        &self,
        at: usize,
        unit_len: usize,
        unit: Option<Unit>,
        hit: Hit,
        tokens: &[Token],
    ) -> Mention {
        let name = at + unit_len..at + unit_len + hit.len;
        let behind =
            tokens.get(unit_len + hit.len..).filter(|t| t.first().is_some_and(|t| t.gap == Gap::Soft));
        let after = if unit.is_none() { behind.and_then(|t| self.words.unit_after(t)) } else { None };
        let end = name.end + usize::from(after.is_some());
        let Hit { key, meant, fits, .. } = hit;
        Mention { start: at, name, end, unit: unit.or(after), key, meant, fits, slip: false }
    }

    /// `tpthainguyen`, `xatancuong`.
    fn glued(&self, at: usize, tokens: &[Token], manner: Manner) -> Option<Mention> {
        const UNITS: [(&[u8], Unit); 6] = [
            (b"phuong", Unit::Phuong),
            (b"huien", Unit::Huyen),
            (b"tinh", Unit::Tinh),
            (b"tp", Unit::ThanhPho),
            (b"xa", Unit::Xa),
            (b"tt", Unit::ThiTran),
        ];
        let token = tokens.first()?;
        let letters = token.form.letters();
        if letters.len() < 7 {
            return None;
        }
        let (unit, rest) =
            UNITS.iter().find_map(|(word, unit)| Some((*unit, letters.strip_prefix(*word)?)))?;
        let rest = Token { form: Form::of_letters(rest), meant: None, ..*token };
        let hit = self.hit_of_unit(&[rest], unit, manner)?;
        Some(Mention { unit: Some(unit), ..self.mentioned(at, 0, Some(unit), hit, tokens) })
    }

    fn bare(&self, at: usize, tokens: &[Token], manner: Manner, near: bool) -> Option<Mention> {
        let wanted = |e: &Entry| match e.what {
            What::Today | What::Old => e.province == manner.province,
            What::District => e.province == manner.province || near,
            What::Realm => true,
        };
        let hit = self.hit(tokens, false, wanted)?;
        let short = hit.len == 1 && tokens.first().is_some_and(|t| t.form.letters().len() < SLIP_LETTERS);
        let number = tokens.first().is_some_and(|t| t.form.is_number());
        let clash = hit.fits.iter().all(|f| f.least == Agree::Clash);
        if !manner.answer && (short || number || clash) {
            return None;
        }
        let mut m = self.mentioned(at, 0, None, hit, tokens);
        if m.unit.is_some_and(|u| !u.is_district() && !u.is_commune()) && !m.is_realm() {
            m.unit = None;
        }
        Some(m)
    }

    /// A name after a unit word that differs from one of ours by one slip.
    fn slipped(&self, at: usize, unit_len: usize, tokens: &[Token], manner: Manner) -> Option<Mention> {
        let rest = tokens.get(unit_len..).filter(|t| t.first().is_some_and(|t| t.gap == Gap::Soft))?;
        let whole = rest.iter().enumerate().take_while(|(n, t)| *n == 0 || t.gap == Gap::Soft).count().min(3);
        (1..=whole).rev().find_map(|len| {
            let fits = self.slips(rest.get(..len)?, manner);
            let name = at + unit_len..at + unit_len + len;
            let m = Mention {
                start: at,
                end: name.end,
                name,
                unit: None,
                key: Key::EMPTY,
                meant: false,
                slip: true,
                fits,
            };
            (!m.fits.is_empty()).then_some(m)
        })
    }

    /// The names of the own province that are one slip away from these words.
    pub(super) fn slips(&self, typed: &[Token], manner: Manner) -> Vec<Fit> {
        let letters: Vec<u8> = typed.iter().flat_map(|t| t.pick(true).letters()).copied().collect();
        if letters.len() < SLIP_LETTERS {
            return Vec::new();
        }
        let close = |e: &&Entry| {
            e.what != What::Realm
                && spellings(self.name_of(e)).any(|n| {
                    let name: Vec<u8> = words_of(n).iter().flat_map(|w| w.letters().to_vec()).collect();
                    name.len() >= SLIP_LETTERS && one_slip(&letters, &name)
                })
        };
        let entries = self.index.about_as_long(manner.province, letters.len()).filter(close);
        entries.map(|e| Fit { entry: *e, least: Agree::Clash }).collect()
    }
}
