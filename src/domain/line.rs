//! Where in a file something stands, for whoever has to mend the file.

/// The line of a byte, from 1.
pub(super) fn line_of(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|b| *b == b'\n').count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_that_begins_a_line_is_of_that_line() {
        let text = "một\nhai\n\nbốn";
        for (word, line) in [("một", 1), ("ột", 1), ("hai", 2), ("\n\n", 2), ("\nbốn", 3), ("bốn", 4)]
        {
            assert_eq!(line_of(text, text.find(word).expect("a word")), line, "{word:?}");
        }
        assert_eq!((line_of("", 0), line_of("a\n", 9)), (1, 2));
    }
}
