//! A small province to play in: one tenant, its desks and staff, and cases ready to be stored. Time stands
//! still and chance repeats itself.

use std::time::Duration;

use tinan::domain::lane::Kind;
use tinan::domain::policy::Role;
use tinan::kernel::id::{CaseId, DeploymentId, DeskId, ItemId, MailboxId, NodeId, RowId, StaffId, TenantId};
use tinan::kernel::{Clock, Entropy, Timestamp};
use tinan::store::audit::Chain;
use tinan::store::folds::Placing;
use tinan::store::intake::{NewCase, NewReceipt};
use tinan::store::items::{NewItem, NewWrap};
use tinan::store::mailboxes::NewMailbox;
use tinan::store::outbox::Lease;
use tinan::store::people::{Desk, Staff, Tenant};
use tinan::store::replays::NewReplay;
use tinan::store::{Store, Writer};
use tinan::vault::{ItemKind, Sealed, Wrap, genesis};

/// 2026-03-10T02:34:56Z.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_773_110_096_000);
/// The year of all cases.
pub(crate) const YEAR: i64 = 2026;

/// The province.
#[derive(Clone)]
pub(crate) struct Scene {
    /// Stands at [`START`] until turned.
    pub(crate) clock: Clock,
    /// Seeded.
    pub(crate) entropy: Entropy,
    /// The province's service.
    pub(crate) tenant: TenantId,
    /// The tips desk.
    pub(crate) tips: DeskId,
    /// The counselling desk.
    pub(crate) counselling: DeskId,
    /// Two officers of the tips desk.
    pub(crate) officers: [StaffId; 2],
}

impl Scene {
    /// A province that differs from that of another seed in every id.
    pub(crate) fn new(seed: u64) -> Self {
        let entropy = Entropy::seeded(seed);
        let uuid = || entropy.uuid().expect("seeded");
        Self {
            clock: Clock::fixed(START),
            tenant: TenantId::from_uuid(uuid()),
            tips: DeskId::from_uuid(uuid()),
            counselling: DeskId::from_uuid(uuid()),
            officers: [StaffId::from_uuid(uuid()), StaffId::from_uuid(uuid())],
            entropy,
        }
    }

    /// Stores the tenant, its desks and its officers, and starts a writer.
    pub(crate) async fn open(seed: u64, store: &Store) -> (Self, Writer) {
        let scene = Self::new(seed);
        scene.furnish(store).await;
        let writer = scene.writer(store);
        (scene, writer)
    }

    /// Stores the tenant, its desks and its officers.
    pub(crate) async fn furnish(&self, store: &Store) {
        let mut tx = store.begin().await.expect("begins");
        let (id, province) = (self.tenant, "19".to_owned());
        let tenant = Tenant { id, province, name: "Phú Thọ".to_owned(), created_day: START.day() };
        tx.add_tenant(&tenant).await.expect("a tenant");
        for (id, kind) in [(self.tips, Kind::Tips), (self.counselling, Kind::Counselling)] {
            let desk = Desk { id, tenant: self.tenant, kind, name: kind.as_str().to_owned(), parent: None };
            tx.add_desk(&desk).await.expect("a desk");
        }
        for (id, login) in self.officers.into_iter().zip(["an", "binh"]) {
            tx.add_staff(&self.officer(id, login)).await.expect("an officer");
        }
        tx.commit().await.expect("commits");
    }

    /// A member of staff to be stored.
    pub(crate) fn officer(&self, id: StaffId, login: &str) -> Staff {
        let (login, name) = (login.to_owned(), login.to_uppercase());
        let (role, vault) = (Role::Officer, vec![7; 60]);
        Staff { id, tenant: self.tenant, login, name, role, vault, starting_password: true }
    }

    /// A writer of a node of its own.
    pub(crate) fn writer(&self, store: &Store) -> Writer {
        Writer::start(store.clone(), self.chain())
    }

    /// A new node.
    pub(crate) fn node(&self) -> NodeId {
        NodeId::random(&self.entropy).expect("seeded")
    }

    /// The chain of a new node.
    pub(crate) fn chain(&self) -> Chain {
        let node = self.node();
        Chain { node, genesis: genesis(DeploymentId::from_uuid(self.tenant.uuid()), node) }
    }

    /// A new row id.
    pub(crate) fn row(&self) -> RowId {
        RowId::random(&self.entropy).expect("seeded")
    }

    /// The moment it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// `minutes` from now.
    pub(crate) fn later(&self, minutes: u64) -> Timestamp {
        self.now().plus(Duration::from_secs(60 * minutes))
    }

    /// A sender's lease until `minutes` from now.
    pub(crate) fn lease(&self, minutes: u64) -> Lease {
        Lease { token: self.row(), until: self.later(minutes) }
    }

    /// Random bytes.
    pub(crate) fn bytes<const N: usize>(&self) -> [u8; N] {
        self.entropy.bytes().expect("seeded")
    }

    /// Something with the outer shape of a sealed blob; the store looks no deeper.
    pub(crate) fn sealed(&self) -> Sealed {
        self.sealed_with(&self.bytes::<180>())
    }

    /// The same around given bytes, to be found again in a raw file.
    pub(crate) fn sealed_with(&self, bytes: &[u8]) -> Sealed {
        let head: [u8; 72] = self.bytes();
        Sealed::from_row([&[1, 1], head.as_slice(), bytes].concat()).expect("the shape of a blob")
    }

    /// Something with the outer shape of a wrap to the key `kid`.
    pub(crate) fn wrap(&self, kid: [u8; 8]) -> Wrap {
        let rest: [u8; 80] = self.bytes();
        Wrap::from_row([[1, 1].as_slice(), &kid, &rest].concat()).expect("the shape of a wrap")
    }

    /// An item with a wrap for each key.
    pub(crate) fn item(&self, kind: ItemKind, kids: &[[u8; 8]]) -> NewItem {
        let wraps = kids.iter().map(|kid| NewWrap { wrap: self.wrap(*kid), until: None }).collect();
        let id = ItemId::random(&self.entropy).expect("seeded");
        NewItem {
            id,
            kind: kind.to_byte(),
            author: None,
            hour: self.now().hour(),
            blob: self.sealed(),
            wraps,
        }
    }

    /// An ordinary tip with a register entry, a receipt and one item.
    pub(crate) fn tip(&self) -> NewCase {
        NewCase {
            id: CaseId::random(&self.entropy).expect("seeded"),
            tenant: self.tenant,
            desk: self.tips,
            kind: Kind::Tips,
            priority: 2,
            year: YEAR,
            received_hour: self.now().hour(),
            due: Some(self.now().hour().plus(Duration::from_hours(24))),
            alarm: self.later(60),
            watch: None,
            summons: None,
            register: Some(self.tips),
            items: vec![self.item(ItemKind::Tip, &[[1; 8], [2; 8]])],
            receipt: Some(NewReceipt { lookup: self.bytes(), public_key: self.bytes() }),
            replay: None,
            mailbox: None,
            placing: Placing::Main,
            callback: None,
        }
    }

    /// An ordinary call for help.
    pub(crate) fn help(&self) -> NewCase {
        NewCase { desk: self.counselling, kind: Kind::Counselling, register: None, ..self.tip() }
    }

    /// What keeps the answer of a request with this key.
    pub(crate) fn replay(&self, key: u8) -> NewReplay {
        let until = self.now().hour().plus(Duration::from_hours(24));
        NewReplay { lookup: [key; 32], body_hash: [1; 32], epoch: 1, sealed: self.sealed(), until }
    }

    /// Gives a case a way back to a chat: a mailbox and its sealed address.
    pub(crate) fn with_mailbox(&self, mut case: NewCase, tag: [u8; 32]) -> NewCase {
        let address = self.item(ItemKind::Address, &[[1; 8]]);
        case.mailbox = Some(NewMailbox {
            id: MailboxId::random(&self.entropy).expect("seeded"),
            tenant: self.tenant,
            channel: "telegram".to_owned(),
            bot: "bot".to_owned(),
            tag,
            epoch: 1,
            case: case.id,
            address: address.id,
            seen_day: self.now().day(),
        });
        case.items.push(address);
        case
    }
}
