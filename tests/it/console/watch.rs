//! Who looked and who failed to get in is written down; what a page does by itself counts for nothing.

use std::time::Duration;

use tinan::domain::lane::Kind;
use tinan::domain::state::State;
use tinan::service::casework::Step;
use tinan::store::audit::Action;
use uuid::Uuid;

use super::house::House;

#[tokio::test]
async fn a_page_that_asks_by_itself_keeps_no_session_alive() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    let page = hoa.get("/console/queue/tips").await;
    let fresh =
        page.body.split("data-fresh=\"").nth(1).and_then(|p| p.split('"').next()).expect("an address");
    assert_eq!(fresh, "/console/queue/tips?auto=1");
    assert!(
        page.has("<noscript><meta http-equiv=\"refresh\" content=\"60;url=/console/queue/tips?auto=1\">")
    );
    let filtered = hoa.get("/console/queue/tips?state=CLOSED&after=1.2.3.4").await;
    assert!(filtered.has("data-fresh=\"/console/queue/tips?state=CLOSED&#38;after=1.2.3.4&#38;auto=1\""));
    for _ in 0..2 {
        house.world.clock.advance(Duration::from_mins(14));
        assert_eq!(hoa.get(fresh).await.status, 200);
    }
    house.world.clock.advance(Duration::from_mins(3));
    assert_eq!(hoa.get(fresh).await.location(), "/console/login", "31 minutes without a person");

    let mut anh = house.staff("anh").await;
    for _ in 0..3 {
        house.world.clock.advance(Duration::from_mins(14));
        assert_eq!(anh.get("/console/queue/tips").await.status, 200, "a person who looks is there");
    }
}

#[tokio::test]
async fn a_look_at_a_queue_is_written_down_once_for_some_minutes() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    let by = house.world.actor("hoa").await.staff.uuid();
    let desk = house.world.hotline.world().desk_named("tips").expect("a desk").id.uuid();
    for _ in 0..5 {
        hoa.get("/console/queue/tips").await;
        hoa.get("/console/queue/tips?auto=1").await;
    }
    assert_eq!(house.world.audited_at_last(Action::QueueRead, 1).await, [(by, desk)]);
    hoa.get("/console/queue/counselling").await;
    house.world.clock.advance(Duration::from_mins(10));
    hoa.get("/console/queue/tips").await;
    assert_eq!(house.world.audited_at_last(Action::QueueRead, 2).await, [(by, desk); 2]);
    house.world.actor("hoa").await;
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(
        house.world.audited(Action::QueueRead).await.len(),
        2,
        "a queue that is not theirs was not seen"
    );
}

#[tokio::test]
async fn a_failed_login_is_written_down_without_the_name_that_was_typed() {
    let house = House::open().await;
    let hoa = house.world.actor("hoa").await.staff.uuid();
    assert!(house.world.audited(Action::LoginFailed).await.is_empty());
    for (login, password) in [("hoa", "sai"), ("mat-khau-cua-hoa", "hoa"), ("", "")] {
        let answer =
            house.browser().post("/console/login", &[("login", login), ("password", password)]).await;
        assert_eq!(answer.status, 401);
    }
    let nobody = Uuid::nil();
    // Nobody is proven, so nobody is the actor.
    assert_eq!(
        house.world.audited(Action::LoginFailed).await,
        [(nobody, hoa), (nobody, nobody), (nobody, nobody)]
    );
    house.staff("hoa").await;
    assert_eq!(house.world.audited(Action::LoginFailed).await.len(), 3);
    assert!(house.world.hotline.verify_audit().await.expect("verifies").faults.is_empty());
}

#[tokio::test]
async fn new_words_in_a_closed_case_have_a_clock_until_they_are_read() {
    let house = House::open().await;
    let accepted = house.submit(Kind::Tips, "Bán ma tuý").await;
    let actor = house.world.actor("hoa").await;
    let hotline = &house.world.hotline;
    let claimed = hotline.next_case(&actor, "tips", None).await.expect("asks").expect("a case");
    hotline.open_case(&actor, claimed.id).await.expect("opens");
    let mut version = claimed.version;
    for to in [State::Classified, State::Closed] {
        let step = Step { case: claimed.id, version, once: None };
        version = hotline.transition(&actor, &step, to, "rõ").await.expect("moves").version;
    }
    let due = || async {
        let mut tx = hotline.store().read().await.expect("reads");
        tx.case(actor.tenant, claimed.id).await.expect("reads").expect("there").due
    };
    for _ in 0..2 {
        assert_eq!(due().await, None);
        house.add_message(&accepted, "Xe màu đỏ").await;
        let day = hotline.now().hour().plus(Duration::from_hours(24));
        assert_eq!(due().await, Some(day), "a day from these words, not from earlier ones");
        hotline.open_case(&actor, claimed.id).await.expect("opens");
        house.world.clock.advance(Duration::from_hours(30));
    }
    assert_eq!(due().await, None);
    let mut hoa = house.staff("hoa").await;
    let queue = hoa.get("/console/queue/tips").await;
    assert!(queue.has("không có hạn") && !queue.has("trễ"), "read is not late");
}
