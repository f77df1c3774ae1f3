//! A value that must never be printed, stored or compared carelessly.

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A secret: wiped when dropped, with no `Debug`, `Display`, `Serialize` or `Clone`, so that it can reach
/// neither a log nor a row by accident.
///
/// ```compile_fail
/// let s = tinan::kernel::Secret::new(String::from("unlock phrase"));
/// println!("{s:?}");
/// ```
///
/// ```compile_fail
/// let s = tinan::kernel::Secret::new(String::from("unlock phrase"));
/// let copy = s.clone();
/// ```
///
/// ```compile_fail
/// let s = tinan::kernel::Secret::new(String::from("unlock phrase"));
/// serde_json::to_string(&s).unwrap();
/// ```
pub struct Secret<T: Zeroize>(Zeroizing<T>);

impl<T: Zeroize> Secret<T> {
    /// Takes a value into keeping.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, for the one place that needs it. The name is long so that it stands out in review.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + AsRef<[u8]>> Secret<T> {
    /// Compares in a time that depends on the lengths only.
    pub fn same_as(&self, other: &[u8]) -> bool {
        self.0.as_ref().ct_eq(other).into()
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comparison_sees_content_and_length() {
        let secret = Secret::new(vec![1_u8, 2, 3]);
        assert!(secret.same_as(&[1, 2, 3]));
        assert!(!secret.same_as(&[1, 2, 4]));
        assert!(!secret.same_as(&[1, 2]));
    }
}
