//! Fetching a file a citizen sent: a later, durable job, never part of taking the message in.

use std::time::Duration;

use serde::Deserialize;
use teloxide::payloads::GetFile;
use teloxide::types::FileId;

use super::Telegram;
use super::wire::{Fault, Why};
use crate::channels::http::Mishap;
use crate::service::channel::{FetchFault, FileRef, Piece, Pieces};

/// What Telegram's own Bot API lets a bot download, in bytes.
pub const MAX_FILE: u64 = 20 * 1024 * 1024;
/// For the whole download; a job that takes longer starts again.
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(2);

/// Why a file could not be fetched.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileFault {
    /// Larger than [`MAX_FILE`]: it stays a stub, and the citizen is offered the upload page.
    #[error("the file is too large")]
    TooLarge,
    /// Telegram no longer knows the file, or names it in a way we do not follow.
    #[error("the file is gone")]
    Gone,
    /// The call failed; see there whether to try again.
    #[error(transparent)]
    Call(#[from] Fault),
}

/// A file on its way, piece by piece.
pub struct Download {
    response: reqwest::Response,
    left: u64,
}

impl Download {
    /// The next piece, `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, FileFault> {
        let piece = self.response.chunk().await.map_err(|_| Fault::from(Mishap::Cut))?;
        let Some(piece) = piece else { return Ok(None) };
        let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
        self.left = self.left.checked_sub(size).ok_or(FileFault::TooLarge)?;
        Ok(Some(piece.into()))
    }
}

/// `path` may be missing, for instance when the file is too large; so teloxide's own type does not fit.
#[derive(Deserialize)]
struct Located {
    file_size: Option<u64>,
    file_path: Option<String>,
}

impl Telegram {
    /// Starts fetching a file. The sizes the sender claims are not trusted: the cap holds for what comes.
    pub async fn file(&self, file: &FileRef) -> Result<Download, FileFault> {
        let asked: Result<Located, Fault> = self.call(&GetFile::new(FileId(file.0.clone()))).await;
        let located = match asked {
            Err(Fault::Refused { why: Why::TooBig, .. }) => return Err(FileFault::TooLarge),
            // "wrong file_id or the file is temporarily unavailable"
            Err(Fault::Refused { code: 400, .. }) => return Err(FileFault::Gone),
            other => other?,
        };
        if located.file_size.is_some_and(|size| size > MAX_FILE) {
            return Err(FileFault::TooLarge);
        }
        let path = located.file_path.filter(|p| is_relative(p)).ok_or(FileFault::Gone)?;
        let response = match self.wire.download(&path, DOWNLOAD_LIMIT).await {
            Err(Fault::Refused { code: 404 | 410, .. }) => return Err(FileFault::Gone),
            other => other?,
        };
        if response.content_length().is_some_and(|size| size > MAX_FILE) {
            return Err(FileFault::TooLarge);
        }
        Ok(Download { response, left: MAX_FILE })
    }
}

/// A self-hosted Bot API server names absolute local paths, which are none of our business.
fn is_relative(path: &str) -> bool {
    !path.is_empty() && path.split('/').all(|step| !matches!(step, "" | "." | ".."))
}

impl Pieces for Download {
    fn next(&mut self) -> Piece<'_> {
        Box::pin(async move { Self::next(self).await.map_err(|e| fault_of(&e)) })
    }
}

/// What a failed download means for the job that wants the file: fetching changes nothing at Telegram, so
/// whatever is not final can be tried again.
pub(super) const fn fault_of(fault: &FileFault) -> FetchFault {
    match fault {
        FileFault::TooLarge => FetchFault::TooLarge,
        FileFault::Gone => FetchFault::Gone,
        FileFault::Call(Fault::OnTheWay(Mishap::Wait(wait))) => FetchFault::Wait(*wait),
        FileFault::Call(_) => FetchFault::Unreachable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_climbs_is_not_followed() {
        assert!(is_relative("photos/file_0.jpg"));
        for path in ["", "/etc/passwd", "../getMe", "photos/../x", "a//b"] {
            assert!(!is_relative(path), "{path}");
        }
    }
}
