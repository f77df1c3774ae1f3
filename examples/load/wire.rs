//! The least of HTTP/1.1 that a load needs: one kept connection, one request at a time, answers with a length.
//! It shares two cores with the server, so it allocates and parses as little as can be.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A kept connection.
pub(crate) struct Wire {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer: status and body.
pub(crate) struct Answer<'a> {
    pub(crate) status: u16,
    pub(crate) body: &'a [u8],
}

impl Wire {
    pub(crate) async fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: Vec::with_capacity(4096) })
    }

    /// Sends a whole request and reads the whole answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        loop {
            let got = self.stream.read_buf(&mut self.buffer).await?;
            ensure!(got > 0, "the server closed the connection");
            if let Some((head, length)) = ends(&self.buffer)?
                && self.buffer.len() >= head + length
            {
                let status = std::str::from_utf8(self.buffer.get(9..12).context("a status")?)?.parse()?;
                let body = self.buffer.get(head..head + length).context("a body")?;
                return Ok(Answer { status, body });
            }
        }
    }
}

/// Where the body of an answer begins, and how long it is.
fn ends(answer: &[u8]) -> Result<Option<(usize, usize)>> {
    let Some(end) = answer.windows(4).position(|w| w == b"\r\n\r\n") else { return Ok(None) };
    let head = std::str::from_utf8(answer.get(..end).unwrap_or_default())?;
    let named = head.split("\r\n").filter_map(|line| line.split_once(':'));
    let length = named
        .into_iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .context("an answer without a length")?;
    Ok(Some((end + 4, length.1.trim().parse()?)))
}
