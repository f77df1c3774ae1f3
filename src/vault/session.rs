//! Sessions: the member's seed under a key that only the cookie knows, so that any node serves any session, a
//! restart logs nobody out, and a stolen database with live sessions opens nothing.

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::blob::{self, Framing};
use super::hash::{expand, sha256_flat};
use super::{ItemKind, Place, Sealed, StaffSecret, Vault, VaultError};
use crate::kernel::id::{CaseId, ItemId, StaffId};
use crate::kernel::{Entropy, Secret};

/// The secret in a session cookie or bearer header: 32 random bytes, as 43 characters of URL-safe base64.
pub struct SessionToken(Zeroizing<[u8; 32]>);

impl SessionToken {
    /// A new token.
    pub fn generate(entropy: &Entropy) -> Result<Self, VaultError> {
        Ok(Self(Zeroizing::new(entropy.bytes()?)))
    }

    /// Reads the text form.
    pub fn parse(text: &str) -> Result<Self, VaultError> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).map_err(|_| VaultError::Malformed)?;
        let bytes = Zeroizing::new(bytes);
        let token: &[u8; 32] = bytes.as_slice().try_into().map_err(|_| VaultError::Malformed)?;
        Ok(Self(Zeroizing::new(*token)))
    }

    /// The text form, for the one answer that hands it out.
    #[must_use]
    pub fn expose(&self) -> Secret<String> {
        Secret::new(BASE64URL_NOPAD.encode(self.0.as_slice()))
    }

    /// What the session's row is found by; the token does not follow from it.
    #[must_use]
    pub fn sid(&self) -> [u8; 32] {
        sha256_flat(&[b"hotline/v1 sid", self.0.as_slice()])
    }

    /// Seals the member's seed for the session's row.
    pub fn seal_seed(
        &self,
        vault: &Vault,
        staff: StaffId,
        secret: &StaffSecret,
    ) -> Result<Sealed, VaultError> {
        let context = place(staff).context(vault.deployment);
        blob::seal(&vault.entropy, &self.kek(), Framing::Bare, &[&context], secret.seed())
    }

    /// Opens the member's seed in a request that bears the token.
    pub fn open_seed(
        &self,
        vault: &Vault,
        staff: StaffId,
        sealed: &Sealed,
    ) -> Result<StaffSecret, VaultError> {
        let context = place(staff).context(vault.deployment);
        let seed = blob::open(&self.kek(), Framing::Bare, &[&context], sealed)?;
        let seed: &[u8; 32] = seed.as_slice().try_into().map_err(|_| VaultError::Malformed)?;
        Ok(StaffSecret::from_seed(seed))
    }

    /// A key derived from the token and a label, for what else belongs to the session (form tokens).
    #[must_use]
    pub fn derive(&self, label: &str) -> Secret<[u8; 32]> {
        Secret::new(*expand(&self.0, &[b"hotline/v1 session-derived\0", label.as_bytes()]))
    }

    fn kek(&self) -> Zeroizing<[u8; 32]> {
        expand(&self.0, &[b"hotline/v1 session-kek"])
    }
}

fn place(staff: StaffId) -> Place {
    Place::first(ItemKind::Session, ItemId::from_uuid(staff.uuid()), CaseId::from_uuid(Uuid::nil()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::id::DeploymentId;

    #[test]
    fn only_the_token_opens_the_session_and_only_for_its_member() {
        let entropy = Entropy::seeded(4);
        let vault = Vault::new(DeploymentId::random(&entropy).expect("seeded"), entropy.clone());
        let (an, binh) =
            (StaffId::random(&entropy).expect("seeded"), StaffId::random(&entropy).expect("seeded"));
        let secret = StaffSecret::generate(&entropy).expect("seeded");
        let token = SessionToken::generate(&entropy).expect("seeded");
        let sealed = token.seal_seed(&vault, an, &secret).expect("sealed");

        let again = SessionToken::parse(token.expose().expose()).expect("parses");
        assert_eq!(again.sid(), token.sid());
        let opened = again.open_seed(&vault, an, &sealed).expect("opens");
        assert_eq!(opened.public(), secret.public());

        let other = SessionToken::generate(&entropy).expect("seeded");
        assert!(other.open_seed(&vault, an, &sealed).is_err());
        assert!(token.open_seed(&vault, binh, &sealed).is_err());
        assert!(SessionToken::parse("too short").is_err());
    }
}
