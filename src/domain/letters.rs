//! Letters without their Vietnamese marks: for the ear, for a text message, for an answer to a sum.

use unicode_normalization::UnicodeNormalization;

/// Whether a character is a mark over or under a letter, once letters and marks stand apart.
#[must_use]
pub const fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// A text without marks, `đ` a `d`; small letters stay small and capitals stay capitals.
pub fn bare(text: &str) -> impl Iterator<Item = char> {
    text.nfd().filter(|c| !is_mark(*c)).map(|c| match c {
        'đ' => 'd',
        'Đ' => 'D',
        c => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_letters_stay_as_large_as_they_are() {
        let of = |text: &str| bare(text).collect::<String>();
        assert_eq!(of("Đường ĐẮK LẮK, Nguyễn Huệ"), "Duong DAK LAK, Nguyen Hue");
        assert_eq!(of("nguye\u{302}\u{303}n"), "nguyen");
        assert_eq!(of("звонок 12 🍁"), "звонок 12 🍁");
    }
}
