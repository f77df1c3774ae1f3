//! Files of a case: in from whoever holds the receipt, out to the desk. Streamed both ways.
//!
//! What comes out was made by a stranger. It is handed over as a file to be saved, never as something that a
//! browser may show, and the name that the stranger's device gave it is not trusted either.

use axum::body::Body;
use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::stream;
use http_body_util::BodyExt;
use serde::Serialize;

use super::caller::{actor, once, receipt};
use super::cases::named;
use super::problem::Failure;
use super::render::{Moment, json};
use super::{Answer, Api};
use crate::domain::document::Attached;
use crate::kernel::Timestamp;
use crate::kernel::id::ItemId;
use crate::service::Refusal;
use crate::service::files::{Download, Upload};

/// The longest name and media type that are kept, in characters.
const LONGEST_NAME: usize = 200;

#[derive(Serialize)]
struct Added {
    received_at: Moment,
}

/// `POST /api/v1/attachments`, the file itself or a form with a field `file`.
pub(super) async fn add(State(api): State<Api>, request: Request) -> Answer {
    let holder = receipt(request.headers())?;
    let hotline = api.hotline()?;
    let upload = hotline.attach(&api.shelf, &holder.readings, api.options.largest_file).await?;
    let headers = request.headers().clone();
    let form = essence(&headers).starts_with("multipart/form-data");
    let (upload, about) =
        if form { from_form(upload, request).await? } else { from_body(upload, request).await? };
    let once = once(&headers, "/api/v1/attachments", &holder.name(), &upload.digest())?;
    let added = upload.finish(about, once).await?;
    json(StatusCode::CREATED, &Added { received_at: Moment(added.received_at) })
}

fn essence(headers: &HeaderMap) -> String {
    let named = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    named.trim().to_ascii_lowercase()
}

/// What is known of a file before it is read; length and time are filled in at its end.
fn about(name: &str, media_type: &str) -> Attached {
    let short = |s: &str| s.chars().take(LONGEST_NAME).collect();
    Attached { name: short(name), media_type: short(media_type), bytes: 0, at: Timestamp::default() }
}

async fn from_body(mut upload: Upload, request: Request) -> Result<(Upload, Attached), Failure> {
    let about = about("", &essence(request.headers()));
    let mut body = request.into_body();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.map_err(|_| Failure::Cut)?.into_data() {
            upload.push(&data).await?;
        }
    }
    Ok((upload, about))
}

async fn from_form(mut upload: Upload, request: Request) -> Result<(Upload, Attached), Failure> {
    let mut form = Multipart::from_request(request, &()).await.map_err(|_| Failure::BadForm)?;
    let bad = |_: MultipartError| Failure::BadForm;
    while let Some(mut field) = form.next_field().await.map_err(bad)? {
        if field.name() != Some("file") {
            continue;
        }
        let media_type = field.content_type().unwrap_or_default();
        let about = about(field.file_name().unwrap_or_default(), media_type);
        while let Some(data) = field.chunk().await.map_err(bad)? {
            upload.push(&data).await?;
        }
        return Ok((upload, about));
    }
    Err(Refusal::Field("file").into())
}

/// `GET /api/v1/cases/{id}/files/{file}`
pub(super) async fn fetch(State(api): State<Api>, request: Request) -> Answer {
    let actor = actor(&api, request.headers()).await?;
    let case = named(request.uri())?;
    let file = request.uri().path().split('/').nth(6);
    let file: ItemId = file.and_then(|id| id.parse().ok()).ok_or(Refusal::NotFound)?;
    let download = api.hotline()?.open_file(&actor, &api.shelf, case, file).await?;
    let length = download.about.bytes;
    let name = disposition(&download.about.name);
    let mut response = Response::new(Body::from_stream(stream::try_unfold(download, next)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

/// The next bytes. An error cuts the connection short of the length that was announced, so that the reader
/// notices; its cause is logged here, since no answer can carry it any more.
async fn next(mut download: Download) -> Result<Option<(Vec<u8>, Download)>, std::io::Error> {
    match download.next().await {
        Ok(data) => Ok(data.map(|data| (data, download))),
        Err(e) => {
            tracing::error!(error = %e, "a sealed file does not open");
            Err(std::io::Error::other("the file does not open"))
        }
    }
}

/// `attachment`, with the name percent-encoded (RFC 6266, RFC 8187) and without a path.
fn disposition(name: &str) -> HeaderValue {
    use std::fmt::Write as _;

    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let mut value = String::from("attachment; filename*=UTF-8''");
    for byte in if name.is_empty() { "file" } else { name }.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') {
            value.push(char::from(byte));
        } else {
            let _never_fails = write!(value, "%{byte:02X}");
        }
    }
    HeaderValue::try_from(value).unwrap_or(HeaderValue::from_static("attachment"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_file_name_can_do_nothing() {
        for (name, wanted) in [
            ("anh.jpg", "anh.jpg"),
            ("", "file"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\y.exe", "y.exe"),
            ("a\"; x=\r\nSet-Cookie: b", "a%22%3B%20x%3D%0D%0ASet-Cookie%3A%20b"),
            ("ảnh", "%E1%BA%A3nh"),
        ] {
            assert_eq!(disposition(name), format!("attachment; filename*=UTF-8''{wanted}"), "{name}");
        }
    }
}
