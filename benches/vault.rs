//! What sealing and opening cost: `cargo bench --bench vault`. The figures stand in `docs/performance.md`.

use std::sync::LazyLock;

use divan::{Bencher, black_box};
use tinan::kernel::id::{CaseId, DeploymentId, ItemId, RowId};
use tinan::kernel::{Clock, Entropy, Secret};
use tinan::vault::{
    ItemKind, Keyring, Place, PrivateKey, Purpose, ReceiptKey, Recipient, SealedItem, Vault, VaultError,
};

/// Lengths of a short tip, a long one, and the longest text that is taken.
const LENGTHS: [usize; 3] = [300, 4000, 60_000];

/// A desk, and a place for an item.
struct Desk {
    vault: Vault,
    key: PrivateKey,
    place: Place,
}

impl Desk {
    fn new() -> Result<Self, VaultError> {
        let entropy = Entropy::System;
        let (item, case) = (ItemId::random(&entropy)?, CaseId::random(&entropy)?);
        Ok(Self {
            vault: Vault::new(DeploymentId::random(&entropy)?, entropy.clone()),
            key: PrivateKey::generate(Recipient::Desk, &entropy)?,
            place: Place::first(ItemKind::Tip, item, case),
        })
    }

    fn sealed(&self, length: usize) -> Result<SealedItem, VaultError> {
        self.vault.seal_item(&self.place, &vec![b'x'; length], &[self.key.public()])
    }
}

static DESK: LazyLock<Result<Desk, VaultError>> = LazyLock::new(Desk::new);

/// Runs a body with the desk; a desk that cannot be made is a failed bench, told by the panic of the harness.
fn with_desk(body: impl FnOnce(&Desk) -> Result<(), VaultError>) {
    let done = DESK.as_ref().map_err(|_| ()).and_then(|desk| body(desk).map_err(|_| ()));
    assert!(done.is_ok(), "the vault failed");
}

/// One item for one desk: data key, content, one HPKE wrap. A tip makes two.
#[divan::bench(args = LENGTHS)]
fn seal_item(bencher: Bencher, length: usize) {
    let body = vec![b'x'; length];
    with_desk(|desk| {
        bencher.bench(|| desk.vault.seal_item(&desk.place, black_box(&body), &[desk.key.public()]));
        Ok(())
    });
}

/// What a message of a case costs its reader.
#[divan::bench(args = LENGTHS)]
fn open_item(bencher: Bencher, length: usize) {
    with_desk(|desk| {
        let item = desk.sealed(length)?;
        let wrap = item.wraps.first().ok_or(VaultError::Malformed)?;
        bencher.bench(|| desk.vault.open_item(&desk.place, &item.blob, black_box(wrap), &desk.key));
        Ok(())
    });
}

/// What a summary costs once its wrap is symmetric: no public-key operation.
#[divan::bench]
fn open_summary_again(bencher: Bencher) {
    with_desk(|desk| {
        let item = desk.sealed(300)?;
        let wrap = item.wraps.first().ok_or(VaultError::Malformed)?;
        let wrap = desk.vault.rewrap_symmetric(&desk.place, wrap, &desk.key)?;
        bencher.bench(|| desk.vault.open_item(&desk.place, &item.blob, black_box(&wrap), &desk.key));
        Ok(())
    });
}

/// One item of a transferred case.
#[divan::bench]
fn rewrap(bencher: Bencher) {
    with_desk(|desk| {
        let item = desk.sealed(300)?;
        let wrap = item.wraps.first().ok_or(VaultError::Malformed)?;
        bencher.bench(|| desk.vault.rewrap(&desk.place, black_box(wrap), &desk.key, desk.key.public()));
        Ok(())
    });
}

/// What a receipt becomes: the value that finds its case, and its key.
#[divan::bench]
fn derive_receipt(bencher: Bencher) {
    with_desk(|desk| {
        let bits = Secret::new([7; 12]);
        bencher.bench(|| ReceiptKey::derive(desk.vault.deployment(), black_box(&bits)));
        Ok(())
    });
}

/// A message in flight.
#[divan::bench]
fn seal_in_transit(bencher: Bencher) {
    let folder = tempfile::tempdir();
    let ring = folder.as_ref().map_err(|_| ()).and_then(|folder| {
        Keyring::create(&folder.path().join("keyring"), &Entropy::System, Clock::System.now()).map_err(|_| ())
    });
    assert!(ring.is_ok(), "no keyring");
    with_desk(|desk| {
        let row = RowId::random(desk.vault.entropy())?;
        if let Ok(key) = ring.map(|ring| ring.newest_transit()) {
            bencher.bench(|| key.seal(&desk.vault, row, Purpose::Update, black_box(&[b'x'; 600])));
        }
        Ok(())
    });
}

fn main() {
    divan::main();
}
