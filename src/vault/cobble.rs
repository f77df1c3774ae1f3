//! Cobblestone-256 (C2SP chunked encryption): the one symmetric construction, for texts, files and key vaults.
//!
//! Key, nonce and a 32-byte commitment come from HKDF-Expand-SHA512 over the key, a 192-bit random salt and the
//! context. The commitment is compared before anything is decrypted, so that a blob opens under one key only
//! (plain GCM lets an attacker with write access test many keys at once). Chunks of 16 KiB; the last is always
//! shorter, possibly empty, so that a cut is noticed.

use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use hmac::{Hmac, Mac};
use sha2::Sha512;
use zeroize::Zeroizing;

use super::VaultError;
use super::hash::same;

/// Plaintext bytes in every chunk but the last.
pub(super) const CHUNK: usize = 16 * 1024;
/// Bytes a chunk grows by.
pub(super) const TAG: usize = 16;
/// Bytes of random salt.
pub(super) const SALT: usize = 24;
/// Bytes of key commitment.
pub(super) const COMMITMENT: usize = 32;

const LABEL: &[u8] = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0";

/// One message's keys.
pub(super) struct Cobble {
    cipher: Aes256Gcm,
    nonce: [u8; 12],
    commitment: [u8; COMMITMENT],
}

impl Cobble {
    /// Derives a message's keys; the context is the concatenation of its parts.
    pub(super) fn derive(key: &[u8; 32], salt: &[u8; SALT], context: &[&[u8]]) -> Self {
        let mut block = Zeroizing::new([0_u8; 128]);
        for (to, from) in block.iter_mut().zip(key) {
            *to = *from;
        }
        let keyed = Hmac::<Sha512>::new((&*block).into());
        let mut okm = Zeroizing::new([0_u8; 128]);
        let (first, second) = okm.split_at_mut(64);
        let rounds: [(&mut [u8], u8); 2] = [(&mut *first, 1), (second, 2)];
        let mut previous = Zeroizing::new([0_u8; 64]);
        for (out, counter) in rounds {
            let mut mac = keyed.clone();
            if counter > 1 {
                mac.update(&*previous);
            }
            mac.update(LABEL);
            mac.update(salt);
            for part in context {
                mac.update(part);
            }
            mac.update(&[counter]);
            *previous = mac.finalize().into_bytes().into();
            out.copy_from_slice(&*previous);
        }
        Self::split(&okm)
    }

    /// key 32 | nonce 12 | commitment 32, from the front of the derived bytes.
    fn split(okm: &[u8; 128]) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        key.copy_from_slice(&okm[..32]);
        let mut nonce = [0; 12];
        nonce.copy_from_slice(&okm[32..44]);
        let mut commitment = [0; COMMITMENT];
        commitment.copy_from_slice(&okm[44..76]);
        Self { cipher: Aes256Gcm::new((&*key).into()), nonce, commitment }
    }

    /// What the header of a message under these keys holds.
    pub(super) const fn commitment(&self) -> &[u8; COMMITMENT] {
        &self.commitment
    }

    /// Refuses a message made under any other key, salt or context, before anything is decrypted.
    pub(super) fn check(&self, commitment: &[u8]) -> Result<(), VaultError> {
        if same(&self.commitment, commitment) { Ok(()) } else { Err(VaultError::DoesNotOpen) }
    }

    fn nonce(&self, index: u64) -> Nonce<aes_gcm::aead::consts::U12> {
        let mut nonce = self.nonce;
        for (byte, count) in nonce.iter_mut().rev().zip(index.to_le_bytes()) {
            *byte ^= count;
        }
        nonce.into()
    }

    /// Encrypts one chunk in place and returns its tag.
    pub(super) fn seal_chunk(&self, index: u64, chunk: &mut [u8]) -> Result<[u8; TAG], VaultError> {
        let tag = self.cipher.encrypt_inout_detached(&self.nonce(index), b"", chunk.into());
        tag.map(Into::into).map_err(|_| VaultError::TooLong)
    }

    /// Decrypts one chunk in place; on failure its bytes are of no use.
    pub(super) fn open_chunk(&self, index: u64, chunk: &mut [u8], tag: &[u8; TAG]) -> Result<(), VaultError> {
        let tag = Tag::from(*tag);
        let opened = self.cipher.decrypt_inout_detached(&self.nonce(index), b"", chunk.into(), &tag);
        opened.map_err(|_| VaultError::DoesNotOpen)
    }
}

/// Ciphertext length of a padded plaintext, without salt and commitment.
pub(super) const fn sealed_len(padded: usize) -> usize {
    padded + (padded / CHUNK + 1) * TAG
}

/// Decrypts all chunks of a message into one buffer, which is released only as a whole.
pub(super) fn open_all(cobble: &Cobble, chunks: &[u8]) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let mut out = Zeroizing::new(Vec::with_capacity(chunks.len()));
    let mut rest = chunks;
    let mut index = 0;
    loop {
        let whole = rest.len() >= CHUNK + TAG;
        let length = if whole { CHUNK + TAG } else { rest.len() };
        let (chunk, after) = rest.split_at_checked(length).ok_or(VaultError::Malformed)?;
        let (text, tag) = chunk.split_last_chunk::<TAG>().ok_or(VaultError::DoesNotOpen)?;
        let start = out.len();
        out.extend_from_slice(text);
        let plain = out.get_mut(start..).ok_or(VaultError::Malformed)?;
        cobble.open_chunk(index, plain, tag)?;
        if !whole {
            return Ok(out);
        }
        rest = after;
        index += 1;
    }
}
