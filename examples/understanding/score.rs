//! How often a reading is right.

use std::collections::BTreeMap;
use std::fmt;

use tinan::domain::wording::{About, Reading};

use crate::rows::Row;

/// The answers of one field: right, and all.
#[derive(Default)]
struct Tally(u32, u32);

/// Figures over many messages.
#[derive(Default)]
pub(crate) struct Score {
    fields: BTreeMap<&'static str, Tally>,
    intents: BTreeMap<(String, &'static str), u32>,
    dangers: Tally,
    alarms: Tally,
}

impl Score {
    /// Adds a message; what is read otherwise in the field `show` is printed.
    pub(crate) fn add(&mut self, got: &Reading, row: &Row, show: Option<&str>) {
        let intent = got.lane.as_str();
        let about = got.about.map_or("none", About::as_str);
        let mut note = |field, right: bool, read: &str, wanted: &[String]| {
            let tally = self.fields.entry(field).or_default();
            *tally = Tally(tally.0 + u32::from(right), tally.1 + 1);
            if !right && show == Some(field) {
                println!("{} read {read}, labelled {}: {}", row.id, wanted.join("|"), row.text);
            }
        };
        let in_it = |wanted: &[String], value: &str| wanted.iter().any(|w| w == value);
        note("intent", in_it(&row.intent, intent), intent, &row.intent);
        if row.intent.first().is_some_and(|i| i == "tip") && !row.categories.is_empty() {
            let first = got.categories.first().map_or("none", String::as_str);
            note("category", in_it(&row.categories, first), &got.categories.join(" "), &row.categories);
        }
        let crisis = got.crisis.map_or("none", |c| c.as_str());
        note("crisis", in_it(&row.crisis, crisis), crisis, &row.crisis);
        if let Some(wanted) = &row.about {
            note("about", in_it(wanted, about), about, wanted);
        }
        if let Some(wanted) = &row.tags {
            let told = got.told_tags(got.lane);
            let same = wanted.len() == told.len() && wanted.iter().all(|t| told.contains(&t.as_str()));
            note("tags", same, &told.join(" "), wanted);
        }
        if let Some(wanted) = &row.self_risk {
            let touch =
                |w: &String| got.self_risk.iter().any(|g| g.contains(w.as_str()) || w.contains(g.as_str()));
            let right = wanted.is_empty() == got.self_risk.is_empty() && wanted.iter().all(touch);
            note("self_risk", right, &got.self_risk.join(" / "), wanted);
        }
        *self.intents.entry((row.intent.join("|"), intent)).or_default() += 1;
        let alarm = u32::from(crisis != "none");
        if !in_it(&row.crisis, "none") {
            self.dangers = Tally(self.dangers.0 + alarm, self.dangers.1 + 1);
        } else if row.crisis.len() == 1 {
            self.alarms = Tally(self.alarms.0 + alarm, self.alarms.1 + 1);
        }
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let share = |t: &Tally| 100.0 * f64::from(t.0) / f64::from(t.1.max(1));
        for (field, tally) in &self.fields {
            writeln!(f, "{field:10} {:5.1} %  {} of {}", share(tally), tally.0, tally.1)?;
        }
        writeln!(
            f,
            "dangers seen {} of {}, false alarms {} of {} ({:.1} %)",
            self.dangers.0,
            self.dangers.1,
            self.alarms.0,
            self.alarms.1,
            share(&self.alarms)
        )?;
        writeln!(f, "labelled as -> read as")?;
        for ((wanted, read), n) in &self.intents {
            writeln!(f, "  {wanted:16} -> {read:8} {n}")?;
        }
        Ok(())
    }
}
