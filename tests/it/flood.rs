//! Floods: nothing is refused, nothing is hidden for good, and the real ones keep their place.

mod attacks;
mod bulk;
mod plans;
mod small;

use futures_util::StreamExt as _;
use tinan::domain::case::{Case, Priority};
use tinan::domain::document::Details;
use tinan::domain::flood::Rules;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::kernel::Secret;
use tinan::kernel::id::CaseId;
use tinan::service::flood::Sender;
use tinan::service::intake::{Accepted, Submission};
use tinan::service::queue::{Line, List, Page};
use tinan::service::sweep::{Choice, Deed, Order, Progress};
use tinan::service::{Actor, Error};
use tinan::store::Store;
use tinan::vault::ReceiptKey;

use crate::world::World;

pub(crate) const STRANGER: Sender = Sender::Stranger { proven: false };
pub(crate) const PROVEN: Sender = Sender::Stranger { proven: true };
/// What junk says.
pub(crate) const JUNK: &str = "Mua số đẹp giá rẻ, nạp thẻ tặng quà, bấm ngay hôm nay";

/// An installation that watches for floods.
#[derive(Clone)]
pub(crate) struct Watched {
    pub(crate) world: World,
}

/// The shipped file, with less work for scripts: this is a test and not a flood.
pub(crate) fn rules() -> Rules {
    let shipped = include_str!("../../config/flood.toml");
    Rules::parse(&shipped.replace("bits = 18", "bits = 8")).expect("the shipped file")
}

/// A tip of this urgency.
pub(crate) fn tip(text: &str, priority: Priority) -> Submission {
    Submission {
        kind: Kind::Tips,
        text: text.to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority,
        reads_as_tip: true,
    }
}

impl Watched {
    pub(crate) async fn on(store: Store) -> Self {
        let world = World::on(store, false).await;
        world.staff().await;
        Self::watch(world)
    }

    pub(crate) fn watch(world: World) -> Self {
        world.hotline.watch_for_floods(rules()).expect("watches");
        Self { world }
    }

    pub(crate) async fn send(&self, sender: Sender, text: &str) -> Accepted {
        self.urgent(sender, text, Priority::NORMAL).await
    }

    pub(crate) async fn urgent(&self, sender: Sender, text: &str, priority: Priority) -> Accepted {
        self.world.hotline.submit_from(sender, tip(text, priority), None).await.expect("nothing is refused")
    }

    /// Many at once, as a flood comes.
    pub(crate) async fn all(&self, texts: Vec<(Sender, String)>) -> Vec<Accepted> {
        let sent = futures_util::stream::iter(texts)
            .map(|(sender, text)| async move { self.send(sender, &text).await });
        sent.buffered(32).collect().await
    }

    /// The case of a receipt.
    pub(crate) async fn case(&self, accepted: &Accepted) -> Case {
        let readings = Receipt::parse(&accepted.receipt).expect("a receipt");
        let deployment = self.world.made.identity.deployment;
        let mut tx = self.world.hotline.store().read().await.expect("reads");
        for reading in readings {
            let key = ReceiptKey::derive(deployment, &Secret::new(reading.bits()));
            if let Some((id, ..)) = tx.receipt(&key.lookup.to_bytes()).await.expect("reads") {
                return self.by_id(id).await;
            }
        }
        panic!("a receipt that finds nothing")
    }

    pub(crate) async fn by_id(&self, id: CaseId) -> Case {
        let tenant = self.world.hotline.world().tenant.id;
        let mut tx = self.world.hotline.store().read().await.expect("reads");
        tx.case(tenant, id).await.expect("reads").expect("is there")
    }

    /// Every row of a list.
    pub(crate) async fn rows(&self, actor: &Actor, list: List) -> Vec<Line> {
        let (mut all, mut after) = (Vec::new(), None);
        loop {
            let page: Page =
                self.world.hotline.list(actor, "tips", list, after.as_deref()).await.expect("a page");
            all.extend(page.cases);
            after = page.next;
            if after.is_none() {
                return all;
            }
        }
    }

    pub(crate) async fn upto(&self, actor: &Actor) -> (i64, i64) {
        self.world.hotline.newest_number(actor, "tips").await.expect("reads")
    }

    pub(crate) async fn order(&self, actor: &Actor, choice: Choice, deed: Deed) -> Result<Progress, Error> {
        let reason = "Quảng cáo, không phải nguồn tin về tội phạm".to_owned();
        let order = Order { desk: "tips".to_owned(), choice, deed, reason, once: None };
        self.world.hotline.sweep(actor, &order).await
    }

    /// Orders, and goes on to the end.
    pub(crate) async fn sweep(&self, actor: &Actor, choice: Choice, deed: Deed) -> Progress {
        let mut progress = self.order(actor, choice, deed).await.expect("sweeps");
        while !progress.ended {
            let before = progress.done;
            progress = self.world.hotline.go_on(actor, progress.sweep).await.expect("goes on");
            assert!(progress.done > before || progress.ended, "no progress: {progress:?}");
        }
        progress
    }

    /// What must hold at any time: numbers without gaps, counts that are true, nothing hidden.
    pub(crate) async fn assert_sound(&self) {
        let tenant = self.world.hotline.world().tenant.id;
        let mut tx = self.world.hotline.store().read().await.expect("reads");
        for (series, year, given, found) in tx.number_gaps(tenant).await.expect("reads") {
            assert_eq!(given, found, "{series} of {year} has gaps");
        }
        assert!(tx.stranded_folds().await.expect("reads").is_empty(), "a row without a head");
        drop(tx);
        let tally = self.world.hotline.tally_of(tenant).await.expect("reads");
        assert!(tally.reconciled);
        let anh = self.world.actor("anh").await;
        let main = self.rows(&anh, List::Main).await;
        let side = self.rows(&anh, List::Side).await;
        let tips = tally.desks.iter().find(|d| d.desk == "tips").expect("the desk");
        let open: i64 = tips.states.iter().filter(|(s, _)| s.waits()).map(|(_, n)| n).sum();
        let rows = i64::try_from(main.len() + side.len()).expect("few");
        let beneath: i64 = main.iter().chain(&side).map(|l| l.copies).sum();
        assert_eq!(tips.side, i64::try_from(side.len()).expect("few"));
        assert_eq!(tips.folded, beneath, "every folded case is beneath a row that is shown");
        assert_eq!(open, rows + beneath, "every open case is in a row or beneath one");
        assert!(self.world.hotline.verify_audit().await.expect("verifies").faults.is_empty());
    }
}
