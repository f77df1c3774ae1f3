//! What the reconciler looks for: places where rows that belong together do not agree. A finding names a kind and
//! an object, never content; its sentences stand in the catalogue under `finding.KIND`.

/// What does not agree. The words are kept in rows and in the labels of counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingKind {
    /// A case without the item that opened it.
    CaseWithoutOpening,
    /// A case whose opening item came with a receipt that leads nowhere.
    CaseWithoutReceipt,
    /// A case of a desk that does not exist, or that is of another kind.
    CaseWithoutDesk,
    /// A sealed item of no case.
    ItemWithoutCase,
    /// A sealed item that nobody can open.
    ItemWithoutKey,
    /// A wrap of no item.
    KeyWithoutItem,
    /// A receipt of no case.
    ReceiptWithoutCase,
    /// An entry of the legal register without its tip.
    RegisterWithoutCase,
    /// A case that stands twice in the register of one unit and year.
    RegisterTwice,
    /// A return address whose mailbox is gone: it should have been destroyed with it.
    AddressWithoutMailbox,
    /// A mailbox whose return address is gone.
    MailboxWithoutAddress,
    /// A mailbox of no case.
    MailboxWithoutCase,
    /// A dead letter whose case is gone.
    LetterWithoutCase,
    /// A file that a row names and that is not on the shelf, or is shorter than it was.
    FileMissing,
    /// A row about a file whose item is gone.
    FileWithoutItem,
    /// A file on the shelf that no row names and that was not tidied away.
    FileUnnamed,
    /// An update of a messenger that neither the bot nor a person has taken.
    UpdateStuck,
    /// A message that should have left or been parked long ago.
    MessageStuck,
    /// A queued message of a case that does not exist.
    MessageWithoutCase,
    /// Waiting words of a case that does not exist.
    HeldWithoutCase,
    /// Rows in flight whose key is gone: nobody can open them again.
    SealUnreadable,
    /// A number that was given and that nothing bears.
    NumberMissing,
    /// A number that was never given.
    NumberBeyond,
    /// A receipt of the journal without its case.
    JournalWithoutCase,
    /// As many cases were numbered as the journal has not received.
    JournalDiffers,
    /// The kept counts of a desk are not those of its cases.
    CountsDiffer,
    /// A line whose canaries do not come back.
    CanaryLate,
}

/// What a person does about a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Something is gone: leave everything as it is, compare with the last copy.
    Preserve,
    /// Something does not move: see whether its channel and the server work.
    Unblock,
    /// Something is left over: harmless to citizens, to be looked at by who runs the server.
    LeftOver,
}

impl FindingKind {
    /// All kinds.
    pub const ALL: [Self; 27] = [
        Self::CaseWithoutOpening,
        Self::CaseWithoutReceipt,
        Self::CaseWithoutDesk,
        Self::ItemWithoutCase,
        Self::ItemWithoutKey,
        Self::KeyWithoutItem,
        Self::ReceiptWithoutCase,
        Self::RegisterWithoutCase,
        Self::RegisterTwice,
        Self::AddressWithoutMailbox,
        Self::MailboxWithoutAddress,
        Self::MailboxWithoutCase,
        Self::LetterWithoutCase,
        Self::FileMissing,
        Self::FileWithoutItem,
        Self::FileUnnamed,
        Self::UpdateStuck,
        Self::MessageStuck,
        Self::MessageWithoutCase,
        Self::HeldWithoutCase,
        Self::SealUnreadable,
        Self::NumberMissing,
        Self::NumberBeyond,
        Self::JournalWithoutCase,
        Self::JournalDiffers,
        Self::CountsDiffer,
        Self::CanaryLate,
    ];

    /// The word in rows, labels and the keys of sentences.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CaseWithoutOpening => "case_without_opening",
            Self::CaseWithoutReceipt => "case_without_receipt",
            Self::CaseWithoutDesk => "case_without_desk",
            Self::ItemWithoutCase => "item_without_case",
            Self::ItemWithoutKey => "item_without_key",
            Self::KeyWithoutItem => "key_without_item",
            Self::ReceiptWithoutCase => "receipt_without_case",
            Self::RegisterWithoutCase => "register_without_case",
            Self::RegisterTwice => "register_twice",
            Self::AddressWithoutMailbox => "address_without_mailbox",
            Self::MailboxWithoutAddress => "mailbox_without_address",
            Self::MailboxWithoutCase => "mailbox_without_case",
            Self::LetterWithoutCase => "letter_without_case",
            Self::FileMissing => "file_missing",
            Self::FileWithoutItem => "file_without_item",
            Self::FileUnnamed => "file_unnamed",
            Self::UpdateStuck => "update_stuck",
            Self::MessageStuck => "message_stuck",
            Self::MessageWithoutCase => "message_without_case",
            Self::HeldWithoutCase => "held_without_case",
            Self::SealUnreadable => "seal_unreadable",
            Self::NumberMissing => "number_missing",
            Self::NumberBeyond => "number_beyond",
            Self::JournalWithoutCase => "journal_without_case",
            Self::JournalDiffers => "journal_differs",
            Self::CountsDiffer => "counts_differ",
            Self::CanaryLate => "canary_late",
        }
    }

    /// The reverse of [`Self::as_str`].
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == word)
    }

    /// What a person does about it.
    #[must_use]
    pub const fn remedy(self) -> Remedy {
        match self {
            Self::UpdateStuck | Self::MessageStuck | Self::CanaryLate => Remedy::Unblock,
            Self::KeyWithoutItem
            | Self::ReceiptWithoutCase
            | Self::AddressWithoutMailbox
            | Self::MailboxWithoutCase
            | Self::FileUnnamed
            | Self::MessageWithoutCase
            | Self::HeldWithoutCase
            | Self::CountsDiffer => Remedy::LeftOver,
            _ => Remedy::Preserve,
        }
    }
}

impl Remedy {
    /// The word in the keys of sentences, under `finding_remedy`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preserve => "preserve",
            Self::Unblock => "unblock",
            Self::LeftOver => "left_over",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back_as_its_kind() {
        for kind in FindingKind::ALL {
            assert_eq!(FindingKind::parse(kind.as_str()), Some(kind));
        }
        assert_eq!(FindingKind::parse("else"), None);
    }
}
