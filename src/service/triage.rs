//! Which desk and how urgent: decided before anything is sealed, by the same rules on every channel.

use super::World;
use crate::domain::case::Priority;
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::taxonomy::OFFICIALS;
use crate::domain::wording::Reading;

/// The tag of an informant who was found out or is threatened.
const REPRISAL: &str = "reprisal";

/// The desk kind for what arrived. A tip about officials goes to the oversight desk, which the tips desks cannot
/// see; an installation without one keeps it at the tips desk rather than turn it away.
#[must_use]
pub fn desk_kind(world: &World, kind: Kind, reading: &Reading, told: &Details) -> Kind {
    let officials = reading.officials || told.categories.iter().any(|c| c == OFFICIALS);
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

/// What was told, completed by what was understood. What the person said comes first and is never overruled.
#[must_use]
pub fn complete(reading: &Reading, mut told: Details) -> Details {
    for code in &reading.categories {
        if !told.categories.contains(code) {
            told.categories.push(code.clone());
        }
    }
    for tag in &reading.tags {
        if !told.tags.contains(tag) {
            told.tags.push(tag.clone());
        }
    }
    told.ongoing = told.ongoing.or(reading.ongoing.then_some(true));
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
        let reading =
            Reading { categories: vec!["dealing".into(), "use".into()], ongoing: true, ..Reading::default() };
        let told = Details { categories: vec!["use".into()], ongoing: Some(false), ..Details::default() };
        let all = complete(&reading, told);
        assert_eq!(all.categories, ["use", "dealing"]);
        assert_eq!(all.ongoing, Some(false));
    }
}
