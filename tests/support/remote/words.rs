//! What a person does with words alone: waits for them, finds a code in them, answers with the number of a choice.

use super::Shared;

/// Somebody who is answered in words and choices with numbers.
pub(crate) trait Chats {
    /// What their remote knows.
    type State;

    /// Their remote.
    fn shared(&self) -> &Shared<Self::State>;

    /// Writes this.
    fn types(&self, text: &str);

    /// Everything that was ever said to them, oldest first.
    fn told(&self) -> Vec<String>;

    /// Waits (ten seconds) for a message that contains `text`; the newest such.
    async fn wait_for(&self, text: &str) -> String {
        let newest = || self.told().into_iter().rev().find(|m| m.contains(text));
        let found = self.shared().find(newest).await;
        found.unwrap_or_else(|| panic!("never said: {text:?}; there is {:#?}", self.told()))
    }

    /// Answers with the number that stands before this choice in the newest message that offers it.
    async fn chooses(&self, label: &str) {
        let message = self.wait_for(&format!(". {label}")).await;
        let line = message.lines().find(|l| l.ends_with(&format!(". {label}"))).expect("a line of its own");
        self.types(line.split('.').next().expect("a number"));
    }

    /// Waits for the message with the receipt and reads it.
    async fn receipt(&self) -> String {
        let newest = || self.told().iter().rev().find_map(|m| receipts(m).next().map(str::to_owned));
        let found = self.shared().find(newest).await;
        found.unwrap_or_else(|| panic!("no receipt; there is {:#?}", self.told()))
    }
}

/// Every receipt in this, as it was written.
pub(crate) fn receipts(message: &str) -> impl Iterator<Item = &str> {
    let words = message.split_whitespace().map(|w| w.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    words.filter(|w| w.len() == 24 && w.matches('-').count() == 4)
}
