//! The citizen's public pages: report, ask for help, check a code. Plain forms, no JavaScript needed, no cookie,
//! nothing from elsewhere, and nothing that identifies a person in a URL, a header or a log line.
//!
//! Nothing is stored before `Gửi ngay`: a draft travels inside the page. A receipt travels in bodies only.

mod callback;
mod code;
mod counsel;
mod crisis;
mod file;
mod form;
mod outcome;
mod plain;
mod question;
mod reader;
mod report;
mod tally;
mod token;
mod triage;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header;
use axum::middleware::from_fn;
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::domain::contacts::{BadContacts, Contacts};
use crate::domain::places::{BadPlaces, Places};
use crate::domain::taxonomy;
use crate::domain::wording::{BadLexicon, Lexicon};
use crate::text::{BadCatalogue, Catalogue};
use crate::vault::sha256;
use crate::web::{Gate, keep_to_ourselves};

/// The longest body of a form, in bytes.
const LARGEST_FORM: usize = 256 * 1024;

const CSS: &str = include_str!("../assets/citizen.css");
const EXIT_JS: &str = include_str!("../assets/exit.js");

/// What the pages are told.
#[derive(Clone)]
pub struct Options {
    /// All sentences.
    pub texts: Arc<Catalogue>,
    /// Numbers to call and other offices.
    pub contacts: Arc<Contacts>,
    /// What plain words mean.
    pub lexicon: Arc<Lexicon>,
    /// Communes of today and before, and what people type for them.
    pub places: &'static Places,
    /// Codes of the categories a person can tick, in the order shown.
    pub categories: Arc<[String]>,
    /// The address of these pages, for whoever has to remember it.
    pub web: String,
    /// Where the quick exit leads: a site that everybody opens.
    pub exit_to: String,
    /// How long a page that was not sent can be sent; shorter than a first answer is replayed, so that an old
    /// page never makes a second case.
    pub form_life: Duration,
    /// The largest file a person may add, in bytes.
    pub largest_file: u64,
}

/// A data file the program was built with is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadData {
    /// The sentences.
    #[error(transparent)]
    Catalogue(#[from] BadCatalogue),
    /// The numbers.
    #[error(transparent)]
    Contacts(#[from] BadContacts),
    /// The words.
    #[error(transparent)]
    Lexicon(#[from] BadLexicon),
    /// The places.
    #[error(transparent)]
    Places(#[from] BadPlaces),
    /// A category without plain words for citizens; holds its code.
    #[error("no plain words for the category {0}")]
    Category(String),
}

impl Options {
    /// With the data the program was built with.
    pub fn embedded() -> Result<Self, BadData> {
        let texts = Catalogue::embedded()?;
        let categories: Vec<String> = taxonomy::categories().map(str::to_owned).collect();
        if let Some(code) = categories.iter().find(|code| !texts.has(&category_key(code))) {
            return Err(BadData::Category(code.clone()));
        }
        Ok(Self {
            texts: Arc::new(texts),
            contacts: Arc::new(Contacts::embedded()?),
            lexicon: Lexicon::embedded()?,
            places: Places::embedded()?,
            categories: categories.into(),
            web: "http://127.0.0.1:8080".to_owned(),
            exit_to: "https://www.google.com/".to_owned(),
            form_life: Duration::from_hours(23),
            largest_file: 50 * 1024 * 1024,
        })
    }
}

/// The plain words of a category.
fn category_key(code: &str) -> String {
    format!("citizen.category.{code}")
}

struct Inner {
    gate: Gate,
    options: Options,
    css_path: String,
}

/// What the handlers share.
#[derive(Clone)]
struct App(Arc<Inner>);

/// The pages, with a fallback page for unknown addresses and the headers that keep a page to itself.
pub fn routes(gate: Gate, options: Options) -> Router {
    // The address changes with the content, so that it may be kept for good.
    let [a, b, c, d, ..] = sha256(&[b"tinan/asset", CSS.as_bytes()]);
    let css_path = format!("/assets/citizen.css?v={}", data_encoding::HEXLOWER.encode(&[a, b, c, d]));
    Router::new()
        .route("/", get(plain::home))
        .route("/about", get(plain::about))
        .route("/report", get(report::blank).post(report::posted))
        .route("/help-me", get(counsel::blank).post(counsel::posted))
        .route("/tally", get(tally::show))
        .route("/code", get(code::ask).post(code::look))
        .route("/code/call", get(code::ask).post(callback::posted))
        .route("/code/add", get(code::ask).post(code::add))
        .route("/code/file", get(code::ask).post(file::add).layer(DefaultBodyLimit::disable()))
        .route("/assets/citizen.css", get(css))
        .route("/assets/exit.js", get(exit_js))
        .fallback(plain::not_found)
        .layer(DefaultBodyLimit::max(LARGEST_FORM))
        .layer(from_fn(keep_to_ourselves))
        .with_state(App(Arc::new(Inner { gate, options, css_path })))
}

async fn css() -> Response {
    let kept = "public, max-age=31536000, immutable";
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, kept)], CSS).into_response()
}

async fn exit_js() -> Response {
    ([(header::CONTENT_TYPE, "text/javascript; charset=utf-8")], EXIT_JS).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_of_the_taxonomy_has_plain_words() {
        let options = Options::embedded().expect("embedded");
        assert_eq!(options.categories.len(), 16);
        assert_eq!(options.categories.first().map(String::as_str), Some("dealing"));
    }
}
