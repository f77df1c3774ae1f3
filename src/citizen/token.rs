//! The token of a form: sent twice it counts once, and after a day it must be looked at again.

use std::time::Duration;

use crate::kernel::Timestamp;
use crate::service::{Error, Hotline};

/// A new token: chance, and the second it was made in. The time is not secret and whoever changes it only
/// harms their own form.
pub(super) fn issue(hotline: &Hotline) -> Result<String, Error> {
    Ok(format!("{}-{}", hotline.once_token()?, hotline.now().as_secs()))
}

/// Whether a form with this token may still be sent.
pub(super) fn fresh(token: &str, now: Timestamp, life: Duration) -> bool {
    let Some((chance, made)) = token.split_once('-') else { return false };
    let Ok(made) = made.parse::<i64>() else { return false };
    let age = now.as_secs().saturating_sub(made);
    let life = i64::try_from(life.as_secs()).unwrap_or(i64::MAX);
    chance.len() == 32 && chance.chars().all(|c| c.is_ascii_hexdigit()) && (0..life).contains(&age)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_lives_for_its_time_only() {
        let life = Duration::from_hours(23);
        let chance = "0123456789abcdef0123456789abcdef";
        let made = format!("{chance}-1000");
        let at = |secs: i64| Timestamp::from_millis(secs * 1000);
        assert!(fresh(&made, at(1000), life));
        assert!(fresh(&made, at(1000 + 23 * 3600 - 1), life));
        assert!(!fresh(&made, at(1000 + 23 * 3600), life));
        assert!(!fresh(&made, at(999), life), "made in the future");
        for bad in ["", "-", "abc-1000", "1000", &format!("{chance}-x"), &format!("{chance}z-1000")] {
            assert!(!fresh(bad, at(1000), life), "{bad}");
        }
    }
}
