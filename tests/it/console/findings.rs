//! What the reconciler found is a task for supervisors and administrators, and nobody else hears of it.

use std::time::Duration;

use tinan::domain::lane::Kind;

use super::house::House;
use crate::databases::Database;
use crate::world::World;

#[tokio::test]
async fn the_figures_stand_day_by_day_and_a_changed_day_is_told() {
    let database = Database::sqlite().await;
    let house = House::within(World::on(database.store.clone(), true).await).await;
    let mut sen = house.staff("sen").await;
    assert!(sen.get("/console/tally").await.has("Chưa có ngày nào được chốt"));
    house.submit(Kind::Tips, "Bán ma tuý").await;
    house.world.hotline.make_tally().await.expect("makes");
    let page = sen.get("/console/tally").await;
    assert!(page.has("Mỗi ngày được niêm vào ngày trước: 1") && page.has("21/11/2026"));
    database.raw("UPDATE tallies SET body = REPLACE(body, '1', '2')").await;
    assert!(house.staff("cam").await.get("/console/tally").await.has("KHÔNG nối đúng nhau"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_finding_is_a_banner_and_a_task_until_a_named_person_takes_it() {
    let database = Database::sqlite().await;
    let house = House::within(World::on(database.store.clone(), true).await).await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let mut sen = house.staff("sen").await;
    let mut quan = house.staff("quan").await;
    let mut hoa = house.staff("hoa").await;
    assert!(sen.get("/console/findings").await.has("Chưa đối soát lần nào"), "nobody looked yet");
    house.world.hotline.reconcile().await.expect("looks");
    assert!(sen.get("/console/findings").await.has("Mọi thứ khớp nhau"));
    database.raw("DELETE FROM receipts").await;
    for _ in 0..4 {
        house.world.clock.advance(Duration::from_mins(1));
        house.world.hotline.reconcile().await.expect("looks");
    }
    assert!(sen.get("/console/tally").await.has("Có 1 điều không khớp"));
    assert!(quan.get("/console/people").await.has("Có 1 điều không khớp"));
    assert!(!hoa.get("/console/queue/tips").await.has("không khớp"), "not theirs to mend");
    let page = quan.get("/console/findings").await;
    assert!(page.has("Vụ việc không còn đường tra cứu bằng mã của người gửi."));
    assert!(page.has("giữ một bản sao của máy chủ ngay bây giờ"), "and what to do");
    let object = page.field("object");
    let form = page.field("form");
    let fields = [("form", form.as_str()), ("kind", "case_without_receipt"), ("object", object.as_str())];
    let forged = [("form", "x"), ("kind", "case_without_receipt"), ("object", object.as_str())];
    assert_ne!(quan.post("/console/findings", &forged).await.status, 303);
    let taken = quan.post("/console/findings", &fields).await;
    assert_eq!((taken.status, taken.location()), (303, "/console/findings?done=taken"));
    assert_eq!(
        quan.post("/console/findings", &fields).await.location(),
        "/console/findings",
        "taken already"
    );
    let page = sen.get("/console/findings").await;
    assert!(!page.has("không khớp trong sổ sách") && !page.has("Tôi nhận xem"), "somebody looks after it");
    assert_eq!(hoa.get("/console/findings").await.status, 403);
}
