//! A stranger's file on its way to a member of the desk. It is handed over to be saved, never as something that
//! a browser may show, and the name that the stranger's device gave it is not trusted either.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::stream;

use crate::service::files::Download;

/// The longest name that is shown or kept, in characters.
const LONGEST_NAME: usize = 100;

/// What a browser may do with the file if it shows it after all: nothing.
const NOTHING: &str = "sandbox; default-src 'none'; frame-ancestors 'none'";

/// The answer that carries a file, streamed.
pub fn hand_out(download: Download) -> Response {
    let length = download.about.bytes;
    let name = disposition(&download.about.name);
    let mut response = Response::new(Body::from_stream(stream::try_unfold(download, next)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CONTENT_DISPOSITION, name);
    for (name, value) in [
        (header::CONTENT_TYPE, "application/octet-stream"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::CONTENT_SECURITY_POLICY, NOTHING),
        (header::CACHE_CONTROL, "no-store"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
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

/// The name without a path, if it is one that cannot mislead a reader: no signs that are unseen or turn the
/// direction of writing (a program that looks like a picture), none that break a line, not overlong.
#[must_use]
pub fn plain_name(name: &str) -> Option<&str> {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME && !name.starts_with('.');
    (fits && name.chars().all(plain)).then_some(name)
}

fn plain(c: char) -> bool {
    let unseen = matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}'
        | '\u{feff}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{61c}' | '\u{e0000}'..);
    !unseen && !c.is_control() && !matches!(c, '"' | '<' | '>' | '|' | '*' | '?' | ':' | ';')
}

/// `attachment`, with the name percent-encoded (RFC 6266, RFC 8187) and without a path.
fn disposition(name: &str) -> HeaderValue {
    use std::fmt::Write as _;

    let mut value = String::from("attachment; filename*=UTF-8''");
    for byte in plain_name(name).unwrap_or("file").bytes() {
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
        let long = "a".repeat(101);
        for (name, wanted) in [
            ("anh.jpg", "anh.jpg"),
            ("", "file"),
            ("../../etc/passwd", "passwd"),
            ("C:\\x\\y.exe", "y.exe"),
            ("a\"; x=\r\nSet-Cookie: b", "file"),
            ("anh\u{202e}gpj.exe", "file"),
            ("anh\u{200b}.jpg", "file"),
            (".bashrc", "file"),
            (&long, "file"),
            ("đơn thuốc (2).pdf", "%C4%91%C6%A1n%20thu%E1%BB%91c%20%282%29.pdf"),
        ] {
            assert_eq!(disposition(name), format!("attachment; filename*=UTF-8''{wanted}"), "{name}");
        }
    }
}
