//! The one style sheet and the one script, compiled in.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::IntoResponse;

/// Asked again at every page, answered from the browser's copy for some minutes: an upgrade is seen soon.
const KEEP: &str = "private, max-age=300";

pub(super) async fn style() -> impl IntoResponse {
    let body = include_str!("../../assets/console.css");
    ([(CONTENT_TYPE, "text/css; charset=utf-8"), (CACHE_CONTROL, KEEP)], body)
}

pub(super) async fn script() -> impl IntoResponse {
    let body = include_str!("../../assets/console.js");
    ([(CONTENT_TYPE, "text/javascript; charset=utf-8"), (CACHE_CONTROL, KEEP)], body)
}
