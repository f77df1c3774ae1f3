//! The files of a case, handed to members of its desk to be saved. A file was made by a stranger: it is never
//! shown, and of its name and type only what cannot mislead.

use axum::extract::Path;
use axum::response::Response;

use super::casefile::case_id;
use super::member::Member;
use super::moments::When;
use super::stop::Stop;
use super::words::Words;
use crate::kernel::Timestamp;
use crate::kernel::id::ItemId;
use crate::service::Refusal;
use crate::service::casefile::FileView;
use crate::web::{hand_out, plain_name};

/// A file in the list.
pub(super) struct FileRow {
    pub(super) href: String,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) at: When,
}

const KIB: u64 = 1024;
const MIB: u64 = KIB * KIB;

/// A file of the case at `here`.
pub(super) fn row(t: Words, here: &str, f: &FileView, now: Timestamp) -> FileRow {
    let size = if f.about.bytes < MIB {
        t.fill("case.kib", "n", f.about.bytes.div_ceil(KIB))
    } else {
        t.fill("case.mib", "n", f.about.bytes.div_ceil(MIB))
    };
    let kind = media_type(&f.about.media_type).map_or_else(|| t.say("case.file_type_unknown"), str::to_owned);
    FileRow {
        href: format!("{here}/files/{}", f.id),
        name: plain_name(&f.about.name).map_or_else(|| t.say("case.file_unnamed"), str::to_owned),
        about: format!("{kind} · {size}"),
        at: When::new(t, f.about.at, now),
    }
}

/// What the sender says the file is, if it reads as a media type without parameters.
fn media_type(text: &str) -> Option<&str> {
    let essence = text.split(';').next().unwrap_or_default().trim();
    let (kind, detail) = essence.split_once('/')?;
    let token = |part: &str| {
        (1..=60).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'+' | b'_'))
    };
    (token(kind) && token(detail)).then_some(essence)
}

/// Hands a file over. For whoever cannot open the case it does not exist.
pub(super) async fn fetch(
    member: Member,
    Path((case, file)): Path<(String, String)>,
) -> Result<Response, Stop> {
    let case = case_id(&case)?;
    let file: ItemId = file.parse().map_err(|_| Refusal::NotFound)?;
    let shelf = member.hotline.shelf().ok_or(Refusal::NotFound)?;
    Ok(hand_out(member.hotline.open_file(&member.actor, shelf, case, file).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_is_shown_only_if_it_is_one() {
        assert_eq!(media_type("image/svg+xml; charset=utf-8"), Some("image/svg+xml"));
        for odd in ["", "image", "image/", "a b/c", "image/<b>", "x/\u{202e}y", "image/png/x"] {
            assert_eq!(media_type(odd), None, "{odd}");
        }
    }
}
