//! Intake numbers: gapless per tenant, kind and year, for everything that arrives.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::lane::Kind;
use crate::kernel::Timestamp;

/// For example `TN-19-2026-000123` (tips), `TV-19-2026-000007` (counselling), `GS-…` (oversight).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntakeNumber {
    /// Which series.
    pub kind: Kind,
    /// Province code, two digits.
    pub province: String,
    /// Calendar year in Vietnam.
    pub year: i64,
    /// Position in the series, from 1.
    pub number: i64,
}

impl IntakeNumber {
    /// The letters of a kind's series: tin, tư vấn, giám sát.
    #[must_use]
    pub const fn letters(kind: Kind) -> &'static str {
        match kind {
            Kind::Tips => "TN",
            Kind::Counselling => "TV",
            Kind::Oversight => "GS",
        }
    }
}

impl fmt::Display for IntakeNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{}-{:06}", Self::letters(self.kind), self.province, self.year, self.number)
    }
}

/// The calendar year of a moment in Vietnam (UTC+7, no daylight saving), in which it is numbered.
#[must_use]
pub fn year_of(at: Timestamp) -> i64 {
    let offset = jiff::tz::Offset::constant(7);
    jiff::Timestamp::from_second(at.as_secs()).map_or(1970, |t| i64::from(offset.to_datetime(t).year()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_the_register_writes_them() {
        let n = IntakeNumber { kind: Kind::Tips, province: "19".into(), year: 2026, number: 123 };
        assert_eq!(n.to_string(), "TN-19-2026-000123");
    }

    #[test]
    fn the_year_turns_at_midnight_in_vietnam() {
        let eve = Timestamp::from_millis(1_798_736_399_000); // 2026-12-31T16:59:59Z = 23:59:59 in Hanoi
        assert_eq!(year_of(eve), 2026);
        assert_eq!(year_of(Timestamp::from_millis(eve.as_millis() + 1000)), 2027);
    }
}
