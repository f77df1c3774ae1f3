use proptest::prelude::*;

use super::*;

/// Monday 2026-11-23, 08:00 in Hanoi.
const MONDAY: Timestamp = Timestamp::from_millis(1_795_395_600_000);

const FILE: &str = r#"
[chain.tips]
repeat_minutes = 7
[[chain.tips.step]]
who = ["duty"]
after_minutes = 0
ways = ["console", "sms"]
[[chain.tips.step]]
who = ["leads", "person:chi"]
after_minutes = 5
ways = ["call"]
hours = "office"
[[chain.tips.step]]
who = ["parent"]
after_minutes = 15
ways = ["email"]
hours = "office"
[hours.office]
days = ["mon", "tue", "wed", "thu", "fri"]
from = "07:30"
to = "17:00"
[[holiday]]
from = "2026-11-24"
to = "2026-11-25"
name = "a holiday"
[person.chi]
phone = "+84900000001"
email = "chi@example.vn"
[person.hoa]
phone = "+84900000002"
[[shift]]
name = "night"
desks = ["tips"]
people = ["hoa"]
from = "22:00"
to = "06:00"
"#;

fn plan() -> Plan {
    Plan::read(&[("config/alarms.toml", EMBEDDED), ("own.toml", FILE)])
        .unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn minutes(n: u64) -> Duration {
    Duration::from_secs(60 * n)
}

const URGENT: Climber = Climber { urgency: 0, until: None };
const CLOCK: Climber = Climber { urgency: 2, until: None };

#[test]
fn the_plan_that_is_shipped_calls_somebody_for_every_desk_and_by_the_console_only() {
    let plan = Plan::embedded().unwrap_or_else(|faults| panic!("{faults:?}"));
    for kind in Kind::ALL {
        let chain = plan.chain("any", kind).expect("a chain");
        assert!(chain.steps().all(|s| s.ways == [Way::Console]), "{kind:?}");
    }
    assert!(plan.system_chain().is_some() && plan.people().next().is_none());
    assert!(plan.interrupts(0) && !plan.interrupts(1));
}

#[test]
fn a_chain_climbs_and_then_repeats_its_last_step() {
    let plan = plan();
    let chain = plan.chain("tips", Kind::Tips).expect("a chain");
    assert_eq!(plan.begin(chain, URGENT, MONDAY), MONDAY);
    let (mut level, mut at, mut seen) = (0, MONDAY, Vec::new());
    for _ in 0..5 {
        seen.push((chain.step(level).ways[0], at.since(MONDAY)));
        Rung { level, next: at } = plan.climb(chain, level, URGENT, at);
    }
    let expected = [
        (Way::Console, minutes(0)),
        (Way::Call, minutes(5)),
        (Way::Email, minutes(20)),
        (Way::Email, minutes(27)),
        (Way::Email, minutes(34)),
    ];
    assert_eq!(seen, expected);
    assert_eq!(plan.climb(chain, 99, URGENT, MONDAY).level, 2, "a chain that was shortened still ends");
}

#[test]
fn hours_and_holidays_keep_only_the_less_urgent_waiting() {
    let plan = plan();
    let chain = plan.chain("tips", Kind::Tips).expect("a chain");
    let evening = MONDAY.plus(Duration::from_hours(10));
    let after = |climber| plan.climb(chain, 0, climber, evening).next.since(evening);
    assert_eq!(after(URGENT), minutes(5), "a life at risk does not wait for the office");
    // Tuesday and Wednesday are off: Thursday 07:30.
    assert_eq!(after(CLOCK), minutes((6 + 48 + 7) * 60 + 30));
    let ends = |hours| Climber { until: Some(evening.plus(Duration::from_hours(hours))), ..CLOCK };
    assert_eq!(after(ends(12)), minutes(5), "a clock that ends before the office opens does not wait for it");
    assert_eq!(after(ends(90)), minutes((6 + 48 + 7) * 60 + 30));
    assert_eq!(plan.climb(chain, 0, CLOCK, MONDAY).next.since(MONDAY), minutes(5));
}

#[test]
fn a_shift_over_midnight_is_one_turn_and_names_who_is_on_duty() {
    let plan = plan();
    let shift = &plan.shifts()[0];
    let hour = Duration::from_hours(1);
    let begins = MONDAY.plus(hour * 14);
    let turn = plan.turn(shift, begins).expect("runs");
    assert_eq!((turn.from, turn.to), (begins, begins.plus(hour * 8)));
    assert_eq!(
        plan.turn(shift, begins.plus(hour * 7)),
        Some(turn),
        "after midnight it is still that of the day before"
    );
    assert_eq!(plan.turn(shift, begins.plus(hour * 8)), None);
    assert_eq!(plan.on_duty("tips", begins), ["hoa"]);
    assert_eq!(plan.on_duty("tips", MONDAY), [""; 0]);
    assert_eq!(plan.on_duty("counselling", begins), [""; 0]);
}

#[test]
fn only_the_urgent_and_clocks_in_their_last_tenth_call_people() {
    let plan = plan();
    let look = |urgency, alarm, tenth| plan.look(&Watched { alarm, urgency, last_tenth: tenth }, MONDAY);
    let (past, soon, late) = (MONDAY.minus(minutes(1)), MONDAY.plus(minutes(9)), MONDAY.plus(minutes(99)));
    let seen = look(0, Some(past), Some(late));
    assert_eq!((seen.unacknowledged, seen.clock, seen.next), (true, false, Some(late)));
    let seen = look(2, Some(past), Some(late));
    assert_eq!((seen.unacknowledged, seen.clock, seen.next), (false, false, Some(late)));
    let seen = look(0, Some(soon), Some(late));
    assert_eq!((seen.unacknowledged, seen.clock, seen.next), (false, false, Some(soon)));
    let seen = look(2, None, Some(MONDAY));
    assert_eq!((seen.unacknowledged, seen.clock, seen.next), (false, true, None));
}

#[test]
fn every_fault_of_a_file_is_told_with_its_line_and_no_address() {
    let bad = "[interupt]\n[chain.tips]\nrepeat_minutes = 0\n[[chain.tips.step]]\nwho = [\"dutty\"]\n\
               after_minutes = \"5\"\nways = [\"pigeon\"]\nhours = \"never\"\n[person.hoa]\nphone = \"0900 secret\"\n\
               language = \"fr\"\n[[shift]]\nname = \"x\"\ndesks = [\"tips\"]\npeople = [\"nobody\"]\n\
               days = [\"mon\"]\nfrom = \"7\"\nto = \"25:00\"\n[[holiday]]\nfrom = \"2027-02-30\"\nto = \"2027-01-01\"\n\
               [chain.empty]\nrepeat_minutes = 5\n";
    let faults = Plan::read(&[("config/alarms.toml", EMBEDDED), ("bad.toml", bad)]).err().expect("refused");
    let lines: Vec<&str> = faults.iter().map(|f| f.place.as_str()).collect();
    for line in [1, 3, 5, 6, 7, 8, 10, 11, 17, 18, 20, 22] {
        assert!(lines.contains(&format!("bad.toml:{line}").as_str()), "{line}: {faults:?}");
    }
    assert!(faults.iter().all(|f| !f.text.contains("0900") && !f.text.contains("secret")));
    let unread = Plan::read(&[("config/alarms.toml", EMBEDDED), ("bad.toml", "[chain\nx = ")]);
    assert!(unread.err().is_some_and(|f| f[0].place == "bad.toml:1"));
    let stranger = FILE.replace("person:chi", "person:che");
    let faults = Plan::read(&[("own.toml", EMBEDDED), ("own.toml", &stranger)]).err().expect("refused");
    assert!(faults[0].text.contains("[person.che]"), "{faults:?}");
}

#[test]
fn the_same_is_not_called_twice_within_the_window_and_a_clock_set_back_silences_nobody() {
    let folding = *plan().folding();
    let called = |fold: u8, at| Called { fold: [fold; 16], at };
    let now = MONDAY;
    let ago = |n| now.minus(minutes(n));
    assert!(!folding.may_call(&[called(1, ago(9))], [1; 16], now));
    assert!(folding.may_call(&[called(1, ago(10))], [1; 16], now));
    assert!(folding.may_call(&[called(2, ago(1))], [1; 16], now));
    assert!(folding.may_call(&[called(1, now.plus(minutes(30)))], [1; 16], now));
    let many: Vec<Called> = (2..8).map(|n| called(n, ago(u64::from(n)))).collect();
    assert!(!folding.may_call(&many, [1; 16], now), "six calls in ten minutes are enough");
}

#[test]
fn likeness_folds_for_one_window_from_the_first() {
    let folding = *plan().folding();
    let mut window = Window::default();
    let mark = |text: &str| text.as_bytes().to_vec();
    let at = |n| MONDAY.plus(minutes(n));
    assert_eq!(window.join(&[mark("place")], [1; 16], &folding, at(0)), [1; 16]);
    assert_eq!(window.join(&[mark("words"), mark("place")], [2; 16], &folding, at(9)), [1; 16]);
    assert_eq!(window.join(&[mark("words")], [3; 16], &folding, at(9)), [1; 16], "like what was like it");
    assert_eq!(window.join(&[mark("words")], [4; 16], &folding, at(10)), [4; 16]);
    assert_eq!(window.join(&[], [5; 16], &folding, at(10)), [5; 16]);
}

proptest! {
    #[test]
    fn until_somebody_acknowledges_there_is_always_a_next_moment(
        start in 0_i64..4_000_000_000_000,
        urgency in 0_u8..4,
        until in proptest::option::of(0_i64..4_000_000_000_000),
        late in proptest::collection::vec(0_u64..5_000, 1..40),
    ) {
        let plan = plan();
        let chain = plan.chain("tips", Kind::Tips).expect("a chain");
        let climber = Climber { urgency, until: until.map(Timestamp::from_millis) };
        let mut now = plan.begin(chain, climber, Timestamp::from_millis(start));
        let mut level = 0;
        for delay in late {
            let rung = plan.climb(chain, level, climber, now);
            prop_assert!(rung.next > now && rung.level >= level && rung.level <= chain.top());
            prop_assert!(rung.next.since(now) <= Duration::from_hours(24 * 8), "not put off without end");
            (level, now) = (rung.level, rung.next.plus(minutes(delay)));
        }
        prop_assert!(urgency > 0 || level > 0);
    }

    #[test]
    fn a_holiday_never_delays_a_life_at_risk(start in 0_i64..4_000_000_000_000, level in 0_usize..5) {
        let plan = plan();
        let chain = plan.chain("tips", Kind::Tips).expect("a chain");
        let now = Timestamp::from_millis(start);
        let wait = plan.climb(chain, level, URGENT, now).next.since(now);
        prop_assert!(wait <= minutes(15));
    }

    #[test]
    fn nobody_is_called_twice_for_one_fold_within_the_window(
        calls in proptest::collection::vec((0_u8..3, 0_u64..4), 1..80),
    ) {
        let folding = *plan().folding();
        let (mut now, mut got): (Timestamp, Vec<Called>) = (MONDAY, Vec::new());
        for (fold, wait) in calls {
            now = now.plus(minutes(wait));
            if folding.may_call(&got, [fold; 16], now) {
                let same = got.iter().filter(|c| c.fold == [fold; 16] && now.since(c.at) < folding.window);
                prop_assert_eq!(same.count(), 0);
                got.push(Called { fold: [fold; 16], at: now });
            }
            let lately = got.iter().filter(|c| now.since(c.at) < folding.window).count();
            prop_assert!(lately <= folding.most);
        }
    }
}
