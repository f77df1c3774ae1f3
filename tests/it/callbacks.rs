//! Call-backs from end to end on both databases: counselling only, in the hour that was chosen, by one named person, never
//! late, and the number gone afterwards.

mod later;
mod repeated;
mod together;

use std::time::Duration;

use tinan::domain::callback::{Discretion, Outcome, Refused, Slot, Standing};
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::jobs;
use tinan::kernel::Timestamp;
use tinan::kernel::id::CaseId;
use tinan::service::call::Call;
use tinan::service::callback::Asked;
use tinan::service::callback::staff::Line;
use tinan::service::flood::Sender;
use tinan::service::intake::Submission;
use tinan::service::once::Once;
use tinan::service::{Actor, Error, Hotline, Refusal};
use tinan::store::audit::Action;

use crate::databases::Database;
use crate::on_both_databases;
use crate::world::World;

const NUMBER: &str = "0987 654 321";
const DIALLED: &str = "0987654321";
const MINUTE: Duration = Duration::from_mins(1);
/// 13:00 in Hanoi on the Sunday of the tests, when the desk opens again.
const ONE: Timestamp = Timestamp::from_millis(1_795_327_200_000);

fn asked(from: Timestamp) -> Asked {
    Asked { number: NUMBER.to_owned(), from, say: Discretion::NameOnly }
}

fn submission(kind: Kind) -> Submission {
    Submission {
        kind,
        text: "Con tôi nghiện, tôi không biết làm sao".to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    }
}

fn why<T>(answer: Result<T, Error>) -> Refused {
    match answer {
        Err(Error::Refused(Refusal::Callback(why))) => why,
        Err(e) => panic!("{e:?}"),
        Ok(_) => panic!("it was done"),
    }
}

fn not_found<T>(answer: Result<T, Error>) -> bool {
    matches!(answer.err(), Some(Error::Refused(Refusal::NotFound)))
}

/// A province in which counselling calls back.
struct Desk {
    world: World,
    database: Database,
}

impl Desk {
    async fn open(database: Database) -> Self {
        let world = World::on(database.store.clone(), true).await;
        world.staff().await;
        Self { world, database }
    }

    fn hotline(&self) -> &Hotline {
        &self.world.hotline
    }

    /// Somebody writes to a desk, without wanting a call.
    async fn writes(&self, kind: Kind) -> Vec<Receipt> {
        let got = self.hotline().submit(submission(kind), None).await.expect("is taken");
        Receipt::parse(&got.receipt).expect("a receipt")
    }

    /// Somebody asks for help and to be called at one.
    async fn asks(&self) -> Vec<Receipt> {
        let call =
            self.hotline().check_callback(Kind::Counselling, &asked(ONE), ("web", None)).expect("is right");
        let (sender, s) = (Sender::Known, submission(Kind::Counselling));
        let got = self.hotline().submit_with(sender, s, Some(&call), None).await.expect("is taken");
        Receipt::parse(&got.receipt).expect("a receipt")
    }

    async fn lan(&self) -> Actor {
        self.world.actor("lan").await
    }

    /// The open call-backs as lan sees them.
    async fn waiting(&self) -> Vec<Line> {
        self.hotline().callbacks(&self.lan().await, "counselling", None).await.expect("a list").lines
    }

    async fn only(&self) -> Line {
        let mut all = self.waiting().await;
        assert_eq!(all.len(), 1);
        all.remove(0)
    }

    /// How the call-back of a case stands.
    async fn stands(&self, case: CaseId) -> Standing {
        let line = self.hotline().callback_of_case(&self.lan().await, case).await.expect("a case");
        line.expect("a call-back").row.standing
    }

    fn at(&self, moment: Timestamp) {
        self.world.clock.set(moment);
    }

    async fn watch(&self) {
        jobs::keep_watch(self.hotline()).await.expect("watches");
    }

    /// Alarms that lan sees, with the call-backs they are about.
    async fn alarms(&self) -> usize {
        let all = self.hotline().alarms(&self.lan().await).await.expect("alarms");
        all.iter().map(|a| a.callbacks.len()).sum()
    }

    /// How many sealed numbers there are.
    async fn numbers(&self) -> i64 {
        self.database.count("items WHERE kind = 18").await
    }

    /// Whether the number stands anywhere in the database, in any form a row could hold it.
    async fn is_to_be_found(&self) -> bool {
        let mut bytes = Vec::new();
        for file in self.database.files() {
            bytes.extend(std::fs::read(file).unwrap_or_default());
        }
        if bytes.is_empty() {
            // PostgreSQL writes bytes in hexadecimal.
            for table in
                ["callbacks", "items", "wraps", "cases", "events", "audit", "replays", "alarm_causes"]
            {
                let rows = self.database.texts(&format!("SELECT CAST(t AS TEXT) FROM {table} t")).await;
                bytes.extend(format!("{rows:?}").into_bytes());
            }
        }
        let hex = |text: &str| data_encoding::HEXLOWER.encode(text.as_bytes());
        let needles = [DIALLED, NUMBER, "84987654321"].map(str::to_owned);
        let needles = [needles.clone(), needles.map(|n| hex(&n))].concat();
        assert!(!bytes.is_empty());
        needles.iter().any(|n| bytes.windows(n.len()).any(|w| w == n.as_bytes()))
    }
}

fn later(hours: u32) -> Slot {
    let from = ONE.plus(Duration::from_hours(1) * hours);
    Slot::of_row(from, from.plus(Duration::from_hours(1)))
}

on_both_databases! {
    async fn a_call_that_was_asked_for_is_made_in_its_hour_and_the_number_is_forgotten(database: Database) {
        let desk = Desk::open(database).await;
        let code = desk.asks().await;
        let line = desk.only().await;
        assert_eq!((line.row.slot, line.missed, line.mine), (later(0), false, false));
        assert!(!desk.is_to_be_found().await);
        let (lan, hotline) = (desk.lan().await, desk.hotline());
        assert_eq!(why(hotline.take_callback(&lan, line.row.id, 1).await), Refused::TooEarly);
        assert!(desk.world.audited(Action::CallbackOpened).await.is_empty());

        desk.at(ONE);
        let opened = hotline.take_callback(&lan, line.row.id, 1).await.expect("opens");
        assert_eq!((opened.wanted.number.expose(), opened.wanted.say), (DIALLED, Discretion::NameOnly));
        assert_eq!(desk.world.audited(Action::CallbackOpened).await, [(lan.staff.uuid(), line.case.id.uuid())]);
        assert!(desk.only().await.mine, "the list says who is calling");
        let id = (line.row.id, opened.row.version);
        hotline.record_callback(&lan, id, Outcome::Reached).await.expect("is recorded");
        assert_eq!((desk.stands(line.case.id).await, desk.numbers().await), (Standing::Reached, 0));
        assert!(desk.waiting().await.is_empty() && !desk.is_to_be_found().await);
        assert_eq!(desk.database.count("wraps w WHERE NOT EXISTS (SELECT 1 FROM items i WHERE i.id = w.item)").await, 0);
        assert_eq!(desk.database.count("callbacks WHERE slot_from <> 0 OR slot_to <> 0").await, 0, "nor the hour");
        let own = hotline.look_up(&code).await.expect("found").callback.expect("counselling");
        assert_eq!((own.standing, own.slot, own.may_ask), (Some(Standing::Reached), None, true));
        let events = hotline.open_case(&lan, line.case.id).await.expect("opens").events;
        let said: Vec<_> = events.iter().map(|e| (e.action.as_str(), e.by.as_deref())).collect();
        assert_eq!(said, [("callback_reached", Some("LAN"))], "a named person");
        assert_eq!(why(hotline.take_callback(&lan, line.row.id, 3).await), Refused::Over);
        desk.world.assert_nothing_is_lost().await;
    }

    async fn no_tip_can_have_one(database: Database) {
        let desk = Desk::open(database).await;
        for (kind, login) in [(Kind::Tips, "hoa"), (Kind::Oversight, "giang")] {
            let code = desk.writes(kind).await;
            let (hotline, actor) = (desk.hotline(), desk.world.actor(login).await);
            let checked = hotline.check_callback(kind, &asked(ONE), ("web", None));
            assert_eq!(checked.map(|_| ()), Err(Refused::NotCounselling));
            assert_eq!(why(hotline.ask_callback(&code, &asked(ONE), "web", None).await), Refused::NotCounselling);
            assert!(hotline.look_up(&code).await.expect("found").callback.is_none());
            assert!(not_found(hotline.callbacks(&actor, kind.as_str(), None).await));
            let case = hotline.next_case(&actor, kind.as_str(), None).await.expect("a queue").expect("a case").id;
            assert_eq!(why(hotline.enter_callback(&actor, case, &asked(ONE)).await), Refused::NotCounselling);
            // One that was made for counselling goes into no other lane either.
            let call = hotline.check_callback(Kind::Counselling, &asked(ONE), ("web", None)).expect("is right");
            let sent = hotline.submit_with(Sender::Known, submission(kind), Some(&call), None).await;
            assert_eq!(why(sent), Refused::NotCounselling);
            let id = desk.database.id(case.uuid());
            let row = format!(
                "INSERT INTO callbacks (id, tenant, case_id, desk, kind, state, item, slot_from, slot_to, tries, version)
                 SELECT id, tenant, id, desk, kind, 'open', id, 1, 2, 0, 1 FROM cases WHERE id = {id}"
            );
            let database = desk.database.clone();
            let refused = tokio::spawn(async move { database.raw(&row).await }).await;
            assert!(refused.is_err(), "the table itself insists on it");
        }
        assert_eq!((desk.numbers().await, desk.database.count("callbacks").await), (0, 0));
    }

    async fn a_caller_whose_words_are_about_officials_is_not_called_back(database: Database) {
        let desk = Desk::open(database).await;
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        let hoa = desk.world.actor("hoa").await;
        let taken = |desk: &'static str, actor: Actor| async move {
            let call = hotline.check_callback(Kind::Counselling, &asked(ONE), ("phone", Some("LAN"))).expect("right");
            let call = Call {
                text: "Tôi cần nói chuyện".to_owned(),
                locale: "vi".to_owned(),
                officials: true,
                details: Details::default(),
                informant: None,
                withheld: None,
                callback: Some(call),
            };
            let once = Once::new("test", b"", &hotline.once_token().expect("chance"), b"").expect("a key");
            hotline.take_call(&actor, desk, call, &once).await
        };
        assert_eq!(why(taken("tips", hoa).await), Refused::NotCounselling);
        taken("counselling", lan).await.expect("counselling keeps what it is told");
        assert_eq!(desk.only().await.row.slot, later(0));
    }

    async fn two_counsellors_on_two_nodes_take_one_call(database: Database) {
        let desk = Desk::open(database).await;
        desk.asks().await;
        desk.at(ONE.plus(MINUTE));
        let id = desk.only().await.row.id;
        let other = desk.world.another(true).await.expect("a node");
        let (lan, binh) = (desk.lan().await, desk.world.actor("binh").await);
        let (a, b) = tokio::join!(desk.hotline().take_callback(&lan, id, 1), other.take_callback(&binh, id, 1));
        assert_eq!(usize::from(a.is_ok()) + usize::from(b.is_ok()), 1);
        let (second, loser) = if a.is_ok() { (why(b), binh) } else { (why(a), lan) };
        assert!(matches!(second, Refused::Held(_) | Refused::Stale), "{second:?}");
        assert_eq!(desk.world.audited(Action::CallbackOpened).await.len(), 1, "the other saw no number");
        let late = desk.hotline().record_callback(&loser, (id, 2), Outcome::Reached).await;
        assert!(matches!(why(late), Refused::Held(_)));
        assert!(matches!(why(desk.hotline().take_callback(&loser, id, 2).await), Refused::Held(_)));
    }

    async fn withdrawn_just_before_means_nobody_calls(database: Database) {
        let desk = Desk::open(database).await;
        let code = desk.asks().await;
        let line = desk.only().await;
        desk.at(ONE);
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        hotline.withdraw_callback(&code).await.expect("is withdrawn");
        assert_eq!(why(hotline.take_callback(&lan, line.row.id, 1).await), Refused::Over);
        assert_eq!((desk.numbers().await, desk.stands(line.case.id).await), (0, Standing::Withdrawn));
        assert_eq!(why(hotline.withdraw_callback(&code).await), Refused::Over);
        // While somebody dials it can still be withdrawn; what they say then comes too late.
        hotline.ask_callback(&code, &asked(later(1).from()), "web", None).await.expect("is asked for again");
        desk.at(later(1).from());
        let row = desk.only().await.row;
        let opened = hotline.take_callback(&lan, row.id, row.version).await.expect("opens");
        hotline.withdraw_callback(&code).await.expect("is withdrawn");
        let said = hotline.record_callback(&lan, (row.id, opened.row.version), Outcome::Reached).await;
        assert_eq!(why(said), Refused::Over);
        assert_eq!(desk.world.audited(Action::CallbackWithdrawn).await.len(), 2);
    }

    async fn asking_again_replaces_the_number_and_the_hour(database: Database) {
        let desk = Desk::open(database).await;
        let code = desk.asks().await;
        let other = Asked { number: "024 3825 1234".to_owned(), say: Discretion::MaySay, ..asked(later(2).from()) };
        desk.hotline().ask_callback(&code, &other, "web", None).await.expect("is changed");
        assert_eq!((desk.numbers().await, desk.only().await.row.slot), (1, later(2)));
        for (number, from, refused) in [
            ("113", ONE, Refused::BadNumber),
            (NUMBER, ONE.plus(MINUTE), Refused::NoSlot),
            (NUMBER, ONE.minus(Duration::from_hours(1)), Refused::NoSlot),
            (NUMBER, Timestamp::from_millis(i64::MAX), Refused::NoSlot),
        ] {
            let wrong = Asked { number: number.to_owned(), from, say: Discretion::NameOnly };
            assert_eq!(why(desk.hotline().ask_callback(&code, &wrong, "web", None).await), refused);
        }
        assert!(not_found(desk.hotline().ask_callback(&Receipt::parse("0000-0000-0000-0000-0000").expect("reads"), &other, "web", None).await));
        desk.at(later(2).from());
        let row = desk.only().await.row;
        let opened = desk.hotline().take_callback(&desk.lan().await, row.id, row.version).await.expect("opens");
        assert_eq!((opened.wanted.number.expose(), opened.wanted.say), ("02438251234", Discretion::MaySay));
    }

    async fn other_roles_and_desks_find_nothing(database: Database) {
        let desk = Desk::open(database).await;
        desk.asks().await;
        desk.at(ONE);
        let (line, hotline) = (desk.only().await, desk.hotline());
        for login in ["hoa", "giang", "sen", "cam", "quan"] {
            let actor = desk.world.actor(login).await;
            assert!(not_found(hotline.callbacks(&actor, "counselling", None).await), "{login}");
            assert!(not_found(hotline.take_callback(&actor, line.row.id, 1).await), "{login}");
            assert!(not_found(hotline.record_callback(&actor, (line.row.id, 1), Outcome::Withdrawn).await), "{login}");
            assert!(not_found(hotline.callback_of_case(&actor, line.case.id).await), "{login}");
            assert!(not_found(hotline.enter_callback(&actor, line.case.id, &asked(later(1).from())).await), "{login}");
        }
        assert_eq!((desk.numbers().await, desk.only().await.row.version), (1, 1));
    }

    async fn a_counsellor_writes_down_what_the_caller_asked_for(database: Database) {
        let desk = Desk::open(database).await;
        desk.writes(Kind::Counselling).await;
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        let case = hotline.next_case(&lan, "counselling", None).await.expect("a queue").expect("a case").id;
        assert!(hotline.callback_of_case(&lan, case).await.expect("a case").is_none());
        hotline.enter_callback(&lan, case, &asked(ONE)).await.expect("is written down");
        assert_eq!(desk.world.audited(Action::CallbackAsked).await, [(lan.staff.uuid(), case.uuid())]);
        desk.at(ONE);
        let row = desk.only().await.row;
        let opened = hotline.take_callback(&lan, row.id, row.version).await.expect("opens");
        assert_eq!((opened.wanted.channel.as_str(), opened.wanted.entered_by.as_deref()), ("phone", Some("LAN")));
    }

    async fn a_list_goes_on_where_its_page_ended(database: Database) {
        let desk = Desk::open(database).await;
        for _ in 0..51 {
            desk.asks().await;
        }
        let (hotline, lan) = (desk.hotline(), desk.lan().await);
        let first = hotline.callbacks(&lan, "counselling", None).await.expect("a page");
        let rest = hotline.callbacks(&lan, "counselling", first.next.as_deref()).await.expect("a page");
        assert_eq!((first.lines.len(), rest.lines.len(), rest.next), (50, 1, None));
        assert!(first.lines.iter().all(|l| l.row.id != rest.lines[0].row.id));
        let wrong = hotline.callbacks(&lan, "counselling", Some("x")).await;
        assert!(matches!(wrong, Err(Error::Refused(Refusal::Field("after")))));
    }
}
