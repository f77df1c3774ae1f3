//! The reconciler: every kind of orphan is found when it is planted, nothing is found in a busy world, and a finding
//! stays until it is gone by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::finding::FindingKind::{self, *};
use tinan::domain::lane::Kind;
use tinan::kernel::Entropy;
use tinan::service::Hotline;
use tinan::service::channel::Raw;
use tinan::service::intake::Submission;
use tinan::service::reconcile::{Reconciled, Whole};
use tinan::store::Store;
use uuid::Uuid;

use crate::databases::Database;
use crate::on_both_databases;
use crate::world::World;

async fn submit(hotline: &Hotline, kind: Kind) -> String {
    let submission = Submission {
        kind,
        text: "Có người bán ma tuý ở đầu ngõ".to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: kind.is_tip(),
    };
    hotline.submit(submission, None).await.expect("is taken").receipt
}

/// A minute passes, and a round.
async fn round(world: &World) -> Reconciled {
    world.clock.advance(Duration::from_mins(1));
    world.hotline.reconcile().await.expect("looks")
}

/// What eight minutes raise: each series of numbers has its turn.
async fn raised(world: &World) -> Vec<(FindingKind, String)> {
    let mut all = Vec::new();
    for _ in 0..8 {
        all.extend(round(world).await.raised.into_iter().map(|s| (s.kind, s.object)));
    }
    all
}

async fn kinds_raised(world: &World) -> BTreeSet<FindingKind> {
    raised(world).await.into_iter().map(|(kind, _)| kind).collect()
}

/// A world with so many tips and calls for help, looked at and found good.
async fn with_cases(store: Store, tips: usize) -> (World, Vec<String>) {
    let world = World::on(store, true).await;
    let mut receipts = Vec::new();
    for _ in 0..tips {
        receipts.push(submit(&world.hotline, Kind::Tips).await);
    }
    submit(&world.hotline, Kind::Counselling).await;
    submit(&world.hotline, Kind::Oversight).await;
    assert_eq!(raised(&world).await, []);
    (world, receipts)
}

/// The position of a tip, as a piece of SQL.
fn tip(number: usize) -> String {
    format!("(SELECT seq FROM cases WHERE kind = 'tips' AND number = {number})")
}

fn somewhere(database: &Database) -> String {
    database.id(Entropy::System.uuid().expect("chance"))
}

async fn plant(database: &Database, world: &World, sql: &str, expected: &[FindingKind]) {
    database.raw(sql).await;
    let expected: BTreeSet<FindingKind> = expected.iter().copied().collect();
    assert_eq!(kinds_raised(world).await, expected, "{sql}");
}

on_both_databases! {
    async fn what_a_case_has_lost_is_found(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 12).await;
        let items = |n, kind| format!("items WHERE case_seq = {} AND kind = {kind}", tip(n));
        let wraps = |n, kind| format!("DELETE FROM wraps WHERE item IN (SELECT id FROM {})", items(n, kind));
        let nobody = somewhere(&database);
        let plants: [(String, &[FindingKind]); 9] = [
            (format!("{}; DELETE FROM {}", wraps(1, 1), items(1, 1)), &[CaseWithoutOpening]),
            (format!("DELETE FROM receipts WHERE case_seq = {}", tip(2)), &[CaseWithoutReceipt]),
            (format!("UPDATE cases SET desk = {nobody} WHERE seq = {}", tip(3)), &[CaseWithoutDesk, CountsDiffer]),
            (wraps(4, 13), &[ItemWithoutKey]),
            (format!("DELETE FROM {}", items(5, 13)), &[KeyWithoutItem]),
            (
                format!("DELETE FROM cases WHERE seq = {}", tip(6)),
                &[ItemWithoutCase, ReceiptWithoutCase, RegisterWithoutCase, NumberMissing, JournalWithoutCase],
            ),
            (format!("DELETE FROM register_entries WHERE case_seq = {}", tip(7)), &[NumberMissing]),
            (
                format!("UPDATE register_entries SET case_seq = {} WHERE case_seq = {}", tip(9), tip(8)),
                &[RegisterTwice],
            ),
            (format!("UPDATE items SET kind = 12 WHERE case_seq = {} AND kind = 13", tip(10)), &[AddressWithoutMailbox]),
        ];
        for (sql, expected) in plants {
            plant(&database, &world, &sql, expected).await;
        }
        // the counts of the tips desk differ already, by the case that went elsewhere
        let open = world.hotline.open_findings().await.expect("counts");
        assert!(open.iter().all(|f| f.new >= 1 && f.acknowledged == 0));
        assert_eq!(open.iter().find(|f| f.kind == ItemWithoutCase).expect("found").new, 2);
    }

    async fn a_number_too_few_or_too_many_is_found(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 5).await;
        plant(
            &database,
            &world,
            "UPDATE cases SET number = 999 WHERE kind = 'tips' AND number = 2",
            &[NumberMissing, NumberBeyond],
        )
        .await;
        plant(
            &database,
            &world,
            "UPDATE register_entries SET number = 0 WHERE number = 3",
            &[NumberMissing, NumberBeyond],
        )
        .await;
        plant(
            &database,
            &world,
            "UPDATE counters SET value = value + 1 WHERE series = 'case:counselling'",
            &[NumberMissing, JournalDiffers, CountsDiffer],
        )
        .await;
        let object = format!("{}/case:tips/2026/2", world.hotline.world().tenant.id);
        database.raw("UPDATE cases SET number = 2 WHERE number = 999").await;
        let ended = round(&world).await.ended;
        assert!(ended.iter().any(|s| s.kind == NumberMissing && s.object == object), "{ended:?}");
    }

    async fn a_receipt_that_the_journal_has_lost_is_found(database: Database) {
        let world = World::on(database.store.clone(), false).await;
        for _ in 0..3 {
            submit(&world.hotline, Kind::Tips).await;
        }
        database.raw("DELETE FROM audit WHERE action = 10 AND n = (SELECT MAX(n) FROM audit WHERE action = 10)").await;
        assert_eq!(kinds_raised(&world).await, [JournalDiffers].into());
    }

    async fn a_count_that_drifted_is_found(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 3).await;
        database.raw("UPDATE desk_counts SET amount = amount + 1 WHERE state = 'NEW'").await;
        let found = raised(&world).await;
        assert!(found.contains(&(CountsDiffer, "counselling".to_owned())), "{found:?}");
        assert_eq!(found.len(), 2, "the desk's state, and its kind");
        database.raw("UPDATE desk_counts SET amount = amount - 1 WHERE state = 'NEW'").await;
        assert_eq!(round(&world).await.ended.len(), 2);
    }

    async fn ways_back_and_letters_without_their_case_are_found(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 3).await;
        let tenant = database.id(world.hotline.world().tenant.id.uuid());
        let case = "(SELECT id FROM cases WHERE kind = 'tips' AND number = 1)";
        let mailbox = |case: &str| {
            let (id, address) = (somewhere(&database), somewhere(&database));
            format!(
                "INSERT INTO mailboxes (id, tenant, channel, bot, tag, epoch, case_id, address, seen_day)
                 VALUES ({id}, {tenant}, 'telegram', 'bot', {}, 1, {case}, {address}, 20000)",
                database.literal(&[7; 32])
            )
        };
        plant(&database, &world, &mailbox(case), &[MailboxWithoutAddress]).await;
        plant(&database, &world, &mailbox(&somewhere(&database)), &[MailboxWithoutCase]).await;
        let letter = format!(
            "INSERT INTO dead_letters (id, tenant, channel, bot, bytes, error, hour, case_id)
             VALUES ({}, {tenant}, 'telegram', 'bot', 5, 'not JSON', 0, {})",
            somewhere(&database),
            somewhere(&database)
        );
        plant(&database, &world, &letter, &[LetterWithoutCase]).await;
        let held = format!(
            "INSERT INTO held (id, tenant, case_id, tag, epoch, sealed, until) VALUES ({}, {tenant}, {}, {}, 0, {}, {})",
            somewhere(&database),
            somewhere(&database),
            database.literal(&[7; 32]),
            database.literal(&[1; 100]),
            i64::MAX
        );
        plant(&database, &world, &held, &[HeldWithoutCase, SealUnreadable]).await;
    }

    async fn what_does_not_move_is_found(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 2).await;
        let raw = Raw { key: "1".to_owned(), bytes: b"{}".to_vec() };
        world.hotline.accept(("telegram", "bot"), vec![raw], None).await.expect("accepts");
        assert_eq!(raised(&world).await, []);
        world.clock.advance(Duration::from_hours(15));
        assert_eq!(kinds_raised(&world).await, [UpdateStuck].into());

        let mut tx = world.hotline.store().read().await.expect("reads");
        let tips = world.hotline.world().desk_named("tips").expect("a desk").id;
        let case = tx.next_free(tips).await.expect("reads").expect("a case").id;
        drop(tx);
        world.park(case, false).await;
        assert_eq!(raised(&world).await, [], "what waits for a person does not stand still");
        plant(&database, &world, "UPDATE outbox SET state = 'sending', lease_until = 0", &[MessageStuck]).await;
        let lost = format!("UPDATE outbox SET state = 'failed', case_id = {}", somewhere(&database));
        database.raw(&lost).await;
        let first = round(&world).await;
        assert!(first.ended.iter().any(|s| s.kind == MessageStuck));
        assert_eq!(kinds_raised(&world).await, [MessageWithoutCase].into());
    }

    async fn a_file_that_is_gone_or_that_nobody_names_is_found(database: Database) {
        let (world, receipts) = with_cases(database.store.clone(), 3).await;
        for receipt in &receipts {
            world.attach(receipt, "a.txt", "text/plain", &vec![7; 50_000]).await;
        }
        assert_eq!(raised(&world).await, []);
        let mut files: Vec<_> = std::fs::read_dir(world.files())
            .expect("the shelf")
            .map(|f| f.expect("a file").path())
            .collect();
        files.sort();
        std::fs::remove_file(&files[0]).expect("removes");
        let cut = std::fs::OpenOptions::new().write(true).open(&files[1]).expect("opens");
        cut.set_len(100).expect("cuts");
        let found = raised(&world).await;
        assert_eq!(found.len(), 2);
        assert!(found.iter().all(|(kind, _)| *kind == FileMissing));

        let name = |path: &std::path::Path| path.file_name().and_then(|n| n.to_str()).expect("a name").to_owned();
        let content = database.id(Uuid::try_parse(&name(&files[2])).expect("an id"));
        let lost = format!("DELETE FROM wraps WHERE item = {content}; DELETE FROM items WHERE id = {content}");
        plant(&database, &world, &lost, &[FileWithoutItem]).await;

        let left = world.files().join(Entropy::System.uuid().expect("chance").to_string());
        let file = std::fs::File::create(&left).expect("a file");
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000)).expect("ages");
        assert_eq!(raised(&world).await, [(FileUnnamed, name(&left))]);
        std::fs::remove_file(&left).expect("removes");
        assert_eq!(round(&world).await.ended.len(), 1);
    }

    async fn a_finding_is_told_once_and_looked_after_by_a_named_person(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 2).await;
        world.staff().await;
        let hotline = &world.hotline;
        database.raw(&format!("DELETE FROM receipts WHERE case_seq = {}", tip(1))).await;
        let first = round(&world).await;
        assert_eq!((first.seen.len(), first.raised.len()), (1, 0), "once is a suspicion");
        let sen = world.actor("sen").await;
        assert!(hotline.findings(&sen).await.expect("reads").is_empty(), "nobody is told of a suspicion");
        assert_eq!(round(&world).await.raised.len(), 1);
        assert_eq!(round(&world).await.raised.len(), 0);
        assert_eq!(hotline.findings_to_tell(&sen).await.expect("counts"), 1);

        let task = hotline.findings(&sen).await.expect("reads").remove(0).finding;
        hotline.acknowledge_finding(&sen, task.kind, task.object.clone()).await.expect("takes it");
        let quan = world.actor("quan").await;
        assert!(hotline.acknowledge_finding(&quan, task.kind, task.object).await.is_err(), "taken already");
        assert_eq!(hotline.findings_to_tell(&quan).await.expect("counts"), 0);
        assert_eq!(round(&world).await.seen.len(), 1, "acknowledged is not mended");
        let task = hotline.findings(&quan).await.expect("reads").remove(0);
        assert_eq!(task.by.as_deref(), Some("SEN"));
        for login in ["anh", "binh", "cam", "hoa", "lan"] {
            let actor = world.actor(login).await;
            assert!(hotline.findings(&actor).await.is_err(), "{login}");
            assert_eq!(hotline.findings_to_tell(&actor).await.expect("counts"), 0);
        }
        assert!(hotline.verify_audit().await.expect("verifies").faults.is_empty());
    }

    async fn a_suspicion_that_was_none_leaves_nothing(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 2).await;
        database.raw("UPDATE cases SET number = 50 WHERE kind = 'tips' AND number = 1").await;
        assert!(!round(&world).await.seen.is_empty());
        database.raw("UPDATE cases SET number = 1 WHERE number = 50").await;
        raised(&world).await;
        assert_eq!(database.count("findings").await, 0);
    }

    async fn old_rows_are_walked_over_again_and_again(database: Database) {
        let (world, _) = with_cases(database.store.clone(), 30).await;
        let slow = world
            .node(database.another().await, 9, |parts| {
                parts.options.pace.old_rows = 4;
                parts.options.pace.new_rows = 4;
            })
            .await
            .expect("starts");
        for _ in 0..5 {
            world.clock.advance(Duration::from_mins(1));
            assert!(slow.reconcile().await.expect("looks").seen.is_empty());
        }
        database.raw(&format!("DELETE FROM receipts WHERE case_seq = {}", tip(17))).await;
        let mut rounds = 0;
        loop {
            world.clock.advance(Duration::from_mins(1));
            if !slow.reconcile().await.expect("looks").raised.is_empty() {
                break;
            }
            rounds += 1;
            assert!(rounds < 12, "a lap over 32 cases takes 8 rounds of 4");
        }
        slow.store().close().await;
    }

    async fn everything_is_compared_at_once_for_who_cannot_wait(database: Database) {
        let (world, receipts) = with_cases(database.store.clone(), 4).await;
        world.attach(&receipts[0], "a.txt", "text/plain", b"x").await;
        assert_eq!(world.hotline.reconcile_whole().await.expect("looks").seen, []);
        database.raw(&format!("DELETE FROM receipts WHERE case_seq = {}", tip(1))).await;
        database.raw(&format!("DELETE FROM register_entries WHERE case_seq = {}", tip(2))).await;
        database.raw("UPDATE desk_counts SET amount = 7 WHERE state = 'NEW'").await;
        database.raw("DELETE FROM audit WHERE action = 10 AND n = (SELECT MAX(n) FROM audit WHERE action = 10)").await;
        let Whole { seen, unread } = world.hotline.reconcile_whole().await.expect("looks");
        assert!(unread.is_none());
        let kinds: Vec<FindingKind> = seen.iter().map(|s| s.kind).collect();
        assert_eq!(kinds, [CaseWithoutReceipt, NumberMissing, JournalDiffers, CountsDiffer, CountsDiffer]);
        assert_eq!(database.count("findings").await, 0, "nothing is kept");
    }

    async fn a_busy_world_has_no_orphans(database: Database) {
        let world = World::on(database.store.clone(), true).await;
        world.staff().await;
        let other = world.node(database.another().await, 77, |_| ()).await.expect("starts");
        let mut senders = tokio::task::JoinSet::new();
        for i in 0..8 {
            let hotline = if i % 2 == 0 { world.hotline.clone() } else { other.clone() };
            senders.spawn(async move {
                for n in 0..25 {
                    let kind = [Kind::Tips, Kind::Counselling, Kind::Oversight][(i + n) % 3];
                    submit(&hotline, kind).await;
                }
            });
        }
        let mut rounds = 0;
        while !senders.is_empty() || rounds < 20 {
            assert_eq!(round(&world).await.seen, [], "round {rounds}");
            rounds += 1;
            while let Some(done) = senders.try_join_next() {
                done.expect("submits");
            }
        }
        // One round sees the last of them, the next relies on it.
        assert_eq!(round(&world).await.seen, []);
        assert!(round(&world).await.caught_up);
        let last = world.hotline.last_round().await.expect("reads").expect("one");
        assert_eq!((last.at, last.caught_up, last.running), (world.clock.now(), true, false));
        assert_eq!(database.count("cases").await, 200);
        other.store().close().await;
    }
}
