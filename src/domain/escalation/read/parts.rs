//! The parts of a plan: each section of the file, checked.

use std::collections::BTreeMap;
use std::time::Duration;

use toml::de::{DeTable, DeValue};

use super::PlanFault;
use super::table::{At, File, find};
use crate::domain::escalation::calendar::{WEEK, minute_of_day};
use crate::domain::escalation::{Chain, Hours, Person, Shift, Step, Way, Who};
use crate::domain::locale::Locale;
use crate::kernel::Secret;

/// The longest wait between two steps, in minutes.
const LONGEST_WAIT: u64 = 24 * 60;

/// A plan as far as it was read.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) interrupt: Option<u8>,
    pub(super) window: Option<Duration>,
    pub(super) most: Option<usize>,
    pub(super) chains: BTreeMap<String, (Chain, String)>,
    pub(super) hours: BTreeMap<String, Hours>,
    pub(super) holidays: Vec<(i64, i64)>,
    pub(super) people: BTreeMap<String, Person>,
    pub(super) shifts: Vec<(Shift, String)>,
    pub(super) faults: Vec<PlanFault>,
}

pub(super) fn read(file: &mut File<'_>, root: &DeTable<'_>, draft: &mut Draft) {
    file.only(root, &["interrupt", "chain", "hours", "holiday", "person", "shift"]);
    if let Some((at, value)) = find(root, "interrupt") {
        match value.get_ref() {
            DeValue::Table(table) => interrupt(file, table, draft),
            _ => file.fault(at, "interrupt must be a section"),
        }
    }
    for (name, (table, at)) in file.tables(root, "hours") {
        file.only(table, &["days", "from", "to", "holidays"]);
        if let Some(hours) = hours(file, table, at, false) {
            draft.hours.insert(name, hours);
        }
    }
    for (table, at) in file.repeated(root, "holiday") {
        file.only(table, &["from", "to", "name"]);
        draft.holidays.extend(holiday(file, table, at));
    }
    for (name, (table, at)) in file.tables(root, "person") {
        draft.people.extend(person(file, table, at).map(|p| (name, p)));
    }
    for (table, at) in file.repeated(root, "shift") {
        let place = file.place(at);
        draft.shifts.extend(shift(file, table, at).map(|s| (s, place)));
    }
    for (name, (table, at)) in file.tables(root, "chain") {
        let place = file.place(at);
        if let Some(chain) = chain(file, (table, at), &draft.hours) {
            draft.chains.insert(name, (chain, place));
        }
    }
}

fn interrupt(file: &mut File<'_>, table: &DeTable<'_>, draft: &mut Draft) {
    file.only(table, &["urgency", "fold_minutes", "most"]);
    let urgency = file.number(table, "urgency", (0, 3)).and_then(|n| u8::try_from(n).ok());
    draft.interrupt = urgency.or(draft.interrupt);
    draft.window = file.minutes(table, "fold_minutes", (1, 120)).or(draft.window);
    let most = file.number(table, "most", (1, 1000)).and_then(|n| usize::try_from(n).ok());
    draft.most = most.or(draft.most);
}

fn chain(
    file: &mut File<'_>,
    (table, at): At<&DeTable<'_>>,
    hours: &BTreeMap<String, Hours>,
) -> Option<Chain> {
    file.only(table, &["repeat_minutes", "step"]);
    let repeat = file.minutes(table, "repeat_minutes", (1, LONGEST_WAIT));
    if find(table, "repeat_minutes").is_none() {
        file.missing(at, "repeat_minutes");
    }
    let tables = file.repeated(table, "step");
    if tables.is_empty() {
        file.fault(at, "a chain needs a [[step]]: without one nobody is ever called");
    }
    let steps: Vec<Option<Step>> = tables.into_iter().map(|step_at| step(file, step_at, hours)).collect();
    let mut steps = steps.into_iter().collect::<Option<Vec<_>>>()?.into_iter();
    Some(Chain { first: steps.next()?, more: steps.collect(), repeat: repeat? })
}

fn step(file: &mut File<'_>, (table, at): At<&DeTable<'_>>, known: &BTreeMap<String, Hours>) -> Option<Step> {
    file.only(table, &["who", "after_minutes", "ways", "hours"]);
    for key in ["who", "after_minutes", "ways"] {
        if find(table, key).is_none() {
            file.missing(at, key);
        }
    }
    let whom = file.list(table, "who");
    let whom = whom.and_then(|(words, at)| all(file, at, &words, who, WHO));
    let after = file.minutes(table, "after_minutes", (0, LONGEST_WAIT));
    let by = file.list(table, "ways").and_then(|(words, at)| ways(file, at, &words));
    let hours = match file.text(table, "hours") {
        Some((name, at)) if !known.contains_key(&name) => {
            file.fault(at, format!("there is no [hours.{name}]"));
            return None;
        }
        Some((name, _)) => known.get(&name).cloned(),
        None => None,
    };
    Some(Step { who: whom?, after: after?, ways: by?, hours })
}

const WHO: &str = "duty, members, leads, parent, supervisors, administrators, or person:LOGIN";

fn who(word: &str) -> Option<Who> {
    Some(match word {
        "duty" => Who::Duty,
        "members" => Who::Members,
        "leads" => Who::Leads,
        "parent" => Who::Parent,
        "supervisors" => Who::Supervisors,
        "administrators" => Who::Administrators,
        _ => Who::Person(word.strip_prefix("person:").filter(|login| !login.is_empty())?.to_owned()),
    })
}

fn ways(file: &mut File<'_>, at: usize, words: &[String]) -> Option<Vec<Way>> {
    all(file, at, words, Way::parse, "console, webhook, email, sms, call, telegram, zalo")
}

/// Every word of a list, which must not be empty; notes the words that mean nothing.
fn all<T>(
    file: &mut File<'_>,
    at: usize,
    words: &[String],
    read: impl Fn(&str) -> Option<T>,
    wanted: &str,
) -> Option<Vec<T>> {
    let good: Option<Vec<T>> = words.iter().map(|word| read(word)).collect();
    if good.is_none() || words.is_empty() {
        file.fault(at, format!("must name some of: {wanted}"));
        return None;
    }
    good
}

fn person(file: &mut File<'_>, table: &DeTable<'_>, at: usize) -> Option<Person> {
    const KEYS: [(&str, &[Way]); 6] = [
        ("phone", &[Way::Sms, Way::Call]),
        ("email", &[Way::Email]),
        ("telegram", &[Way::Telegram]),
        ("zalo", &[Way::Zalo]),
        ("webhook", &[Way::Webhook]),
        ("call", &[Way::Call]),
    ];
    file.only(table, &["phone", "call", "email", "telegram", "zalo", "webhook", "language", "digest"]);
    let before = file.faults.len();
    let mut addresses = BTreeMap::new();
    for (key, ways) in KEYS {
        let Some((address, at)) = file.text(table, key) else { continue };
        if !fits(key, &address) {
            // What was typed may be a person's number: it is not repeated.
            file.fault(at, format!("{key} is not an address of that kind"));
        }
        for way in ways {
            addresses.insert(*way, Secret::new(address.clone()));
        }
    }
    let locale = match file.text(table, "language") {
        Some((tag, at)) => Locale::parse(&tag).or_else(|| {
            file.fault(at, "language must be vi or en");
            None
        }),
        None => Some(Locale::default()),
    };
    let digest = match file.list(table, "digest") {
        Some((words, _)) if words.is_empty() => Some(Vec::new()),
        Some((words, at)) => ways(file, at, &words),
        None => Some(quietest(&addresses)),
    };
    if let Some(way) = digest.iter().flatten().find(|w| !addresses.contains_key(w)) {
        file.fault(at, format!("digest names {}, but there is no address for it", way.as_str()));
    }
    (file.faults.len() == before).then_some(Person { locale: locale?, addresses, digest: digest? })
}

/// The way of a digest for somebody who has not said: one that wakes nobody.
fn quietest(addresses: &BTreeMap<Way, Secret<String>>) -> Vec<Way> {
    let quiet = [Way::Email, Way::Telegram, Way::Zalo, Way::Webhook];
    quiet.into_iter().find(|way| addresses.contains_key(way)).into_iter().collect()
}

fn fits(key: &str, address: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match key {
        "phone" | "call" => {
            let number = address.strip_prefix('+').unwrap_or(address);
            digits(number) && (3..=15).contains(&number.len())
        }
        "telegram" => digits(address.strip_prefix('-').unwrap_or(address)),
        "email" => {
            let plain =
                !address.contains(|c: char| c.is_whitespace() || c.is_control() || ",;<>".contains(c));
            plain
                && address.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
        }
        "webhook" => address.starts_with("https://") || address.starts_with("http://127.0.0.1:"),
        _ => true,
    }
}

fn shift(file: &mut File<'_>, table: &DeTable<'_>, at: usize) -> Option<Shift> {
    file.only(table, &["name", "desks", "people", "days", "from", "to", "holidays"]);
    for key in ["name", "desks", "people"] {
        if find(table, key).is_none() {
            file.missing(at, key);
        }
    }
    let name = file.text(table, "name");
    let (desks, people) = (file.list(table, "desks"), file.list(table, "people"));
    let hours = hours(file, table, at, true);
    Some(Shift { name: name?.0, desks: desks?.0, people: people?.0, hours: hours? })
}

/// `days`, `from`, `to` and `holidays` of a table; `always` is what `holidays` is when it is not said.
fn hours(file: &mut File<'_>, table: &DeTable<'_>, at: usize, always: bool) -> Option<Hours> {
    let mut days = [true; 7];
    if let Some((words, at)) = file.list(table, "days") {
        days = [false; 7];
        for word in &words {
            match WEEK.iter().position(|d| d == word).and_then(|n| days.get_mut(n)) {
                Some(day) => *day = true,
                None => file.fault(at, format!("days must be some of: {}", WEEK.join(", "))),
            }
        }
        if words.is_empty() {
            file.fault(at, "days must name at least one day");
        }
    }
    let mut clock = |key: &str| {
        let (text, at) = file.wanted(table, key, at)?;
        let minute = minute_of_day(&text);
        if minute.is_none() {
            file.fault(at, format!("{key} must be a time of day such as 07:30"));
        }
        minute
    };
    let (from, to) = (clock("from"), clock("to"));
    let holidays = file.flag(table, "holidays").unwrap_or(always);
    Some(Hours { days, from: from?, to: to?, holidays })
}

fn holiday(file: &mut File<'_>, table: &DeTable<'_>, at: usize) -> Option<(i64, i64)> {
    let mut day = |key: &str| {
        let (text, at) = file.wanted(table, key, at)?;
        let day = day_number(&text);
        if day.is_none() {
            file.fault(at, format!("{key} must be a day such as \"2027-09-02\""));
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    let (from, to) = (from?, to?);
    if from > to {
        file.fault(at, "this holiday ends before it begins");
    }
    (from <= to).then_some((from, to))
}

/// Days since 1970 of `YYYY-MM-DD`.
fn day_number(text: &str) -> Option<i64> {
    let date: jiff::civil::Date = text.parse().ok()?;
    let epoch = jiff::civil::date(1970, 1, 1);
    Some(i64::from(date.since(epoch).ok()?.get_days()))
}
