//! The frame around every page: who is logged in, where they can go, the banners.

use super::member::Member;
use super::words::Words;
use crate::domain::locale::Locale;
use crate::domain::policy::{Act, Role};

/// A place in the navigation.
pub(super) struct Place {
    pub(super) href: String,
    pub(super) label: String,
}

/// Who is logged in.
pub(super) struct Who {
    pub(super) name: String,
    pub(super) role: String,
    pub(super) form: String,
    pub(super) starting_password: bool,
}

/// The frame of a page.
pub(super) struct Shell {
    pub(super) t: Words,
    pub(super) who: Option<Who>,
    pub(super) places: Vec<Place>,
    /// How many findings nobody looks after, for those who should; else 0.
    pub(super) untended: i64,
    /// What is said above the page while alarms are open.
    pub(super) alarm: Option<String>,
    /// A step that was just done, in words.
    pub(super) done: Option<String>,
}

impl Shell {
    /// The frame for somebody who is not logged in.
    pub(super) fn outside(t: Words) -> Self {
        Self { t, who: None, places: Vec::new(), untended: 0, alarm: None, done: None }
    }

    /// The frame for a member: only the places their role opens.
    pub(super) fn inside(member: &Member) -> Self {
        let t = member.t;
        let place = |href: &str, key: &str| Place { href: href.to_owned(), label: t.say(key) };
        let mut places: Vec<Place> = member
            .desks()
            .into_iter()
            .map(|d| Place {
                href: format!("/console/queue/{}", encoded(&d.name)),
                label: super::labels::word(t, "desk", &d.name),
            })
            .collect();
        places.push(place("/console/alarms", "nav.alarms"));
        if member.may(Act::Tally) {
            places.push(place("/console/tally", "nav.tally"));
        }
        if member.may(Act::Audit) {
            places.push(place("/console/audit", "nav.audit"));
        }
        if member.may(Act::Findings) {
            places.push(place("/console/findings", "findings.nav"));
        }
        if member.may(Act::People) {
            places.push(place("/console/people", "nav.people"));
        }
        if !member.led().is_empty() {
            places.push(place("/console/team", "nav.team"));
        }
        let actor = &member.actor;
        let who = Who {
            name: actor.name.clone(),
            role: role(t, actor.role),
            form: member.form.clone(),
            starting_password: actor.starting_password,
        };
        let alarm = member.alarms.as_ref().map(|banner| {
            let (n, since) = (banner.amount.to_string(), t.ago(banner.since, member.now()));
            let urgency = t.say(&format!("urgency.{}", banner.urgency));
            t.with("alarms.banner", &[("n", &n), ("since", &since), ("urgency", &urgency)])
        });
        Self { t, who: Some(who), places, untended: member.untended, alarm, done: None }
    }

    /// With the word of a step that was just done, from the address; anything else is not said.
    pub(super) fn after(mut self, done: Option<&str>) -> Self {
        let key = |word: &str| format!("done.{word}");
        self.done = done.map(key).map(|k| (self.t.say(&k), k)).filter(|(said, k)| said != k).map(|(s, _)| s);
        self
    }

    /// The other language, offered by a link.
    pub(super) fn other_language(&self) -> (&'static str, &'static str) {
        match self.t.0 {
            Locale::Vi => ("en", "English"),
            Locale::En => ("vi", "Tiếng Việt"),
        }
    }
}

/// A role in words.
pub(super) fn role(t: Words, role: Role) -> String {
    t.say(&format!("role.{}", role.as_str()))
}

/// A desk's name inside an address: everything but unreserved characters is percent-encoded.
pub(super) fn encoded(name: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            let _infallible = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_desk_with_any_name_has_an_address() {
        assert_eq!(encoded("tips"), "tips");
        assert_eq!(encoded("Tổ 1/a"), "T%E1%BB%95%201%2Fa");
    }
}
