//! Working off one bot: updates in order per chat and side by side across chats; messages side by side.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;

use crate::service::channel::{Channel, Update};
use crate::service::{Error, Hotline};
use crate::store::StoreError;
use crate::store::inbox::StoredUpdate;
use crate::store::outbox::Taken;

/// How many updates are looked at in one round.
const ROUND: i64 = 128;
/// How many messages are sent side by side.
pub(super) const SENDING: usize = 16;

/// Works off the updates that are due and says how many were done. Page by page: what was put off must not
/// keep the rest waiting behind it.
pub async fn work_off(hotline: &Hotline, channel: &dyn Channel) -> Result<usize, Error> {
    let (mut done, mut after) = (0, 0);
    let mut blocked = BTreeSet::new();
    loop {
        let rows = hotline.waiting_updates(channel.name(), channel.bot(), after, ROUND).await?;
        let Some(last) = rows.last() else { return Ok(done) };
        after = last.seq;
        done += work_page(hotline, channel, rows, &mut blocked).await;
    }
}

/// One page: in order within a chat, side by side across chats. `blocked` are the chats with a message that was
/// put off; their later ones wait.
async fn work_page(
    hotline: &Hotline,
    channel: &dyn Channel,
    rows: Vec<StoredUpdate>,
    blocked: &mut BTreeSet<String>,
) -> usize {
    let now = hotline.now();
    let mut chats: BTreeMap<String, Vec<(Option<i64>, StoredUpdate, Update)>> = BTreeMap::new();
    let mut done = 0;
    for row in rows {
        match hotline.read_update(channel, &row) {
            Ok(Ok((moment, update))) => {
                // In memory only, for the length of this round.
                let chat = update.chat.expose().to_owned();
                if !blocked.contains(&chat) {
                    chats.entry(chat).or_default().push((moment, row, update));
                }
            }
            Ok(Err(e)) => match hotline.bury(channel.name(), channel.bot(), &row, &e.to_string()).await {
                Ok(()) => done += 1,
                Err(e) => super::report("bury", &e),
            },
            Err(e) => tracing::error!(error = %e, "a stored update does not open"),
        }
    }
    let rounds = chats.into_iter().map(|(chat, mut updates)| async move {
        // Without moments the order of arrival stays as it is.
        updates.sort_by_key(|(moment, ..)| *moment);
        let (mut n, all) = (0, updates.len());
        for (_, row, update) in updates {
            // What was put off holds up the later messages of its chat, and of no other.
            if row.not_before > now {
                break;
            }
            match hotline.attend(channel, &row, update).await {
                Ok(()) => n += 1,
                Err(e) if is_stale(&e) => break,
                Err(e) => {
                    super::report("attend", &e);
                    if let Err(e) = hotline.put_off((channel.name(), channel.bot()), &row, &e).await {
                        super::report("put off", &e);
                    }
                    break;
                }
            }
        }
        (n, (n < all).then_some(chat))
    });
    for (n, stuck) in join_all(rounds).await {
        done += n;
        blocked.extend(stuck);
    }
    done
}

/// Another node, or a timer, was faster: the row is read again in the next round.
fn is_stale(e: &Error) -> bool {
    matches!(e, Error::Fault(f) if f.is(|c| matches!(c, StoreError::Stale)))
}

/// Takes messages that are due, so many at most.
pub(super) async fn take(hotline: &Hotline, channel: &dyn Channel, most: usize) -> Result<Vec<Taken>, Error> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    hotline.take_messages(channel.name(), channel.bot(), most).await
}

/// Sends a message. What goes wrong is reported: its lease ends and it is tried again.
pub(super) async fn send(hotline: &Hotline, channel: &dyn Channel, taken: Taken) {
    if let Err(e) = hotline.send(channel, &taken).await {
        super::report("send", &e);
    }
}

/// Sends the messages that are due and says how many were tried.
pub async fn send_due(hotline: &Hotline, channel: &dyn Channel) -> Result<usize, Error> {
    let taken = take(hotline, channel, SENDING).await?;
    let tried = taken.len();
    join_all(taken.into_iter().map(|t| send(hotline, channel, t))).await;
    Ok(tried)
}

/// Carries out the timers that are due.
pub(super) async fn timers(hotline: &Hotline) -> Result<(), Error> {
    for row in hotline.due_timers(ROUND).await? {
        match hotline.tick(&row).await {
            Ok(()) => {}
            Err(e) if is_stale(&e) => {}
            Err(e) => super::report("timer", &e),
        }
    }
    Ok(())
}

/// Works until nothing is due: for tests and for the terminal.
pub async fn drain(hotline: &Hotline, channel: &dyn Channel) -> Result<(), Error> {
    loop {
        timers(hotline).await?;
        let worked = work_off(hotline, channel).await?;
        let sent = send_due(hotline, channel).await?;
        if worked + sent == 0 {
            return Ok(());
        }
    }
}
