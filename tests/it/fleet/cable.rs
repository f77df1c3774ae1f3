//! A node's line to the database or the messenger, which can be cut, or swallow everything that is said as a network
//! does that drops packets: nobody is told, and connections stay open.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::switch::Switch;
use crate::databases::Database;

/// How a line fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Break {
    /// Connections end, and nobody listens.
    Cut,
    /// What is sent does not arrive, in either direction.
    Swallow,
}

/// What is at the other end.
#[derive(Debug, Clone)]
enum Far {
    Socket(PathBuf),
    Port(String),
}

pub(super) struct Cable {
    address: SocketAddr,
    far: Far,
    /// How the far end is named at the near one: what stands before and after the address.
    url: (&'static str, String),
    swallows: watch::Sender<bool>,
    carrying: Option<JoinHandle<()>>,
}

impl Cable {
    /// From an address of this machine to the socket of the database's server.
    pub(super) async fn to(database: &Database, here: &str) -> Self {
        let url = database.url();
        let (before, folder) = url.split_once("?host=").expect("a socket");
        let name = before.rsplit('/').next().expect("a name");
        let socket = PathBuf::from(folder).join(".s.PGSQL.5432");
        Self::lay(here, Far::Socket(socket), ("postgres://postgres@", format!("/{name}"))).await
    }

    /// From an address of this machine to a server on it, which is named by its web address.
    pub(super) async fn to_port(url: &str, here: &str) -> Self {
        Self::lay(here, Far::Port(port_of(url)), ("http://", String::new())).await
    }

    /// From this machine's own address in the network of a node, where one is, to a server on this machine. A node
    /// speaks without TLS to nobody else.
    pub(super) async fn to_port_within(url: &str, namespace: Option<&str>) -> Self {
        let Some(namespace) = namespace else { return Self::to_port(url, "127.0.0.1").await };
        let listener =
            Switch::within(namespace, || std::net::TcpListener::bind("127.0.0.1:0")).expect("a port");
        listener.set_nonblocking(true).expect("a socket");
        let listener = TcpListener::from_std(listener).expect("a socket");
        Self::along(listener, Far::Port(port_of(url)), ("http://", String::new()))
    }

    async fn lay(here: &str, far: Far, url: (&'static str, String)) -> Self {
        Self::along(TcpListener::bind((here, 0)).await.expect("a port"), far, url)
    }

    fn along(listener: TcpListener, far: Far, url: (&'static str, String)) -> Self {
        let address = listener.local_addr().expect("an address");
        let swallows = watch::Sender::new(false);
        let carrying = Some(tokio::spawn(carry(listener, far.clone(), swallows.subscribe())));
        Self { address, far, url, swallows, carrying }
    }

    /// The address of the far end at the near one.
    pub(super) fn url(&self) -> String {
        format!("{}{}{}", self.url.0, self.address, self.url.1)
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

    /// Whether what is sent is lost, until it is no longer; connections stay.
    pub(super) fn swallows(&self, swallows: bool) {
        self.swallows.send_replace(swallows);
    }

    pub(super) async fn mend(&mut self) {
        // What was swallowed is gone: its connections end, as they do when a peer has given up.
        if self.swallows.send_replace(false) {
            self.broken(Break::Cut).await;
        }
        let listener = TcpListener::bind(self.address).await.expect("its port");
        let carrying = carry(listener, self.far.clone(), self.swallows.subscribe());
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

fn port_of(url: &str) -> String {
    url.trim_start_matches("http://").trim_end_matches('/').to_owned()
}

async fn carry(listener: TcpListener, far: Far, swallows: watch::Receiver<bool>) {
    let mut lines = tokio::task::JoinSet::new();
    while let Ok((here, _)) = listener.accept().await {
        let (far, swallows) = (far.clone(), swallows.clone());
        lines.spawn(async move {
            match far {
                Far::Socket(socket) => {
                    if let Ok(there) = UnixStream::connect(socket).await {
                        Box::pin(line(here, there, swallows)).await;
                    }
                }
                Far::Port(port) => {
                    if let Ok(there) = TcpStream::connect(port).await {
                        Box::pin(line(here, there, swallows)).await;
                    }
                }
            }
        });
    }
}

async fn line<There: AsyncRead + AsyncWrite>(here: TcpStream, there: There, swallows: watch::Receiver<bool>) {
    let (near_out, near_in) = here.into_split();
    let (far_out, far_in) = tokio::io::split(there);
    // Either end's end is the end of both.
    tokio::select! {
        () = pass(near_out, far_in, &swallows) => {}
        () = pass(far_out, near_in, &swallows) => {}
    }
}

async fn pass<From: AsyncRead, To: AsyncWrite>(from: From, to: To, swallows: &watch::Receiver<bool>) {
    let (mut from, mut to) = (pin!(from), pin!(to));
    let mut buffer = [0_u8; 16 * 1024];
    loop {
        match from.read(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) if *swallows.borrow() => {}
            Ok(n) if to.write_all(&buffer[..n]).await.is_ok() => {}
            Ok(_) => return,
        }
    }
}
