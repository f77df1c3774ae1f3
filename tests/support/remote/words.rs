//! What a person finds in the words that they were sent.

/// The number that stands before this choice.
pub(crate) fn number_of<'a>(message: &'a str, label: &str) -> &'a str {
    let line = message.lines().find(|l| l.ends_with(&format!(". {label}"))).expect("a line of its own");
    line.split('.').next().expect("a number")
}

/// Every receipt in this, as it was written.
pub(crate) fn receipts(message: &str) -> impl Iterator<Item = &str> {
    let words = message.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    words.filter(|w| w.len() == 24 && w.matches('-').count() == 4)
}
