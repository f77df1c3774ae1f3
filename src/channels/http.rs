//! What calls to messengers share: a client that leads nowhere else, an answer read up to a cap, and what may befall a
//! call before the messenger itself has had its say. Nothing from the wire (URL, body) survives into an error.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode, Url, header};

use crate::service::channel::SendFault;

/// What befell a call on its way. Carries codes only, no text from the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Mishap {
    /// No connection was made: nothing left.
    #[error("no connection")]
    NeverLeft,
    /// The request left, and the answer did not come in time or not whole.
    #[error("the answer was cut off or did not come in time")]
    Cut,
    /// Larger than any answer should be.
    #[error("the answer is too long")]
    TooLong,
    /// A success whose content makes no sense.
    #[error("the answer makes no sense")]
    Garbled,
    /// Something failed on the way or inside; it may have been done all the same.
    #[error("a server failed ({0})")]
    Failed(u16),
    /// Nothing was passed on: busy, or barred on the way.
    #[error("not let through ({0})")]
    Barred(u16),
    /// Too much at once; try again after this long.
    #[error("asked to wait")]
    Wait(Duration),
}

impl Mishap {
    /// What it means for a message that must not be doubled.
    pub(super) const fn verdict(self) -> SendFault {
        match self {
            Self::NeverLeft | Self::Barred(_) => SendFault::Unreachable,
            Self::Cut | Self::TooLong | Self::Garbled | Self::Failed(_) => SendFault::Uncertain,
            Self::Wait(wait) => SendFault::Wait(wait),
        }
    }
}

/// A whole answer.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    /// How long we are told to wait, if we are.
    pub(super) hint: Option<Duration>,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// What an answer means that is not in the messenger's form: it comes from something in between. A 503 was not
    /// passed on; after any other 5xx (a gateway that lost its upstream) the request may have been done.
    pub(super) fn foreign(&self, plain_wait: Duration) -> Mishap {
        match self.status.as_u16() {
            200..=299 => Mishap::Garbled,
            429 => Mishap::Wait(self.hint.unwrap_or(plain_wait)),
            code @ (408 | 500..=502 | 504..=599) => Mishap::Failed(code),
            code => Mishap::Barred(code),
        }
    }
}

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

/// The address below another; each step is encoded.
pub(super) fn below<'a>(base: &Url, steps: impl IntoIterator<Item = &'a str>) -> Result<Url, Mishap> {
    let mut url = base.clone();
    url.path_segments_mut().map_err(|()| Mishap::NeverLeft)?.pop_if_empty().extend(steps);
    Ok(url)
}

/// Makes a call; the answer has begun. Whether the request may have left decides everything: only a failed connection
/// is surely nothing sent.
pub(super) async fn send(request: RequestBuilder) -> Result<Response, Mishap> {
    let never_left = |e: &reqwest::Error| e.is_connect() || e.is_builder();
    request.send().await.map_err(|e| if never_left(&e) { Mishap::NeverLeft } else { Mishap::Cut })
}

/// The whole answer, up to `cap` bytes.
pub(super) async fn whole(mut response: Response, cap: usize) -> Result<Answer, Mishap> {
    let (status, hint) = (response.status(), retry_after(&response));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|_| Mishap::Cut)? {
        body.extend_from_slice(&chunk);
        if body.len() > cap {
            return Err(Mishap::TooLong);
        }
    }
    Ok(Answer { status, hint, body })
}

/// How long the answer tells to wait, in seconds.
pub(super) fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.headers().get(header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

#[cfg(test)]
impl Answer {
    /// An answer as tests write it.
    pub(super) fn of(status: u16, body: &str) -> Self {
        Self { status: StatusCode::from_u16(status).expect("a status"), hint: None, body: body.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_surely_did_not_happen_may_be_repeated() {
        let cases = [
            (Mishap::NeverLeft, SendFault::Unreachable),
            (Mishap::Barred(503), SendFault::Unreachable),
            (Mishap::Cut, SendFault::Uncertain),
            (Mishap::TooLong, SendFault::Uncertain),
            (Mishap::Garbled, SendFault::Uncertain),
            (Mishap::Failed(502), SendFault::Uncertain),
            (Mishap::Wait(Duration::from_secs(3)), SendFault::Wait(Duration::from_secs(3))),
        ];
        for (mishap, expected) in cases {
            assert_eq!(mishap.verdict(), expected, "{mishap}");
        }
    }

    #[test]
    fn what_is_not_the_messengers_comes_from_something_in_between() {
        let wait = Duration::from_secs(5);
        let cases = [
            (200, Mishap::Garbled),
            (302, Mishap::Barred(302)),
            (407, Mishap::Barred(407)),
            (408, Mishap::Failed(408)),
            (429, Mishap::Wait(wait)),
            (500, Mishap::Failed(500)),
            (502, Mishap::Failed(502)),
            (503, Mishap::Barred(503)),
            (504, Mishap::Failed(504)),
        ];
        for (status, expected) in cases {
            assert_eq!(Answer::of(status, "").foreign(wait), expected, "{status}");
        }
    }
}
