//! What happens in the invented month: who writes what when, and what a desk then does. Chosen by a repeatable
//! stream, so that every demonstration tells the same stories.

use std::time::Duration;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::domain::case::Priority;
use crate::domain::document::Details;
use crate::domain::lane::Kind;
use crate::domain::policy::Role;
use crate::domain::state::State;
use crate::kernel::{Entropy, Timestamp};
use crate::service::intake::Submission;

/// How far back the month goes.
pub(super) const PAST: Duration = Duration::from_hours(30 * 24);
/// How many cases of each kind.
const AMOUNTS: [(Kind, u32); 3] = [(Kind::Tips, 128), (Kind::Counselling, 62), (Kind::Oversight, 12)];

/// One who can log in.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Person {
    pub(super) login: String,
    pub(super) name: String,
    pub(super) role: Role,
    pub(super) desk: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cast {
    person: Vec<Person>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Messages {
    message: Vec<Message>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Message {
    text: String,
    categories: Vec<String>,
    tags: Vec<String>,
    about: Option<String>,
    crisis: Option<String>,
    p: i64,
}

impl Default for Message {
    fn default() -> Self {
        let (categories, tags) = (Vec::new(), Vec::new());
        Self { text: String::new(), categories, tags, about: None, crisis: None, p: 2 }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeskWords {
    tips_question: Vec<String>,
    tips_answer: Vec<String>,
    help_answer: Vec<String>,
    help_next: Vec<String>,
    citizen_tip: Vec<String>,
    citizen_help: Vec<String>,
    tips_note: Vec<String>,
    help_note: Vec<String>,
    classify: Vec<String>,
    store: Vec<String>,
    to_rehab: Vec<String>,
    tips_close: Vec<String>,
    reopen: Vec<String>,
    take_up: Vec<String>,
    help_close: Vec<String>,
    /// As written, without accents, code.
    places: Vec<[String; 3]>,
}

/// Everything that can be said.
pub(super) struct Script {
    people: Vec<Person>,
    messages: [(Kind, Vec<Message>); 3],
    words: DeskWords,
}

/// Something that happens to a case.
pub(super) enum Act {
    /// The citizen sends it.
    Submit(Box<Submission>),
    /// The citizen adds something.
    Add(String),
    /// A member takes it and confirms having seen it.
    Take,
    /// A member writes to the citizen.
    Reply(String),
    /// A member notes something.
    Note(String),
    /// A member moves it, with a reason.
    Move(State, String),
}

/// An act of a case at a moment; `case` counts the invented cases.
pub(super) struct Scene {
    pub(super) at: Timestamp,
    pub(super) case: usize,
    pub(super) kind: Kind,
    pub(super) act: Act,
}

/// Repeatable chance; nothing secret is chosen with it.
struct Dice(Entropy);

impl Dice {
    fn below(&self, n: u64) -> u64 {
        let [a, b, c, d] = self.0.bytes().unwrap_or_default();
        u64::from(u32::from_be_bytes([a, b, c, d])) % n.max(1)
    }

    fn one<'a>(&self, of: &'a [String]) -> &'a str {
        let n = self.below(u64::try_from(of.len()).unwrap_or(1));
        usize::try_from(n).ok().and_then(|n| of.get(n)).map_or("", String::as_str)
    }
}

impl Script {
    pub(super) fn read() -> Result<Self> {
        let messages = |text| toml::from_str::<Messages>(text).map(|m| m.message);
        let cast: Cast = toml::from_str(include_str!("../../../config/demo/staff.toml"))?;
        Ok(Self {
            people: cast.person,
            messages: [
                (Kind::Tips, messages(include_str!("../../../config/demo/tips.toml"))?),
                (Kind::Counselling, messages(include_str!("../../../config/demo/counselling.toml"))?),
                (Kind::Oversight, messages(include_str!("../../../config/demo/oversight.toml"))?),
            ],
            words: toml::from_str(include_str!("../../../config/demo/desk.toml")).context("desk.toml")?,
        })
    }

    pub(super) fn people(&self) -> &[Person] {
        &self.people
    }

    /// All scenes until `now`, in order of time.
    pub(super) fn scenes(&self, now: Timestamp) -> Vec<Scene> {
        let dice = Dice(Entropy::seeded(19));
        let mut all = Vec::new();
        let mut case = 0;
        for (kind, amount) in AMOUNTS {
            for i in 0..amount {
                let age = age_of(&dice, i, amount);
                let mut story = self.story(kind, i, (now.minus(age), now), &dice);
                story.retain(|(at, _)| *at < now);
                all.extend(story.into_iter().map(|(at, act)| Scene { at, case, kind, act }));
                case += 1;
            }
        }
        all.sort_by_key(|s| s.at);
        all
    }

    /// One case: it comes, and what is done with it, as far as the desk has got.
    fn story(
        &self,
        kind: Kind,
        i: u32,
        (came, now): (Timestamp, Timestamp),
        dice: &Dice,
    ) -> Vec<(Timestamp, Act)> {
        let Some(submission) = self.submission(kind, i, came, dice) else { return Vec::new() };
        let hardly_readable = submission.priority == Priority::LOW;
        let mut story = Story { at: came, acts: vec![(came, Act::Submit(Box::new(submission)))] };
        let fresh = now.since(came) < Duration::from_hours(4);
        let forgotten = i % 41 == 17;
        if fresh && dice.below(3) > 0 {
            return story.acts;
        }
        story.after(dice, 2, 9, Act::Take);
        if !forgotten {
            if kind == Kind::Counselling {
                self.counsel(&mut story, dice);
            } else {
                self.investigate(&mut story, hardly_readable, dice);
            }
        }
        story.acts
    }

    fn investigate(&self, story: &mut Story, hardly_readable: bool, dice: &Dice) {
        let w = &self.words;
        let how = if hardly_readable { 0 } else { dice.below(100) };
        let say = |of: &[String]| dice.one(of).to_owned();
        if hardly_readable || dice.below(2) == 0 {
            story.after(dice, 5, 40, Act::Reply(say(&w.tips_question)));
        }
        story.after(dice, 20, 300, Act::Move(State::Classified, say(&w.classify)));
        if how < 8 {
            return story.after(dice, 600, 3000, Act::Move(State::InsufficientStored, say(&w.store)));
        }
        if how < 14 {
            return story.after(dice, 100, 900, Act::Move(State::ToRehab, say(&w.to_rehab)));
        }
        if how < 70 {
            story.after(dice, 60, 900, Act::Add(say(&w.citizen_tip)));
            story.after(dice, 30, 600, Act::Reply(say(&w.tips_answer)));
        }
        if how % 3 == 0 {
            story.after(dice, 10, 600, Act::Note(say(&w.tips_note)));
        }
        if how > 38 {
            story.after(dice, 1500, 9000, Act::Move(State::Closed, say(&w.tips_close)));
        }
        if how > 92 {
            story.after(dice, 300, 3000, Act::Add(say(&w.citizen_tip)));
            story.after(dice, 30, 300, Act::Move(State::Classified, say(&w.reopen)));
        }
    }

    fn counsel(&self, story: &mut Story, dice: &Dice) {
        let w = &self.words;
        let how = dice.below(100);
        let say = |of: &[String]| dice.one(of).to_owned();
        story.after(dice, 1, 4, Act::Move(State::InCounselling, say(&w.take_up)));
        story.after(dice, 1, 8, Act::Reply(say(&w.help_answer)));
        for _ in 0..=how % 3 {
            story.after(dice, 30, 900, Act::Add(say(&w.citizen_help)));
            story.after(dice, 5, 90, Act::Reply(say(&w.help_next)));
        }
        if how.is_multiple_of(2) {
            story.after(dice, 1, 60, Act::Note(say(&w.help_note)));
        }
        if how > 45 {
            story.after(dice, 2000, 9000, Act::Move(State::Closed, say(&w.help_close)));
        }
    }

    fn submission(&self, kind: Kind, i: u32, came: Timestamp, dice: &Dice) -> Option<Submission> {
        let (_, list) = self.messages.iter().find(|(k, _)| *k == kind)?;
        let message = list.iter().cycle().nth(usize::try_from(i).ok()?)?;
        let place = self.words.places.iter().cycle().nth(usize::try_from(dice.below(1000)).ok()?)?;
        let [name, plain, code] = place;
        let (hour, n) = ((19 + dice.below(5)).to_string(), (3 + dice.below(7)).to_string());
        let text = [("{place}", name), ("{plain}", plain), ("{hour}", &hour), ("{n}", &n)]
            .into_iter()
            .fold(message.text.clone(), |text, (slot, value)| text.replace(slot, value));
        let placed = message.text.contains("{place}") || message.text.contains("{plain}");
        let details = Details {
            categories: message.categories.clone(),
            tags: message.tags.clone(),
            commune: placed.then(|| code.clone()),
            about: message.about.clone(),
            crisis: message.crisis.clone(),
            ongoing: message.tags.iter().any(|t| t == "ongoing").then_some(true),
            consent_at: (kind == Kind::Counselling).then_some(came),
            ..Details::default()
        };
        let priority = Priority::from_level(message.p)?;
        let english = text.is_ascii() && text.contains(" the ");
        Some(Submission {
            kind,
            locale: if english { "en" } else { "vi" }.to_owned(),
            channel: ["web", "web", "telegram", "api"]
                .get(usize::try_from(dice.below(4)).ok()?)
                .map(|c| (*c).to_owned())?,
            details,
            priority,
            reads_as_tip: kind.is_tip() && priority != Priority::LOW,
            text,
        })
    }
}

/// Cases come all month long, and the last hours are never empty.
fn age_of(dice: &Dice, i: u32, amount: u32) -> Duration {
    let whole = PAST.as_secs() - 3600;
    let even = whole * u64::from(amount - i) / u64::from(amount);
    if i + 5 > amount {
        return Duration::from_secs(60 * (3 + dice.below(170)));
    }
    Duration::from_secs(even.saturating_sub(dice.below(7200)).max(600))
}

/// A case's acts, each some time after the one before.
struct Story {
    at: Timestamp,
    acts: Vec<(Timestamp, Act)>,
}

impl Story {
    fn after(&mut self, dice: &Dice, least: u64, most: u64, act: Act) {
        self.at = self.at.plus(Duration::from_mins(least + dice.below(most - least + 1)));
        self.acts.push((self.at, act));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::taxonomy::term;
    use std::collections::HashSet;

    const NOW: Timestamp = Timestamp::from_millis(1_795_320_720_000);

    fn script() -> Script {
        Script::read().expect("the shipped data")
    }

    #[test]
    fn the_month_is_varied_and_complete() {
        let script = script();
        let messages: HashSet<&str> =
            script.messages.iter().flat_map(|(_, l)| l).map(|m| m.text.as_str()).collect();
        assert!(messages.len() >= 60, "{}", messages.len());
        let scenes = script.scenes(NOW);
        let submitted = scenes.iter().filter(|s| matches!(s.act, Act::Submit(_))).count();
        assert!((195..=215).contains(&submitted), "{submitted}");
        let texts: HashSet<&str> = scenes
            .iter()
            .filter_map(|s| if let Act::Submit(s) = &s.act { Some(s.text.as_str()) } else { None })
            .collect();
        assert!(texts.len() > 150, "{}", texts.len());
        assert!(texts.iter().all(|t| !t.contains('{')), "a slot was left open");
    }

    #[test]
    fn every_case_comes_before_anything_is_done_with_it_and_nothing_is_of_tomorrow() {
        let mut seen = HashSet::new();
        for scene in script().scenes(NOW) {
            assert!(scene.at < NOW && scene.at > NOW.minus(PAST));
            if matches!(scene.act, Act::Submit(_)) {
                seen.insert(scene.case);
            }
            assert!(seen.contains(&scene.case));
        }
    }

    #[test]
    fn categories_and_tags_are_those_of_the_taxonomy() {
        let is = |category: bool| move |code: &String| term(code).is_some_and(|t| t.category == category);
        for (kind, message) in script().messages.iter().flat_map(|(kind, l)| l.iter().map(move |m| (kind, m)))
        {
            let (categories, tags) = (&message.categories, &message.tags);
            assert!(kind.is_tip() || categories.is_empty(), "of a call for help no offence is told");
            assert!(categories.iter().all(is(true)), "{categories:?}");
            assert!(tags.iter().all(is(false)), "{tags:?}");
        }
    }

    #[test]
    fn every_role_has_somebody() {
        for role in Role::ALL {
            assert!(script().people.iter().any(|p| p.role == role), "{role:?}");
        }
    }
}
