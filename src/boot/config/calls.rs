//! The settings of reports about calls.

use super::Config;
use super::read::Reader;
use crate::channels::calls::Options;
use crate::kernel::Secret;

/// What the bridge of the telephone system is known by.
pub struct CallSettings {
    secret: Secret<String>,
    tips_line: String,
    counselling_line: String,
}

impl Config {
    /// The options of call reports, if there is a secret.
    #[must_use]
    pub fn call_options(&self) -> Option<Options> {
        self.calls.as_ref().map(|c| Options {
            secret: Secret::new(c.secret.expose().clone()),
            tips_line: c.tips_line.clone(),
            counselling_line: c.counselling_line.clone(),
        })
    }
}

/// The outer `None` is a fault, the inner one "no calls".
#[expect(clippy::option_option, reason = "not set is not the same as set wrongly")]
pub(super) fn calls(r: &mut Reader) -> Option<Option<CallSettings>> {
    let secret = r.secret("calls.secret", "calls.secret_file");
    let (tips_line, counselling_line) = (r.text("calls.tips_line"), r.text("calls.counselling_line"));
    let (secret, tips_line, counselling_line) = (secret?, tips_line?, counselling_line?);
    let Some(secret) = secret else { return Some(None) };
    if secret.expose().len() < 16 {
        r.fault("calls.secret", "must have 16 characters or more");
    }
    if tips_line == counselling_line {
        r.fault("calls.tips_line", "must be another line than calls.counselling_line");
    }
    Some(Some(CallSettings { secret, tips_line, counselling_line }))
}
