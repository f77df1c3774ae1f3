//! What a bad day leaves behind is erased in slices, and nothing that fails keeps the keys to citizens' own words.

use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::escalation::Way;
use tinan::domain::lane::Kind;
use tinan::service::intake::Submission;
use tinan::store::notices::NewNotice;

use crate::databases::Database;
use crate::on_both_databases;
use crate::scene::Scene;
use crate::world::World;

/// More than two slices of a round.
const MANY: i64 = 4100;

/// Many wraps whose hour came long ago, as after a day of a flood.
async fn leave_wraps(database: &Database) {
    let id = database.id(uuid::Uuid::from_bytes([5; 16]));
    let (kid, wrap) = (database.literal(&[9; 8]), database.literal(&[9; 90]));
    database
        .raw(&format!(
            "INSERT INTO wraps (tenant, case_seq, item, kid, wrap, until_hour)
             WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {MANY})
             SELECT {id}, -5, {id}, {kid}, {wrap}, 0 FROM n"
        ))
        .await;
    assert_eq!(database.count("wraps WHERE case_seq = -5").await, MANY);
}

fn tip() -> Submission {
    Submission {
        kind: Kind::Tips,
        text: "Có người bán ma túy ở ngõ 5".to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    }
}

fn notice(scene: &Scene) -> NewNotice {
    NewNotice {
        id: scene.row(),
        tenant: scene.tenant,
        alarm: None,
        level: 0,
        fold: None,
        person: "an".to_owned(),
        way: Way::Webhook,
        created: scene.now(),
    }
}

on_both_databases! {
    async fn one_round_destroys_all_that_has_had_its_day_and_nothing_else(database: Database) {
        let world = World::on(database.store.clone(), false).await;
        world.hotline.submit(tip(), None).await.expect("is taken");
        let before = database.count("wraps").await;
        assert!(before > 0);
        leave_wraps(&database).await;
        let upkeep = world.hotline.upkeep().await.expect("keeps house");
        assert!(upkeep.erased >= MANY.unsigned_abs(), "{upkeep:?}");
        assert_eq!(database.count("wraps").await, before);
    }

    async fn what_cannot_be_erased_keeps_nothing_else_from_it(database: Database) {
        let world = World::on(database.store.clone(), false).await;
        leave_wraps(&database).await;
        database.raw("ALTER TABLE held RENAME TO lost").await;
        database.raw("INSERT INTO inbox_seen (channel, bot, update_key, day) VALUES ('telegram', 'a', '1', 1)").await;
        world.hotline.upkeep().await.expect_err("something is wrong, and is told");
        assert_eq!(database.count("wraps WHERE case_seq = -5").await, 0);
        assert_eq!(database.count("inbox_seen WHERE day = 1").await, 0);
    }

    async fn calls_are_coarsened_and_erased_so_many_at_once(database: Database) {
        let (scene, _) = Scene::open(1, &database.store).await;
        let mut tx = database.store.begin().await.expect("begins");
        let rows: Vec<NewNotice> = (0..3).map(|_| notice(&scene)).collect();
        tx.add_notices(&rows).await.expect("adds");
        tx.commit().await.expect("commits");
        let later = scene.later(300);
        let mut tx = database.store.begin().await.expect("begins");
        assert_eq!(tx.coarsen_notices(later, 2).await.expect("runs"), 0, "they are still to be made");
        assert_eq!(tx.erase_notices(later, 2).await.expect("runs"), 0);
        drop(tx);
        database.raw("UPDATE notices SET state = 'sent'").await;
        let mut tx = database.store.begin().await.expect("begins");
        for slice in [2, 1, 0] {
            assert_eq!(tx.coarsen_notices(later, 2).await.expect("runs"), slice);
        }
        for slice in [2, 1, 0] {
            assert_eq!(tx.erase_notices(later, 2).await.expect("runs"), slice);
        }
    }
}
