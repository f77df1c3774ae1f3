//! The files in `config/` read into tables; what is wrong in them is told with file and line.

use std::collections::BTreeMap;

use super::index::Index;
use super::words::{Alias, FILE, Words};
use super::{Commune, District, Kind, Old, Places, Point, Province, Realm};

/// The texts of the files that places are read from.
#[derive(Debug, Clone, Copy)]
pub struct Sources {
    /// `config/provinces.csv`.
    pub provinces: &'static str,
    /// `config/communes.csv`.
    pub communes: &'static str,
    /// `config/former-communes.csv`.
    pub former: &'static str,
    /// `config/places.toml`.
    pub words: &'static str,
}

/// A file of places that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("config/{file}, line {line}: {fault}")]
pub struct BadPlaces {
    /// The file's name.
    pub file: &'static str,
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub fault: String,
}

/// One line of a file.
struct Row<'a> {
    file: &'static str,
    line: usize,
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    fn bad(&self, fault: impl Into<String>) -> BadPlaces {
        BadPlaces { file: self.file, line: self.line, fault: fault.into() }
    }

    fn cell(&self, at: usize, what: &str) -> Result<&'a str, BadPlaces> {
        let cell = self.cells.get(at).copied().unwrap_or_default();
        if cell.trim().is_empty() { Err(self.bad(format!("no {what}"))) } else { Ok(cell) }
    }

    fn code(&self, at: usize, len: usize, what: &str) -> Result<&'a str, BadPlaces> {
        let cell = self.cell(at, what)?;
        let good = cell.len() == len && cell.bytes().all(|b| b.is_ascii_digit());
        if good { Ok(cell) } else { Err(self.bad(format!("{what} {cell:?} is not {len} digits"))) }
    }

    fn kind(&self, at: usize, what: &str) -> Result<Kind, BadPlaces> {
        let cell = self.cell(at, what)?;
        Kind::of(cell).ok_or_else(|| self.bad(format!("unknown kind {cell:?}")))
    }

    /// The number of the next row of a table, in the size that such numbers have.
    fn number<N: TryFrom<usize>>(&self, next: usize, what: &str) -> Result<N, BadPlaces> {
        N::try_from(next).map_err(|_| self.bad(format!("too many {what}")))
    }

    fn coordinate(&self, at: usize, what: &str, limit: f32) -> Result<Option<f32>, BadPlaces> {
        let cell = self.cells.get(at).copied().unwrap_or_default();
        if cell.is_empty() {
            return Ok(None);
        }
        let number: f32 = cell.parse().map_err(|_| self.bad(format!("{what} {cell:?} is no number")))?;
        if number.abs() <= limit {
            Ok(Some(number))
        } else {
            Err(self.bad(format!("{what} {cell} is off the earth")))
        }
    }
}

fn rows(
    file: &'static str,
    text: &'static str,
    header: &'static str,
) -> Result<Vec<Row<'static>>, BadPlaces> {
    let columns = header.split(',').count();
    let mut lines = text.lines().enumerate();
    let first = lines.next().map_or("", |(_, l)| l);
    if first != header {
        return Err(BadPlaces { file, line: 1, fault: format!("the first line must be {header}") });
    }
    let row = |(at, line): (usize, &'static str)| {
        let row = Row { file, line: at + 1, cells: line.split(',').collect() };
        match row.cells.len() {
            _ if line.contains('"') => Err(row.bad("quotation marks are not understood")),
            n if n == columns => Ok(row),
            n => Err(row.bad(format!("{n} columns instead of {columns}"))),
        }
    };
    lines.filter(|(_, l)| !l.is_empty()).map(row).collect()
}

/// What the files say; the number of anything is its place in its table.
#[derive(Default)]
pub(super) struct Tables {
    pub(super) provinces: Vec<Province>,
    pub(super) realms: Vec<Realm>,
    pub(super) communes: Vec<Commune>,
    pub(super) by_code: BTreeMap<&'static str, u16>,
    pub(super) districts: Vec<District>,
    pub(super) olds: Vec<Old>,
    pub(super) edges: Vec<u16>,
}

/// The headers that are understood.
const PROVINCES: &str = "code,name,full_name,kind,name_key,commune_count,merged_from,note";
const COMMUNES: &str = "code,province_code,name,full_name,kind,lat,lon,name_key,note";
const FORMER: &str =
    "old_name,old_kind,old_district,old_province,new_commune_code,n_targets,is_default,old_name_key";

/// Reads all files.
pub(super) fn load(sources: Sources) -> Result<Places, BadPlaces> {
    let mut tables = Tables::default();
    for row in rows("provinces.csv", sources.provinces, PROVINCES)? {
        tables.province(&row)?;
    }
    for row in rows("communes.csv", sources.communes, COMMUNES)? {
        tables.commune(&row)?;
    }
    tables.former(rows("former-communes.csv", sources.former, FORMER)?)?;
    tables.gather();
    let words = Words::parse(sources.words)?;
    tables.aliases(&words)?;
    let index = Index::of(&tables);
    Ok(Places { tables, index, words })
}

/// The rows of one commune of before, each with the commune it leads to.
type Targets = Vec<(Row<'static>, u16)>;

impl Tables {
    /// A province by its code.
    pub(super) fn province_at(&self, code: &str) -> Option<u8> {
        let at = self.provinces.iter().position(|p| p.code == code)?;
        u8::try_from(at).ok()
    }

    /// What a commune of before went into.
    pub(super) fn targets(&self, old: &Old) -> &[u16] {
        let from = old.from as usize;
        self.edges.get(from..from + usize::from(old.count)).unwrap_or_default()
    }

    fn province(&mut self, row: &Row<'static>) -> Result<(), BadPlaces> {
        let (code, name) = (row.code(0, 2, "code")?, row.cell(1, "name")?);
        let at = row.number(self.provinces.len(), "provinces")?;
        if self.provinces.iter().any(|p| p.code == code) {
            return Err(row.bad(format!("the code {code} stands twice")));
        }
        self.realms.push(Realm { name: name.into(), province: at, today: true });
        for old in row.cell(6, "merged_from")?.split('|') {
            let (_, old) = old.split_once(':').ok_or_else(|| row.bad(format!("{old:?} is not code:name")))?;
            row.number::<u16>(self.realms.len(), "names of provinces")?;
            self.realms.push(Realm { name: old.into(), province: at, today: false });
        }
        self.provinces.push(Province { code, name, full: row.cell(2, "full_name")? });
        Ok(())
    }

    fn commune(&mut self, row: &Row<'static>) -> Result<(), BadPlaces> {
        let (code, of) = (row.code(0, 5, "code")?, row.code(1, 2, "province_code")?);
        let point = match (row.coordinate(5, "lat", 90.0)?, row.coordinate(6, "lon", 180.0)?) {
            (Some(lat), Some(lon)) => Some(Point { lat, lon }),
            (None, None) => None,
            _ => return Err(row.bad("lat and lon go together")),
        };
        let made = Commune {
            code,
            name: row.cell(2, "name")?,
            full_name: row.cell(3, "full_name")?,
            kind: row.kind(4, "kind")?,
            province: self.province_at(of).ok_or_else(|| row.bad(format!("there is no province {of}")))?,
            point,
        };
        let at = row.number(self.communes.len(), "communes")?;
        if self.by_code.insert(code, at).is_some() {
            return Err(row.bad(format!("the code {code} stands twice")));
        }
        self.communes.push(made);
        Ok(())
    }

    /// The rows of one old commune stand together or apart; each says how many they are.
    fn former(&mut self, rows: Vec<Row<'static>>) -> Result<(), BadPlaces> {
        let mut districts: BTreeMap<(&str, &str), u16> = BTreeMap::new();
        let mut olds: BTreeMap<(&str, &str, u16), (Kind, Targets)> = BTreeMap::new();
        for row in rows {
            let code = row.cell(4, "new_commune_code")?;
            let target = self.by_code.get(code).copied();
            let target = target.ok_or_else(|| row.bad(format!("there is no commune {code}")))?;
            let (name, word) = (row.cell(0, "old_name")?, row.cell(1, "old_kind")?);
            let kind = row.kind(1, "old_kind")?;
            let (of, land) = (row.cell(2, "old_district")?, row.cell(3, "old_province")?);
            let district = if let Some(known) = districts.get(&(of, land)) {
                *known
            } else {
                let made = self.district(&row, of, land)?;
                districts.insert((of, land), made);
                made
            };
            let old = olds.entry((name, word, district)).or_insert_with(|| (kind, Vec::new()));
            old.1.push((row, target));
        }
        olds.into_iter().try_for_each(|((name, _, district), (kind, rows))| {
            self.old(Old { name, kind, district, from: 0, count: 0 }, rows)
        })
    }

    fn old(&mut self, mut old: Old, mut rows: Targets) -> Result<(), BadPlaces> {
        rows.sort_by_key(|(row, _)| row.cells.get(6) != Some(&"1"));
        let (from, count) = (self.edges.len(), rows.len());
        for (row, target) in rows {
            let told = row.cell(5, "n_targets")?;
            if told.parse() != Ok(count) {
                return Err(
                    row.bad(format!("n_targets is {told}, but {count} of the rows are of {}", old.name))
                );
            }
            (old.from, old.count) =
                (row.number(from, "targets")?, row.number(count, "targets of one commune")?);
            row.number::<u16>(self.olds.len(), "former communes")?;
            self.edges.push(target);
        }
        self.olds.push(old);
        Ok(())
    }

    fn district(
        &mut self,
        row: &Row<'static>,
        full: &'static str,
        land: &'static str,
    ) -> Result<u16, BadPlaces> {
        let bare = |full: &'static str, units: &[&str]| {
            units.iter().find_map(|u| {
                let lead = full.get(..u.len()).filter(|lead| lead.to_lowercase() == *u)?;
                full.get(lead.len()..).map(|name| (name, lead))
            })
        };
        let (name, unit) = bare(full, &["huyện ", "quận ", "thị xã ", "thành phố "])
            .ok_or_else(|| row.bad(format!("{full:?} is no district")))?;
        let (land, _) = bare(land, &["tỉnh ", "thành phố "])
            .ok_or_else(|| row.bad(format!("{land:?} is no province")))?;
        let realm = self.realms.iter().position(|r| !r.today && r.name == land);
        let realm = realm.and_then(|r| u16::try_from(r).ok());
        let realm = realm.ok_or_else(|| row.bad(format!("{land} stands in no merged_from")))?;
        let at = row.number(self.districts.len(), "districts")?;
        let province = self.realms.get(usize::from(realm)).map_or(0, |r| r.province);
        let city = unit.to_lowercase() == "thành phố ";
        self.districts.push(District { name, full, realm, province, city, communes: Vec::new() });
        Ok(at)
    }

    /// The communes that each district went into.
    fn gather(&mut self) {
        let mut all: Vec<Vec<u16>> = vec![Vec::new(); self.districts.len()];
        for old in &self.olds {
            if let Some(communes) = all.get_mut(usize::from(old.district)) {
                communes.extend(self.targets(old));
            }
        }
        for (district, mut communes) in self.districts.iter_mut().zip(all) {
            communes.sort_unstable();
            communes.dedup();
            communes.shrink_to_fit();
            district.communes = communes;
        }
    }

    /// Other names of provinces.
    fn aliases(&mut self, words: &Words) -> Result<(), BadPlaces> {
        for Alias { name, code, line } in &words.aliases {
            let bad = |fault: String| BadPlaces { file: FILE, line: *line, fault };
            let province = self.province_at(code);
            let province = province.ok_or_else(|| bad(format!("there is no province {code}")))?;
            u16::try_from(self.realms.len()).map_err(|_| bad("too many names of provinces".to_owned()))?;
            self.realms.push(Realm { name: name.clone().into(), province, today: true });
        }
        Ok(())
    }
}
