//! The settings of Matrix.

use std::time::Duration;

use super::read::Reader;
use super::sending::call_seconds;
use super::{Config, Http};
use crate::channels::matrix::{BadOptions, Matrix, Options};
use crate::kernel::{Entropy, Secret};

/// What a token must be.
const TOKEN: &str = "must be 16 or more letters, digits, - or _";

/// The settings of our user at a homeserver.
pub struct MatrixSettings {
    homeserver: String,
    user: String,
    as_token: Secret<String>,
    hs_token: Secret<String>,
    /// Where the homeserver calls us, without a slash at the end.
    pub url: String,
    call: Duration,
    chat_gap: Duration,
}

impl MatrixSettings {
    fn options(&self) -> Options {
        let copy = |s: &Secret<String>| Secret::new(s.expose().clone());
        Options {
            homeserver: self.homeserver.clone(),
            user: self.user.clone(),
            as_token: copy(&self.as_token),
            hs_token: copy(&self.hs_token),
            call_timeout: self.call,
            chat_gap: self.chat_gap,
            per_second: 50,
        }
    }
}

impl Config {
    /// The options of Matrix, if it is set.
    #[must_use]
    pub fn matrix_options(&self) -> Option<Options> {
        self.matrix.as_ref().map(MatrixSettings::options)
    }
}

/// The outer `None` is a fault, the inner one "no Matrix".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
pub(super) fn matrix(r: &mut Reader, http: Option<&Http>) -> Option<Option<MatrixSettings>> {
    let ours = r.secret("matrix.as_token", "matrix.as_token_file");
    let theirs = r.secret("matrix.hs_token", "matrix.hs_token_file");
    let (homeserver, user, url) =
        (r.text("matrix.homeserver")?, r.text("matrix.user")?, r.text("matrix.url")?);
    let call = call_seconds(r, "matrix.call_seconds");
    let gap = r.number("matrix.chat_gap_ms", 0, 60_000);
    let (ours, theirs, call, gap) = (ours?, theirs?, call?, gap?);
    if homeserver.is_empty() && user.is_empty() && ours.is_none() && theirs.is_none() {
        return Some(None);
    }
    let url = if url.is_empty() { http?.public_url.clone() } else { url.trim_end_matches('/').to_owned() };
    let none = || Secret::new(String::new());
    let settings = MatrixSettings {
        homeserver,
        user,
        as_token: ours.unwrap_or_else(none),
        hs_token: theirs.unwrap_or_else(none),
        url,
        call,
        chat_gap: Duration::from_millis(gap),
    };
    check(r, &settings);
    Some(Some(settings))
}

/// The channel knows best what it can work with; it is built once for that.
fn check(r: &mut Reader, settings: &MatrixSettings) {
    if !settings.url.starts_with("http://") && !settings.url.starts_with("https://") {
        r.fault("matrix.url", "must be an http or https address");
    }
    let (key, what) = match Matrix::new(settings.options(), Entropy::System).err() {
        None => return,
        Some(BadOptions::Homeserver) => ("matrix.homeserver", "must be an http or https address"),
        Some(BadOptions::User) => ("matrix.user", "must be of the form @name:server"),
        Some(BadOptions::AsToken) => ("matrix.as_token", TOKEN),
        Some(BadOptions::HsToken) => (
            "matrix.hs_token",
            "must be 16 or more letters, digits, - or _, and another than matrix.as_token",
        ),
        Some(BadOptions::Client) => ("matrix.homeserver", "no HTTP client could be made"),
    };
    r.fault(key, what);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{told, with};
    use crate::channels::matrix::registration;

    const SERVER: (&str, &str) = ("TINAN_MATRIX__HOMESERVER", "http://127.0.0.1:8008");
    const USER: (&str, &str) = ("TINAN_MATRIX__USER", "@tinan:example.vn");
    const OURS: (&str, &str) = ("TINAN_MATRIX__AS_TOKEN", "ours-0123456789abcdef");
    const THEIRS: (&str, &str) = ("TINAN_MATRIX__HS_TOKEN", "theirs-0123456789abcdef");

    #[test]
    fn matrix_settings_are_checked_before_the_start() {
        let bad = [
            (vec![USER, OURS, THEIRS], "matrix.homeserver"),
            (vec![SERVER, OURS, THEIRS], "matrix.user"),
            (vec![SERVER, USER, THEIRS], "matrix.as_token"),
            (vec![SERVER, USER, OURS], "matrix.hs_token"),
            (vec![SERVER, USER, OURS, THEIRS, ("TINAN_MATRIX__URL", "tinan.vn")], "matrix.url"),
            (vec![SERVER, USER, OURS, THEIRS, ("TINAN_MATRIX__CALL_SECONDS", "7")], "matrix.call_seconds"),
        ];
        for (list, key) in bad {
            let told = told(with(&list)).join("\n");
            assert!(told.contains(key), "{key}: {told}");
            assert!(!told.contains("0123456789abcdef"), "{told}");
        }
        let good = with(&[SERVER, USER, OURS, THEIRS]).unwrap_or_else(|e| panic!("{e}"));
        let settings = good.matrix.as_ref().expect("set");
        let text = registration(&good.matrix_options().expect("set"), &settings.url);
        assert!(text.contains(&format!("url: \"{}\"", good.http.public_url)), "{text}");
        assert!(with(&[]).unwrap_or_else(|e| panic!("{e}")).matrix_options().is_none());
    }
}
