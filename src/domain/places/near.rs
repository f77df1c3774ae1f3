//! A shared position: the communes whose points lie nearest.

use super::{Candidate, Commune, Found, Places};

/// Nothing farther than this is called near: the widest communes reach some twenty kilometres from their point.
const FARTHEST_KM: f64 = 25.0;

/// The most communes that are offered.
const MOST: usize = 5;

/// The mean radius of the earth.
const EARTH_KM: f64 = 6_371.0;

/// A commune near a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Near<'p> {
    /// The commune of today.
    pub commune: &'p Commune,
    /// Kilometres from its point, not from its border.
    pub km: f64,
}

impl Places {
    /// Up to five communes near a position in degrees, the nearest first; none outside the country. A position near
    /// a border may lie in any of them, so it is never decided by itself.
    #[must_use]
    pub fn nearest(&self, lat: f64, lon: f64) -> Vec<Near<'_>> {
        if !((6.0..24.0).contains(&lat) && (102.0..118.0).contains(&lon)) {
            return Vec::new();
        }
        let near = |commune| {
            let point = Commune::point(commune)?;
            let km = distance(lat, lon, f64::from(point.lat), f64::from(point.lon));
            (km <= FARTHEST_KM).then_some(Near { commune, km })
        };
        let mut found: Vec<Near<'_>> = self.tables.communes.iter().filter_map(near).collect();
        found.sort_by(|a, b| a.km.total_cmp(&b.km).then(a.commune.code.cmp(b.commune.code)));
        found.truncate(MOST);
        found
    }
}

impl Places {
    /// The communes around a position in a text, as channels write a shared one down: `21.594000, 105.848000` on a
    /// line of its own.
    pub(super) fn around(&self, text: &str) -> Found<'_> {
        let position = text.lines().find_map(|line| {
            let (lat, lon) = line.split_once(',')?;
            Some((degrees(lat)?, degrees(lon)?))
        });
        let near = position.map(|(lat, lon)| self.nearest(lat, lon)).unwrap_or_default();
        let candidates = near.iter().map(|n| Candidate { commune: n.commune, former: None }).collect();
        Found { place: None, candidates }
    }
}

/// A number with decimals.
fn degrees(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.contains('.') && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if plain { text.parse().ok() } else { None }
}

impl Commune {
    const fn point(&self) -> Option<super::Point> {
        self.point
    }
}

/// Kilometres on a great circle.
fn distance(lat: f64, lon: f64, other_lat: f64, other_lon: f64) -> f64 {
    let (a, b) = (lat.to_radians(), other_lat.to_radians());
    let (north, east) = (((b - a) / 2.0).sin(), ((other_lon - lon).to_radians() / 2.0).sin());
    let h = north * north + a.cos() * b.cos() * east * east;
    2.0 * EARTH_KM * h.sqrt().min(1.0).asin()
}
