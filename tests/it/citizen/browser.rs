//! A browser without scripts: it follows links, fills forms, and remembers no cookie because it never gets one.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use tower::ServiceExt;

/// A page as it came.
pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) html: String,
}

impl Page {
    /// The value of a hidden or text field.
    pub(super) fn field(&self, name: &str) -> String {
        let at = self.html.find(&format!(" name=\"{name}\" value=\"")).unwrap_or_else(|| panic!("{name}"));
        let rest = &self.html[at + format!(" name=\"{name}\" value=\"").len()..];
        unescape(&rest[..rest.find('"').expect("an end")])
    }

    /// All hidden fields.
    pub(super) fn hidden(&self) -> Vec<(String, String)> {
        let parts = self.html.split("<input type=\"hidden\" name=\"").skip(1);
        parts
            .map(|part| {
                let (name, rest) = part.split_once("\" value=\"").expect("a value");
                (name.to_owned(), unescape(rest.split_once('"').expect("an end").0))
            })
            .collect()
    }

    /// What stands in the text area.
    pub(super) fn typed(&self) -> String {
        let (_, rest) = self.html.split_once("<textarea").expect("a text area");
        let (_, rest) = rest.split_once(">\n").expect("its begin");
        unescape(rest.split_once("</textarea>").expect("its end").0)
    }

    /// What a person reads: no tags, one line for each piece of text.
    pub(super) fn read(&self) -> String {
        let (_, body) = self.html.split_once("<main").expect("a main part");
        let (body, _) = body.split_once("</main>").expect("its end");
        let texts = body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text.trim());
        unescape(&texts.filter(|t| !t.is_empty()).collect::<Vec<_>>().join("\n"))
    }

    /// The receipt on the page.
    pub(super) fn receipt(&self) -> String {
        let (_, rest) =
            self.html.split_once("<p class=\"receipt\">").unwrap_or_else(|| panic!("{}", self.read()));
        rest.split_once('<').expect("an end").0.to_owned()
    }

    /// A header, empty if it is not there.
    pub(super) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }
}

fn unescape(text: &str) -> String {
    [("&#60;", "<"), ("&#62;", ">"), ("&#34;", "\""), ("&#39;", "'"), ("&#38;", "&")]
        .into_iter()
        .fold(text.to_owned(), |text, (code, plain)| text.replace(code, plain))
}

/// Opens an address.
pub(super) async fn get(pages: &Router, path: &str) -> Page {
    ask(pages, Request::get(path).body(Body::empty()).expect("a request")).await
}

/// Sends a form.
pub(super) async fn post<N: AsRef<str>, V: AsRef<str>>(
    pages: &Router,
    path: &str,
    fields: &[(N, V)],
) -> Page {
    let encoded: Vec<String> =
        fields.iter().map(|(n, v)| format!("{}={}", encode(n.as_ref()), encode(v.as_ref()))).collect();
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(encoded.join("&")))
        .expect("a request");
    ask(pages, request).await
}

/// Presses a button of a page: its hidden fields and the button's word.
pub(super) async fn press(pages: &Router, page: &Page, path: &str, button: &str) -> Page {
    let mut fields = page.hidden();
    fields.push(("do".to_owned(), button.to_owned()));
    post(pages, path, &fields).await
}

/// Asks anything.
pub(super) async fn ask(pages: &Router, request: Request<Body>) -> Page {
    let response = pages.clone().oneshot(request).await.expect("answers");
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.expect("a body").to_bytes();
    let html = String::from_utf8(bytes.to_vec()).expect("UTF-8");
    assert!(parts.headers.get(header::SET_COOKIE).is_none(), "a cookie");
    assert!(parts.headers.get(header::LOCATION).is_none(), "a redirect could carry a code into a history");
    Page { status: parts.status, headers: parts.headers, html }
}

fn encode(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}
