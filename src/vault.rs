//! stand-in until the vault lands
#![allow(missing_docs, clippy::all)]
#[derive(Clone)]
pub struct Sealed(Vec<u8>);
impl Sealed {
    pub fn from_row(b: Vec<u8>) -> Result<Self, ()> {
        Ok(Self(b))
    }
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
#[derive(Clone)]
pub struct Wrap(Vec<u8>);
impl Wrap {
    pub fn from_row(b: &[u8]) -> Result<Self, ()> {
        Ok(Self(b.to_vec()))
    }
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    pub fn kid(&self) -> KeyId {
        KeyId([0; 8])
    }
}
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct KeyId(pub [u8; 8]);
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ItemKind {
    Tip = 1,
}
impl ItemKind {
    pub fn from_byte(_: u8) -> Option<Self> {
        Some(Self::Tip)
    }
    pub fn to_byte(self) -> u8 {
        1
    }
}
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AuditFields {
    pub n: u64,
    pub hour: u32,
    pub tenant: [u8; 16],
    pub actor: [u8; 16],
    pub action: u16,
    pub object: [u8; 16],
    pub detail: [u8; 32],
}
pub fn audit_hash(_: &[u8; 32], _: &AuditFields) -> [u8; 32] {
    [0; 32]
}
