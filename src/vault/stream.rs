//! Attachments: sealed and opened while they stream, in memory of a few chunks however large the file.
//!
//! The length of an upload is known only at its end, and its padding must not be taken for content. So every
//! 16 KiB chunk of the Cobblestone plaintext is a frame: used u16 | data | zeros. All frames before the end of
//! the data are full (16,382 bytes used); those after it are empty; the whole is padded by Padmé to at least
//! 64 KiB. The opener checks all of that: a cut, a changed length or a non-zero pad is an error at `finish`.
//!
//! Plaintext is released chunk by chunk as it is authenticated. Whoever must not act on half a file (a parser, a
//! virus check) waits for [`AttachmentOpener::finish`].

use zeroize::{Zeroize, Zeroizing};

use super::blob::{Framing, HEADER, VERSION};
use super::cobble::{CHUNK, Cobble, SALT, TAG};
use super::{ItemKind, Place, PrivateKey, PublicKey, Vault, VaultError, Wrap, padding};

/// Bytes of data in a full frame.
const ROOM: usize = CHUNK - 2;

/// Seals a stream of any length.
pub struct AttachmentSealer {
    cobble: Cobble,
    header: Option<[u8; HEADER]>,
    frame: Zeroizing<Vec<u8>>,
    frames: u64,
    length: u64,
}

impl Vault {
    /// Starts sealing an attachment for the given readers; the wraps are known before the first byte.
    pub fn seal_attachment(
        &self,
        place: &Place,
        to: &[&PublicKey],
    ) -> Result<(AttachmentSealer, Vec<Wrap>), VaultError> {
        if place.kind != ItemKind::Attachment {
            return Err(VaultError::WrongKind);
        }
        let dek = Zeroizing::new(self.entropy.bytes()?);
        let salt = self.entropy.bytes::<SALT>()?;
        let cobble = Cobble::derive(&dek, &salt, &[&place.context(self.deployment)]);
        let mut header = [0; HEADER];
        header[..2].copy_from_slice(&[VERSION, Framing::Frames as u8]);
        header[2..2 + SALT].copy_from_slice(&salt);
        header[2 + SALT..].copy_from_slice(cobble.commitment());
        let frame = Zeroizing::new(Vec::with_capacity(CHUNK));
        let sealer = AttachmentSealer { cobble, header: Some(header), frame, frames: 0, length: 0 };
        Ok((sealer, self.wrap_all(place, &dek, to)?))
    }

    /// Starts opening an attachment.
    pub fn open_attachment(
        &self,
        place: &Place,
        wrap: &Wrap,
        key: &PrivateKey,
    ) -> Result<AttachmentOpener, VaultError> {
        if place.kind != ItemKind::Attachment {
            return Err(VaultError::WrongKind);
        }
        let dek = self.unwrap_key(place, wrap, key)?;
        let context = place.context(self.deployment);
        let buffer = Zeroizing::new(Vec::with_capacity(CHUNK + TAG));
        Ok(AttachmentOpener { dek, context, cobble: None, buffer, frames: 0, length: 0, ended: false })
    }
}

impl AttachmentSealer {
    /// Takes the next bytes of the file, in pieces of any length, and appends ciphertext to `out`.
    pub fn push(&mut self, mut data: &[u8], out: &mut Vec<u8>) -> Result<(), VaultError> {
        if let Some(header) = self.header.take() {
            out.extend_from_slice(&header);
        }
        while !data.is_empty() {
            let room = ROOM - self.frame.len();
            let (now, later) = data.split_at(data.len().min(room));
            self.frame.extend_from_slice(now);
            self.length += now.len() as u64;
            data = later;
            if self.frame.len() == ROOM {
                self.seal_frame(CHUNK, out)?;
            }
        }
        Ok(())
    }

    /// Ends the data; the ciphertext is complete when the tail is used up.
    #[must_use]
    pub fn finish(self) -> AttachmentTail {
        let pending = if self.frame.is_empty() { 0 } else { 2 + self.frame.len() as u64 };
        let padded = padding::file(self.frames * CHUNK as u64 + pending);
        AttachmentTail { sealer: self, padded, done: false }
    }

    /// Seals the pending data as a frame of `size` plaintext bytes (0 for an empty last chunk).
    fn seal_frame(&mut self, size: usize, out: &mut Vec<u8>) -> Result<(), VaultError> {
        let start = out.len();
        if size > 0 {
            let used = u16::try_from(self.frame.len()).map_err(|_| VaultError::TooLong)?;
            out.extend_from_slice(&used.to_be_bytes());
            out.extend_from_slice(&self.frame);
            out.resize(start + size, 0);
        }
        self.frame.zeroize();
        self.frame.clear();
        let chunk = out.get_mut(start..).ok_or(VaultError::Malformed)?;
        let tag = self.cobble.seal_chunk(self.frames, chunk)?;
        out.extend_from_slice(&tag);
        self.frames += 1;
        Ok(())
    }
}

/// The rest of the ciphertext after the last byte of data: at most one chunk at a time, as an iterator.
pub struct AttachmentTail {
    sealer: AttachmentSealer,
    padded: u64,
    done: bool,
}

impl AttachmentTail {
    /// How many bytes of data were sealed.
    #[must_use]
    pub const fn length(&self) -> u64 {
        self.sealer.length
    }

    fn next_piece(&mut self) -> Result<Vec<u8>, VaultError> {
        let mut out = Vec::with_capacity(HEADER + CHUNK + TAG);
        self.sealer.push(&[], &mut out)?;
        let left = self.padded.saturating_sub(self.sealer.frames * CHUNK as u64);
        let size = usize::try_from(left).unwrap_or(usize::MAX).min(CHUNK);
        self.done = size < CHUNK;
        self.sealer.seal_frame(size, &mut out)?;
        Ok(out)
    }
}

impl Iterator for AttachmentTail {
    type Item = Result<Vec<u8>, VaultError>;

    fn next(&mut self) -> Option<Self::Item> {
        (!self.done).then(|| {
            let piece = self.next_piece();
            self.done |= piece.is_err();
            piece
        })
    }
}

/// Opens a stream that [`AttachmentSealer`] made.
pub struct AttachmentOpener {
    dek: Zeroizing<[u8; 32]>,
    context: [u8; super::place::CONTEXT],
    cobble: Option<Cobble>,
    buffer: Zeroizing<Vec<u8>>,
    frames: u64,
    length: u64,
    ended: bool,
}

impl AttachmentOpener {
    /// Takes the next ciphertext, in pieces of any length, and appends authenticated plaintext to `out`.
    pub fn push(&mut self, mut data: &[u8], out: &mut Vec<u8>) -> Result<(), VaultError> {
        while !data.is_empty() {
            let target = if self.cobble.is_some() { CHUNK + TAG } else { HEADER };
            let (now, later) = data.split_at(data.len().min(target - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            data = later;
            if self.buffer.len() < target {
                break;
            }
            if self.cobble.is_some() {
                self.open_frame(out)?;
            } else {
                self.read_header()?;
            }
        }
        Ok(())
    }

    /// Ends the ciphertext and returns the length of the data; an error if anything is missing or out of form.
    pub fn finish(mut self, out: &mut Vec<u8>) -> Result<u64, VaultError> {
        let last = self.buffer.len().checked_sub(TAG).ok_or(VaultError::DoesNotOpen)?;
        let padded = self.frames * CHUNK as u64 + last as u64;
        self.open_frame(out)?;
        let full = self.length / ROOM as u64;
        let rest = self.length % ROOM as u64;
        let framed = full * CHUNK as u64 + if rest == 0 { 0 } else { 2 + rest };
        if padded == padding::file(framed) { Ok(self.length) } else { Err(VaultError::DoesNotOpen) }
    }

    fn read_header(&mut self) -> Result<(), VaultError> {
        let head: &[u8; HEADER] = self.buffer.as_slice().try_into().map_err(|_| VaultError::Malformed)?;
        if head[..2] != [VERSION, Framing::Frames as u8] {
            return Err(VaultError::DoesNotOpen);
        }
        let mut salt = [0; SALT];
        salt.copy_from_slice(&head[2..2 + SALT]);
        let cobble = Cobble::derive(&self.dek, &salt, &[&self.context]);
        cobble.check(&head[2 + SALT..])?;
        self.cobble = Some(cobble);
        self.buffer.clear();
        Ok(())
    }

    fn open_frame(&mut self, out: &mut Vec<u8>) -> Result<(), VaultError> {
        let cobble = self.cobble.as_ref().ok_or(VaultError::DoesNotOpen)?;
        let (chunk, tag) = self.buffer.split_last_chunk_mut::<TAG>().ok_or(VaultError::DoesNotOpen)?;
        cobble.open_chunk(self.frames, chunk, tag)?;
        let data = unframe(chunk, &mut self.ended)?;
        out.extend_from_slice(data);
        self.length += data.len() as u64;
        self.frames += 1;
        self.buffer.zeroize();
        Ok(())
    }
}

/// The data of a frame; `ended` is set by the first frame that is not full, and no data may follow.
fn unframe<'a>(chunk: &'a [u8], ended: &mut bool) -> Result<&'a [u8], VaultError> {
    let Some((used, rest)) = chunk.split_first_chunk::<2>() else {
        return if chunk.is_empty() { Ok(chunk) } else { Err(VaultError::DoesNotOpen) };
    };
    let used = usize::from(u16::from_be_bytes(*used));
    let (data, zeros) = rest.split_at_checked(used).ok_or(VaultError::DoesNotOpen)?;
    if zeros.iter().any(|b| *b != 0) || (*ended && used > 0) {
        return Err(VaultError::DoesNotOpen);
    }
    *ended |= used < ROOM;
    Ok(data)
}

#[cfg(test)]
mod tests;
