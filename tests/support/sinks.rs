//! The other ends of the ways in which staff are called: one that takes HTTP, as webhook, call bridge and gateway for
//! text messages do, and one that takes mail. They write down what comes and answer as they are told.

use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::remote::listen;

/// What came over HTTP.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    /// `POST /pager`.
    pub(crate) what: String,
    /// As it came, encoded.
    pub(crate) query: String,
    /// Name and value.
    pub(crate) headers: Vec<(String, String)>,
    /// As it came.
    pub(crate) body: String,
}

impl Asked {
    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> String {
        let found = self.headers.iter().find(|(n, _)| n == name);
        found.map(|(_, v)| v.clone()).unwrap_or_default()
    }
}

/// A server that takes whatever comes.
#[derive(Clone)]
pub(crate) struct HttpSink {
    url: String,
    seen: Arc<Mutex<Vec<Asked>>>,
    status: Arc<AtomicU16>,
}

impl HttpSink {
    pub(crate) async fn start() -> Self {
        let status = Arc::new(AtomicU16::new(200));
        let mut sink = Self { url: String::new(), seen: Arc::default(), status };
        let taking = sink.clone();
        let router = Router::new().fallback(move |request: Request<Body>| {
            let sink = taking.clone();
            async move { sink.take(request).await }
        });
        sink.url = listen(router).await;
        sink
    }

    async fn take(&self, request: Request<Body>) -> StatusCode {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.expect("a body").to_bytes();
        let headers = parts.headers.iter();
        let asked = Asked {
            what: format!("{} {}", parts.method, parts.uri.path()),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: headers
                .map(|(n, v)| (n.to_string(), v.to_str().unwrap_or_default().to_owned()))
                .collect(),
            body: String::from_utf8_lossy(&body).into_owned(),
        };
        self.seen.lock().expect("no panic").push(asked);
        StatusCode::from_u16(self.status.load(Ordering::SeqCst)).expect("a status")
    }

    /// The address of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }

    /// How it answers from now on.
    pub(crate) fn answers(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    /// Everything that came to a path.
    pub(crate) fn seen(&self, path: &str) -> Vec<Asked> {
        let all = self.seen.lock().expect("no panic");
        all.iter().filter(|a| a.what.ends_with(path)).cloned().collect()
    }
}

/// A mail server that takes every letter.
#[derive(Clone)]
pub(crate) struct MailSink {
    pub(crate) port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

impl MailSink {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let sink = Self { port, letters: Arc::default() };
        let taking = sink.clone();
        tokio::spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                let sink = taking.clone();
                tokio::spawn(async move { sink.talk(stream).await });
            }
        });
        sink
    }

    /// Envelope and letter of everything that came.
    pub(crate) fn letters(&self) -> Vec<String> {
        let letters = self.letters.lock().expect("no panic").clone();
        // Long lines come folded.
        letters.into_iter().map(|letter| letter.replace("=\n", "")).collect()
    }

    async fn talk(&self, stream: TcpStream) -> Option<()> {
        let (read, mut write) = stream.into_split();
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"220 sink\r\n").await.ok()?;
        let mut letter = String::new();
        while let Some(line) = lines.next_line().await.ok()? {
            let word = line.split([' ', ':']).next().unwrap_or_default().to_uppercase();
            let answer: &[u8] = match word.as_str() {
                "EHLO" => b"250-sink\r\n250 8BITMIME\r\n",
                "DATA" => {
                    write.write_all(b"354 go on\r\n").await.ok()?;
                    while let Some(line) = lines.next_line().await.ok()?.filter(|l| l != ".") {
                        letter.push_str(&line);
                        letter.push('\n');
                    }
                    self.letters.lock().expect("no panic").push(std::mem::take(&mut letter));
                    b"250 taken\r\n"
                }
                "QUIT" => b"221 bye\r\n",
                _ => {
                    letter.push_str(&line);
                    letter.push('\n');
                    b"250 good\r\n"
                }
            };
            write.write_all(answer).await.ok()?;
        }
        Some(())
    }
}
