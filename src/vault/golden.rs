//! Files of format v1, made once and checked in: they must open for ever, and what is sealed today must have the
//! same bytes. A change that breaks these tests orphans everything stored; a new format gets a new version byte
//! and new files beside these.

use data_encoding::HEXLOWER as HEX;
use uuid::Uuid;

use super::*;
use crate::domain::lane::Kind;
use crate::kernel::id::{CaseId, DeskId, ItemId, NodeId, RowId, StaffId};
use crate::kernel::{Secret, Timestamp};

const TEXT: &[u8] = "Có người bán ma túy sau chợ, tối thứ bảy hằng tuần.".as_bytes();
const CHEAP: ArgonCost = ArgonCost { memory_kib: 256, passes: 2, lanes: 1 };

macro_rules! files {
    ($($name:literal),+ $(,)?) => {
        &[$(($name, include_bytes!(concat!("../../tests/golden/", $name)).as_slice())),+]
    };
}

const FILES: &[(&str, &[u8])] = files![
    "blob.v1",
    "wrap.v1",
    "symmetric-wrap.v1",
    "member-vault.v1",
    "session.v1",
    "receipt.v1.txt",
    "directory-entry.v1",
    "grant.v1",
    "recovery.v1",
    "transit.v1",
    "audit.v1.txt",
    "keyring.v1",
    "attachment.v1.sha256.txt",
    "root-key.v1.txt",
];

fn file(name: &str) -> &'static [u8] {
    FILES.iter().find(|(n, _)| *n == name).expect("listed").1
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x1000_0000_0000_4000_8000_0000_0000_0000 + n)
}

/// Everything that the files were made from.
struct World {
    vault: Vault,
    place: Place,
    desk: DeskId,
    desk_key: PrivateKey,
    staff: StaffId,
    secret: StaffSecret,
    root: RootKey,
    custodians: [Custodian; 3],
}

fn world() -> World {
    let key = |n: u8| Custodian::parse(printed::print(printed::Printed::Custodian, &[n; 32]).expose());
    let root = printed::print(printed::Printed::RootPrivate, &[4; 32]);
    World {
        vault: Vault::new(DeploymentId::from_uuid(id(1)), Entropy::seeded(1)),
        place: Place {
            kind: ItemKind::Tip,
            item: ItemId::from_uuid(id(2)),
            case: CaseId::from_uuid(id(3)),
            part: 4,
            rev: 5,
        },
        desk: DeskId::from_uuid(id(6)),
        desk_key: PrivateKey::from_seed(Recipient::Desk, &[2; 32]),
        staff: StaffId::from_uuid(id(7)),
        secret: StaffSecret::from_seed(&[3; 32]),
        root: RootKey::parse(root.expose()).expect("printed"),
        custodians: [5, 6, 7].map(|n| key(n).expect("printed")),
    }
}

fn password() -> Secret<String> {
    Secret::new("bong lua vang que nha song nui xanh".to_owned())
}

fn token() -> SessionToken {
    SessionToken::parse("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA").expect("32 bytes")
}

fn audit() -> AuditEntry {
    AuditEntry {
        n: 1,
        prev: genesis(DeploymentId::from_uuid(id(1)), NodeId::from_uuid(id(8))),
        hour: 493_000,
        tenant: id(9),
        actor: id(7),
        action: 12,
        object: id(3),
        detail: sha256(&[b"detail"]),
    }
}

impl World {
    fn entries(&self) -> Vec<Entry> {
        let claim = |serial, subject| Claim {
            subject,
            not_before_day: 20_000,
            not_after_day: 20_400,
            serial,
            status: Status::Valid,
        };
        let (staff, desk) = (self.staff, self.desk);
        let lead = Subject::Staff {
            staff,
            role: Role::Lead(Kind::Tips),
            desk: Some(desk),
            keys: self.secret.public(),
        };
        let key = self.desk_key.public().to_bytes();
        let key = Subject::Desk { desk, kind: Kind::Tips, parent: None, key };
        let deployment = self.vault.deployment();
        vec![
            self.root.sign_entry(deployment, &claim(1, lead)),
            self.secret.sign_entry(deployment, &claim(2, key)),
        ]
    }

    fn directory(&self, entries: &[Entry]) -> Directory {
        Directory::verify(&self.root.public(), self.vault.deployment(), entries, 20_001)
    }

    fn keys(&self) -> Vec<(&'static str, Vec<u8>)> {
        let entries = self.entries();
        let directory = self.directory(&entries);
        let new = NewGrant {
            desk: self.desk,
            key: &self.desk_key,
            member: directory.staff(self.staff).expect("signed"),
            granter: self.staff,
            secret: &self.secret,
            day: 20_001,
        };
        let grant = Grant::make(&self.vault, &new).expect("made");
        let custodians = self.custodians.each_ref().map(|c| c.key().public());
        let wraps = self.vault.recovery_wraps(self.desk, &self.desk_key, custodians).expect("sealed");
        let row = MemberVault::lock(&self.vault, self.staff, &self.secret, &password(), CHEAP);
        let session = token().seal_seed(&self.vault, self.staff, &self.secret);
        vec![
            ("directory-entry.v1", entries[1].to_bytes()),
            ("grant.v1", grant.as_bytes().to_vec()),
            ("recovery.v1", wraps[0].as_bytes().to_vec()),
            ("member-vault.v1", row.expect("locked")),
            ("session.v1", session.expect("sealed").into_bytes()),
            ("root-key.v1.txt", format!("{}\n{}\n", self.root.print().expose(), self.root.public()).into()),
        ]
    }

    fn items(&self) -> Vec<(&'static str, Vec<u8>)> {
        let sealed = self.vault.seal_item(&self.place, TEXT, &[self.desk_key.public()]).expect("sealed");
        let fast = self.vault.rewrap_symmetric(&self.place, &sealed.wraps[0], &self.desk_key);
        let place = Place { kind: ItemKind::Attachment, ..self.place };
        let (mut upload, _) = self.vault.seal_attachment(&place, &[]).expect("sealed");
        let mut file = Vec::new();
        upload.push(&vec![7; 100_000], &mut file).expect("sealed");
        file.extend(upload.finish().flat_map(|piece| piece.expect("sealed")));
        let receipt = ReceiptKey::derive(self.vault.deployment(), &Secret::new([0xa6; 12]));
        let receipt = [receipt.lookup.to_bytes().to_vec(), receipt.private.public().to_bytes().to_vec()];
        vec![
            ("blob.v1", sealed.blob.as_bytes().to_vec()),
            ("wrap.v1", sealed.wraps[0].as_bytes().to_vec()),
            ("symmetric-wrap.v1", fast.expect("rewrapped").into_bytes()),
            ("attachment.v1.sha256.txt", HEX.encode(&sha256(&[&file])).into()),
            ("receipt.v1.txt", receipt.map(|part| HEX.encode(&part)).join("\n").into()),
            ("audit.v1.txt", HEX.encode(&audit_hash(&audit())).into()),
        ]
    }

    fn ring(&self) -> Vec<(&'static str, Vec<u8>)> {
        let dir = tempfile::tempdir().expect("temporary folder");
        let path = dir.path().join("keyring");
        let day = |n: i64| Timestamp::from_millis(n * 86_400_000);
        let ring = Keyring::create(&path, self.vault.entropy(), day(20_000)).expect("created");
        ring.advance(day(20_009)).expect("written");
        ring.destroy_transit_before(9, &[3]).expect("written");
        let key = ring.transit(3).expect("kept");
        let sealed = key.seal(&self.vault, RowId::from_uuid(id(10)), Purpose::Update, TEXT).expect("sealed");
        vec![("keyring.v1", std::fs::read(path).expect("read")), ("transit.v1", sealed.into_bytes())]
    }
}

#[test]
fn what_is_sealed_today_has_the_bytes_of_v1() {
    let w = world();
    let made = [w.items(), w.keys(), w.ring()].concat();
    assert_eq!(made.len(), FILES.len());
    for (name, bytes) in made {
        assert!(bytes == file(name), "{name}");
    }
}

#[test]
fn an_item_of_v1_opens_with_both_wraps_of_v1() {
    let w = world();
    let blob = Sealed::from_row(file("blob.v1").to_vec()).expect("well formed");
    for name in ["wrap.v1", "symmetric-wrap.v1"] {
        let wrap = Wrap::from_row(file(name).to_vec()).expect("well formed");
        let opened = w.vault.open_item(&w.place, &blob, &wrap, &w.desk_key).expect("opens");
        assert_eq!(opened.expose(), TEXT);
    }
}

#[test]
fn a_members_rows_of_v1_open() {
    let w = world();
    let opened = MemberVault::unlock(&w.vault, w.staff, file("member-vault.v1"), &password());
    assert_eq!(opened.expect("opens").public(), w.secret.public());
    let row = Sealed::from_row(file("session.v1").to_vec()).expect("well formed");
    let opened = token().open_seed(&w.vault, w.staff, &row).expect("opens");
    assert_eq!(opened.public(), w.secret.public());
}

#[test]
fn a_directory_entry_and_a_grant_of_v1_hold() {
    let w = world();
    let entry = Entry::from_row(file("directory-entry.v1")).expect("well formed");
    let directory = w.directory(&[w.entries().remove(0), entry]);
    assert_eq!(directory.desk(w.desk).expect("trusted").kid(), w.desk_key.kid());
    let grant = Grant::from_row(file("grant.v1").to_vec()).expect("well formed");
    assert_eq!(grant.open(&w.vault, &directory, &w.secret).expect("opens").kid(), w.desk_key.kid());
}

#[test]
fn a_recovery_wrap_of_v1_recovers() {
    let w = world();
    let wrap = RecoveryWrap::from_row(1, file("recovery.v1").to_vec()).expect("well formed");
    let [a, b, _] = &w.custodians;
    assert_eq!(w.vault.recover(w.desk, &wrap, [a, b]).expect("recovers").kid(), w.desk_key.kid());
}

#[test]
fn a_keyring_of_v1_opens_what_its_keys_sealed() {
    let w = world();
    let dir = tempfile::tempdir().expect("temporary folder");
    let path = dir.path().join("keyring");
    std::fs::write(&path, file("keyring.v1")).expect("written");
    let ring = Keyring::open(&path).expect("opens");
    assert_eq!((ring.newest_transit().epoch(), ring.newest_mailbox().epoch()), (10, 2));
    let row = Sealed::from_row(file("transit.v1").to_vec()).expect("well formed");
    let key = ring.transit(3).expect("held");
    let opened = key.open(&w.vault, RowId::from_uuid(id(10)), Purpose::Update, &row).expect("opens");
    assert_eq!(opened.expose(), TEXT);
}

#[test]
fn a_root_key_on_paper_of_v1_is_read() {
    let text = std::str::from_utf8(file("root-key.v1.txt")).expect("text");
    let (private, public) = text.trim().split_once('\n').expect("two lines");
    let root = RootKey::parse(private).expect("parses");
    assert_eq!(public.parse::<RootPublic>(), Ok(root.public()));
}
