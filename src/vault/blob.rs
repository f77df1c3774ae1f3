//! Sealed blobs, as rows hold them: version u8 | framing u8 | salt 24 | commitment 32 | chunks.

use zeroize::Zeroizing;

use super::cobble::{CHUNK, COMMITMENT, Cobble, SALT, TAG, open_all, sealed_len};
use super::{ItemKind, VaultError, padding};
use crate::kernel::Entropy;

/// The only blob version there is.
pub(super) const VERSION: u8 = 1;
/// Bytes before the first chunk.
pub(super) const HEADER: usize = 2 + SALT + COMMITMENT;
/// Bytes of the length before a padded text.
const PREFIX: usize = 4;

/// How the plaintext is laid out inside; fixed by the kind of item, so the byte in the blob cannot be played with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Framing {
    /// Length u32 | data | zeros, padded to a length class.
    Text = 1,
    /// Frames of one chunk each (see `stream`).
    Frames = 2,
    /// The bare bytes: secrets whose length everybody knows.
    Bare = 3,
}

impl Framing {
    pub(super) const fn of(kind: ItemKind) -> Self {
        match kind {
            ItemKind::Attachment => Self::Frames,
            ItemKind::StaffVault | ItemKind::Session => Self::Bare,
            _ => Self::Text,
        }
    }
}

/// A sealed blob. Only the vault's sealing functions and [`Sealed::from_row`] make one, so that a text nobody
/// sealed cannot be stored by mistake.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// Reads a stored blob; refuses what has not the outer shape of one.
    pub fn from_row(bytes: Vec<u8>) -> Result<Self, VaultError> {
        let framed = matches!(bytes.get(1), Some(1..=3));
        if bytes.first() == Some(&VERSION) && framed && bytes.len() >= HEADER + TAG {
            Ok(Self(bytes))
        } else {
            Err(VaultError::Malformed)
        }
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Seals data under a key for one context.
pub(super) fn seal(
    entropy: &Entropy,
    key: &[u8; 32],
    framing: Framing,
    context: &[&[u8]],
    data: &[u8],
) -> Result<Sealed, VaultError> {
    let salt = entropy.bytes::<SALT>()?;
    let cobble = Cobble::derive(key, &salt, context);
    let body = Body::new(framing, data)?;
    let mut out = Vec::with_capacity(HEADER + sealed_len(body.padded));
    out.extend_from_slice(&[VERSION, framing as u8]);
    out.extend_from_slice(&salt);
    out.extend_from_slice(cobble.commitment());
    for index in 0..=body.padded / CHUNK {
        let start = out.len();
        body.write_chunk(index, &mut out);
        let chunk = out.get_mut(start..).ok_or(VaultError::Malformed)?;
        let tag = cobble.seal_chunk(index as u64, chunk)?;
        out.extend_from_slice(&tag);
    }
    Ok(Sealed(out))
}

/// Opens a blob; nothing is released unless all of it is sound, padding included.
pub(super) fn open(
    key: &[u8; 32],
    framing: Framing,
    context: &[&[u8]],
    blob: &Sealed,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let (head, chunks) = blob.0.split_first_chunk::<HEADER>().ok_or(VaultError::Malformed)?;
    if head[0] != VERSION || head[1] != framing as u8 {
        return Err(VaultError::DoesNotOpen);
    }
    let mut salt = [0; SALT];
    salt.copy_from_slice(&head[2..2 + SALT]);
    let cobble = Cobble::derive(key, &salt, context);
    cobble.check(&head[2 + SALT..])?;
    let mut plain = open_all(&cobble, chunks)?;
    if framing == Framing::Text {
        strip(&mut plain)?;
    }
    Ok(plain)
}

/// Takes length prefix and padding off; padding that is not all zeros, or longer than it must be, is refused.
fn strip(plain: &mut Zeroizing<Vec<u8>>) -> Result<(), VaultError> {
    let (prefix, rest) = plain.split_first_chunk::<PREFIX>().ok_or(VaultError::DoesNotOpen)?;
    let len = usize::try_from(u32::from_be_bytes(*prefix)).map_err(|_| VaultError::DoesNotOpen)?;
    let (_, zeros) = rest.split_at_checked(len).ok_or(VaultError::DoesNotOpen)?;
    if zeros.iter().any(|b| *b != 0) || plain.len() != padding::text(PREFIX + len) {
        return Err(VaultError::DoesNotOpen);
    }
    plain.copy_within(PREFIX..PREFIX + len, 0);
    plain.truncate(len);
    Ok(())
}

/// A plaintext seen as its padded layout, without building it.
struct Body<'a> {
    prefix: [u8; PREFIX],
    prefixed: usize,
    data: &'a [u8],
    padded: usize,
}

impl<'a> Body<'a> {
    fn new(framing: Framing, data: &'a [u8]) -> Result<Self, VaultError> {
        let prefix = u32::try_from(data.len()).map_err(|_| VaultError::TooLong)?.to_be_bytes();
        Ok(match framing {
            Framing::Text => {
                Self { prefix, prefixed: PREFIX, data, padded: padding::text(PREFIX + data.len()) }
            }
            Framing::Bare => Self { prefix, prefixed: 0, data, padded: data.len() },
            Framing::Frames => return Err(VaultError::WrongKind),
        })
    }

    /// Appends the plaintext of chunk `index`.
    fn write_chunk(&self, index: usize, out: &mut Vec<u8>) {
        let from = index * CHUNK;
        let to = (from + CHUNK).min(self.padded);
        let end = out.len() + (to - from);
        if from == 0 {
            out.extend(self.prefix.iter().take(self.prefixed));
        }
        let first = from.saturating_sub(self.prefixed).min(self.data.len());
        let last = to.saturating_sub(self.prefixed).min(self.data.len());
        out.extend_from_slice(self.data.get(first..last).unwrap_or_default());
        out.resize(end, 0);
    }
}
