//! Keys on paper: base32 in groups of four with a checksum, forgiving case, spaces and the usual confusions.

use data_encoding::BASE32_NOPAD;
use zeroize::Zeroizing;

use super::VaultError;
use super::bytes::Reader;
use super::hash::{same, sha256_flat};
use crate::kernel::Secret;

/// What a printed key is; the first byte, so that one cannot be typed where another is meant.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Printed {
    RootPrivate = 1,
    RootPublic = 2,
    Custodian = 3,
}

fn checksum(kind: Printed, key: &[u8; 32]) -> [u8; 3] {
    let hash = sha256_flat(&[b"hotline/v1 printed", &[kind as u8], key]);
    [hash[0], hash[1], hash[2]]
}

/// kind u8 | key 32 | checksum 3, as 58 letters and digits in groups of four.
pub(super) fn print(kind: Printed, key: &[u8; 32]) -> Secret<String> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(36));
    bytes.push(kind as u8);
    bytes.extend_from_slice(key);
    bytes.extend_from_slice(&checksum(kind, key));
    let plain = Zeroizing::new(BASE32_NOPAD.encode(&bytes));
    let mut text = String::with_capacity(plain.len() * 5 / 4 + 1);
    for (i, letter) in plain.chars().enumerate() {
        if i > 0 && i % 4 == 0 {
            text.push('-');
        }
        text.push(letter);
    }
    Secret::new(text)
}

/// The reverse of `print`; a slip of the pen is found by the checksum.
pub(super) fn parse(kind: Printed, text: &str) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let mut letters = Zeroizing::new(String::with_capacity(text.len()));
    for letter in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
        letters.push(match letter.to_ascii_uppercase() {
            '0' => 'O',
            '1' => 'I',
            '8' => 'B',
            other => other,
        });
    }
    let bytes = BASE32_NOPAD.decode(letters.as_bytes()).map_err(|_| VaultError::Malformed)?;
    let bytes = Zeroizing::new(bytes);
    let mut from = Reader::new(&bytes);
    let found = from.u8()?;
    let key = Zeroizing::new(from.take::<32>()?);
    let sum = from.take::<3>()?;
    from.end()?;
    if found == kind as u8 && same(&checksum(kind, &key), &sum) {
        Ok(key)
    } else {
        Err(VaultError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_paper_and_a_slip_is_noticed() {
        let key = [0xa7; 32];
        let text = print(Printed::Custodian, &key);
        let sloppy = text.expose().to_lowercase().replace('-', " ");
        assert_eq!(*parse(Printed::Custodian, &sloppy).expect("same key"), key);
        assert!(parse(Printed::RootPrivate, text.expose()).is_err());
        for at in 0..text.expose().len() {
            let mut wrong = text.expose().clone().into_bytes();
            wrong[at] = if wrong[at] == b'Q' { b'R' } else { b'Q' };
            let wrong = String::from_utf8(wrong).expect("ascii");
            assert!(parse(Printed::Custodian, &wrong).is_err(), "{at}");
        }
    }
}
