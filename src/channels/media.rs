//! Files that a messenger names by an address. The address came with a stranger's message, so it is followed only to
//! public places over https; anything else could make this server ask its own neighbours on a stranger's behalf.

mod guard;

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response, StatusCode, Url, header};

use crate::service::channel::{FetchFault, Piece, Pieces};
use guard::PublicOnly;

/// For the whole download; a job that takes longer starts again.
const DOWNLOAD_LIMIT: Duration = Duration::from_mins(2);
/// How often an address may lead to another.
const HOPS: usize = 3;
/// When told to wait without being told how long.
const PLAIN_WAIT: Duration = Duration::from_secs(30);

/// Fetches files of one messenger.
pub struct Media {
    public: Client,
    own: Client,
    api: Url,
    largest: u64,
}

/// A file on its way, piece by piece.
pub struct File {
    response: Response,
    left: u64,
}

impl Media {
    /// Files of at most `largest` bytes. An address on the very host and port of the messenger's interface, which
    /// the operator has set, is followed as it is; all others must be public and https.
    #[must_use]
    pub fn new(api: &Url, largest: u64) -> Option<Self> {
        let client = || {
            Client::builder()
                .connect_timeout(Duration::from_secs(5))
                .timeout(DOWNLOAD_LIMIT)
                .redirect(reqwest::redirect::Policy::none())
                .no_proxy()
        };
        let public = client().https_only(true).dns_resolver(Arc::new(PublicOnly)).build().ok()?;
        let own = client().https_only(api.scheme() == "https").build().ok()?;
        Some(Self { public, own, api: api.clone(), largest })
    }

    /// Starts fetching. The size that is claimed is not trusted: the cap holds for what comes.
    pub async fn open(&self, address: &str) -> Result<File, FetchFault> {
        let mut url = Url::parse(address).map_err(|_| FetchFault::Gone)?;
        for _ in 0..=HOPS {
            let response = self.ask(&url).await?;
            let status = response.status();
            if status.is_redirection() {
                let to = response.headers().get(header::LOCATION).and_then(|to| to.to_str().ok());
                url = to.and_then(|to| url.join(to).ok()).ok_or(FetchFault::Gone)?;
                continue;
            }
            judge(status)?;
            return File::begun(response, self.largest);
        }
        Err(FetchFault::Gone)
    }

    /// Every hop is looked at anew.
    async fn ask(&self, url: &Url) -> Result<Response, FetchFault> {
        let client = if url.origin() == self.api.origin() {
            &self.own
        } else if guard::may_be_asked(url) {
            &self.public
        } else {
            return Err(FetchFault::Gone);
        };
        let sent = client.get(url.clone()).send().await;
        sent.map_err(|e| if guard::stopped(&e) { FetchFault::Gone } else { FetchFault::Unreachable })
    }
}

fn judge(status: StatusCode) -> Result<(), FetchFault> {
    match status {
        status if status.is_success() => Ok(()),
        StatusCode::TOO_MANY_REQUESTS => Err(FetchFault::Wait(PLAIN_WAIT)),
        status if status.is_server_error() => Err(FetchFault::Unreachable),
        _ => Err(FetchFault::Gone),
    }
}

impl File {
    /// The answer that brings it, if it is not said to be larger than `largest` bytes.
    pub(super) fn begun(response: Response, largest: u64) -> Result<Self, FetchFault> {
        if response.content_length().is_some_and(|size| size > largest) {
            return Err(FetchFault::TooLarge);
        }
        Ok(Self { response, left: largest })
    }
}

impl Pieces for File {
    fn next(&mut self) -> Piece<'_> {
        Box::pin(async move {
            let piece = self.response.chunk().await.map_err(|_| FetchFault::Unreachable)?;
            let Some(piece) = piece else { return Ok(None) };
            let size = u64::try_from(piece.len()).unwrap_or(u64::MAX);
            self.left = self.left.checked_sub(size).ok_or(FetchFault::TooLarge)?;
            Ok(Some(piece.into()))
        })
    }
}
