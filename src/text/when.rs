//! Moments and lengths of time as people read them here: `dd/mm/yyyy HH:mm` in `Asia/Ho_Chi_Minh`.

use std::time::Duration;

use jiff::civil::{DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::{Catalogue, Locale};
use crate::kernel::Timestamp;

/// `Asia/Ho_Chi_Minh` has been UTC+7 without summer time since 1975.
const HERE: Offset = Offset::constant(7);

/// `dd/mm/yyyy HH:mm`.
#[must_use]
pub fn stamp(at: Timestamp) -> String {
    let t = local(at);
    format!("{:02}/{:02}/{:04} {:02}:{:02}", t.day(), t.month(), t.year(), t.hour(), t.minute())
}

/// `dd/mm/yyyy`.
#[must_use]
pub fn day(at: Timestamp) -> String {
    let t = local(at);
    format!("{:02}/{:02}/{:04}", t.day(), t.month(), t.year())
}

/// `HH:mm–HH:mm`.
#[must_use]
pub fn hours(from: Timestamp, to: Timestamp) -> String {
    let (from, to) = (local(from), local(to));
    format!("{:02}:{:02}–{:02}:{:02}", from.hour(), from.minute(), to.hour(), to.minute())
}

/// The key of the name of a day of the week.
#[must_use]
pub fn weekday(at: Timestamp) -> &'static str {
    match local(at).weekday() {
        Weekday::Monday => "callback.day.mon",
        Weekday::Tuesday => "callback.day.tue",
        Weekday::Wednesday => "callback.day.wed",
        Weekday::Thursday => "callback.day.thu",
        Weekday::Friday => "callback.day.fri",
        Weekday::Saturday => "callback.day.sat",
        Weekday::Sunday => "callback.day.sun",
    }
}

fn local(at: Timestamp) -> DateTime {
    let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    TimeZone::fixed(HERE).to_datetime(instant)
}

impl Catalogue {
    /// A day and some of its hours: `Thứ hai 23/11/2026, 13:00–14:00`.
    #[must_use]
    pub fn appointment(&self, locale: Locale, from: Timestamp, to: Timestamp) -> String {
        format!("{} {}, {}", self.say(locale, weekday(from), &[]), day(from), hours(from, to))
    }

    /// A length of time in its largest whole unit: `30 phút`, `2 hours`. Less than a minute reads as one.
    #[must_use]
    pub fn span(&self, locale: Locale, length: Duration) -> String {
        let minutes = (length.as_secs() / 60).max(1);
        let (count, one, many) = match minutes {
            0..60 => (minutes, "when.minute", "when.minutes"),
            60..1_440 => (minutes / 60, "when.hour", "when.hours"),
            _ => (minutes / 1_440, "when.day", "when.days"),
        };
        self.say(locale, if count == 1 { one } else { many }, &[("n", &count.to_string())])
    }

    /// How long ago something was: `2 giờ trước`, `just now`.
    #[must_use]
    pub fn ago(&self, locale: Locale, then: Timestamp, now: Timestamp) -> String {
        let since = now.since(then);
        if since < Duration::from_mins(1) {
            return self.say(locale, "when.now", &[]);
        }
        self.say(locale, "when.ago", &[("span", &self.span(locale, since))])
    }

    /// How long until something is due, or how long it is late.
    #[must_use]
    pub fn until(&self, locale: Locale, due: Timestamp, now: Timestamp) -> String {
        let late = due < now;
        let span = self.span(locale, if late { now.since(due) } else { due.since(now) });
        self.say(locale, if late { "when.late" } else { "when.left" }, &[("span", &span)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_country() {
        let at = Timestamp::from_millis(1_795_280_460_000);
        assert_eq!(stamp(at), "22/11/2026 00:01");
        assert_eq!(day(at), "22/11/2026");
        let zone = TimeZone::get("Asia/Ho_Chi_Minh").expect("bundled");
        let instant = jiff::Timestamp::from_millisecond(at.as_millis()).expect("in range");
        assert_eq!(zone.to_datetime(instant), local(at));
    }

    #[test]
    fn lengths_are_said_in_their_largest_unit() {
        let texts = Catalogue::embedded().expect("embedded");
        let vi = |mins| texts.span(Locale::Vi, Duration::from_mins(mins));
        assert_eq!(
            [vi(0), vi(30), vi(60), vi(719), vi(4_320)],
            ["1 phút", "30 phút", "1 giờ", "11 giờ", "3 ngày"]
        );
        assert_eq!(texts.span(Locale::En, Duration::from_mins(1)), "1 minute");
        assert_eq!(texts.span(Locale::En, Duration::from_hours(2)), "2 hours");
        let (then, now) = (Timestamp::from_millis(0), Timestamp::from_millis(7_200_000));
        assert_eq!(texts.ago(Locale::Vi, then, now), "2 giờ trước");
        assert_eq!(texts.ago(Locale::Vi, now, then), "vừa xong");
        assert_eq!(texts.until(Locale::En, now, then), "2 hours left");
        assert_eq!(texts.until(Locale::En, then, now), "2 hours late");
    }
}
