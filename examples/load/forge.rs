//! Cases made outside the service, as it makes them, to be handed to a writer: for the floor, which is sealing
//! and storing and nothing else, and to fill a database.

use std::sync::Arc;

use anyhow::{Context as _, Result};
use futures_util::{StreamExt as _, TryStreamExt as _};
use tinan::domain::case::Priority;
use tinan::domain::deadline::Deadlines;
use tinan::domain::document::{Details, Opening, Summary};
use tinan::domain::lane::Kind;
use tinan::domain::number::year_of;
use tinan::domain::receipt::Receipt;
use tinan::domain::state::State;
use tinan::kernel::id::{CaseId, ItemId, NodeId};
use tinan::kernel::{Clock, Entropy, Secret};
use tinan::service::World;
use tinan::store::Writer;
use tinan::store::audit::Chain;
use tinan::store::folds::Placing;
use tinan::store::intake::{NewCase, NewReceipt, Opened};
use tinan::store::items::{NewItem, NewWrap};
use tinan::vault::{ItemKind, Place, PublicKey, ReceiptKey, Vault, genesis};

use crate::ground::Ground;

/// What is sent: the length of an ordinary tip.
pub(crate) const WORDS: &str = "Tối nào khoảng 22 giờ cũng có ba thanh niên đi xe máy không biển số đến quán nước \
     đầu ngõ, đưa gói nhỏ cho người lạ rồi đi ngay. Hôm qua tôi thấy họ cất đồ dưới gốc cây gạo cạnh nhà văn hoá xóm. \
     Trong nhóm có một người xăm tay trái, hay đội mũ lưỡi trai đen.";

/// How many cases are on their way to the writer at once while a database is filled.
const AT_ONCE: usize = 1024;
/// How many cases of a filled database are sealed each for itself; the others share sealed bytes, which do not open.
const SEALED: usize = 1000;

/// Makes cases for the tips desk of one installation.
#[derive(Clone)]
pub(crate) struct Forge {
    vault: Vault,
    world: Arc<World>,
    deadlines: Deadlines,
}

impl Forge {
    pub(crate) async fn new(ground: &Ground) -> Result<Self> {
        let identity = ground.base.place.identity()?.context("it is set up")?;
        let world = World::load(&ground.base.store, &identity, Clock::System.now(), None).await;
        Ok(Self {
            vault: Vault::new(identity.deployment, Entropy::System),
            world: Arc::new(world.map_err(tinan::boot::open::Told::from)?),
            deadlines: ground.config.deadlines.clone(),
        })
    }

    /// A writer of a node of its own.
    pub(crate) fn writer(&self, ground: &Ground) -> Result<Writer> {
        let node = NodeId::random(self.vault.entropy())?;
        let chain = Chain { node, genesis: genesis(self.vault.deployment(), node) };
        Ok(Writer::start(ground.base.store.clone(), chain))
    }

    /// A tip, sealed as the service seals it.
    pub(crate) fn tip(&self) -> Result<NewCase> {
        let now = Clock::System.now();
        let desk = self.world.front_desk(Kind::Tips).context("the tips desk")?;
        let readers = self.world.readers(desk.id).map_err(tinan::boot::open::Told::from)?;
        let id = CaseId::random(self.vault.entropy())?;
        let receipt = Receipt::from_random(self.vault.entropy().bytes()?);
        let key = ReceiptKey::derive(self.vault.deployment(), &Secret::new(receipt.bits()));
        let public_key = key.private.public().to_bytes();
        let opening = Opening {
            text: WORDS.to_owned(),
            locale: "vi".to_owned(),
            at: now,
            channel: "api".to_owned(),
            receipt_key: data_encoding::HEXLOWER.encode(&public_key),
            details: Details::default(),
        };
        let summary = Summary {
            line: Summary::line_of(WORDS),
            at: now,
            categories: Vec::new(),
            tags: Vec::new(),
            commune: None,
            crisis: None,
            channel: "api".to_owned(),
        };
        let items = vec![
            self.seal(ItemKind::Tip, id, &opening, &readers)?,
            self.seal(ItemKind::Summary, id, &summary, &readers)?,
        ];
        Ok(NewCase {
            id,
            tenant: self.world.tenant.id,
            desk: desk.id,
            kind: Kind::Tips,
            priority: Priority::NORMAL.level(),
            year: year_of(now),
            received_hour: now.hour(),
            due: self.deadlines.due(Kind::Tips, State::first(Kind::Tips), now, now),
            alarm: self.deadlines.alarm(Kind::Tips, Priority::NORMAL, now),
            watch: None,
            summons: None,
            register: Some(self.world.top_of(desk.id)),
            items,
            receipt: Some(NewReceipt { lookup: key.lookup.to_bytes(), public_key }),
            replay: None,
            mailbox: None,
            placing: Placing::Main,
            callback: None,
        })
    }

    fn seal(
        &self,
        kind: ItemKind,
        case: CaseId,
        document: &impl serde::Serialize,
        readers: &[&PublicKey],
    ) -> Result<NewItem> {
        let id = ItemId::random(self.vault.entropy())?;
        let body = Secret::new(serde_json::to_vec(document)?);
        let sealed = self.vault.seal_item(&Place::first(kind, id, case), body.expose(), readers)?;
        let wraps = sealed.wraps.into_iter().map(|wrap| NewWrap { wrap, until: None }).collect();
        let hour = Clock::System.now().hour();
        Ok(NewItem { id, kind: kind.to_byte(), author: None, hour, blob: sealed.blob, wraps })
    }

    /// Another case around the same sealed bytes: as large in every table, and it does not open.
    fn copy(&self, of: &NewCase) -> Result<NewCase> {
        let entropy = self.vault.entropy();
        let mut copy = NewCase { id: CaseId::random(entropy)?, ..of.clone() };
        copy.receipt = Some(NewReceipt { lookup: entropy.bytes()?, public_key: entropy.bytes()? });
        for item in &mut copy.items {
            item.id = ItemId::random(entropy)?;
        }
        Ok(copy)
    }

    /// Stores cases. The first thousand, which every first page shows, open like any other.
    pub(crate) async fn fill(&self, ground: &Ground, amount: usize) -> Result<()> {
        let writer = self.writer(ground)?;
        let pattern = self.tip()?;
        let cases = (0..amount).map(|i| if i < SEALED { self.tip() } else { self.copy(&pattern) });
        let stored = futures_util::stream::iter(cases)
            .map(|case| {
                let writer = writer.clone();
                async move {
                    let Opened::Numbered { .. } = writer.open_case(case?).await? else {
                        anyhow::bail!("a new case is no repetition")
                    };
                    Ok(())
                }
            })
            .buffered(AT_ONCE);
        stored.try_for_each(|()| async { Ok(()) }).await
    }
}
