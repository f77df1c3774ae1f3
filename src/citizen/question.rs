//! While a flood lasts, people are asked a plain question before they send: a small sum in words. It needs no script and no
//! picture. Whoever does not answer, or wrongly, is heard all the same, only later; whoever is in danger is not asked.

use super::reader::Visit;
use crate::domain::wording::Reading;
use crate::service::Hotline;
use crate::service::flood::Sender;

/// The field of the answer.
pub(super) const FIELD: &str = "answer";

/// The question of the form with this token, in the reader's words; none when all is quiet.
pub(super) fn asked(visit: &Visit, reading: &Reading, token: &str) -> Option<String> {
    let (hotline, r) = (&visit.hotline, &visit.reader);
    if reading.crisis.is_some() || !hotline.asks_for_proof() {
        return None;
    }
    let sum = hotline.question(token)?;
    let (a, b) = (hotline.number_in_words(r.locale, sum.a), hotline.number_in_words(r.locale, sum.b));
    Some(r.options().texts.say(r.locale, "citizen.question.ask", &[("a", &a), ("b", &b)]))
}

/// A person with a form, and whether they answered its question.
pub(super) fn sender(hotline: &Hotline, token: &str, answer: &str) -> Sender {
    Sender::Stranger { proven: !answer.is_empty() && hotline.is_answered(token, answer) }
}
