//! Ciphertext knows its place: a blob opens only where it was sealed.

use crate::kernel::id::{CaseId, DeploymentId, ItemId};

use super::VaultError;

/// Length of an encoded context.
pub(super) const CONTEXT: usize = 59;

/// What a sealed thing is; the numbers are part of format v1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum ItemKind {
    /// The first text of a tip.
    Tip = 1,
    /// What the citizen adds later.
    FollowUp = 2,
    /// A desk's internal note.
    Note = 3,
    /// A desk's words to the citizen.
    Reply = 4,
    /// The first text of a counselling request.
    Counselling = 5,
    /// A file; sealed by streaming only.
    Attachment = 6,
    /// The detail behind an audit entry's hash.
    AuditDetail = 7,
    /// A member's secret under the unlock phrase.
    StaffVault = 8,
    /// A member's secret under the session token.
    Session = 9,
    /// A row in flight under a transit key.
    Transit = 10,
    /// A document made for a member and kept for a day.
    Export = 11,
    /// The return address of a citizen.
    Address = 12,
    /// Category, place, tags and signature of a case.
    Summary = 13,
    /// An update nobody understood, kept for a person to read.
    DeadLetter = 14,
    /// Why a member of staff took a step.
    Reason = 15,
    /// What is known of a file: its name, type and length.
    FileNote = 16,
    /// A name that an informant gave freely.
    Informant = 17,
    /// The number that somebody asked to be called back at.
    CallBack = 18,
}

impl ItemKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 18] = [
        Self::Tip,
        Self::FollowUp,
        Self::Note,
        Self::Reply,
        Self::Counselling,
        Self::Attachment,
        Self::AuditDetail,
        Self::StaffVault,
        Self::Session,
        Self::Transit,
        Self::Export,
        Self::Address,
        Self::Summary,
        Self::DeadLetter,
        Self::Reason,
        Self::FileNote,
        Self::Informant,
        Self::CallBack,
    ];

    /// The number stored in rows and bound into contexts.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self as u8
    }

    /// The reverse of [`Self::to_byte`]; an unknown number is refused, never guessed.
    pub fn from_byte(byte: u8) -> Result<Self, VaultError> {
        Self::ALL.into_iter().find(|kind| kind.to_byte() == byte).ok_or(VaultError::Malformed)
    }
}

/// Where a sealed thing belongs: it opens nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// What it is.
    pub kind: ItemKind,
    /// The item's own id.
    pub item: ItemId,
    /// The case the item belongs to.
    pub case: CaseId,
    /// Which part of the item, counted from 0.
    pub part: u16,
    /// Which revision of the part, counted from 0; an older revision does not open in a newer one's place.
    pub rev: u32,
}

impl Place {
    /// The first revision of part 0.
    #[must_use]
    pub const fn first(kind: ItemKind, item: ItemId, case: CaseId) -> Self {
        Self { kind, item, case, part: 0, rev: 0 }
    }

    /// `HLc1` | deployment 16 | kind u8 | part u16 | item 16 | case 16 | rev u32: fixed lengths, so injective.
    pub(super) fn context(&self, deployment: DeploymentId) -> [u8; CONTEXT] {
        let mut context = [0; CONTEXT];
        let fields: [&[u8]; 7] = [
            b"HLc1",
            &deployment.bytes(),
            &[self.kind.to_byte()],
            &self.part.to_be_bytes(),
            &self.item.bytes(),
            &self.case.bytes(),
            &self.rev.to_be_bytes(),
        ];
        for (to, from) in context.iter_mut().zip(fields.into_iter().flatten()) {
            *to = *from;
        }
        context
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_keep_their_numbers() {
        for (n, kind) in (1_u8..).zip(ItemKind::ALL) {
            assert_eq!(kind.to_byte(), n);
            assert_eq!(ItemKind::from_byte(n), Ok(kind));
        }
        assert_eq!(ItemKind::from_byte(0), Err(VaultError::Malformed));
        assert_eq!(ItemKind::from_byte(19), Err(VaultError::Malformed));
    }
}
