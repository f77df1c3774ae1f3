//! Files of a case: in from whoever holds the receipt, out to the desk. Streamed both ways.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
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
use crate::service::files::Upload;
use crate::web::hand_out;

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
    let shelf = hotline.shelf().ok_or(Refusal::NotFound)?;
    let upload = hotline.attach(shelf, &holder.readings, api.options.largest_file).await?;
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
    let hotline = api.hotline()?;
    let shelf = hotline.shelf().ok_or(Refusal::NotFound)?;
    Ok(hand_out(hotline.open_file(&actor, shelf, case, file).await?))
}
