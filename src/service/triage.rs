//! Which desk and how urgent: decided before anything is sealed, by the same rules on every channel.

use super::World;
use crate::domain::case::Priority;
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::taxonomy::OFFICIALS;
use crate::domain::wording::{Lean, Reading};

/// The tag of an informant who was found out or is threatened.
const REPRISAL: &str = "reprisal";

/// The tag of what happens now.
const ONGOING: &str = "ongoing";

/// The desk kind for what arrived. A tip about officials goes to the oversight desk, which the tips desks cannot
/// see; an installation without one keeps it at the tips desk rather than turn it away.
#[must_use]
pub fn desk_kind(world: &World, kind: Kind, reading: &Reading, told: &Details) -> Kind {
    let officials = reading.officials || told.categories.iter().any(|c| OFFICIALS.contains(&c.as_str()));
    match kind {
        Kind::Tips if officials && world.has_oversight() => Kind::Oversight,
        Kind::Oversight if !world.has_oversight() => Kind::Tips,
        other => other,
    }
}

/// How urgent it reads: a life first, then what happens now or threatens an informant. `alert` when the person
/// called for somebody on duty.
#[must_use]
pub fn priority(reading: &Reading, told: &Details, alert: bool) -> Priority {
    let reprisal = |tags: &[String]| tags.iter().any(|t| t == REPRISAL);
    if alert || reading.crisis.is_some() || told.crisis.is_some() {
        Priority::LIFE
    } else if reading.ongoing
        || reading.weapon
        || told.ongoing == Some(true)
        || reprisal(&reading.tags)
        || reprisal(&told.tags)
    {
        Priority::URGENT
    } else if reading.small_talk {
        Priority::LOW
    } else {
        Priority::NORMAL
    }
}

/// What was told to a kind of desk, completed by what was understood. What the person said comes first and is never
/// overruled; but of whoever asks for help no offence is told to anybody, whatever the words read like.
#[must_use]
pub fn complete(kind: Kind, reading: &Reading, mut told: Details) -> Details {
    let wanted = if kind.is_tip() { Lean::Tip } else { Lean::Counsel };
    if wanted == Lean::Counsel {
        told.categories.clear();
    }
    for code in reading.told_categories(wanted) {
        if !told.categories.contains(code) {
            told.categories.push(code.clone());
        }
    }
    let tags = reading.told_tags(wanted);
    for tag in &tags {
        if !told.tags.iter().any(|t| t == tag) {
            told.tags.push((*tag).to_owned());
        }
    }
    told.ongoing = told.ongoing.or(tags.contains(&ONGOING).then_some(true));
    told.crisis = told.crisis.or_else(|| reading.crisis.map(|c| c.as_str().to_owned()));
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::wording::Crisis;

    #[test]
    fn a_life_outranks_everything_and_an_exposed_informant_comes_next() {
        let calm = Reading::default();
        let told = Details::default();
        assert_eq!(priority(&calm, &told, false), Priority::NORMAL);
        assert_eq!(priority(&calm, &told, true), Priority::LIFE);
        let life = Reading { crisis: Some(Crisis::Overdose), small_talk: true, ..Reading::default() };
        assert_eq!(priority(&life, &told, false), Priority::LIFE);
        let exposed = Details { tags: vec![REPRISAL.into()], ..Details::default() };
        assert_eq!(priority(&calm, &exposed, false), Priority::URGENT);
        assert_eq!(priority(&Reading { small_talk: true, ..calm }, &told, false), Priority::LOW);
    }

    #[test]
    fn what_a_person_said_is_kept_and_named_once() {
        let reading = Reading {
            categories: vec!["dealing".into(), "use".into()],
            tags: vec![ONGOING.into()],
            ..Reading::default()
        };
        let told = Details { categories: vec!["use".into()], ongoing: Some(false), ..Details::default() };
        let all = complete(Kind::Tips, &reading, told);
        assert_eq!(all.categories, ["use", "dealing"]);
        assert_eq!(all.ongoing, Some(false));
        assert_eq!(complete(Kind::Oversight, &reading, Details::default()).ongoing, Some(true));
    }

    #[test]
    fn of_whoever_asks_for_help_no_offence_is_told() {
        let tags = ["venue", "ongoing", REPRISAL, "weapon"].map(str::to_owned).to_vec();
        let calm = Reading {
            lane: Lean::Tip,
            categories: vec!["dealing".into()],
            tags: tags.clone(),
            ..Reading::default()
        };
        let told = Details { categories: vec!["use".into()], ..Details::default() };
        let of = |kind, reading: &Reading| complete(kind, reading, told.clone());
        let help = of(Kind::Counselling, &calm);
        assert!(help.categories.is_empty(), "{:?}", help.categories);
        assert_eq!((help.tags, help.ongoing), (vec![REPRISAL.to_owned()], None));
        let beaten = Reading { crises: vec![Crisis::Violence], ..calm.clone() };
        let help = of(Kind::Counselling, &beaten);
        assert_eq!((help.tags, help.ongoing), (tags.get(1..).unwrap_or_default().to_vec(), Some(true)));
        assert_eq!(of(Kind::Tips, &calm).tags, tags);
    }
}
