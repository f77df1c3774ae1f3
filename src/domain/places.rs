//! Places: communes of today, what they were before 1 July 2025, and what people type for them.
//!
//! Over the tables in `config/`: provinces, communes, former communes with their districts, and the words that stand
//! around a name. Everything is asked for one province; others answer only when they are named. A place is asserted
//! only when there is no doubt; what is doubtful is offered
//! ([0026](../../docs/decisions/0026-a-place-is-asserted-only-without-doubt.md)).

mod data;
mod find;
mod form;
mod index;
mod letters;
mod near;
mod scan;
mod weigh;
mod words;

use std::borrow::Cow;
use std::sync::LazyLock;

use self::data::Tables;
pub use self::data::{BadPlaces, Sources};
use self::find::Manner;
use self::index::{Entry, Index, What};
pub use self::near::Near;
use self::words::Words;

/// What sort of commune.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// `phường`.
    Ward,
    /// `xã`.
    Commune,
    /// `đặc khu`.
    Zone,
    /// `thị trấn`, until 30 June 2025.
    Town,
    /// An island district without communes, until 30 June 2025.
    Island,
}

impl Kind {
    fn of(code: &str) -> Option<Self> {
        match code {
            "phuong" => Some(Self::Ward),
            "xa" => Some(Self::Commune),
            "dac_khu" => Some(Self::Zone),
            "thi_tran" => Some(Self::Town),
            "huyen" => Some(Self::Island),
            _ => None,
        }
    }

    /// The word before the name, as it is part of it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Ward => "phường",
            Self::Commune => "xã",
            Self::Zone => "đặc khu",
            Self::Town => "thị trấn",
            Self::Island => "huyện",
        }
    }
}

/// A point on the earth, in degrees (WGS 84).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// Degrees north.
    pub lat: f32,
    /// Degrees east.
    pub lon: f32,
}

/// A commune of today.
#[derive(Debug, PartialEq)]
pub struct Commune {
    /// Five digits; it is text, never a number.
    pub code: &'static str,
    /// The name without the word for its kind.
    pub name: &'static str,
    /// The name with it.
    pub full_name: &'static str,
    /// What sort of commune.
    pub kind: Kind,
    province: u8,
    point: Option<Point>,
}

struct Province {
    code: &'static str,
    name: &'static str,
    full: &'static str,
}

/// A province's name, of today or of before 1 July 2025.
struct Realm {
    name: Cow<'static, str>,
    province: u8,
    today: bool,
}

struct District {
    name: &'static str,
    full: &'static str,
    realm: u16,
    province: u8,
    city: bool,
    communes: Vec<u16>,
}

/// A commune of before 1 July 2025; what it went into stands in `edges`.
struct Old {
    name: &'static str,
    kind: Kind,
    district: u16,
    from: u32,
    count: u8,
}

/// What a commune of today was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Former {
    /// A commune that is no more.
    Commune {
        /// Its name.
        name: &'static str,
        /// What sort of commune it was.
        kind: Kind,
        /// The district it lay in, with the word for it.
        district: &'static str,
    },
    /// A district that is no more, with the word for it.
    District(&'static str),
}

impl Former {
    /// The old name with the word for its kind.
    #[must_use]
    pub fn full(&self) -> String {
        match self {
            Self::Commune { name, kind, .. } if name.starts_with("Phường ") => {
                name.replacen("Phường", kind.word(), 1)
            }
            Self::Commune { name, kind, .. } => format!("{} {name}", kind.word()),
            Self::District(full) => (*full).to_owned(),
        }
    }
}

/// A commune that may be meant.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate<'p> {
    /// The commune of today.
    pub commune: &'p Commune,
    /// The old name that was written, if it was one.
    pub former: Option<Former>,
}

/// What a text says about the place.
#[derive(Debug, Default, PartialEq)]
pub struct Found<'p> {
    /// Today's commune, if there is no doubt.
    pub place: Option<&'p Commune>,
    /// What may be meant, the likeliest first; with a place, that place first.
    pub candidates: Vec<Candidate<'p>>,
}

/// All places.
pub struct Places {
    tables: Tables,
    index: Index,
    words: Words,
}

impl std::fmt::Debug for Places {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Places({} communes, {} former)", self.tables.communes.len(), self.tables.olds.len())
    }
}

static EMBEDDED: LazyLock<Result<Places, BadPlaces>> = LazyLock::new(|| {
    Places::parse(Sources {
        provinces: include_str!("../../config/provinces.csv"),
        communes: include_str!("../../config/communes.csv"),
        former: include_str!("../../config/former-communes.csv"),
        words: include_str!("../../config/places.toml"),
    })
});

impl Places {
    /// Reads the files; the first fault is told with file and line.
    pub fn parse(sources: Sources) -> Result<Self, BadPlaces> {
        data::load(sources)
    }

    /// The places the program was built with, read once.
    pub fn embedded() -> Result<&'static Self, BadPlaces> {
        EMBEDDED.as_ref().map_err(Clone::clone)
    }

    /// What a text in somebody's own words says about the place, seen from a province (two digits).
    #[must_use]
    pub fn read(&self, text: &str, province: &str) -> Found<'_> {
        self.look(text, province, false)
    }

    /// What an answer to the question for the place says: it is a place, so less has to be shown.
    #[must_use]
    pub fn answer(&self, text: &str, province: &str) -> Found<'_> {
        if let Some(commune) = self.commune(text.trim()) {
            return Found { place: Some(commune), candidates: vec![Candidate { commune, former: None }] };
        }
        self.look(text, province, true)
    }

    fn look(&self, text: &str, province: &str, answer: bool) -> Found<'_> {
        let Some(province) = self.tables.province_at(province) else { return Found::default() };
        let found = weigh::read(self, text, Manner { province, answer });
        if found.candidates.is_empty() { self.around(text) } else { found }
    }

    /// A commune of today by its code.
    #[must_use]
    pub fn commune(&self, code: &str) -> Option<&Commune> {
        self.tables.by_code.get(code).and_then(|at| self.tables.communes.get(usize::from(*at)))
    }

    /// The provinces in the order of the list: code and full name.
    pub fn provinces(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.tables.provinces.iter().map(|p| (p.code, p.full))
    }

    /// The name of a province by its code.
    #[must_use]
    pub fn province(&self, code: &str) -> Option<&'static str> {
        self.tables.provinces.iter().find(|p| p.code == code).map(|p| p.name)
    }

    /// The name of a province with the word for its kind, by its code.
    #[must_use]
    pub fn province_full(&self, code: &str) -> Option<&'static str> {
        self.tables.provinces.iter().find(|p| p.code == code).map(|p| p.full)
    }

    fn targets(&self, old: u16) -> &[u16] {
        self.tables.olds.get(usize::from(old)).map(|old| self.tables.targets(old)).unwrap_or_default()
    }

    fn name_of(&self, entry: &Entry) -> &str {
        let (id, t) = (usize::from(entry.id), &self.tables);
        let name = match entry.what {
            What::Today => t.communes.get(id).map(|c| c.name),
            What::Old => t.olds.get(id).map(|o| o.name),
            What::District => t.districts.get(id).map(|d| d.name),
            What::Realm => t.realms.get(id).map(|r| r.name.as_ref()),
        };
        name.unwrap_or_default()
    }

    fn kind_of(&self, entry: &Entry) -> Option<Kind> {
        let id = usize::from(entry.id);
        match entry.what {
            What::Today => self.tables.communes.get(id).map(|c| c.kind),
            What::Old => self.tables.olds.get(id).map(|o| o.kind),
            What::District | What::Realm => None,
        }
    }
}

#[cfg(test)]
mod tests;
