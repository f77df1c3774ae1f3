//! What an object store does to us, in a few words: never an address, a key of ours or the text of an answer, which may
//! repeat a request.

use std::error::Error as _;
use std::io;

use object_store::client::{HttpError, HttpErrorKind};

/// Why an object store did not do what it was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// No connection, or one that broke.
    #[error("the object store cannot be reached")]
    Unreachable,
    /// It said nothing for too long.
    #[error("the object store does not answer in time")]
    Silent,
    /// It said no; its own word for that, such as `AccessDenied`.
    #[error("the object store refuses: {0}")]
    Refused(String),
    /// What lies there is not what was sent.
    #[error("the object store does not hold what was sent")]
    Different,
}

impl Trouble {
    /// What troubled the object store, if it was that.
    #[must_use]
    pub fn of(error: &io::Error) -> Option<&Self> {
        error.get_ref()?.downcast_ref()
    }
}

impl From<Trouble> for io::Error {
    fn from(trouble: Trouble) -> Self {
        Self::other(trouble)
    }
}

/// An error as the callers of a shelf know it: what is not there is `NotFound`, everything else a [`Trouble`].
pub(super) fn told(error: &object_store::Error) -> io::Error {
    let absent = matches!(error, object_store::Error::NotFound { .. });
    match read(error) {
        Trouble::Refused(code) if absent && (code == "NoSuchKey" || code.starts_with("404")) => {
            io::ErrorKind::NotFound.into()
        }
        trouble => trouble.into(),
    }
}

/// The word of the store, or the status where an answer has no body.
fn read(error: &object_store::Error) -> Trouble {
    let mut cause = error.source();
    let mut said = None;
    while let Some(e) = cause {
        if let Some(http) = e.downcast_ref::<HttpError>() {
            return match http.kind() {
                HttpErrorKind::Timeout => Trouble::Silent,
                _ => Trouble::Unreachable,
            };
        }
        let text = e.to_string();
        said = said
            .or_else(|| between(&text, "<Code>", "</Code>"))
            .or_else(|| between(&text, "status code: ", ":"));
        cause = e.source();
    }
    Trouble::Refused(said.unwrap_or_else(|| "an answer that cannot be read".to_owned()))
}

/// A short plain text between two marks.
fn between(text: &str, before: &str, after: &str) -> Option<String> {
    let (found, _) = text.split_once(before)?.1.split_once(after)?;
    let plain = found.len() <= 64 && found.chars().all(|c| c.is_ascii_alphanumeric() || c == ' ');
    plain.then(|| found.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_word_of_an_answer_is_told() {
        let body = "<Error><Code>AccessDenied</Code><Message>key AKIA</Message></Error>";
        assert_eq!(between(body, "<Code>", "</Code>").as_deref(), Some("AccessDenied"));
        assert_eq!(between("<Code>a<b>c</Code>", "<Code>", "</Code>"), None);
        assert_eq!(
            between("status code: 403 Forbidden: x", "status code: ", ":").as_deref(),
            Some("403 Forbidden")
        );
    }
}
