//! The only source of randomness. When the operating system has none to give, that is an error and never
//! a weaker fallback; tests use a seeded stream so that a run can be repeated.

use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The operating system gave no randomness; nothing may be sealed or numbered without it.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gave no randomness")]
pub struct NoEntropy;

/// Where chance comes from.
#[derive(Debug, Clone)]
pub enum Entropy {
    /// The operating system.
    System,
    /// A repeatable stream for tests and golden files; clones share it.
    Seeded(Arc<Mutex<Stream>>),
}

/// SHA-256 in counter mode: a stream that only has to be repeatable, never secret.
#[derive(Debug)]
pub struct Stream {
    seed: u64,
    counter: u64,
}

impl Entropy {
    /// A repeatable stream.
    #[must_use]
    pub fn seeded(seed: u64) -> Self {
        Self::Seeded(Arc::new(Mutex::new(Stream { seed, counter: 0 })))
    }

    /// Fills `out` with random bytes.
    pub fn fill(&self, out: &mut [u8]) -> Result<(), NoEntropy> {
        match self {
            #[expect(clippy::disallowed_methods, reason = "the one door to chance")]
            Self::System => getrandom::fill(out).map_err(|_| NoEntropy),
            Self::Seeded(stream) => {
                let mut stream = stream.lock().unwrap_or_else(PoisonError::into_inner);
                for chunk in out.chunks_mut(32) {
                    let block = Sha256::new()
                        .chain_update(stream.seed.to_be_bytes())
                        .chain_update(stream.counter.to_be_bytes())
                        .finalize();
                    stream.counter += 1;
                    for (to, from) in chunk.iter_mut().zip(block) {
                        *to = from;
                    }
                }
                Ok(())
            }
        }
    }

    /// `N` random bytes.
    pub fn bytes<const N: usize>(&self) -> Result<[u8; N], NoEntropy> {
        let mut out = [0; N];
        self.fill(&mut out)?;
        Ok(out)
    }

    /// A version 4 id: unlike version 7 it tells nothing about when it was made.
    pub fn uuid(&self) -> Result<Uuid, NoEntropy> {
        Ok(uuid::Builder::from_random_bytes(self.bytes()?).into_uuid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seeded_stream_repeats_itself_and_never_its_blocks() {
        let (a, b) = (Entropy::seeded(1), Entropy::seeded(1));
        let first: [u8; 80] = a.bytes().expect("seeded");
        assert_eq!(first, b.bytes().expect("seeded"));
        assert_ne!(first, a.bytes().expect("seeded"));
        assert_ne!(first[..32], first[32..64]);
    }

    #[test]
    fn ids_are_version_4() {
        assert_eq!(Entropy::System.uuid().expect("os").get_version_num(), 4);
    }
}
