//! Reading fixed layouts: big-endian, every field of known length, nothing left over.

use super::VaultError;

/// The rest of a byte string that is being taken apart from the front.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn take<const N: usize>(&mut self) -> Result<[u8; N], VaultError> {
        let (head, rest) = self.0.split_first_chunk::<N>().ok_or(VaultError::Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn magic(&mut self, expected: [u8; 4]) -> Result<(), VaultError> {
        if self.take::<4>()? == expected { Ok(()) } else { Err(VaultError::Malformed) }
    }

    pub(super) fn u8(&mut self) -> Result<u8, VaultError> {
        self.take().map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self) -> Result<u16, VaultError> {
        self.take().map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self) -> Result<u32, VaultError> {
        self.take().map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, VaultError> {
        self.take().map(u64::from_be_bytes)
    }

    pub(super) const fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(super) const fn end(self) -> Result<(), VaultError> {
        if self.0.is_empty() { Ok(()) } else { Err(VaultError::Malformed) }
    }
}
