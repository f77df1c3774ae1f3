//! A node's line to the database, which can be cut, or swallow everything that is said as a network does that drops
//! packets: nobody is told, and connections stay open.

use std::net::SocketAddr;
use std::path::PathBuf;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::databases::Database;

/// How a line fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Connections end, and nobody listens.
    Cut,
    /// What is sent does not arrive, in either direction.
    Swallow,
}

pub(super) struct Cable {
    address: SocketAddr,
    socket: PathBuf,
    database: String,
    swallows: watch::Sender<bool>,
    carrying: Option<JoinHandle<()>>,
}

impl Cable {
    /// To the socket of the database's server.
    pub(super) async fn to(database: &Database) -> Self {
        let url = database.url();
        let (before, folder) = url.split_once("?host=").expect("a socket");
        let name = before.rsplit('/').next().expect("a name").to_owned();
        let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let swallows = watch::Sender::new(false);
        let carrying = Some(tokio::spawn(carry(listener, socket.clone(), swallows.subscribe())));
        Self { address, socket, database: name, swallows, carrying }
    }

    /// The address of the database at the near end.
    pub(super) fn url(&self) -> String {
        format!("postgres://postgres@{}/{}", self.address, self.database)
    }

    pub(super) async fn broken(&mut self, how: Break) {
        match how {
            Break::Swallow => {
                self.swallows.send_replace(true);
            }
            Break::Cut => {
                if let Some(carrying) = self.carrying.take() {
                    carrying.abort();
                    let _aborted = carrying.await;
                }
            }
        }
    }

    pub(super) async fn mend(&mut self) {
        // What was swallowed is gone: its connections end, as they do when a peer has given up.
        if self.swallows.send_replace(false) {
            self.broken(Break::Cut).await;
        }
        let listener = TcpListener::bind(self.address).await.expect("its port");
        let carrying = carry(listener, self.socket.clone(), self.swallows.subscribe());
        self.carrying = Some(tokio::spawn(carrying));
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        if let Some(carrying) = &self.carrying {
            carrying.abort();
        }
    }
}

async fn carry(listener: TcpListener, socket: PathBuf, swallows: watch::Receiver<bool>) {
    let mut lines = tokio::task::JoinSet::new();
    while let Ok((here, _)) = listener.accept().await {
        let (socket, swallows) = (socket.clone(), swallows.clone());
        lines.spawn(async move {
            if let Ok(there) = UnixStream::connect(socket).await {
                Box::pin(line(here, there, swallows)).await;
            }
        });
    }
}

async fn line(here: TcpStream, there: UnixStream, swallows: watch::Receiver<bool>) {
    let (mut near_out, mut near_in) = here.into_split();
    let (mut far_out, mut far_in) = there.into_split();
    let pass = async |from: &mut (dyn tokio::io::AsyncRead + Unpin + Send),
                      to: &mut (dyn tokio::io::AsyncWrite + Unpin + Send)| {
        let mut buffer = [0_u8; 16 * 1024];
        loop {
            match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(_) if *swallows.borrow() => {}
                Ok(n) if to.write_all(&buffer[..n]).await.is_ok() => {}
                Ok(_) => return,
            }
        }
    };
    // Either end's end is the end of both.
    tokio::select! {
        () = pass(&mut near_out, &mut far_in) => {}
        () = pass(&mut far_out, &mut near_in) => {}
    }
}
