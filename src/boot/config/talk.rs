//! How long things wait in a talk.

use std::time::Duration;

use super::read::Reader;
use crate::domain::dialogue::Waits;

pub(super) fn waits(r: &mut Reader, own_words: Option<Duration>) -> Option<Waits> {
    let mut minutes = |key, most| r.number(key, 1, most).map(Duration::from_mins);
    let auto_send = minutes("talk.auto_send_minutes", 24 * 60);
    let receipt_erase = minutes("talk.receipt_erase_minutes", 24 * 60);
    let view_erase = minutes("talk.view_erase_minutes", 24 * 60);
    let undecided = minutes("talk.undecided_minutes", 3 * 24 * 60);
    let code_kept = minutes("talk.sms_code_minutes", 3 * 24 * 60);
    let together = r.seconds("talk.sms_together_seconds", 1, 3600);
    Some(Waits {
        auto_send: auto_send?,
        receipt_erase: receipt_erase?,
        view_erase: view_erase?,
        undecided: undecided?,
        together: together?,
        code_kept: code_kept?,
        own_words: own_words?,
    })
}
