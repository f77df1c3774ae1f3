//! The same talk in a terminal: `tinan chat`. Every session is a bot of its own, so that two of them, or a
//! running server, never answer into each other's screen.

use std::io::Write;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::{AsyncBufRead, AsyncBufReadExt};

use crate::service::channel::{
    Button, Channel, ChatId, Content, Delivered, MessageRef, Outgoing, Raw, SendFault, Sending, Unparsable,
    Update,
};
use crate::service::{Error, Hotline};

/// The name in rows.
pub const NAME: &str = "terminal";
/// How often a waiting screen looks for messages of the desk.
const LOOK: Duration = Duration::from_millis(500);

/// A terminal session as a messenger.
pub struct Terminal<W> {
    session: String,
    screen: Mutex<Screen<W>>,
}

struct Screen<W> {
    out: W,
    shown: u64,
    /// The buttons that can be pressed by their number now.
    keys: Vec<Button>,
}

/// What a person typed, as it is stored.
#[derive(Serialize, Deserialize)]
enum Typed {
    Start,
    Text(String),
    Press(String),
}

impl<W: Write + Send> Terminal<W> {
    /// A session with a name of its own, writing to `out`.
    #[must_use]
    pub fn new(session: String, out: W) -> Self {
        Self { session, screen: Mutex::new(Screen { out, shown: 0, keys: Vec::new() }) }
    }

    fn show(&self, text: &str, buttons: &[Vec<Button>]) -> std::io::Result<u64> {
        let mut screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        screen.shown += 1;
        writeln!(screen.out, "\n{text}")?;
        if !buttons.is_empty() {
            screen.keys = buttons.iter().flatten().cloned().collect();
            let keys = screen.keys.clone();
            for (n, key) in (1..).zip(&keys) {
                writeln!(screen.out, "  [{n}] {}", key.label)?;
            }
        }
        screen.out.flush()?;
        Ok(screen.shown)
    }

    /// What a line means: the number of a button, or words.
    fn understand(&self, line: &str) -> Typed {
        let screen = self.screen.lock().unwrap_or_else(PoisonError::into_inner);
        let key = line.trim().parse::<usize>().ok().and_then(|n| screen.keys.get(n.checked_sub(1)?));
        match key {
            Some(key) => Typed::Press(key.token.clone()),
            None => Typed::Text(line.to_owned()),
        }
    }
}

impl<W: Write + Send> Channel for Terminal<W> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn bot(&self) -> &str {
        &self.session
    }

    fn parse(&self, bytes: &[u8]) -> Result<Update, Unparsable> {
        let content = match serde_json::from_slice(bytes).map_err(|_| Unparsable)? {
            Typed::Start => Content::Start(None),
            Typed::Text(text) => Content::Text(text),
            Typed::Press(token) => Content::Press { token, callback: String::new() },
        };
        Ok(Update { chat: ChatId::new(self.session.clone()), message: None, content })
    }

    fn send<'a>(&'a self, _chat: &'a ChatId, what: &'a Outgoing) -> Sending<'a> {
        let sent = match what {
            Outgoing::Say { text, buttons, .. } => self.show(text, buttons).map(Some),
            // What stands on a screen cannot be taken back; buttons lose their meaning by themselves; and there are
            // no rooms.
            Outgoing::Erase { .. }
            | Outgoing::Settle { .. }
            | Outgoing::Answer { .. }
            | Outgoing::Enter { .. }
            | Outgoing::Decline { .. } => Ok(None),
        };
        Box::pin(async move {
            match sent {
                Ok(n) => Ok(Delivered { message: n.map(|n| MessageRef(n.to_string())) }),
                Err(_) => Err(SendFault::Gone),
            }
        })
    }
}

/// Talks until the input ends.
pub async fn talk<W: Write + Send>(
    hotline: &Hotline,
    terminal: &Terminal<W>,
    input: impl AsyncBufRead + Unpin,
    mut work: impl AsyncFnMut(&Hotline, &dyn Channel) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut lines = input.lines();
    let mut n = 0_u64;
    take(hotline, terminal, &Typed::Start, n).await?;
    work(hotline, terminal).await?;
    loop {
        tokio::select! {
            line = lines.next_line() => match line {
                Ok(Some(line)) if line.trim().is_empty() => {}
                Ok(Some(line)) => {
                    n += 1;
                    take(hotline, terminal, &terminal.understand(&line), n).await?;
                    work(hotline, terminal).await?;
                }
                Ok(None) | Err(_) => return Ok(()),
            },
            () = tokio::time::sleep(LOOK) => work(hotline, terminal).await?,
        }
    }
}

/// What was typed goes the way of every channel: stored first.
async fn take<W: Write + Send>(
    hotline: &Hotline,
    terminal: &Terminal<W>,
    typed: &Typed,
    n: u64,
) -> Result<(), Error> {
    let bytes = serde_json::to_vec(typed).map_err(|e| Error::Fault(crate::service::Fault::new(e)))?;
    let raw = Raw { key: n.to_string(), bytes };
    hotline.accept((NAME, terminal.bot()), vec![raw], None).await.map(|_| ())
}
