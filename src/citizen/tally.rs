//! How much was received, week by week, where the installation wants the public to see it: delayed, and never a
//! number so small that somebody could be meant.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;

use super::App;
use super::plain;
use super::reader::{Reader, Visit, page};
use crate::domain::tally::{Week, begin_of};
use crate::text::day;

#[derive(Template)]
#[template(path = "citizen/tally.html")]
struct Tally {
    r: Reader,
    smallest: String,
    rows: Vec<Row>,
}

/// A week in words.
struct Row {
    week: String,
    tips: String,
    counselling: String,
}

pub(super) async fn show(visit: Visit, State(app): State<App>, parts: Parts) -> Response {
    let Visit { hotline, reader: r, .. } = visit;
    match hotline.public_tally().await {
        Ok(Some(weeks)) => {
            let smallest = hotline.smallest_told().to_string();
            let rows = weeks.iter().map(|w| row(&r, w, &smallest)).collect();
            page(StatusCode::OK, &Tally { r, smallest, rows })
        }
        Ok(None) => plain::not_found(State(app), parts).await,
        Err(_) => plain::failed(r, StatusCode::SERVICE_UNAVAILABLE, None),
    }
}

fn row(r: &Reader, week: &Week, smallest: &str) -> Row {
    let few = || r.with("public_tally.few", "n", smallest);
    let told = |n: Option<i64>| n.map_or_else(few, |n| n.to_string());
    let (from, to) = (day(begin_of(week.monday)), day(begin_of(week.monday + 6)));
    Row { week: format!("{from} – {to}"), tips: told(week.tips), counselling: told(week.counselling) }
}
