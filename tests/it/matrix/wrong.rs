//! Requests that are not what they should be: what is refused leaves nothing, what is kept is seen by a person, and
//! the next good one is taken as if nothing had happened.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::line::{Expected, Line, Wrong};
use super::post::Post;
use super::{Cell, SOON};

const ALL: [(Wrong, &str); 4] = [
    (Wrong::Malformed, "malformed"),
    (Wrong::Unknown, "of an unknown kind"),
    (Wrong::Secret, "with a wrong secret"),
    (Wrong::Oversized, "oversized"),
];

pub(super) async fn all<L: Line + 'static>(post: &mut Post<L>) -> Vec<Cell> {
    let server = post.serve(None).await;
    let mut cells = Vec::new();
    for (wrong, fault) in ALL {
        let (client, base) = post.client();
        let Some((request, expected)) = post.line.wrong(client, base, wrong) else { continue };
        let before = (everything(post).await, post.stored().await);
        let answer = request.send().await;
        let status = answer.map(|a| a.status().as_u16()).ok();
        let told = match expected {
            // A body that is too large may be cut off before the answer can be read.
            Expected::Refused(wanted) => {
                assert!(status.is_none_or(|s| s == wanted), "{fault}: {status:?} instead of {wanted}");
                assert!(status.is_some() || wrong == Wrong::Oversized, "{fault}: no answer");
                assert_eq!(everything(post).await, before.0, "{fault}: nothing of it is stored");
                format!("{wanted}, nothing kept")
            }
            Expected::Kept => {
                assert_eq!(status, Some(post.line.taken()), "{fault}");
                let seen =
                    async || everything(post).await > before.0 && post.install.count("inbox").await == 0;
                post.until("a person can see it", seen).await;
                "taken, and a person sees it".to_owned()
            }
        };
        let one = post.people(1);
        assert_eq!(post.deliver(one.clone(), 1).await, 1, "{fault}: the next good one is taken");
        post.until_answered(one).await;
        cells.push(Cell::new(fault, 1, 1, told));
    }
    server.kill();
    cells
}

/// Everything that a message can become: what waits, dialogues, cases.
async fn everything<L: Line + 'static>(post: &Post<L>) -> usize {
    let mut all = 0;
    for table in ["inbox_seen", "cases"] {
        all += post.install.count(table).await;
    }
    all
}

/// Opens a connection and sends the head of a request, a byte now and then.
pub(super) async fn dribble(base: &str) -> JoinHandle<Duration> {
    let address = base.trim_start_matches("http://").to_owned();
    let mut stream = TcpStream::connect(&address).await.expect("connects");
    tokio::spawn(async move {
        let began = Instant::now();
        let mut back = [0_u8; 1024];
        for byte in
            b"POST /api/v1/tips HTTP/1.1\r\nhost: tinan.example\r\ncontent-length: 100000\r\n".iter().cycle()
        {
            if stream.write_all(&[*byte]).await.is_err() {
                break;
            }
            let heard = tokio::time::timeout(Duration::from_millis(150), stream.read(&mut back)).await;
            if matches!(heard, Ok(Ok(0) | Err(_))) || began.elapsed() > SOON {
                break;
            }
        }
        began.elapsed()
    })
}

pub(super) async fn is_cut_off(dribbling: JoinHandle<Duration>) {
    let held = dribbling.await.expect("no panic");
    assert!(held < SOON, "a slow peer keeps its connection for ever");
}
