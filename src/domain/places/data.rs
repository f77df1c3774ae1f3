//! The files in `config/` read into tables; what is wrong in them is told with file and line.

use std::collections::BTreeMap;

use super::index::Index;
use super::words::Words;
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

#[derive(Default)]
struct Loading {
    provinces: Vec<Province>,
    realms: Vec<Realm>,
    communes: Vec<Commune>,
    by_code: BTreeMap<&'static str, u16>,
    districts: Vec<District>,
    olds: Vec<Old>,
    edges: Vec<u16>,
}

/// Reads all files.
pub(super) fn load(sources: Sources) -> Result<Places, BadPlaces> {
    let mut l = Loading::default();
    for row in rows(
        "provinces.csv",
        sources.provinces,
        "code,name,full_name,kind,name_key,commune_count,merged_from,note",
    )? {
        l.province(&row)?;
    }
    for row in rows(
        "communes.csv",
        sources.communes,
        "code,province_code,name,full_name,kind,lat,lon,name_key,note",
    )? {
        l.commune(&row)?;
    }
    l.former(sources.former)?;
    l.gather();
    let words = Words::parse(sources.words)?;
    l.aliases(&words)?;
    let Loading { provinces, realms, communes, by_code, districts, olds, edges } = l;
    let index = Index::of(&communes, &olds, &districts, &realms);
    Ok(Places { provinces, realms, communes, by_code, districts, olds, edges, index, words })
}

impl Loading {
    fn province(&mut self, row: &Row<'static>) -> Result<(), BadPlaces> {
        let (code, name) = (row.code(0, 2, "code")?, row.cell(1, "name")?);
        let at = u8::try_from(self.provinces.len()).map_err(|_| row.bad("too many provinces"))?;
        if self.provinces.iter().any(|p| p.code == code) {
            return Err(row.bad(format!("the code {code} stands twice")));
        }
        self.realms.push(Realm { name, province: at, today: true });
        for old in row.cell(6, "merged_from")?.split('|') {
            let (_, old) = old.split_once(':').ok_or_else(|| row.bad(format!("{old:?} is not code:name")))?;
            self.realms.push(Realm { name: old, province: at, today: false });
        }
        self.provinces.push(Province { code, name });
        Ok(())
    }

    fn commune(&mut self, row: &Row<'static>) -> Result<(), BadPlaces> {
        let (code, of) = (row.code(0, 5, "code")?, row.code(1, 2, "province_code")?);
        let province = self.provinces.iter().position(|p| p.code == of);
        let province = province.and_then(|p| u8::try_from(p).ok());
        let point = match (row.coordinate(5, "lat", 90.0)?, row.coordinate(6, "lon", 180.0)?) {
            (Some(lat), Some(lon)) => Some(Point { lat, lon }),
            (None, None) => None,
            _ => return Err(row.bad("lat and lon go together")),
        };
        let kind = row.cell(4, "kind")?;
        let made = Commune {
            code,
            name: row.cell(2, "name")?,
            full_name: row.cell(3, "full_name")?,
            kind: Kind::of(kind).ok_or_else(|| row.bad(format!("unknown kind {kind:?}")))?,
            province: province.ok_or_else(|| row.bad(format!("there is no province {of}")))?,
            point,
        };
        let at = u16::try_from(self.communes.len()).map_err(|_| row.bad("too many communes"))?;
        if self.by_code.insert(code, at).is_some() {
            return Err(row.bad(format!("the code {code} stands twice")));
        }
        self.communes.push(made);
        Ok(())
    }

    /// One pass; the rows of one old commune stand together or apart.
    fn former(&mut self, text: &'static str) -> Result<(), BadPlaces> {
        let header =
            "old_name,old_kind,old_district,old_province,new_commune_code,n_targets,is_default,old_name_key";
        let mut districts: BTreeMap<(&str, &str), u16> = BTreeMap::new();
        let mut units: BTreeMap<(&str, &str, u16), (u16, Vec<u16>)> = BTreeMap::new();
        for row in rows("former-communes.csv", text, header)? {
            let code = row.cell(4, "new_commune_code")?;
            let target = self.by_code.get(code).copied();
            let target = target.ok_or_else(|| row.bad(format!("there is no commune {code}")))?;
            let (name, kind) = (row.cell(0, "old_name")?, row.cell(1, "old_kind")?);
            Kind::of(kind).ok_or_else(|| row.bad(format!("unknown kind {kind:?}")))?;
            let (of, land) = (row.cell(2, "old_district")?, row.cell(3, "old_province")?);
            let district = if let Some(known) = districts.get(&(of, land)) {
                *known
            } else {
                let made = self.district(&row, of, land)?;
                districts.insert((of, land), made);
                made
            };
            let order = u16::try_from(units.len()).map_err(|_| row.bad("too many units"))?;
            let unit = units.entry((name, kind, district)).or_insert((order, Vec::new()));
            let first = row.cells.get(6) == Some(&"1");
            unit.1.insert(if first { 0 } else { unit.1.len() }, target);
        }
        for ((name, kind, district), (_, targets)) in units {
            let Some(kind) = Kind::of(kind) else { continue };
            let from = u32::try_from(self.edges.len()).unwrap_or(u32::MAX);
            let count = u8::try_from(targets.len()).unwrap_or(u8::MAX);
            self.edges.extend(targets);
            self.olds.push(Old { name, kind, district, from, count });
        }
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
        let at = u16::try_from(self.districts.len()).map_err(|_| row.bad("too many districts"))?;
        let province = self.realms.get(usize::from(realm)).map_or(0, |r| r.province);
        let city = unit.to_lowercase() == "thành phố ";
        self.districts.push(District { name, full, realm, province, city, communes: Vec::new() });
        Ok(at)
    }

    /// The communes that each district went into.
    fn gather(&mut self) {
        for old in &self.olds {
            let from = old.from as usize;
            let targets = self.edges.get(from..from + usize::from(old.count)).unwrap_or_default();
            if let Some(district) = self.districts.get_mut(usize::from(old.district)) {
                district.communes.extend(targets);
            }
        }
        for district in &mut self.districts {
            district.communes.sort_unstable();
            district.communes.dedup();
            district.communes.shrink_to_fit();
        }
    }

    /// Other names of provinces.
    fn aliases(&mut self, words: &Words) -> Result<(), BadPlaces> {
        for (name, code) in words.provinces() {
            let at = self.provinces.iter().position(|p| p.code == code).and_then(|p| u8::try_from(p).ok());
            let fault =
                || BadPlaces { file: "places.toml", line: 1, fault: format!("there is no province {code}") };
            let province = at.ok_or_else(fault)?;
            self.realms.push(Realm { name, province, today: true });
        }
        Ok(())
    }
}
