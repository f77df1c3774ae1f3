//! Moments as staff read them: `dd/mm/yyyy HH:mm` in Vietnam, with relative words beside the exact time.

use std::time::Duration;

use jiff::tz::Offset;

use super::words::Words;
use crate::kernel::Timestamp;

/// `Asia/Ho_Chi_Minh` has been UTC+7 without summer time since 1975.
const HERE: Offset = Offset::constant(7);

/// A moment on a page.
#[derive(Clone)]
pub(super) struct When {
    /// RFC 3339, for `datetime=`.
    pub(super) iso: String,
    /// `dd/mm/yyyy HH:mm`.
    pub(super) exact: String,
    /// How long ago.
    pub(super) ago: String,
}

/// A deadline on a page.
#[derive(Clone)]
pub(super) struct Due {
    /// RFC 3339, for `datetime=`.
    pub(super) iso: String,
    /// `dd/mm/yyyy HH:mm`.
    pub(super) exact: String,
    /// How long is left, or how late it is.
    pub(super) left: String,
    /// The colour: `late`, `soon` or `fine`. Never the only sign: the words say the same.
    pub(super) class: &'static str,
}

impl When {
    pub(super) fn new(t: Words, at: Timestamp, now: Timestamp) -> Self {
        let since = now.since(at);
        let ago = if since < Duration::from_secs(60) {
            t.say("when.now")
        } else {
            t.fill("when.ago", "span", span(t, since))
        };
        Self { iso: at.to_string(), exact: stamp(at), ago }
    }
}

impl Due {
    /// `since` is when the clock began to run: the last quarter of it is `soon`.
    pub(super) fn new(t: Words, due: Timestamp, since: Timestamp, now: Timestamp) -> Self {
        let (class, left) = if due <= now {
            ("late", t.fill("when.late", "span", span(t, now.since(due))))
        } else {
            let soon = due.since(now) * 4 < due.since(since);
            (if soon { "soon" } else { "fine" }, t.fill("when.left", "span", span(t, due.since(now))))
        };
        Self { iso: due.to_string(), exact: stamp(due), left, class }
    }
}

/// `dd/mm/yyyy HH:mm`.
pub(super) fn stamp(at: Timestamp) -> String {
    let instant = jiff::Timestamp::from_millisecond(at.as_millis()).unwrap_or_default();
    let t = HERE.to_datetime(instant);
    format!("{:02}/{:02}/{:04} {:02}:{:02}", t.day(), t.month(), t.year(), t.hour(), t.minute())
}

/// A length of time in its largest whole unit; below a minute it reads as one.
fn span(t: Words, length: Duration) -> String {
    let minutes = (length.as_secs() / 60).max(1);
    let (n, one, many) = match minutes {
        0..60 => (minutes, "when.minute", "when.minutes"),
        60..2_880 => (minutes / 60, "when.hour", "when.hours"),
        _ => (minutes / 1_440, "when.day", "when.days"),
    };
    t.fill(if n == 1 { one } else { many }, "n", n)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_795_320_720_000);

    #[test]
    fn times_are_those_of_vietnam() {
        let when = When::new(Words::Vi, NOW, NOW);
        assert_eq!(when.exact, "22/11/2026 11:12");
        assert_eq!(when.iso, "2026-11-22T04:12:00Z");
        assert_eq!(when.ago, "vừa xong");
    }

    #[test]
    fn a_deadline_turns_soon_in_its_last_quarter_and_late_at_its_moment() {
        let hour = |n: u64| Duration::from_secs(3600 * n);
        let due = NOW.plus(hour(24));
        let class = |at: Timestamp| Due::new(Words::En, due, NOW, at).class;
        assert_eq!(class(NOW), "fine");
        assert_eq!(class(NOW.plus(hour(18))), "fine");
        assert_eq!(class(NOW.plus(hour(19))), "soon");
        assert_eq!(class(due), "late");
        let late = Due::new(Words::En, due, NOW, due.plus(hour(3)));
        assert_eq!(late.left, "3 hours late");
        assert_eq!(Due::new(Words::Vi, due, NOW, due.minus(hour(1))).left, "còn 1 giờ");
    }
}
