use std::time::Duration;

use super::*;
use crate::domain::escalation::{Holidays, Plan};

/// 2026-11-22T04:12:00Z, a Sunday, 11:12 in Hanoi.
const NOW: Timestamp = Timestamp::from_millis(1_795_320_720_000);
/// 11:00 in Hanoi that day.
const ELEVEN: Timestamp = Timestamp::from_millis(1_795_320_000_000);
const HOUR: Duration = Duration::from_hours(1);
const MINUTE: Duration = Duration::from_mins(1);

fn rules() -> Rules {
    Rules::embedded().expect("the file the program is built with")
}

fn slot(hours: u32) -> Slot {
    let from = ELEVEN.plus(HOUR * hours);
    Slot::of_row(from, from.plus(HOUR))
}

fn id<T>(from: impl Fn(uuid::Uuid) -> T, n: u128) -> T {
    from(uuid::Uuid::from_u128(n))
}

fn open() -> Row {
    Row {
        id: id(CallbackId::from_uuid, 1),
        tenant: id(TenantId::from_uuid, 2),
        case: id(CaseId::from_uuid, 3),
        desk: id(DeskId::from_uuid, 4),
        standing: Standing::Open,
        slot: slot(2),
        tries: 0,
        version: 1,
        hold: None,
        item: Some(id(ItemId::from_uuid, 5)),
    }
}

const fn who(n: u128) -> StaffId {
    StaffId::from_uuid(uuid::Uuid::from_u128(n))
}

fn wanted() -> Wanted {
    let number = PhoneNumber::parse("0912345678").expect("a number");
    Wanted { number, say: Discretion::NameOnly, channel: "web".to_owned(), entered_by: None, at: NOW }
}

#[test]
fn nothing_but_counselling_can_be_called_back() {
    for kind in Kind::ALL {
        let made = CallBack::new(kind, wanted(), slot(2));
        assert_eq!(made.is_ok(), kind == Kind::Counselling, "{kind:?}");
    }
}

#[test]
fn what_fills_is_the_provinces_to_say_in_either_spelling() {
    let file = include_str!("../../../config/callback.toml");
    assert!(rules().fills("so") && !rules().fills("ban"));
    let own = Rules::parse(&file.replace("\"so\",", "\"Bạn\",")).expect("reads");
    assert!(own.fills("ban") && !own.fills("so"));
    for bad in ["\"cho anh\",", "\"…\","] {
        assert!(Rules::parse(&file.replace("\"so\",", bad)).is_err(), "{bad}");
    }
}

#[test]
fn numbers_are_read_as_people_type_them() {
    for (typed, dialled) in [
        ("0912345678", "0912345678"),
        (" 0912 345 678 ", "0912345678"),
        ("+84 (0) 912-345-678", "0912345678"),
        ("0084912.345.678", "0912345678"),
        ("024 3825 1234", "02438251234"),
        ("0208 385 123", "0208385123"),
    ] {
        let read = PhoneNumber::parse(typed).map(|n| n.expose().to_owned());
        assert_eq!(read.as_deref(), Ok(dialled), "{typed}");
    }
    for typed in [
        "",
        "113",
        "1900123456",
        "091234567",
        "09123456789",
        "0112345678",
        "+1 202 555 0100",
        "0912345678x",
        "không có",
        "０９１２３４５６７８",
        "0400000000",
        "00841900123456",
    ] {
        assert!(PhoneNumber::parse(typed).is_err(), "{typed}");
    }
    assert!(PhoneNumber::parse(&"0".repeat(41)).is_err());
    assert!(serde_json::from_str::<PhoneNumber>("\"113\"").is_err(), "a row is parsed too");
}

#[test]
fn hours_are_those_of_vietnam_and_begin_after_the_notice() {
    let slots = rules().slots(&Holidays::default(), NOW);
    // 11:12 and half an hour: the desk rests from 12:00, so the next hour begins at 13:00.
    assert_eq!(slots.first(), Some(&slot(2)));
    // Seven hours left today, eleven on each of the seven days after it; never through midday.
    assert_eq!(slots.len(), 7 + 7 * 11);
    assert!(!slots.contains(&slot(1)) && slots.is_sorted());
    let exactly = rules().slots(&Holidays::default(), slot(2).from().minus(MINUTE * 30));
    assert_eq!(exactly.first(), Some(&slot(2)), "the notice is just long enough");
    let late = rules().slots(&Holidays::default(), slot(2).from().minus(MINUTE * 29));
    assert_eq!(late.first(), Some(&slot(3)));
}

#[test]
fn nobody_is_called_on_a_day_off() {
    let own = "[[holiday]]\nfrom = \"2026-11-23\"\nto = \"2026-11-24\"\n";
    let plan = Plan::read(&[("a", crate::domain::escalation::EMBEDDED), ("b", own)]).expect("a plan");
    let slots = rules().slots(plan.holidays(), NOW);
    assert_eq!(slots.len(), 7 + 5 * 11);
    let monday = ELEVEN.plus(HOUR * 22);
    assert!(rules().choose(plan.holidays(), NOW, monday).is_err());
    assert!(rules().choose(&Holidays::default(), NOW, monday).is_ok());
    assert_eq!(rules().choose(&Holidays::default(), NOW, monday.plus(MINUTE)), Err(Refused::NoSlot));
}

#[test]
fn hours_over_midnight_reach_into_the_next_day() {
    let text = include_str!("../../../config/callback.toml").replace("\"13:00\"", "\"22:00\"");
    let rules = Rules::parse(&text.replace("\"20:00\"", "\"02:00\"")).expect("rules");
    let one = ELEVEN.plus(HOUR * 14);
    assert_eq!(rules.choose(&Holidays::default(), one.minus(HOUR), one).map(Slot::from), Ok(one));
}

#[test]
fn a_wrong_file_is_told() {
    let good = include_str!("../../../config/callback.toml");
    for (old, new) in [
        ("tries = 3", "tries = 0"),
        ("slot_minutes = 60", "slot_minutes = 5"),
        ("\"08:00\"", "\"8\""),
        ("\"mon\"", "\"monday\""),
        ("caller = \"An\"", "caller = \" \""),
        ("days = 8", "days = 0"),
        ("notice_minutes = 30", "notice = 30"),
    ] {
        assert!(Rules::parse(&good.replace(old, new)).is_err(), "{new}");
    }
}

#[test]
fn the_number_opens_in_its_hour_for_one_at_a_time() {
    let (rules, row) = (rules(), open());
    let (from, to) = (row.slot.from(), row.slot.to());
    assert_eq!(row.take(who(1), from.minus(MINUTE), &rules), Err(Refused::TooEarly));
    assert_eq!(row.take(who(1), to.plus(rules.grace()), &rules), Err(Refused::TooLate));
    let taken = row.take(who(1), from, &rules).expect("taken");
    assert_eq!(taken.version, 2);
    assert!(matches!(taken.take(who(2), from.plus(MINUTE), &rules), Err(Refused::Held(_))));
    assert!(taken.take(who(1), from.plus(MINUTE), &rules).is_ok(), "looks again");
    assert!(taken.take(who(2), from.plus(rules.lease()), &rules).is_ok(), "the lease has run out");
    let back = from.minus(HOUR * 24 * 3);
    assert_eq!(taken.held(back, &rules), None, "a lease of a clock that was set back");
}

#[test]
fn every_outcome_forgets_the_number_or_names_another_hour() {
    let (rules, row) = (rules(), open());
    let now = row.slot.from();
    let taken = row.take(who(1), now, &rules).expect("taken");
    let ends = [
        (Outcome::Reached, Standing::Reached, 1),
        (Outcome::WrongNumber, Standing::WrongNumber, 1),
        (Outcome::Withdrawn, Standing::Withdrawn, 0),
        (Outcome::NotReached(None), Standing::NotReached, 1),
    ];
    for (outcome, standing, tries) in ends {
        let after = taken.record(outcome, who(1), now, &rules).expect("recorded");
        assert_eq!((after.standing, after.item, after.tries), (standing, None, tries));
        assert_eq!(after.record(outcome, who(1), now, &rules), Err(Refused::Over));
        assert_eq!(after.withdraw(), Err(Refused::Over));
    }
    assert_eq!(row.record(Outcome::Reached, who(1), now, &rules), Err(Refused::NotTaken));
    assert!(matches!(taken.record(Outcome::Reached, who(2), now, &rules), Err(Refused::Held(_))));
    assert_eq!(taken.record(Outcome::Missed(None), who(1), now, &rules), Err(Refused::NotMissed));
}

#[test]
fn a_number_is_tried_so_often_and_no_more() {
    let rules = rules();
    let mut row = open();
    for n in 1..rules.tries() {
        let taken = row.take(who(1), row.slot.from(), &rules).expect("taken");
        row = taken
            .record(Outcome::NotReached(Some(slot(2 + n))), who(1), taken.slot.from(), &rules)
            .expect("another hour");
        assert_eq!((row.tries, row.hold, row.standing), (n, None, Standing::Open));
    }
    let taken = row.take(who(1), row.slot.from(), &rules).expect("taken");
    let more = taken.record(Outcome::NotReached(Some(slot(9))), who(1), row.slot.from(), &rules);
    assert_eq!(more, Err(Refused::EnoughTries));
    assert!(taken.record(Outcome::NotReached(None), who(1), row.slot.from(), &rules).is_ok());
}

#[test]
fn a_missed_hour_is_nobodys_permission_to_call_at_another() {
    let (rules, row) = (rules(), open());
    let missed = row.slot.to().plus(rules.grace());
    assert!(row.is_missed(missed, &rules) && !row.is_missed(missed.minus(MINUTE), &rules));
    let moved = row.record(Outcome::Missed(Some(slot(5))), who(1), missed, &rules).expect("another hour");
    assert_eq!((moved.slot, moved.tries, moved.item), (slot(5), 0, row.item));
    let ended = row.record(Outcome::Missed(None), who(1), missed, &rules).expect("ended");
    assert_eq!((ended.standing, ended.item), (Standing::NotReached, None));
}

#[test]
fn the_watch_looks_in_the_last_tenth_or_when_a_lease_runs_out() {
    let (rules, row) = (rules(), open());
    assert_eq!(row.watch(), Some(row.slot.to().minus(MINUTE * 6)));
    let late = row.slot.to().minus(MINUTE * 2);
    let taken = row.take(who(1), late, &rules).expect("taken");
    assert_eq!(taken.watch(), Some(late.plus(rules.lease())));
    assert_eq!(row.withdraw().map(|r| r.watch()), Ok(None));
}
