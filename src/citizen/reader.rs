//! Who reads: in which language, and what every page says around its own words.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::{App, plain};
use crate::service::{Error, Fault, Hotline};
use crate::text::Locale;
use crate::web::log_fault;

/// Pages that can be read in the other language without losing what was typed.
const SWITCHABLE: [&str; 6] = ["/", "/report", "/help-me", "/code", "/about", "/tally"];

/// A number to call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Call {
    /// As it is shown.
    pub(super) number: String,
    /// As a phone takes it.
    pub(super) tel: String,
    /// Who answers.
    pub(super) name: String,
}

/// One reader of one page.
#[derive(Clone)]
pub(super) struct Reader {
    app: App,
    /// The language of the page.
    pub(super) locale: Locale,
    /// Whether the address names the language, so that links must carry it on.
    named: bool,
    /// Where the same page is found in the other language.
    path: Option<&'static str>,
    /// The body that answers; empty before set-up.
    body: String,
}

impl Reader {
    /// Reads the language from `?lang=`, else from the browser's preference, else Vietnamese.
    pub(super) fn of(app: &App, parts: &Parts) -> Self {
        let named = parts.uri.query().and_then(lang_of);
        let locale = named.or_else(|| preferred(&parts.headers)).unwrap_or_default();
        let path = parts.uri.path();
        let path = SWITCHABLE.into_iter().find(|p| *p == path && parts.method == Method::GET);
        let body = app.0.gate.hotline().map(|h| h.world().tenant.name.clone()).unwrap_or_default();
        Self { app: app.clone(), locale, named: named.is_some(), path, body }
    }

    /// On a page that is not there in any language: one that is switched off reads as one that never was.
    pub(super) fn nowhere(self) -> Self {
        Self { path: None, ..self }
    }

    /// A sentence.
    pub(super) fn say(&self, key: &str) -> String {
        self.app.0.options.texts.say(self.locale, key, &[("body", &self.body)])
    }

    /// Where these pages are found again.
    pub(super) fn web(&self) -> &str {
        &self.app.0.options.web
    }

    /// A sentence with one value.
    pub(super) fn with(&self, key: &str, name: &str, value: &str) -> String {
        self.app.0.options.texts.say(self.locale, key, &[(name, value)])
    }

    /// A sentence with a number.
    pub(super) fn count(&self, key: &str, name: &str, value: usize) -> String {
        self.with(key, name, &value.to_string())
    }

    /// A link of ours that keeps the language.
    pub(super) fn href(&self, path: &str) -> String {
        if self.named { format!("{path}?lang={}", self.locale.as_str()) } else { path.to_owned() }
    }

    /// The same page in the other language, where nothing would be lost.
    pub(super) fn switch(&self) -> Option<String> {
        self.path.map(|path| format!("{path}?lang={}", self.locale.other().as_str()))
    }

    /// The language of the other page.
    pub(super) fn other(&self) -> &'static str {
        self.locale.other().as_str()
    }

    /// The language of this page.
    pub(super) fn lang(&self) -> &'static str {
        self.locale.as_str()
    }

    /// Where the quick exit leads.
    pub(super) fn exit_to(&self) -> &str {
        &self.app.0.options.exit_to
    }

    /// The style sheet.
    pub(super) fn css(&self) -> &str {
        &self.app.0.css_path
    }

    /// The numbers on top of each page.
    pub(super) fn emergency(&self) -> Vec<Call> {
        let short = ["citizen.who.police", "citizen.who.ambulance", "citizen.who.children"];
        let calls = self.calls(&["police", "ambulance", "children"]);
        calls.into_iter().zip(short).map(|(call, key)| Call { name: self.say(key), ..call }).collect()
    }

    /// Numbers by their keys in the contacts; a key without a number is left out.
    pub(super) fn calls(&self, keys: &[&str]) -> Vec<Call> {
        let contacts = &self.app.0.options.contacts;
        let found = keys.iter().filter_map(|key| contacts.get(key));
        found
            .filter_map(|c| {
                let number = c.number()?.to_owned();
                let tel = number.chars().filter(char::is_ascii_digit).collect();
                Some(Call { number, tel, name: c.name(self.locale).to_owned() })
            })
            .collect()
    }

    /// What the pages were told.
    pub(super) fn options(&self) -> &super::Options {
        &self.app.0.options
    }
}

/// Logs what is ours and gives the id to tell; a refusal has none.
pub(super) fn logged(error: &Error, route: &str) -> Option<String> {
    match error {
        Error::Fault(fault) => Some(log_fault(fault, route)),
        Error::Refused(_) => None,
    }
}

/// A reader and the service that is open for them; before set-up a page that says so.
pub(super) struct Visit {
    pub(super) reader: Reader,
    pub(super) hotline: Hotline,
}

impl FromRequestParts<App> for Visit {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let reader = Reader::of(app, parts);
        match app.0.gate.hotline() {
            Ok(hotline) => Ok(Self { reader, hotline: hotline.clone() }),
            Err(_) => Err(plain::not_set_up(reader)),
        }
    }
}

/// Renders a page.
pub(super) fn page(status: StatusCode, template: &impl askama::Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(e) => {
            let id = log_fault(&Fault::new(e), "citizen/render");
            (StatusCode::INTERNAL_SERVER_ERROR, id).into_response()
        }
    }
}

fn lang_of(query: &str) -> Option<Locale> {
    query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(Locale::parse)
}

/// The first language of the browser's list that we speak; browsers list them in order of preference.
fn preferred(headers: &HeaderMap) -> Option<Locale> {
    let list = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    list.split(',').find_map(|tag| Locale::parse(tag.split(';').next().unwrap_or_default().trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_names_the_language() {
        assert_eq!(lang_of("x=1&lang=en"), Some(Locale::En));
        assert_eq!(lang_of("lang=fr"), None);
        assert_eq!(lang_of(""), None);
    }

    #[test]
    fn the_browser_prefers_a_language_by_its_order() {
        let prefer = |list: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, list.parse().expect("a header"));
            preferred(&headers)
        };
        assert_eq!(prefer("fr-FR, en;q=0.8, vi;q=0.5"), Some(Locale::En));
        assert_eq!(prefer("vi-VN,vi;q=0.9,en;q=0.8"), Some(Locale::Vi));
        assert_eq!(prefer("*"), None);
    }
}
