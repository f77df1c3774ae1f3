//! A messenger that lets nobody write any more, because the person was silent for too long. What the desk wrote is in
//! the case and behind the code; the desk is told that the chat heard nothing.

use super::Verdict;
use crate::service::{Error, Hotline};
use crate::store::outbox::Taken;

impl Hotline {
    /// Ends a message that can never arrive: the case gets a note, in one commit with it.
    pub(super) async fn end_shut(&self, channel: &str, taken: &Taken) -> Result<(), Error> {
        let Some(case) = taken.case else {
            return self.settle(taken, Verdict::Erase, None).await.map(drop);
        };
        metrics::counter!("tinan_channel_window_closed_total", "channel" => channel.to_owned()).increment(1);
        let talk = self.talk();
        let text = talk.catalogue.say(talk.locale, "console.window_closed", &[]);
        self.end_with_note(taken, case, text, None).await
    }
}
