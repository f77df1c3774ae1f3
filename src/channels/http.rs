//! What calls to messengers share: a client that leads nowhere else, and an answer read up to a cap.

use std::time::Duration;

use reqwest::{Client, Response, Url};

/// The address of an interface, or nothing if it is not one.
pub(super) fn base(set: Option<&str>, usual: &str) -> Option<Url> {
    let url = Url::parse(set.unwrap_or(usual)).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then_some(url)
}

/// No proxy from the environment (an operator names one as the interface's address), no redirects: a redirect would
/// hand a secret to another host.
pub(super) fn client(https_only: bool) -> Option<Client> {
    Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .https_only(https_only)
        .tcp_nodelay(true)
        .build()
        .ok()
}

/// Whether the request may have left decides everything: only a failed connection is surely nothing sent.
pub(super) fn never_left(error: &reqwest::Error) -> bool {
    error.is_connect() || error.is_builder()
}

/// Why an answer could not be read.
pub(super) enum Unread {
    /// It broke off.
    Cut,
    /// It is longer than the cap.
    TooLong,
}

/// The whole answer, up to `cap` bytes.
pub(super) async fn whole(mut response: Response, cap: usize) -> Result<Vec<u8>, Unread> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Unread::Cut)? {
        body.extend_from_slice(&chunk);
        if body.len() > cap {
            return Err(Unread::TooLong);
        }
    }
    Ok(body)
}
