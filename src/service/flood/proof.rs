//! Proof of work: a little of a script's time for each message, checked with one hash and no memory. It is bound to the
//! body and to a slot of time, so that nothing can be prepared or used again for another message.

use crate::vault::sha256_flat;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Work {
    /// How many leading bits of the hash must be zero.
    pub bits: u32,
    /// The slot of time it is done in.
    pub slot: i64,
}

/// The longest proof that is looked at.
const LONGEST: usize = 64;

/// Whether `proof`, which reads `SLOT:NONCE`, is work on this body: SHA-256 over `tinan/proof`, a colon, the proof, a
/// colon and the body begins with enough zero bits.
#[must_use]
pub fn is_proof(work: Work, proof: &str, body: &[u8]) -> bool {
    // Two whole numbers, so that nothing of the body can be shifted into the proof.
    let read = proof
        .split_once(':')
        .and_then(|(slot, nonce)| Some((slot.parse().ok()?, nonce.parse::<u64>().ok()?)));
    if proof.len() > LONGEST || read.is_none_or(|(slot, _): (i64, u64)| slot != work.slot) {
        return false;
    }
    let hash = sha256_flat(&[b"tinan/proof:", proof.as_bytes(), b":", body]);
    let [a, b, c, d, e, f, g, h, ..] = hash;
    u64::from_be_bytes([a, b, c, d, e, f, g, h]).leading_zeros() >= work.bits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a script does.
    fn work(work: Work, body: &[u8]) -> String {
        let tries = (0_u64..).map(|nonce| format!("{}:{nonce}", work.slot));
        tries.into_iter().find(|p| is_proof(work, p, body)).expect("found")
    }

    #[test]
    fn work_counts_for_its_body_and_its_slot_only() {
        let asked = Work { bits: 10, slot: 42 };
        let proof = work(asked, b"{}");
        assert!(is_proof(asked, &proof, b"{}"));
        assert!(!is_proof(asked, &proof, b"{ }"), "another body");
        assert!(!is_proof(Work { slot: 43, ..asked }, &proof, b"{}"), "another time");
        for bad in ["", ":", "42", "42:", "42:x", "42:1:2", "x:1", &format!("42:{}", "0".repeat(100))] {
            assert!(!is_proof(Work { bits: 24, ..asked }, bad, b"{}"), "{bad}");
        }
    }
}
