//! `SipHash`-2-4 (Aumasson, Bernstein 2012): short inputs, a key, and nobody who has not the key can aim at a value.

/// The key under which a node hashes words; drawn anew at each start and kept in memory only.
#[derive(Clone)]
pub struct Key(u64, u64);

/// Four words of state.
struct State(u64, u64, u64, u64);

impl State {
    const fn round(&mut self) {
        self.0 = self.0.wrapping_add(self.1);
        self.2 = self.2.wrapping_add(self.3);
        self.1 = self.1.rotate_left(13) ^ self.0;
        self.3 = self.3.rotate_left(16) ^ self.2;
        self.0 = self.0.rotate_left(32);
        self.2 = self.2.wrapping_add(self.1);
        self.0 = self.0.wrapping_add(self.3);
        self.1 = self.1.rotate_left(17) ^ self.2;
        self.3 = self.3.rotate_left(21) ^ self.0;
        self.2 = self.2.rotate_left(32);
    }

    const fn take(&mut self, word: u64) {
        self.3 ^= word;
        self.round();
        self.round();
        self.0 ^= word;
    }
}

impl Key {
    /// From sixteen random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 16]) -> Self {
        let all = u128::from_le_bytes(bytes);
        let low = |n: u128| u64::try_from(n & u128::from(u64::MAX)).unwrap_or_default();
        Self(low(all), low(all >> 64))
    }

    /// The hash of some bytes.
    pub(super) fn hash(&self, bytes: &[u8]) -> u64 {
        let mut state = State(
            self.0 ^ 0x736f_6d65_7073_6575,
            self.1 ^ 0x646f_7261_6e64_6f6d,
            self.0 ^ 0x6c79_6765_6e65_7261,
            self.1 ^ 0x7465_6462_7974_6573,
        );
        let (blocks, rest) = bytes.as_chunks::<8>();
        for block in blocks {
            state.take(u64::from_le_bytes(*block));
        }
        let mut last = [0; 8];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        state.take(u64::from_le_bytes(last) | (length << 56));
        state.2 ^= 0xff;
        for _ in 0..4 {
            state.round();
        }
        state.0 ^ state.1 ^ state.2 ^ state.3
    }

    /// A running hash and one more number; cheap, for what stands in a loop.
    pub(super) const fn join(&self, sum: u64, next: u64) -> u64 {
        let mixed = (sum ^ next ^ self.0).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed ^ (mixed >> 29)).wrapping_add(self.1).rotate_left(23)
    }
}

/// The place of a hash in one of many orders of all hashes.
pub(super) fn order(hash: u64, which: u64) -> u32 {
    let mixed = (hash ^ which.wrapping_mul(0xd6e8_feb8_6659_fd93)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let mixed = (mixed ^ (mixed >> 32)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    u32::try_from(mixed >> 32).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_answer_comes_out() {
        let bytes = std::array::from_fn(|i| u8::try_from(i).expect("small"));
        let message: Vec<u8> = (0..15).collect();
        assert_eq!(Key::new(bytes).hash(&message), 0xa129_ca61_49be_45e5);
    }

    #[test]
    fn another_key_gives_another_hash() {
        assert_ne!(Key::new([1; 16]).hash(b"ma tuy"), Key::new([2; 16]).hash(b"ma tuy"));
    }
}
