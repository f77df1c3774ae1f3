//! What a call says, put together when it is made: by then there may be more cases, or none.

use super::digest::Said;
use super::way::{Facts, Page};
use crate::domain::escalation::Plan;
use crate::domain::locale::Locale;
use crate::service::{Error, Hotline};
use crate::store::alarms::{Cause, OpenAlarm};
use crate::store::notices::TakenNotice;

impl Hotline {
    /// What a call says now; none when there is nothing left to say.
    pub(super) async fn page_of(&self, plan: &Plan, taken: &TakenNotice) -> Result<Option<Page>, Error> {
        let locale = plan.person(&taken.person).map_or(Locale::default(), |p| p.locale);
        let Some(id) = taken.alarm else {
            let desks = self.digest_of(plan, &taken.person).await?;
            return Ok((!desks.is_empty()).then(|| self.digest_page(locale, taken, desks)));
        };
        let mut tx = self.store().read().await?;
        let Some(alarm) = tx.open_alarm(id).await? else { return Ok(None) };
        let waiting = tx.open_causes(id).await?;
        drop(tx);
        Ok(Some(self.alarm_page(locale, taken, &alarm, waiting)))
    }

    fn alarm_page(&self, locale: Locale, taken: &TakenNotice, alarm: &OpenAlarm, waiting: i64) -> Page {
        let say = |key: &str, values: &[(&str, &str)]| self.talk().catalogue.say(locale, key, values);
        let age = self.now().since(alarm.raised);
        let world = self.world();
        let desk = alarm.desk.and_then(|id| world.desk(id)).map(|d| d.name.clone());
        let name = self.desk_word(locale, desk.as_deref().unwrap_or_default());
        let (n, age_words) = (waiting.to_string(), self.talk().catalogue.span(locale, age));
        let urgency = say(&format!("alarm.urgency.{}", alarm.urgency), &[]);
        let values =
            [("desk", name.as_str()), ("n", n.as_str()), ("age", age_words.as_str()), ("urgency", &urgency)];
        let key = match alarm.cause {
            Cause::Case => "alarm.case",
            Cause::Clock => "alarm.clock",
            Cause::System => "alarm.system",
        };
        let text = say(key, &values);
        Page {
            id: taken.id,
            subject: say("alarm.subject", &[]),
            say: say("alarm.say", &[("text", &text)]),
            text,
            facts: Facts::Alarm {
                desk,
                cause: alarm.cause.as_str(),
                urgency: alarm.urgency,
                waiting,
                minutes: age.as_secs() / 60,
                step: taken.level + 1,
            },
        }
    }

    fn digest_page(&self, locale: Locale, taken: &TakenNotice, desks: Said) -> Page {
        let say = |key: &str, values: &[(&str, &str)]| self.talk().catalogue.say(locale, key, values);
        let line = |d: &super::way::DeskDigest| {
            let name = self.desk_word(locale, &d.desk);
            let [unacknowledged, late, ending] = [d.unacknowledged, d.late, d.ending].map(|n| n.to_string());
            let values = [
                ("desk", name.as_str()),
                ("unacknowledged", unacknowledged.as_str()),
                ("late", late.as_str()),
                ("ending", ending.as_str()),
            ];
            say("alarm.digest.desk", &values)
        };
        let lines: Vec<String> = desks.iter().map(line).collect();
        let text = say("alarm.digest.text", &[("desks", &lines.join("\n"))]);
        let say_it = say("alarm.say", &[("text", &text)]);
        let subject = say("alarm.digest.subject", &[]);
        Page { id: taken.id, subject, say: say_it, text, facts: Facts::Digest { desks } }
    }

    /// A desk as people call it; desks that were added are called by their own name.
    fn desk_word(&self, locale: Locale, name: &str) -> String {
        let key = format!("alarm.desk.{name}");
        let said = self.talk().catalogue.say(locale, &key, &[]);
        if said == key { name.to_owned() } else { said }
    }
}
