//! Hashes, key derivation and constant-time equality. Every use has its own label, so that a value derived
//! for one purpose can never serve another.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// SHA-256 over the parts, each behind its length (u64), so that no two lists of parts collide.
#[must_use]
pub fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// Whether two byte strings are equal, in a time that depends on their lengths only.
#[must_use]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    a.ct_eq(b).into()
}

/// SHA-256 over a plain concatenation: for layouts whose fields all have fixed lengths.
#[must_use]
pub fn sha256_flat(parts: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part);
    }
    hash.finalize().into()
}

/// HMAC-SHA256 of a concatenation under a 32-byte key.
pub(super) fn hmac256(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    // A key shorter than the hash's block is padded with zeros by definition; doing it here needs no error path.
    let mut block = Zeroizing::new([0_u8; 64]);
    for (to, from) in block.iter_mut().zip(key) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA256 of a concatenation under a secret of any length, for signing what other programs are told.
#[must_use]
pub fn hmac_sha256(secret: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    // RFC 2104: a key longer than the hash's block is hashed first, a shorter one is padded with zeros.
    let mut block = Zeroizing::new([0_u8; 64]);
    let short =
        Zeroizing::new(if secret.len() > 64 { sha256_flat(&[secret]).to_vec() } else { secret.to_vec() });
    for (to, from) in block.iter_mut().zip(short.iter()) {
        *to = *from;
    }
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HKDF-Expand-SHA256 to 32 bytes, which is one block: HMAC(prk, info | 01).
pub(super) fn expand(prk: &[u8; 32], info: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut parts = Vec::with_capacity(info.len() + 1);
    parts.extend_from_slice(info);
    parts.push(&[1]);
    Zeroizing::new(hmac256(prk, &parts))
}

/// HKDF-Extract-SHA256.
pub(super) fn extract(salt: &[u8], secret: &[u8]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(Hkdf::<Sha256>::extract(Some(salt), secret).0.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cannot_be_shifted_into_each_other() {
        assert_ne!(sha256(&[b"ab", b"c"]), sha256(&[b"a", b"bc"]));
        assert_ne!(sha256(&[b"abc"]), sha256(&[b"abc", b""]));
    }

    #[test]
    fn signatures_are_those_of_rfc_4231() {
        let hex = |bytes: [u8; 32]| data_encoding::HEXLOWER.encode(&bytes);
        let second = hmac_sha256(b"Jefe", &[b"what do ya want ", b"for nothing?"]);
        assert_eq!(hex(second), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        let sixth = hmac_sha256(&[0xaa; 131], &[b"Test Using Larger Than Block-Size Key - Hash Key First"]);
        assert_eq!(hex(sixth), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    }

    #[test]
    fn equality_sees_content_and_length() {
        assert!(same(b"abc", b"abc"));
        assert!(!same(b"abc", b"abd"));
        assert!(!same(b"abc", b"ab"));
    }
}
