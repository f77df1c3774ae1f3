//! Adding a photo or another file behind a code: a plain form that the browser sends in pieces, sealed as it
//! comes. What cannot be taken changes nothing of what was sent before, and the page says so.
//!
//! Only the ending of the file's name is kept: a name can name its sender.

use axum::extract::multipart::{Field, Multipart};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::code::Look;
use super::reader::{Reader, Visit, logged};
use super::{plain, token};
use crate::domain::document::Attached;
use crate::kernel::Timestamp;
use crate::service::files::Upload;
use crate::service::once::Once;
use crate::service::{Error, Hotline, Refusal};
use crate::text::stamp;

const ROUTE: &str = "citizen/file";

/// The longest short field of the form, in bytes.
const LONGEST_FIELD: usize = 512;

/// How many times the largest file is read and thrown away after a refusal: a browser shows no answer before it
/// has sent everything.
const PATIENCE: u64 = 4;

const MIB: u64 = 1024 * 1024;

/// The form for a file, and what became of the last one.
#[derive(Default)]
pub(super) struct Filing {
    pub(super) code: String,
    pub(super) token: String,
    /// The largest file, in MiB, in words.
    pub(super) limit: String,
    /// Whether the form stands on the page with the receipt.
    pub(super) after_receipt: bool,
    pub(super) wrong: Option<String>,
    pub(super) done: Option<String>,
}

impl Filing {
    /// A fresh form, or none where no files are taken or no token can be made.
    pub(super) fn new(r: &Reader, hotline: &Hotline, code: &str) -> Option<Self> {
        hotline.shelf()?;
        let token = token::issue(hotline).ok()?;
        let limit = limit(r);
        Some(Self { code: code.to_owned(), token, limit, ..Self::default() })
    }

    /// Whether there is something to tell about the last file.
    pub(super) const fn tells(&self) -> bool {
        self.wrong.is_some() || self.done.is_some()
    }
}

/// The largest file that is taken, in MiB.
fn limit(r: &Reader) -> String {
    r.options().largest_file.div_ceil(MIB).to_string()
}

/// Why a file was not taken.
enum Failed {
    /// The connection ended, or it is no such form.
    Broken,
    /// The code does not read, or finds nothing.
    Code,
    /// The form is a day old.
    Old,
    Service(Error),
}

impl From<Error> for Failed {
    fn from(e: Error) -> Self {
        Self::Service(e)
    }
}

impl From<Refusal> for Failed {
    fn from(e: Refusal) -> Self {
        Self::Service(e.into())
    }
}

/// The fields before the file.
#[derive(Default)]
struct Head {
    code: String,
    token: String,
    after_receipt: bool,
}

/// Takes a file and shows the page it was sent from.
pub(super) async fn add(visit: Visit, request: Request) -> Response {
    let Ok(mut form) = Multipart::from_request(request, &()).await else {
        return plain::broken(visit.reader, StatusCode::BAD_REQUEST);
    };
    let mut head = Head::default();
    let taken = take(&visit, &mut form, &mut head).await;
    if let Err(Failed::Broken) = taken {
        return plain::broken(visit.reader, StatusCode::BAD_REQUEST);
    }
    let look = match Look::of(visit, head.code, String::new()) {
        Ok(look) => look,
        Err(page) => return *page,
    };
    let (status, filing) = told(look.reader(), taken);
    let mut page = look.with_file(status, Filing { after_receipt: head.after_receipt, ..filing }).await;
    if page.status() == StatusCode::SERVICE_UNAVAILABLE {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("60"));
    }
    page
}

/// What the page says.
fn told(r: &Reader, taken: Result<Timestamp, Failed>) -> (StatusCode, Filing) {
    let wrong = |status, key| (status, Filing { wrong: Some(r.say(key)), ..Filing::default() });
    let failed = match taken {
        Ok(at) => {
            let done = Some(r.with("citizen.file.done", "at", &stamp(at)));
            return (StatusCode::OK, Filing { done, ..Filing::default() });
        }
        Err(failed) => failed,
    };
    match failed {
        Failed::Service(Error::Refused(Refusal::TooLarge)) => {
            let wrong = Some(r.with("citizen.file.too_large", "limit", &limit(r)));
            (StatusCode::PAYLOAD_TOO_LARGE, Filing { wrong, ..Filing::default() })
        }
        Failed::Service(Error::Refused(Refusal::Field(_))) => {
            wrong(StatusCode::UNPROCESSABLE_ENTITY, "citizen.file.none")
        }
        // A form that was used for another file: the page below carries a fresh one.
        Failed::Old | Failed::Service(Error::Refused(Refusal::OtherRequest)) => {
            wrong(StatusCode::CONFLICT, "citizen.file.again")
        }
        // The look-up that follows says it better.
        Failed::Code | Failed::Broken | Failed::Service(Error::Refused(Refusal::NotFound)) => {
            wrong(StatusCode::NOT_FOUND, "citizen.file.again")
        }
        Failed::Service(e) => {
            let id = logged(&e, ROUTE);
            let mut text = r.say("citizen.file.away");
            if let Some(id) = id {
                text = format!("{text} {}", r.with("citizen.error.fault_id", "id", &id));
            }
            (StatusCode::SERVICE_UNAVAILABLE, Filing { wrong: Some(text), ..Filing::default() })
        }
    }
}

/// Reads the form up to the end of its file. The hidden fields stand before the file, so they come before it.
async fn take(visit: &Visit, form: &mut Multipart, head: &mut Head) -> Result<Timestamp, Failed> {
    while let Some(mut field) = form.next_field().await.map_err(|_| Failed::Broken)? {
        match field.name() {
            Some("code") => head.code = short(&mut field).await?,
            Some("token") => head.token = short(&mut field).await?,
            Some("from") => head.after_receipt = short(&mut field).await? == "receipt",
            Some("file") => {
                let received = receive(visit, &mut field, head).await;
                if received.is_err() {
                    drain(&mut field, visit.reader.options().largest_file.saturating_mul(PATIENCE)).await;
                }
                return received;
            }
            _ => {}
        }
    }
    Err(Refusal::Field("file").into())
}

/// A short field; what is longer is none of ours.
async fn short(field: &mut Field<'_>) -> Result<String, Failed> {
    let mut bytes = Vec::new();
    while let Some(data) = field.chunk().await.map_err(|_| Failed::Broken)? {
        bytes.extend_from_slice(&data);
        if bytes.len() > LONGEST_FIELD {
            return Err(Failed::Broken);
        }
    }
    String::from_utf8(bytes).map_err(|_| Failed::Broken)
}

/// Seals the file as it comes. Given up on the way, nothing of it stays.
async fn receive(visit: &Visit, field: &mut Field<'_>, head: &Head) -> Result<Timestamp, Failed> {
    let (hotline, options) = (&visit.hotline, visit.reader.options());
    let readings = super::code::readings(&head.code).ok_or(Failed::Code)?;
    if !token::fresh(&head.token, hotline.now(), options.form_life) {
        return Err(Failed::Old);
    }
    let shelf = hotline.shelf().ok_or(Refusal::NotFound)?;
    let mut upload = hotline.attach(shelf, &readings, options.largest_file).await?;
    let about = about(&visit.reader, field);
    pour(field, &mut upload).await?;
    let caller = readings.first().map(|code| code.expose().to_string()).unwrap_or_default();
    let once = Once::new(ROUTE, caller.as_bytes(), &head.token, &upload.digest())?;
    Ok(upload.finish(about, Some(once)).await?.received_at)
}

async fn pour(field: &mut Field<'_>, upload: &mut Upload) -> Result<(), Failed> {
    while let Some(data) = field.chunk().await.map_err(|_| Failed::Broken)? {
        upload.push(&data).await?;
    }
    Ok(())
}

/// What is kept of a file beside its content; length and time are filled in at its end.
fn about(r: &Reader, field: &Field<'_>) -> Attached {
    let name = match ending(field.file_name().unwrap_or_default()) {
        Some(ending) => format!("{}.{ending}", r.say("citizen.file.name")),
        None => r.say("citizen.file.name"),
    };
    let media_type = field.content_type().unwrap_or_default().chars().take(100).collect();
    Attached { name, media_type, bytes: 0, at: Timestamp::default() }
}

/// The ending of a file's name, if it is a plain one.
fn ending(name: &str) -> Option<String> {
    let (_, ending) = name.rsplit_once('.')?;
    let plain = (1..=5).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    plain.then(|| ending.to_ascii_lowercase())
}

/// Reads what is left of a file and throws it away, up to a limit.
async fn drain(field: &mut Field<'_>, most: u64) {
    let mut read = 0_u64;
    while let Ok(Some(data)) = field.chunk().await {
        read = read.saturating_add(data.len() as u64);
        if read > most {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_name_only_a_plain_ending_is_kept() {
        for (name, kept) in [
            ("Nguyen Van A.JPG", Some("jpg")),
            ("a.b.mp4", Some("mp4")),
            ("khong-duoi", None),
            ("x.", None),
            ("x.j\u{202e}g", None),
            ("x.toolong", None),
        ] {
            assert_eq!(ending(name).as_deref(), kept, "{name}");
        }
    }
}
