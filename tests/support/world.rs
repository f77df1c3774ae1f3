//! A small installation to play in: set up as `tinan setup` does it, on a clock that stands still, with seeded
//! chance and cheap passwords. Every member's password is [`password`] of their login.
//!
//! `quan` administers, `anh` leads the tips desk, `binh` the counselling desk and, where there is one, `giang`
//! the oversight desk. [`World::staff`] adds the others: `hoa` (officer), `lan` (counsellor), `sen` (supervisor)
//! and `cam` (auditor).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tinan::domain::deadline::Deadlines;
use tinan::domain::document::Attached;
use tinan::domain::lane::Kind;
use tinan::domain::policy::Role;
use tinan::domain::receipt::Receipt;
use tinan::domain::tally::Publication;
use tinan::kernel::id::{CaseId, NodeId, RowId};
use tinan::kernel::{Clock, Entropy, Secret, Timestamp};
use tinan::service::casefile::CaseView;
use tinan::service::outbox::Sending;
use tinan::service::people::NewStaff;
use tinan::service::reconcile::Pace;
use tinan::service::setup::{Established, Ground, Request, set_up};
use tinan::service::{Actor, Error, Hotline, Options, Parts, Talk};
use tinan::store::audit::Action;
use tinan::store::files::Shelf;
use tinan::store::outbox::{Lease, NewOutgoing};
use tinan::store::spool::Spool;
use tinan::store::{Store, StoreOptions};
use tinan::vault::{ArgonCost, Keyring, Sealed};
use tinan::web::Gate;
use uuid::Uuid;

/// 2026-11-22T04:12:00Z, 11:12 in Hanoi.
pub(crate) const START: Timestamp = Timestamp::from_millis(1_795_320_720_000);

/// What keys cost here: nothing worth having.
pub(crate) const CHEAP: ArgonCost = ArgonCost { memory_kib: 64, passes: 1, lanes: 1 };

/// A set-up installation. Clones share everything; the folder goes with the last of them.
#[derive(Clone)]
pub(crate) struct World {
    /// The service.
    pub(crate) hotline: Hotline,
    /// Stands at [`START`] until turned.
    pub(crate) clock: Clock,
    /// What the set-up printed and pinned.
    pub(crate) made: Arc<Established>,
    folder: Arc<TempDir>,
}

/// The starting password of a login.
pub(crate) fn password(login: &str) -> String {
    format!("mat-khau-cua-{login}")
}

impl World {
    /// With the desks `tips` and `counselling`, on SQLite.
    pub(crate) async fn open() -> Self {
        Self::on_sqlite(false).await
    }

    /// With the desk `oversight` as well, on SQLite.
    pub(crate) async fn with_oversight() -> Self {
        Self::on_sqlite(true).await
    }

    /// Another installation, with keys of its own.
    pub(crate) async fn open_other() -> Self {
        let database = crate::databases::Database::sqlite().await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::furnish(database.store, folder, false, Entropy::seeded(2027)).await
    }

    async fn on_sqlite(oversight: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("tinan.db").display());
        let options = StoreOptions { url, connections: 8, patience: Duration::from_secs(20) };
        let store = Store::connect(&options).await.expect("connects");
        store.migrate().await.expect("migrates");
        Self::furnish(store, folder, oversight, Entropy::seeded(2026)).await
    }

    /// On a migrated, empty database of either kind.
    pub(crate) async fn on(store: Store, oversight: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::furnish(store, folder, oversight, Entropy::seeded(2026)).await
    }

    async fn furnish(store: Store, folder: TempDir, oversight: bool, entropy: Entropy) -> Self {
        let clock = Clock::fixed(START);
        let keyring = Keyring::create(&folder.path().join("keyring"), &entropy, START).expect("a keyring");
        let node = NodeId::random(&entropy).expect("seeded");
        let ground = Ground {
            store: store.clone(),
            keyring: keyring.clone(),
            clock: clock.clone(),
            entropy: entropy.clone(),
            argon: CHEAP,
            node,
            validity_days: 730,
        };
        let made = set_up(&ground, request(oversight), |_| Ok(())).await.expect("sets up");
        let parts = Parts {
            store,
            keyring,
            clock: clock.clone(),
            entropy,
            deadlines: Deadlines::parse(include_str!("../../config/deadlines.toml")).expect("deadlines"),
            identity: made.identity.clone(),
            node,
            options: options(),
            talk: Talk::embedded("https://tinan.example").expect("the catalogue"),
            spool: Some(Spool::open(&folder.path().join("spool"), 1 << 20).expect("a spool")),
            shelf: Some(Shelf::new(folder.path().join("files"))),
            directory_copy: Some(folder.path().join("directory")),
        };
        let hotline = Hotline::open(parts).await.expect("opens");
        Self { hotline, clock, made: Arc::new(made), folder: Arc::new(folder) }
    }

    /// A node that is started now on the same database, with the keyring file at `path`.
    pub(crate) async fn node_with(&self, path: &std::path::Path) -> Hotline {
        let keyring = Keyring::open(path).expect("a keyring");
        self.other(None, Some(keyring)).await.expect("starts")
    }

    /// Another node that is started now on the same database and keyring; with or without the copy of the key directory.
    pub(crate) async fn another(&self, with_copy: bool) -> Result<Hotline, Error> {
        self.other(with_copy.then(|| self.folder.path().join("directory")), None).await
    }

    async fn other(&self, copy: Option<PathBuf>, keyring: Option<Keyring>) -> Result<Hotline, Error> {
        self.node(self.hotline.store().clone(), 0, move |parts| {
            parts.entropy = Entropy::System;
            parts.node = NodeId::random(&Entropy::System).expect("chance");
            parts.directory_copy = copy;
            parts.shelf = None;
            if let Some(keyring) = keyring {
                parts.keyring = keyring;
            }
        })
        .await
    }

    /// Where the keyring is.
    pub(crate) fn keyring_file(&self) -> PathBuf {
        self.folder.path().join("keyring")
    }

    /// Another node of the same installation, or this one after a restart: the same folder, connections of its
    /// own, chance of its own, and whatever is changed about it.
    pub(crate) async fn node(
        &self,
        store: Store,
        seed: u64,
        change: impl FnOnce(&mut Parts),
    ) -> Result<Hotline, Error> {
        let (folder, entropy) = (self.folder.path(), Entropy::seeded(seed));
        let mut parts = Parts {
            store,
            keyring: Keyring::open(&folder.join("keyring")).expect("a keyring"),
            clock: self.clock.clone(),
            node: NodeId::random(&entropy).expect("seeded"),
            entropy,
            deadlines: Deadlines::parse(include_str!("../../config/deadlines.toml")).expect("deadlines"),
            identity: self.made.identity.clone(),
            options: options(),
            talk: Talk::embedded("https://tinan.example").expect("the catalogue"),
            spool: None,
            shelf: Some(Shelf::new(self.files())),
            directory_copy: Some(folder.join("directory")),
        };
        change(&mut parts);
        Hotline::open(parts).await
    }

    /// Where sealed files go.
    pub(crate) fn files(&self) -> PathBuf {
        self.folder.path().join("files")
    }

    /// A file of a case, as somebody with its receipt sends it.
    pub(crate) async fn attach(&self, receipt: &str, name: &str, media_type: &str, data: &[u8]) {
        let readings = Receipt::parse(receipt).expect("a receipt");
        let shelf = Shelf::new(self.files());
        let mut upload = self.hotline.attach(&shelf, &readings, 1 << 30).await.expect("begins");
        upload.push(data).await.expect("is taken");
        let about =
            Attached { name: name.to_owned(), media_type: media_type.to_owned(), bytes: 0, at: START };
        upload.finish(about, None).await.expect("is kept");
    }

    /// Puts a message to the citizen of a case among those that wait for a person's decision.
    pub(crate) async fn park(&self, case: CaseId, uncertain: bool) {
        let entropy = Entropy::System;
        let sealed = [&[1, 1], entropy.bytes::<200>().expect("chance").as_slice()].concat();
        let row = NewOutgoing {
            id: RowId::random(&entropy).expect("chance"),
            tenant: self.hotline.world().tenant.id,
            channel: "telegram".to_owned(),
            bot: "bot".to_owned(),
            chat_tag: entropy.bytes().expect("chance"),
            case: Some(case),
            epoch: 1,
            sealed: Sealed::from_row(sealed).expect("the shape of a blob"),
            desk_words: true,
            not_before: self.clock.now(),
            created_hour: self.clock.now().hour(),
        };
        let mut tx = self.hotline.store().begin().await.expect("begins");
        tx.insert_outgoing(&[row]).await.expect("stores");
        let now = self.clock.now();
        let lease = Lease { token: RowId::random(&entropy).expect("chance"), until: now };
        for taken in tx.take_outgoing("telegram", "bot", now, lease, 99).await.expect("takes") {
            assert!(tx.park_outgoing(taken.hold, uncertain).await.expect("parks"));
        }
        tx.commit().await.expect("commits");
    }

    /// How the messages to the citizen of a case stand.
    pub(crate) async fn outgoing(&self, case: CaseId) -> Vec<(String, i64)> {
        self.hotline.store().read().await.expect("reads").outgoing_states(case).await.expect("reads")
    }

    /// Actor and object of every audit entry of a kind, oldest first.
    pub(crate) async fn audited(&self, action: Action) -> Vec<(Uuid, Uuid)> {
        let mut tx = self.hotline.store().read().await.expect("reads");
        let mut found = Vec::new();
        for head in tx.heads().await.expect("heads") {
            let links = tx.links(head.node, 0, i64::MAX).await.expect("links");
            let of_kind = links.into_iter().filter(|l| l.entry.action == action.code());
            found.extend(of_kind.map(|l| (l.entry.actor, l.entry.object)));
        }
        found
    }

    /// Waits until there are so many audit entries of a kind, for those nobody waits for.
    pub(crate) async fn audited_at_last(&self, action: Action, amount: usize) -> Vec<(Uuid, Uuid)> {
        for _ in 0..200 {
            let found = self.audited(action).await;
            if found.len() >= amount {
                return found;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{action:?} was not written down {amount} times");
    }

    /// Minutes pass, and the reconciler finds nothing: every row has what belongs to it.
    pub(crate) async fn assert_nothing_is_lost(&self) {
        for _ in 0..3 {
            self.clock.advance(Duration::from_mins(1));
            let seen = self.hotline.reconcile().await.expect("looks").seen;
            assert!(seen.is_empty(), "what belongs together does not agree: {seen:?}");
        }
    }

    /// The way to the service that edges are given.
    pub(crate) fn gate(&self) -> Gate {
        Gate::open(self.hotline.clone())
    }

    /// A proven member, without a session.
    pub(crate) async fn actor(&self, login: &str) -> Actor {
        self.hotline.prove(login, Secret::new(password(login))).await.expect("logs in")
    }

    /// Everything that a member reads of a file.
    pub(crate) async fn content(&self, login: &str, view: &CaseView, n: usize) -> Vec<u8> {
        let (actor, shelf) = (self.actor(login).await, Shelf::new(self.files()));
        let file = self.hotline.open_file(&actor, &shelf, view.case.id, view.files[n].id).await;
        let (mut file, mut all) = (file.expect("opens"), Vec::new());
        while let Some(piece) = file.next().await.expect("unaltered") {
            all.extend(piece);
        }
        all
    }

    /// Adds somebody; `by` signs for them.
    pub(crate) async fn add(&self, by: &str, login: &str, role: Role, desk: Option<&str>) {
        let by = self.actor(by).await;
        let name = login.to_uppercase();
        let new = NewStaff { login: login.to_owned(), name, role, desk: desk.map(str::to_owned) };
        self.hotline.add_staff(&by, new, Secret::new(password(login))).await.expect("is added");
    }

    /// Adds one member of each further role.
    pub(crate) async fn staff(&self) {
        self.add("anh", "hoa", Role::Officer, Some("tips")).await;
        self.add("binh", "lan", Role::Counsellor, Some("counselling")).await;
        self.add("quan", "sen", Role::Supervisor, None).await;
        self.add("quan", "cam", Role::Auditor, None).await;
    }
}

fn request(oversight: bool) -> Request {
    let secret = |login: &str| (login.to_owned(), Secret::new(password(login)));
    let mut leads = vec![(Kind::Tips, "anh"), (Kind::Counselling, "binh")];
    if oversight {
        leads.push((Kind::Oversight, "giang"));
    }
    let leads = leads
        .into_iter()
        .map(|(kind, login)| {
            let (login, password) = secret(login);
            (kind, login, password)
        })
        .collect();
    Request {
        province: "19".into(), name: "Công an tỉnh Thái Nguyên".into(), admin: secret("quan"), leads
    }
}

/// What the service is told.
pub(crate) fn options() -> Options {
    Options {
        session_idle: Duration::from_mins(30),
        session_absolute: Duration::from_hours(12),
        argon: CHEAP,
        logins_at_once: 2,
        logins_waiting: 16,
        replay_for: Duration::from_hours(24),
        key_validity_days: 730,
        renew_within_days: 60,
        own_words_for: Duration::from_hours(24),
        sending: sending(),
        uploads_at_once: 16,
        upload_wait: Duration::from_secs(10),
        orphans_after: Duration::from_hours(24),
        pace: PACE,
        publication: PUBLICATION,
        canary: CANARIES,
    }
}

/// How much the reconciler does here.
pub(crate) const PACE: Pace = Pace {
    new_rows: 1000,
    old_rows: 1000,
    margin: Duration::from_secs(30),
    shelf_patience: Duration::from_secs(10),
};

/// What the public would be told here, if it were told anything.
pub(crate) const PUBLICATION: Publication =
    Publication { public: false, smallest: 5, delay_days: 7, weeks: 8 };

/// How often canaries are sent here, when somebody tends them.
pub(crate) const CANARIES: tinan::domain::canary::Pace = tinan::domain::canary::Pace {
    enabled: true,
    every: Duration::from_mins(5),
    late: Duration::from_mins(15),
    keep: Duration::from_hours(24),
};

/// How messages to chats leave here.
pub(crate) const fn sending() -> Sending {
    Sending {
        lease: Duration::from_secs(10),
        margin: Duration::from_secs(3),
        fetch: Duration::from_hours(48),
        unserved: Duration::from_hours(48),
    }
}
