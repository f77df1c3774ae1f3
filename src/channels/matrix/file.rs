//! Files that people send. They are named by a server and a number, never by an address: our own homeserver is asked
//! for them, whoever's they are, and it asks nobody on our behalf that it would not ask anyway.

use std::time::Duration;

use super::wire::{Call, Fault};
use super::{MAX_FILE, Matrix};
use crate::channels::http::Mishap;
use crate::channels::media::File;
use crate::service::channel::{FetchFault, FileRef};

/// For the whole download; a job that takes longer starts again.
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(2);
/// The longest name of a file that is believed to be one.
const LONGEST: usize = 512;

/// The server and the number in `mxc://server/number`, if that is what it is.
pub(super) fn named(address: &str) -> Option<(&str, &str)> {
    let (server, number) = address.strip_prefix("mxc://")?.split_once('/')?;
    let served = |b: u8| b.is_ascii_alphanumeric() || b".-:[]".contains(&b);
    let numbered = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let sound = address.len() <= LONGEST
        && server.bytes().any(|b| b.is_ascii_alphanumeric())
        && server.bytes().all(served)
        && !number.is_empty()
        && number.bytes().all(numbered);
    sound.then_some((server, number))
}

/// Starts fetching. The size that is claimed is not trusted: the cap holds for what comes.
pub(super) async fn open(matrix: &Matrix, file: &FileRef) -> Result<File, FetchFault> {
    let (server, number) = named(&file.0).ok_or(FetchFault::Gone)?;
    let path = ["client", "v1", "media", "download", server, number];
    let call = Call::get(&path);
    let response = matrix.wire.download(&call, DOWNLOAD_LIMIT).await.map_err(|fault| match fault {
        Fault::OnTheWay(Mishap::Wait(wait)) => FetchFault::Wait(wait),
        Fault::Refused { status: 413, .. } => FetchFault::TooLarge,
        Fault::Refused { .. } => FetchFault::Gone,
        _ => FetchFault::Unreachable,
    })?;
    File::begun(response, MAX_FILE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_server_and_a_number_name_a_file() {
        assert_eq!(named("mxc://example.vn/AbC-_9"), Some(("example.vn", "AbC-_9")));
        assert_eq!(named("mxc://[::1]:8448/a"), Some(("[::1]:8448", "a")));
        for odd in [
            "https://example.vn/a",
            "mxc://example.vn",
            "mxc:///a",
            "mxc://example.vn/",
            "mxc://example.vn/../whoami",
            "mxc://example.vn/a/b",
            "mxc://example.vn/a?b",
            "mxc://../a",
            "mxc://exa mple/a",
            "",
        ] {
            assert_eq!(named(odd), None, "{odd}");
        }
    }
}
