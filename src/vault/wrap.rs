//! Wraps: a short secret (a data key, a desk's seed) sealed to one key.
//!
//! ```text
//! HPKE       version u8=1 | suite u8=1 | kid 8 | enc 32 | ct (secret + 16)         90 bytes for a 32-byte secret
//! symmetric  version u8=1 | suite u8=3 | kid 8 | salt 24 | commitment 32 | ct (secret + 16)            114 bytes
//! info       "hotline/v1 wrap" | suite u8 | rkind u8 | kid 8
//! aad        "HLw1" | deployment 16 | okind u8 | object 16 | case 16
//! ```
//!
//! A wrap can be made by anybody who knows the public key (so does the front door); it cannot be moved to another
//! item, case or deployment, nor read as meant for another kind of owner.

use std::convert::Infallible;

use hpke::aead::{AeadTag, AesGcm256};
use hpke::inout::InOutBuf;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::rand_core::{TryCryptoRng, TryRng};
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::bytes::Reader;
use super::cobble::{COMMITMENT, Cobble, SALT, TAG};
use super::keys::SUITE;
use super::{KeyId, PrivateKey, PublicKey, VaultError};
use crate::kernel::Entropy;
use crate::kernel::id::DeploymentId;

const VERSION: u8 = 1;
/// The suite byte of symmetric wraps. (2 is kept free for X-Wing.)
const SYMMETRIC: u8 = 3;
const INFO: &[u8] = b"hotline/v1 wrap";
const ENC: usize = 32;

/// A data key or seed sealed to one key, as a row holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrap {
    kid: KeyId,
    bytes: Vec<u8>,
}

impl Wrap {
    /// Reads a stored wrap; unknown versions and suites are refused.
    pub fn from_row(bytes: Vec<u8>) -> Result<Self, VaultError> {
        let mut head = Reader::new(&bytes);
        let version = head.u8()?;
        let before = match head.u8()? {
            SUITE => ENC,
            SYMMETRIC => SALT + COMMITMENT,
            _ => return Err(VaultError::Malformed),
        };
        let kid = KeyId::from_bytes(head.take()?);
        if version != VERSION || head.rest().len() < before + TAG + 32 {
            return Err(VaultError::Malformed);
        }
        Ok(Self { kid, bytes })
    }

    /// The key it was sealed to; a symmetric wrap bears the id of the key pair it was derived from.
    #[must_use]
    pub const fn kid(&self) -> KeyId {
        self.kid
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The bytes to store, without a copy.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// Whether it opens in about 3 µs, without a public-key operation.
    #[must_use]
    pub fn is_symmetric(&self) -> bool {
        self.bytes.get(1) == Some(&SYMMETRIC)
    }
}

/// What a wrapped secret is.
#[derive(Clone, Copy)]
#[repr(u8)]
pub(super) enum Object {
    /// An item's data key.
    DataKey = 1,
    /// A desk's seed.
    DeskSeed = 2,
    /// The outer layer of a recovery wrap; its pair is bound in place of a case.
    Recovery = 3,
}

/// Where a wrap belongs.
#[derive(Clone, Copy)]
pub(super) struct Bond {
    pub(super) deployment: DeploymentId,
    pub(super) object: Object,
    pub(super) id: Uuid,
    pub(super) case: Uuid,
}

impl Bond {
    fn aad(&self) -> [u8; 53] {
        let mut aad = [0; 53];
        let fields: [&[u8]; 5] = [
            b"HLw1",
            &self.deployment.bytes(),
            &[self.object as u8],
            self.id.as_bytes(),
            self.case.as_bytes(),
        ];
        for (to, from) in aad.iter_mut().zip(fields.into_iter().flatten()) {
            *to = *from;
        }
        aad
    }
}

fn info(suite: u8, key: &PublicKey) -> [u8; INFO.len() + 10] {
    let mut info = [0; INFO.len() + 10];
    let fields: [&[u8]; 3] = [INFO, &[suite, key.kind().to_byte()], &key.kid().to_bytes()];
    for (to, from) in info.iter_mut().zip(fields.into_iter().flatten()) {
        *to = *from;
    }
    info
}

fn begin(suite: u8, kid: KeyId, rest: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(10 + rest);
    out.extend_from_slice(&[VERSION, suite]);
    out.extend_from_slice(&kid.to_bytes());
    out
}

/// Seals a secret to a public key with a fresh ephemeral key.
pub(super) fn seal(
    entropy: &Entropy,
    to: &PublicKey,
    bond: &Bond,
    secret: &[u8],
) -> Result<Wrap, VaultError> {
    let mut chance = Drawn::new(entropy)?;
    let mut ct = Zeroizing::new(secret.to_vec());
    let sealed = hpke::single_shot_seal_inout_detached_with_rng::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeS::Base,
        to.hpke(),
        &info(SUITE, to),
        InOutBuf::from(ct.as_mut_slice()),
        &bond.aad(),
        &mut chance,
    );
    let (enc, tag) = sealed.map_err(|_| VaultError::BadKey)?;
    chance.sufficed()?;
    let mut bytes = begin(SUITE, to.kid(), ENC + ct.len() + TAG);
    bytes.extend_from_slice(&enc.to_bytes());
    bytes.extend_from_slice(&ct);
    bytes.extend_from_slice(&tag.to_bytes());
    Ok(Wrap { kid: to.kid(), bytes })
}

/// Seals a secret under the symmetric key that belongs to a private key.
pub(super) fn seal_symmetric(
    entropy: &Entropy,
    key: &PrivateKey,
    bond: &Bond,
    secret: &[u8],
) -> Result<Wrap, VaultError> {
    let salt = entropy.bytes::<SALT>()?;
    let context: [&[u8]; 2] = [&info(SYMMETRIC, key.public()), &bond.aad()];
    let cobble = Cobble::derive(key.symmetric(), &salt, &context);
    let mut ct = Zeroizing::new(secret.to_vec());
    let tag = cobble.seal_chunk(0, &mut ct)?;
    let mut bytes = begin(SYMMETRIC, key.kid(), SALT + COMMITMENT + ct.len() + TAG);
    bytes.extend_from_slice(&salt);
    bytes.extend_from_slice(cobble.commitment());
    bytes.extend_from_slice(&ct);
    bytes.extend_from_slice(&tag);
    Ok(Wrap { kid: key.kid(), bytes })
}

/// Opens a wrap of either suite.
pub(super) fn open(key: &PrivateKey, bond: &Bond, wrap: &Wrap) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    if wrap.kid != key.kid() {
        return Err(VaultError::OtherKey);
    }
    let mut parts = Reader::new(&wrap.bytes);
    let head: [u8; 10] = parts.take()?;
    if head[1] == SYMMETRIC {
        return open_symmetric(key, bond, parts);
    }
    let enc = <X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&parts.take::<ENC>()?)
        .map_err(|_| VaultError::DoesNotOpen)?;
    let (ct, tag) = parts.rest().split_last_chunk::<TAG>().ok_or(VaultError::Malformed)?;
    let tag = AeadTag::<AesGcm256>::from_bytes(tag).map_err(|_| VaultError::Malformed)?;
    let mut secret = Zeroizing::new(ct.to_vec());
    hpke::single_shot_open_inout_detached::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        key.hpke(),
        &enc,
        &info(SUITE, key.public()),
        InOutBuf::from(secret.as_mut_slice()),
        &bond.aad(),
        &tag,
    )
    .map_err(|_| VaultError::DoesNotOpen)?;
    Ok(secret)
}

fn open_symmetric(
    key: &PrivateKey,
    bond: &Bond,
    mut parts: Reader<'_>,
) -> Result<Zeroizing<Vec<u8>>, VaultError> {
    let context: [&[u8]; 2] = [&info(SYMMETRIC, key.public()), &bond.aad()];
    let cobble = Cobble::derive(key.symmetric(), &parts.take()?, &context);
    cobble.check(&parts.take::<COMMITMENT>()?)?;
    let (ct, tag) = parts.rest().split_last_chunk::<TAG>().ok_or(VaultError::Malformed)?;
    let mut secret = Zeroizing::new(ct.to_vec());
    cobble.open_chunk(0, &mut secret, tag)?;
    Ok(secret)
}

/// Opens a wrap of a 32-byte secret.
pub(super) fn open32(key: &PrivateKey, bond: &Bond, wrap: &Wrap) -> Result<Zeroizing<[u8; 32]>, VaultError> {
    let secret = open(key, bond, wrap)?;
    let array: &[u8; 32] = secret.as_slice().try_into().map_err(|_| VaultError::Malformed)?;
    Ok(Zeroizing::new(*array))
}

/// The randomness of one encapsulation, drawn beforehand: the library wants a generator that cannot fail, and ours
/// can. Should it ever ask for more than was drawn, the wrap is thrown away.
struct Drawn {
    bytes: Zeroizing<[u8; 32]>,
    used: usize,
}

impl Drawn {
    fn new(entropy: &Entropy) -> Result<Self, VaultError> {
        Ok(Self { bytes: Zeroizing::new(entropy.bytes()?), used: 0 })
    }

    fn sufficed(&self) -> Result<(), VaultError> {
        if self.used == self.bytes.len() { Ok(()) } else { Err(VaultError::NoEntropy) }
    }
}

impl TryRng for Drawn {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut word = [0; 4];
        self.try_fill_bytes(&mut word)?;
        Ok(u32::from_be_bytes(word))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut word = [0; 8];
        self.try_fill_bytes(&mut word)?;
        Ok(u64::from_be_bytes(word))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        for (to, from) in out.iter_mut().zip(self.bytes.iter().skip(self.used)) {
            *to = *from;
        }
        self.used = self.used.saturating_add(out.len());
        Ok(())
    }
}

impl TryCryptoRng for Drawn {}
