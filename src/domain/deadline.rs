//! The clocks of a case, as arithmetic over data (`config/deadlines.toml`).

use std::time::Duration;

use serde::Deserialize;

use super::case::Priority;
use super::lane::Kind;
use super::state::State;
use crate::kernel::Timestamp;

/// Lengths of all clocks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deadlines {
    tips: Tips,
    counselling: Counselling,
    alarm: Alarm,
    work: Work,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tips {
    classify_hours: u32,
    settle_days: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counselling {
    first_answer_minutes: u32,
    next_contact_hours: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Alarm {
    acknowledge_minutes: [u32; 4],
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Work {
    lease_minutes: u32,
}

const fn minutes(n: u32) -> Duration {
    Duration::from_secs(n as u64 * 60)
}

impl Deadlines {
    /// Reads the data file.
    pub fn parse(toml: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(toml)
    }

    /// The next deadline of a case, from the hour in which it came. A closed case has none; a stored one
    /// keeps the clock of its settlement, because only a person may end it.
    ///
    /// For counselling in progress `touched_hour` is the hour of the last staff act.
    #[must_use]
    pub fn due(
        &self,
        kind: Kind,
        state: State,
        received: Timestamp,
        touched: Timestamp,
    ) -> Option<Timestamp> {
        let received = received.hour();
        match (kind.is_tip(), state) {
            (_, State::Closed) => None,
            (true, State::Received) => Some(received.plus(minutes(self.tips.classify_hours * 60))),
            (true, _) => Some(received.plus(minutes(self.tips.settle_days * 24 * 60))),
            (false, State::InCounselling) => {
                Some(touched.hour().plus(minutes(self.counselling.next_contact_hours * 60)))
            }
            // From the end of the hour: no law names this aim, and a case must not be born late. Until somebody
            // acknowledges it the alarm keeps the aim to the minute.
            (false, _) => Some(received.plus(minutes(60 + self.counselling.first_answer_minutes))),
        }
    }

    /// When only a tenth of a clock that ends at `due` is left. Told by the state alone, so that whoever knows the
    /// deadline of a case needs not know when its clock began.
    #[must_use]
    pub fn last_tenth(&self, kind: Kind, state: State, due: Timestamp) -> Timestamp {
        let length = match (kind.is_tip(), state) {
            // New words in a case that was closed run for a day.
            (_, State::Closed) => minutes(24 * 60),
            (true, State::Received) => minutes(self.tips.classify_hours * 60),
            (true, _) => minutes(self.tips.settle_days * 24 * 60),
            (false, State::InCounselling) => minutes(self.counselling.next_contact_hours * 60),
            (false, _) => minutes(60 + self.counselling.first_answer_minutes),
        };
        due.minus(length / 10)
    }

    /// When an alarm goes off unless somebody acknowledges the case, to the minute.
    #[must_use]
    pub fn alarm(&self, kind: Kind, priority: Priority, received: Timestamp) -> Timestamp {
        let [life, urgent, normal, low] = self.alarm.acknowledge_minutes;
        let by_urgency = match priority.level() {
            0 => life,
            1 => urgent,
            2 => normal,
            _ => low,
        };
        let wait =
            if kind.is_tip() { by_urgency } else { by_urgency.min(self.counselling.first_answer_minutes) };
        received.minute().plus(minutes(wait))
    }

    /// How long a claimed case stays with its holder without a sign of life.
    #[must_use]
    pub const fn lease(&self) -> Duration {
        minutes(self.work.lease_minutes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths() -> Deadlines {
        Deadlines::parse(include_str!("../../config/deadlines.toml")).expect("the shipped file")
    }

    const AT: Timestamp = Timestamp::from_millis(1_795_000_123_456);

    #[test]
    fn a_tip_is_classified_within_24_hours_of_its_hour_never_later() {
        let due = lengths().due(Kind::Tips, State::Received, AT, AT).expect("a clock runs");
        assert_eq!(due, AT.hour().plus(Duration::from_hours(24)));
        assert!(due <= AT.plus(Duration::from_hours(24)));
    }

    #[test]
    fn a_request_for_counselling_is_not_born_late_and_its_alarm_is_exact() {
        let minute = Duration::from_mins(1);
        for at in (0..60).map(|m| AT.hour().plus(minute * m)) {
            let due = lengths().due(Kind::Counselling, State::New, at, at).expect("a clock runs");
            assert!(due > at && due <= at.plus(minute * 75), "{at:?}");
            assert_eq!(lengths().alarm(Kind::Counselling, Priority::NORMAL, at), at.plus(minute * 15));
        }
    }

    #[test]
    fn every_case_that_is_not_closed_has_a_running_clock() {
        for kind in Kind::ALL {
            for state in State::ALL {
                assert_eq!(lengths().due(kind, state, AT, AT).is_none(), state == State::Closed);
            }
        }
    }

    #[test]
    fn the_last_tenth_begins_within_the_clock_and_before_its_end() {
        for kind in Kind::ALL {
            for state in State::ALL.into_iter().filter(|s| *s != State::Closed) {
                let due = lengths().due(kind, state, AT, AT).expect("a clock runs");
                let tenth = lengths().last_tenth(kind, state, due);
                assert!(AT < tenth && tenth < due, "{kind:?} {state:?}");
            }
        }
        let due = AT.hour().plus(Duration::from_hours(24));
        let tenth = lengths().last_tenth(Kind::Tips, State::Received, due);
        assert_eq!(due.since(tenth), Duration::from_mins(144));
    }

    #[test]
    fn urgency_shortens_the_alarm() {
        let l = lengths();
        assert!(l.alarm(Kind::Tips, Priority::LIFE, AT) < l.alarm(Kind::Tips, Priority::URGENT, AT));
        assert!(l.alarm(Kind::Tips, Priority::URGENT, AT) < l.alarm(Kind::Tips, Priority::NORMAL, AT));
        assert!(l.alarm(Kind::Counselling, Priority::LOW, AT) < l.alarm(Kind::Tips, Priority::LOW, AT));
    }

    #[test]
    fn an_unknown_clock_is_a_fault_not_a_guess() {
        assert!(Deadlines::parse("[tips]\nclassify_hours = 24\n").is_err());
    }
}
