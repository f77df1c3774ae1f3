//! Member vaults: a member's seed under the unlock phrase, so that no stolen row opens without it.
//!
//! ```text
//! version u8=1 | m u32 (KiB) | t u32 | p u32 | salt 16 | SHA-256(auth) 32 | blob(kek, kind 8, item = member, seed)
//! prk = Argon2id(NFKC(password), salt, m, t, p, 32)
//! auth | kek = HKDF-Expand-SHA256(prk, "hotline/v1 staff-auth" | "hotline/v1 staff-kek")
//! ```
//!
//! One derivation costs about an eighth of a second and 64 MiB: callers bound how many run at once, and run them
//! off the async threads.

use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::blob::{self, Framing};
use super::bytes::Reader;
use super::hash::{expand, same, sha256_flat};
use super::phrase::canonical;
use super::{ItemKind, Place, Sealed, StaffSecret, Vault, VaultError};
use crate::kernel::Secret;
use crate::kernel::id::{CaseId, ItemId, StaffId};

const VERSION: u8 = 1;
/// The most memory (KiB) and passes a row may ask for: a row altered to ask for more is refused, not obeyed.
const MOST: ArgonCost = ArgonCost { memory_kib: 1024 * 1024, passes: 16, lanes: 8 };

/// What one guess costs. Stored in the row, so that it can be raised later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArgonCost {
    /// Memory in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl ArgonCost {
    /// What members' vaults are made with: 64 MiB, three passes, one lane.
    pub const PRODUCTION: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };
}

impl Default for ArgonCost {
    fn default() -> Self {
        Self::PRODUCTION
    }
}

/// Why a vault stays shut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UnlockError {
    /// The password is not the one.
    #[error("wrong password")]
    WrongPassword,
    /// The row is damaged, altered, or another member's.
    #[error("the vault row is damaged: {0}")]
    Damaged(#[from] VaultError),
}

/// Makes and opens members' vault rows.
pub struct MemberVault;

impl MemberVault {
    /// A new member's secret and the row that keeps it. Whether the password is good enough is asked before
    /// ([`super::meets_bar`]).
    pub fn create(
        vault: &Vault,
        staff: StaffId,
        password: &Secret<String>,
        cost: ArgonCost,
    ) -> Result<(StaffSecret, Vec<u8>), VaultError> {
        let secret = StaffSecret::generate(&vault.entropy)?;
        let row = Self::lock(vault, staff, &secret, password, cost)?;
        Ok((secret, row))
    }

    /// Locks a secret under a (new) password: first set-up and password change alike.
    pub fn lock(
        vault: &Vault,
        staff: StaffId,
        secret: &StaffSecret,
        password: &Secret<String>,
        cost: ArgonCost,
    ) -> Result<Vec<u8>, VaultError> {
        let salt = vault.entropy.bytes::<16>()?;
        let keys = Keys::derive(password, &salt, cost)?;
        let context = place(staff).context(vault.deployment);
        let blob = blob::seal(&vault.entropy, &keys.kek, Framing::Bare, &[&context], secret.seed())?;
        let mut row = Vec::with_capacity(61 + blob.as_bytes().len());
        row.push(VERSION);
        row.extend_from_slice(&cost.memory_kib.to_be_bytes());
        row.extend_from_slice(&cost.passes.to_be_bytes());
        row.extend_from_slice(&cost.lanes.to_be_bytes());
        row.extend_from_slice(&salt);
        row.extend_from_slice(&keys.auth_hash);
        row.extend_from_slice(blob.as_bytes());
        Ok(row)
    }

    /// Opens a member's row.
    pub fn unlock(
        vault: &Vault,
        staff: StaffId,
        row: &[u8],
        password: &Secret<String>,
    ) -> Result<StaffSecret, UnlockError> {
        let mut from = Reader::new(row);
        if from.u8()? != VERSION {
            return Err(VaultError::Malformed.into());
        }
        let cost = ArgonCost { memory_kib: from.u32()?, passes: from.u32()?, lanes: from.u32()? };
        let salt: [u8; 16] = from.take()?;
        let auth_hash: [u8; 32] = from.take()?;
        let blob = Sealed::from_row(from.rest().to_vec())?;
        let keys = Keys::derive(password, &salt, cost)?;
        if !same(&auth_hash, &keys.auth_hash) {
            return Err(UnlockError::WrongPassword);
        }
        let context = place(staff).context(vault.deployment);
        let seed = blob::open(&keys.kek, Framing::Bare, &[&context], &blob)?;
        let seed: &[u8; 32] = seed.as_slice().try_into().map_err(|_| VaultError::Malformed)?;
        Ok(StaffSecret::from_seed(seed))
    }

    /// Does a login's work for a name nobody has, so that the time of the answer does not tell which names exist.
    pub fn dummy_work(password: &Secret<String>, cost: ArgonCost) {
        let keys = Keys::derive(password, &[0; 16], cost);
        std::hint::black_box(keys.is_ok_and(|keys| same(&keys.auth_hash, &[0; 32])));
    }
}

fn place(staff: StaffId) -> Place {
    Place::first(ItemKind::StaffVault, ItemId::from_uuid(staff.uuid()), CaseId::from_uuid(Uuid::nil()))
}

/// What a password opens.
struct Keys {
    auth_hash: [u8; 32],
    kek: Zeroizing<[u8; 32]>,
}

impl Keys {
    fn derive(password: &Secret<String>, salt: &[u8; 16], cost: ArgonCost) -> Result<Self, VaultError> {
        let excessive =
            cost.memory_kib > MOST.memory_kib || cost.passes > MOST.passes || cost.lanes > MOST.lanes;
        if excessive {
            return Err(VaultError::Malformed);
        }
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, Some(32));
        let params = params.map_err(|_| VaultError::Malformed)?;
        let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let text = normalised(password);
        let mut prk = Zeroizing::new([0; 32]);
        argon
            .hash_password_into(text.as_bytes(), salt, prk.as_mut_slice())
            .map_err(|_| VaultError::TooLong)?;
        let auth = expand(&prk, &[b"hotline/v1 staff-auth"]);
        let kek = expand(&prk, &[b"hotline/v1 staff-kek"]);
        Ok(Self { auth_hash: sha256_flat(&[auth.as_slice()]), kek })
    }
}

/// NFKC, because keyboards compose Vietnamese letters differently; a generated phrase also without regard to case
/// and spacing.
fn normalised(password: &Secret<String>) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(password.expose().len() * 2));
    text.extend(password.expose().nfkc());
    canonical(&text).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Entropy;
    use crate::kernel::id::DeploymentId;

    const CHEAP: ArgonCost = ArgonCost { memory_kib: 64, passes: 1, lanes: 1 };

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    fn world() -> (Vault, StaffId) {
        let entropy = Entropy::seeded(8);
        let deployment = DeploymentId::random(&entropy).expect("seeded");
        let staff = StaffId::random(&entropy).expect("seeded");
        (Vault::new(deployment, entropy), staff)
    }

    #[test]
    fn a_vault_opens_with_its_password_and_no_other() {
        let (vault, staff) = world();
        let (made, row) = MemberVault::create(&vault, staff, &secret("đúng rồi"), CHEAP).expect("made");
        let opened = MemberVault::unlock(&vault, staff, &row, &secret("đúng rồi")).expect("opens");
        assert_eq!(opened.public(), made.public());
        let wrong = MemberVault::unlock(&vault, staff, &row, &secret("dung roi"));
        assert_eq!(wrong.err(), Some(UnlockError::WrongPassword));
    }

    #[test]
    fn two_ways_of_typing_the_same_letters_are_one_password() {
        let (vault, staff) = world();
        let (_, row) = MemberVault::create(&vault, staff, &secret("ti\u{1ebf}ng"), CHEAP).expect("made");
        assert!(MemberVault::unlock(&vault, staff, &row, &secret("tie\u{302}\u{301}ng")).is_ok());
    }

    #[test]
    fn a_generated_phrase_forgives_capitals_and_spaces() {
        let (vault, staff) = world();
        let phrase = super::super::generate_phrase(&vault.entropy).expect("seeded");
        let (_, row) = MemberVault::create(&vault, staff, &phrase, CHEAP).expect("made");
        let typed = format!(" {} ", phrase.expose().to_uppercase().replace(' ', "  "));
        assert!(MemberVault::unlock(&vault, staff, &row, &secret(&typed)).is_ok());
    }

    #[test]
    fn a_row_moved_to_another_member_does_not_open() {
        let (vault, staff) = world();
        let other = StaffId::random(&vault.entropy).expect("seeded");
        let (_, row) = MemberVault::create(&vault, staff, &secret("p"), CHEAP).expect("made");
        let moved = MemberVault::unlock(&vault, other, &row, &secret("p"));
        assert_eq!(moved.err(), Some(UnlockError::Damaged(VaultError::DoesNotOpen)));
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let (vault, staff) = world();
        let (_, row) = MemberVault::create(&vault, staff, &secret("p"), CHEAP).expect("made");
        // The cost fields are left out: raising them would only make the test slow.
        for at in (0..row.len()).filter(|at| !(1..13).contains(at)) {
            let mut bent = row.clone();
            bent[at] ^= 1;
            assert!(MemberVault::unlock(&vault, staff, &bent, &secret("p")).is_err(), "byte {at}");
        }
    }

    #[test]
    fn a_row_that_asks_for_the_whole_machine_is_refused() {
        let (vault, staff) = world();
        let (_, mut row) = MemberVault::create(&vault, staff, &secret("p"), CHEAP).expect("made");
        row[1] = 0xff;
        assert!(matches!(
            MemberVault::unlock(&vault, staff, &row, &secret("p")),
            Err(UnlockError::Damaged(VaultError::Malformed))
        ));
    }

    #[test]
    fn after_a_change_only_the_new_password_opens() {
        let (vault, staff) = world();
        let (made, _) = MemberVault::create(&vault, staff, &secret("old"), CHEAP).expect("made");
        let row = MemberVault::lock(&vault, staff, &made, &secret("new"), CHEAP).expect("locked");
        assert!(MemberVault::unlock(&vault, staff, &row, &secret("old")).is_err());
        let opened = MemberVault::unlock(&vault, staff, &row, &secret("new")).expect("opens");
        assert_eq!(opened.public(), made.public());
    }
}
