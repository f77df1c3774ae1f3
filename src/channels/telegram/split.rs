//! Cutting a long text into messages.

/// What Telegram takes in one message, in UTF-16 code units.
pub const MAX_UNITS: usize = 4096;

/// Cuts a text into messages of at most [`MAX_UNITS`], at the last paragraph that fits, else the last line,
/// else the last space, else between two characters. White space at the cuts is dropped; an empty text
/// gives no part.
#[must_use]
pub fn parts(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (part, more) = rest.split_at(cut(rest));
        parts.push(part.trim_end());
        rest = more.trim_start();
    }
    parts
}

/// Where to cut, in bytes; on a character boundary and never 0.
fn cut(text: &str) -> usize {
    let end = fitting(text);
    if end == text.len() {
        return end;
    }
    let (head, _) = text.split_at(end);
    ["\n\n", "\n", " "].iter().find_map(|mark| head.rfind(mark).filter(|at| *at > 0)).unwrap_or(end)
}

/// The length in bytes of the longest beginning that fits.
fn fitting(text: &str) -> usize {
    let mut units = 0;
    for (at, letter) in text.char_indices() {
        units += letter.len_utf16();
        if units > MAX_UNITS {
            return at;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_text_is_cut_at_the_last_paragraph_that_fits() {
        let (a, b) = ("a".repeat(3000), "b c".repeat(500));
        assert_eq!(parts(&format!("{a}\n\n{b}")), [a.as_str(), b.as_str()]);
        assert_eq!(parts(" short \n"), ["short"]);
        assert!(parts(" \n ").is_empty());
    }

    #[test]
    fn length_is_counted_in_utf16_units() {
        let faces = "😀".repeat(2049);
        let cut: Vec<usize> = parts(&faces).iter().map(|p| p.encode_utf16().count()).collect();
        assert_eq!(cut, [4096, 2]);
        let viet = "ệ".repeat(4096);
        assert_eq!(parts(&viet).len(), 1);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn nothing_but_white_space_is_lost(text in "(\\PC|\n| ){0,9000}") {
            let cut = parts(&text);
            prop_assert!(cut.iter().all(|p| !p.is_empty() && p.encode_utf16().count() <= MAX_UNITS));
            let solid = |s: &str| s.split_whitespace().collect::<String>();
            prop_assert_eq!(solid(&cut.concat()), solid(&text));
        }
    }
}
