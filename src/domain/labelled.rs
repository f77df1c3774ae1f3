//! The labelled messages in the repository, for tests.

use std::collections::BTreeMap;

/// A message: its cells by the names of their columns; several right answers stand between `|`.
pub(super) type Message = BTreeMap<&'static str, &'static str>;

/// The form that messages were first labelled in.
pub(super) const FORM: &str = include_str!("../../tests/data/messages-dev.tsv");
/// Those the weights are learnt from and checked against.
pub(super) const DEV: &str = include_str!("../../tests/data/messages/dev.tsv");
/// The half of what strangers wrote that may be learnt from.
pub(super) const STRANGERS: &str = include_str!("../../tests/data/messages/strangers.tsv");
/// What five others wrote to be learnt from.
pub(super) const MORE: &str = include_str!("../../tests/data/messages/more.tsv");

/// The messages of a file.
pub(super) fn labelled(tsv: &'static str) -> Vec<Message> {
    let mut lines = tsv.lines();
    let head: Vec<&str> = lines.next().expect("a head").split('\t').collect();
    let message = |line: &'static str| {
        let cells: Vec<&str> = line.split('\t').collect();
        assert_eq!(cells.len(), head.len(), "{line}");
        head.iter().copied().zip(cells).collect()
    };
    lines.map(message).collect()
}

/// Whether a value is one of the right answers of a column.
pub(super) fn says(message: &Message, column: &str, value: &str) -> bool {
    let cell = message.get(column).unwrap_or_else(|| panic!("no column {column}"));
    cell.split('|').any(|label| label == value)
}
