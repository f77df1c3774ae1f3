//! Recovery: a desk's key for the day when every member has lost theirs.
//!
//! Three custodians of a tree; any two together recover, none alone. The seed is sealed to one of a pair and that
//! wrap sealed to the other, for each of the three pairs: no secret-sharing code of our own.

use uuid::Uuid;

use super::grant::bond;
use super::printed::{self, Printed};
use super::wrap::{self, Bond, Object};
use super::{PrivateKey, PublicKey, Recipient, Vault, VaultError, Wrap};
use crate::kernel::id::DeskId;
use crate::kernel::{Entropy, Secret};

/// A recovery custodian's key pair; printed once, never stored.
pub struct Custodian(PrivateKey);

impl Custodian {
    /// A new custodian.
    pub fn generate(entropy: &Entropy) -> Result<Self, VaultError> {
        PrivateKey::generate(Recipient::Custodian, entropy).map(Self)
    }

    /// The private half for paper.
    #[must_use]
    pub fn print(&self) -> Secret<String> {
        printed::print(Printed::Custodian, self.0.seed())
    }

    /// Reads the private half from paper.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let seed = printed::parse(Printed::Custodian, text)?;
        Ok(Self(PrivateKey::from_seed(Recipient::Custodian, &seed)))
    }

    /// The key pair.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.0
    }
}

/// Which two of the three custodians.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Pair {
    /// The first and the second.
    Ab = 1,
    /// The first and the third.
    Ac = 2,
    /// The second and the third.
    Bc = 3,
}

impl Pair {
    /// The number stored in rows.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self as u8
    }

    /// The reverse of [`Self::to_byte`].
    pub fn from_byte(byte: u8) -> Result<Self, VaultError> {
        match byte {
            1 => Ok(Self::Ab),
            2 => Ok(Self::Ac),
            3 => Ok(Self::Bc),
            _ => Err(VaultError::Malformed),
        }
    }
}

/// A desk's seed sealed to two custodians, one inside the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecoveryWrap {
    pair: Pair,
    outer: Wrap,
}

impl RecoveryWrap {
    /// Reads a stored recovery wrap.
    pub fn from_row(pair: u8, bytes: Vec<u8>) -> Result<Self, VaultError> {
        Ok(Self { pair: Pair::from_byte(pair)?, outer: Wrap::from_row(bytes)? })
    }

    /// Which two custodians.
    #[must_use]
    pub const fn pair(&self) -> Pair {
        self.pair
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.outer.as_bytes()
    }
}

fn outer_bond(vault: &Vault, desk: DeskId, pair: Pair) -> Bond {
    let case = Uuid::from_u128(u128::from(pair.to_byte()));
    Bond { deployment: vault.deployment, object: Object::Recovery, id: desk.uuid(), case }
}

impl Vault {
    /// Seals a desk's key to the three pairs of its tree's custodians.
    pub fn recovery_wraps(
        &self,
        desk: DeskId,
        key: &PrivateKey,
        custodians: [&PublicKey; 3],
    ) -> Result<Vec<RecoveryWrap>, VaultError> {
        let [a, b, c] = custodians;
        let custodial = |key: &&PublicKey| key.kind() == Recipient::Custodian;
        let distinct = a.kid() != b.kid() && a.kid() != c.kid() && b.kid() != c.kid();
        if key.kind() != Recipient::Desk || !custodians.iter().all(custodial) || !distinct {
            return Err(VaultError::OtherKey);
        }
        [(Pair::Ab, a, b), (Pair::Ac, a, c), (Pair::Bc, b, c)]
            .into_iter()
            .map(|(pair, first, second)| {
                let inner = wrap::seal(&self.entropy, second, &bond(self, desk), key.seed())?;
                let bond = outer_bond(self, desk, pair);
                let outer = wrap::seal(&self.entropy, first, &bond, inner.as_bytes())?;
                Ok(RecoveryWrap { pair, outer })
            })
            .collect()
    }

    /// Recovers a desk's key with the two custodians of a pair, given in either order.
    pub fn recover(
        &self,
        desk: DeskId,
        wrap: &RecoveryWrap,
        custodians: [&Custodian; 2],
    ) -> Result<PrivateKey, VaultError> {
        let [mut first, mut second] = custodians;
        if wrap.outer.kid() == second.0.kid() {
            std::mem::swap(&mut first, &mut second);
        }
        let inner = wrap::open(&first.0, &outer_bond(self, desk, wrap.pair), &wrap.outer)?;
        let inner = Wrap::from_row(inner.to_vec())?;
        let seed = wrap::open32(&second.0, &bond(self, desk), &inner)?;
        Ok(PrivateKey::from_seed(Recipient::Desk, &seed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::DeploymentId;

    #[test]
    fn each_pair_recovers_and_nobody_alone_or_with_a_stranger() {
        let entropy = Entropy::seeded(13);
        let vault = Vault::new(DeploymentId::random(&entropy).expect("seeded"), entropy.clone());
        let desk = DeskId::random(&entropy).expect("seeded");
        let key = PrivateKey::generate(Recipient::Desk, &entropy).expect("seeded");
        let custodian = || Custodian::generate(&entropy).expect("seeded");
        let all = [custodian(), custodian(), custodian()];
        let [a, b, c] = &all;
        let publics = [a.0.public(), b.0.public(), c.0.public()];
        let wraps = vault.recovery_wraps(desk, &key, publics).expect("sealed");

        for (wrap, (one, two)) in wraps.iter().zip([(a, b), (a, c), (b, c)]) {
            let stored = RecoveryWrap::from_row(wrap.pair().to_byte(), wrap.as_bytes().to_vec());
            let stored = stored.expect("well formed");
            for pair in [[one, two], [two, one]] {
                let opened = vault.recover(desk, &stored, pair).expect("recovers");
                assert_eq!(opened.kid(), key.kid());
            }
            let stranger = custodian();
            for lone in [[one, one], [two, two], [one, &stranger], [&stranger, two]] {
                assert!(vault.recover(desk, &stored, lone).is_err());
            }
            let other_desk = DeskId::random(&entropy).expect("seeded");
            assert!(vault.recover(other_desk, &stored, [one, two]).is_err());
        }
        assert!(vault.recovery_wraps(desk, &key, [publics[0], publics[0], publics[1]]).is_err());
    }

    #[test]
    fn a_custodian_comes_back_from_paper() {
        let one = Custodian::generate(&Entropy::seeded(1)).expect("seeded");
        let again = Custodian::parse(one.print().expose()).expect("parses");
        assert_eq!(again.key().kid(), one.key().kid());
    }
}
