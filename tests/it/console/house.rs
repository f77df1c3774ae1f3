//! The console of a small installation with all three desks and one member of every role (see `world`), and
//! of one that is not set up yet.

use std::sync::Arc;
use std::time::Duration;

use tempfile::TempDir;
use tinan::console::{Options, SetUp, SetUpDoor, SettingUp, routes};
use tinan::domain::case::Priority;
use tinan::domain::deadline::Deadlines;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::kernel::id::{CaseId, NodeId};
use tinan::kernel::{Clock, Entropy, Secret};
use tinan::service::casefile::CaseView;
use tinan::service::citizen::CitizenCase;
use tinan::service::intake::{Accepted, Submission};
use tinan::service::setup::{Established, Ground, Request, set_up};
use tinan::service::{Error, Hotline, Parts, Talk};
use tinan::store::audit::Action;
use tinan::store::{Store, StoreOptions};
use tinan::vault::Keyring;
use tinan::web::Gate;

use super::browser::Browser;
use crate::world::{CHEAP, START, World, password};

/// What is there before the set-up, and how `boot` would do it.
pub(super) struct Site {
    ground: Ground,
    gate: Gate,
    _folder: TempDir,
}

impl Site {
    pub(super) async fn bare() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("tinan.db").display());
        let options = StoreOptions { url, connections: 4, patience: Duration::from_secs(20) };
        let store = Store::connect(&options).await.expect("connects");
        store.migrate().await.expect("migrates");
        let entropy = Entropy::seeded(7);
        let keyring = Keyring::create(&folder.path().join("keyring"), &entropy, START).expect("a keyring");
        let node = NodeId::random(&entropy).expect("seeded");
        let clock = Clock::fixed(START);
        let ground = Ground { store, keyring, clock, entropy, argon: CHEAP, node, validity_days: 730 };
        Self { ground, gate: Gate::default(), _folder: folder }
    }

    /// The console with a set-up link that ends in `token`.
    pub(super) fn console(&self, token: &str, secure: bool) -> axum::Router {
        let doing = Box::new(Opener { ground: self.ground.clone(), gate: self.gate.clone() });
        let door = SetUpDoor { token: Secret::new(token.to_owned()), doing };
        routes(self.gate.clone(), Options { secure_cookies: secure, setup: Some(Arc::new(door)) })
    }
}

struct Opener {
    ground: Ground,
    gate: Gate,
}

impl Opener {
    async fn open(&self, request: Request) -> Result<Established, Error> {
        let ground = self.ground.clone();
        let made = set_up(&ground, request, |_| Ok(())).await?;
        let parts = Parts {
            store: ground.store,
            keyring: ground.keyring,
            clock: ground.clock,
            entropy: ground.entropy,
            deadlines: Deadlines::parse(include_str!("../../../config/deadlines.toml")).expect("deadlines"),
            identity: made.identity.clone(),
            node: ground.node,
            options: crate::world::options(),
            talk: Talk::embedded("https://tinan.example").expect("the catalogue"),
            spool: None,
            shelf: None,
            directory_copy: None,
        };
        self.gate.set(Hotline::open(parts).await?);
        Ok(made)
    }
}

impl SetUp for Opener {
    fn set_up(&self, request: Request) -> SettingUp<'_> {
        Box::pin(self.open(request))
    }
}

async fn log_in(browser: &mut Browser, login: &str) {
    let answer = browser.post("/console/login", &[("login", login), ("password", &password(login))]).await;
    assert_eq!(answer.status, 303, "{login} logs in");
}

/// A page of the console of any world, as a member sees it.
pub(crate) async fn page_of(world: &World, login: &str, path: &str) -> String {
    let mut browser = Browser::new(routes(world.gate(), Options { secure_cookies: false, setup: None }));
    log_in(&mut browser, login).await;
    let answer = browser.get(path).await;
    assert_eq!(answer.status, 200, "{path}");
    answer.body
}

/// A set-up installation with its console.
pub(super) struct House {
    pub(super) world: World,
    router: axum::Router,
}

impl House {
    pub(super) async fn open() -> Self {
        Self::build(World::with_oversight().await, false).await
    }

    /// Without an oversight desk.
    pub(super) async fn without_oversight() -> Self {
        Self::build(World::open().await, false).await
    }

    /// With the public address on `https`.
    pub(super) async fn secure() -> Self {
        Self::build(World::with_oversight().await, true).await
    }

    /// In a world that is there already.
    pub(super) async fn within(world: World) -> Self {
        Self::build(world, false).await
    }

    async fn build(world: World, secure_cookies: bool) -> Self {
        world.staff().await;
        let router = routes(world.gate(), Options { secure_cookies, setup: None });
        Self { world, router }
    }

    /// A browser that has seen nothing yet.
    pub(super) fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    /// A browser in which a member is logged in.
    pub(super) async fn staff(&self, login: &str) -> Browser {
        let mut browser = self.browser();
        log_in(&mut browser, login).await;
        browser
    }

    /// Somebody writes.
    pub(super) async fn submit(&self, kind: Kind, text: &str) -> Accepted {
        let details = Details { categories: vec!["dealing".to_owned()], ..Details::default() };
        let submission = Submission {
            kind,
            text: text.to_owned(),
            locale: "vi".to_owned(),
            channel: "web".to_owned(),
            details,
            priority: Priority::NORMAL,
            reads_as_tip: true,
        };
        self.world.hotline.submit(submission, None).await.expect("is taken")
    }

    /// The same person writes again.
    pub(super) async fn add_message(&self, accepted: &Accepted, text: &str) {
        let readings: Vec<Receipt> = Receipt::parse(&accepted.receipt).expect("a receipt");
        self.world.hotline.add_message(&readings, text, None).await.expect("is taken");
    }

    /// A case as a member sees it.
    pub(super) async fn open_case(&self, login: &str, case: CaseId) -> CaseView {
        let actor = self.world.actor(login).await;
        self.world.hotline.open_case(&actor, case).await.expect("opens")
    }

    /// What a typed receipt opens.
    pub(super) async fn look_up(&self, typed: &str) -> Result<CitizenCase, Error> {
        self.world.hotline.look_up(&Receipt::parse(typed).expect("a receipt")).await
    }

    /// Whether the audit log holds an action.
    pub(super) async fn audited(&self, action: Action) -> bool {
        let mut tx = self.world.hotline.store().read().await.expect("reads");
        let links = tx.links(self.world.hotline.node(), 0, 1000).await.expect("links");
        links.iter().any(|l| l.entry.action == action.code())
    }
}
