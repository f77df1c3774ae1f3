//! Alarms in the console: a banner on every page of those concerned, and the button that a named person presses.

use std::time::Duration;

use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::jobs;
use tinan::service::intake::Submission;

use super::house::House;

const BANNER: &str = "báo động chưa ai xác nhận, từ";

impl House {
    /// Somebody's life is at risk, and nobody has acknowledged it in time.
    async fn alarmed(&self, kind: Kind, text: &str) {
        let submission = Submission {
            kind,
            text: text.to_owned(),
            locale: "vi".to_owned(),
            channel: "web".to_owned(),
            details: Details::default(),
            priority: Priority::LIFE,
            reads_as_tip: true,
        };
        self.world.hotline.submit(submission, None).await.expect("is taken");
        self.world.clock.advance(Duration::from_mins(2));
        jobs::keep_watch(&self.world.hotline).await.expect("watches");
    }
}

#[tokio::test]
async fn a_banner_stands_on_every_page_of_those_concerned_until_somebody_acknowledges() {
    let house = House::open().await;
    house.alarmed(Kind::Tips, "Có người sốc thuốc ở ngõ Hoa Mai").await;
    let mut hoa = house.staff("hoa").await;
    for path in ["/console/queue/tips", "/console/password", "/console/alarms"] {
        let page = hoa.get(path).await;
        assert!(page.has(BANNER) && page.has("1 báo động"), "{path}");
    }
    let page = hoa.get("/console/alarms").await;
    assert!(page.has("TN-19-2026-000001") && page.has("Tôi đã thấy 1 việc trên đây"));
    assert!(!page.has("Hoa Mai"), "no words of the tip on this page");
    let case = hoa.get("/console/queue/tips").await.first_case();
    assert!(hoa.get(&case).await.has(BANNER), "opening it ends nothing");
    let (id, shown) = (alarm_id(&page.body), page.field("shown"));
    let path = format!("/console/alarms/{id}/acknowledge");
    let answer = hoa.submit(&page, &path, &[("shown", &shown)]).await;
    assert_eq!((answer.status, answer.location()), (303, "/console/alarms?done=acknowledge"));
    let page = hoa.get("/console/alarms?done=acknowledge").await;
    assert!(page.has("Không có báo động nào đang chờ.") && page.has("Đã xác nhận.") && !page.has(BANNER));
    let page = hoa.get(&case).await;
    assert!(page.has("xác nhận đã thấy") && page.has("HOA"), "the history names who it was");
    assert_eq!(
        hoa.submit(&page, &path, &[("shown", &shown)]).await.status,
        404,
        "there is no such alarm any more"
    );
}

#[tokio::test]
async fn nobody_sees_or_ends_the_alarms_of_a_desk_that_is_not_theirs() {
    let house = House::open().await;
    house.alarmed(Kind::Counselling, "Con tôi").await;
    let mut lan = house.staff("lan").await;
    let page = lan.get("/console/alarms").await;
    assert!(page.has(BANNER));
    let (id, shown) = (alarm_id(&page.body), page.field("shown"));
    let mut hoa = house.staff("hoa").await;
    let other = hoa.get("/console/alarms").await;
    assert!(!other.has(BANNER) && !other.has(&id));
    let path = format!("/console/alarms/{id}/acknowledge");
    assert_eq!(hoa.submit(&other, &path, &[("shown", &shown)]).await.status, 404);
    let mut sen = house.staff("sen").await;
    let overseen = sen.get("/console/alarms").await;
    assert!(overseen.has(BANNER) && !overseen.has("TV-19"), "who oversees sees that it waits, and no case");
    assert_eq!(sen.submit(&overseen, &path, &[("shown", &shown)]).await.status, 404);
    assert!(lan.get("/console/alarms").await.has(BANNER));
}

#[tokio::test]
async fn a_forged_or_garbled_form_ends_nothing() {
    let house = House::open().await;
    house.alarmed(Kind::Tips, "Có người sốc thuốc").await;
    let mut hoa = house.staff("hoa").await;
    let page = hoa.get("/console/alarms").await;
    let (id, shown) = (alarm_id(&page.body), page.field("shown"));
    let path = format!("/console/alarms/{id}/acknowledge");
    assert_eq!(hoa.post(&path, &[("shown", &shown), ("form", "x")]).await.status, 403);
    assert_eq!(hoa.submit(&page, &path, &[("shown", "no ids at all")]).await.status, 422);
    assert_eq!(hoa.submit(&page, "/console/alarms/xyz/acknowledge", &[("shown", &shown)]).await.status, 404);
    assert!(hoa.get("/console/alarms").await.has(BANNER));
}

fn alarm_id(page: &str) -> String {
    let after = page.split("action=\"/console/alarms/").nth(1).expect("a form");
    after.split('/').next().expect("an id").to_owned()
}
