//! Reading a posted form: the fields as they came, and a page when it cannot be read at all.

use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::response::Response;

use super::reader::Reader;
use super::{App, plain};

/// The longest short field, in characters.
pub(super) const LONGEST_FIELD: usize = 300;

/// Fields in the order of the form; a name may occur several times.
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// The first value of a field; empty if it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(n, _)| n == name).map_or("", |(_, value)| value)
    }

    /// A text as the person wrote it: browsers send line ends as CR LF, nobody types them.
    pub(super) fn text(&self, name: &str) -> String {
        self.get(name).replace("\r\n", "\n")
    }

    /// A short field without white space around it.
    pub(super) fn short(&self, name: &str) -> String {
        self.get(name).trim().to_owned()
    }

    /// Whether a box is ticked.
    pub(super) fn ticked(&self, name: &str) -> bool {
        self.get(name) == "yes"
    }

    /// All values of a field.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// Which button was pressed.
    pub(super) fn button(&self) -> &str {
        self.get("do")
    }
}

impl FromRequest<App> for Form {
    type Rejection = Response;

    async fn from_request(request: Request, app: &App) -> Result<Self, Response> {
        let (parts, body) = request.into_parts();
        let reader = Reader::of(app, &parts);
        let request = Request::from_parts(parts, body);
        match axum::Form::<Vec<(String, String)>>::from_request(request, app).await {
            Ok(axum::Form(fields)) => Ok(Self(fields)),
            Err(e) if e.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(plain::too_large(reader)),
            Err(e) => Err(plain::broken(reader, e.status())),
        }
    }
}

#[cfg(test)]
impl Form {
    /// A form for tests.
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_keeps_its_lines_and_spaces() {
        let form = Form::of(&[("text", " a\r\n\r\nb "), ("c", "x"), ("c", "y"), ("avoid", "yes")]);
        assert_eq!(form.text("text"), " a\n\nb ");
        assert_eq!(form.all("c").collect::<Vec<_>>(), ["x", "y"]);
        assert!(form.ticked("avoid") && !form.ticked("ongoing"));
        assert_eq!(form.get("nothing"), "");
    }
}
