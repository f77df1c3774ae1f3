//! Moments as staff read them: `dd/mm/yyyy HH:mm` in Vietnam, with relative words beside the exact time.

use super::words::Words;
use crate::kernel::Timestamp;
use crate::text::stamp;

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
        let ago = t.ago(at, now);
        Self { iso: at.to_string(), exact: stamp(at), ago }
    }
}

impl Due {
    /// `since` is when the clock began to run: the last quarter of it is `soon`.
    pub(super) fn new(t: Words, due: Timestamp, since: Timestamp, now: Timestamp) -> Self {
        let class = if due <= now {
            "late"
        } else if due.since(now) * 4 < due.since(since) {
            "soon"
        } else {
            "fine"
        };
        Self { iso: due.to_string(), exact: stamp(due), left: t.until(due, now), class }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::domain::locale::Locale;

    const VI: Words = Words(Locale::Vi);
    const EN: Words = Words(Locale::En);

    const NOW: Timestamp = Timestamp::from_millis(1_795_320_720_000);

    #[test]
    fn times_are_those_of_vietnam() {
        let when = When::new(VI, NOW, NOW);
        assert_eq!(when.exact, "22/11/2026 11:12");
        assert_eq!(when.iso, "2026-11-22T04:12:00Z");
        assert_eq!(when.ago, "vừa xong");
    }

    #[test]
    fn a_deadline_turns_soon_in_its_last_quarter_and_late_at_its_moment() {
        let hour = |n: u64| Duration::from_secs(3600 * n);
        let due = NOW.plus(hour(24));
        let class = |at: Timestamp| Due::new(EN, due, NOW, at).class;
        assert_eq!(class(NOW), "fine");
        assert_eq!(class(NOW.plus(hour(18))), "fine");
        assert_eq!(class(NOW.plus(hour(19))), "soon");
        assert_eq!(class(due), "late");
        let late = Due::new(EN, due, NOW, due.plus(hour(3)));
        assert_eq!(late.left, "3 hours late");
        assert_eq!(Due::new(VI, due, NOW, due.minus(hour(1))).left, "còn 1 giờ");
    }
}
