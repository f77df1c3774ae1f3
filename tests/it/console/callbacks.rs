//! Call-backs on staff pages: whom to call when, the number for who takes it, and how it went.

use std::time::Duration;

use tinan::domain::callback::Discretion;
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::jobs;
use tinan::kernel::Timestamp;
use tinan::service::callback::Asked;
use tinan::service::flood::Sender;
use tinan::service::intake::Submission;
use tinan::store::audit::Action;

use super::browser::{Answer, Browser};
use super::house::House;

const LIST: &str = "/console/callbacks/counselling";
const NUMBER: &str = "0987654321";
/// 13:00 in Hanoi on the Sunday of the tests.
const ONE: Timestamp = Timestamp::from_millis(1_795_327_200_000);

impl House {
    /// Somebody asks for help, and to be called at one.
    async fn asks(&self, say: Discretion) -> Vec<Receipt> {
        let asked = Asked { number: "+84 987 654 321".to_owned(), from: ONE, say };
        let hotline = &self.world.hotline;
        let call = hotline.check_callback(Kind::Counselling, &asked, ("web", None)).expect("is right");
        let submission = Submission {
            kind: Kind::Counselling,
            text: "Xin tư vấn".to_owned(),
            locale: "vi".to_owned(),
            channel: "web".to_owned(),
            details: Details::default(),
            priority: Priority::NORMAL,
            reads_as_tip: false,
        };
        let got = hotline.submit_with(Sender::Known, submission, Some(&call), None).await.expect("is taken");
        Receipt::parse(&got.receipt).expect("a receipt")
    }
}

/// Where the first form of a page with this ending leads.
fn form_to(page: &Answer, ending: &str) -> String {
    let mut actions = page.body.split("action=\"").skip(1).filter_map(|p| p.split('"').next());
    actions.find(|a| a.starts_with("/console/callback/") && a.ends_with(ending)).expect("a form").to_owned()
}

/// The version that the first form about a call-back names.
fn version(page: &Answer) -> String {
    let (_, rest) = page.body.split_once("action=\"/console/callback/").expect("a form");
    let (_, rest) = rest.split_once("name=\"version\" value=\"").expect("a version");
    rest.split('"').next().expect("an end").to_owned()
}

async fn take(browser: &mut Browser, page: &Answer) -> Answer {
    let (path, version) = (form_to(page, "/take"), version(page));
    browser.submit(page, &path, &[("version", &version)]).await
}

#[tokio::test]
async fn the_number_is_on_one_page_in_its_hour_and_gone_after_the_outcome() {
    let house = House::open().await;
    house.asks(Discretion::NameOnly).await;
    let mut lan = house.staff("lan").await;
    let list = lan.get(LIST).await;
    assert!(list.has("Chủ nhật 22/11/2026, 13:00–14:00") && list.has("chưa tới giờ") && !list.has("/take"));
    house.world.clock.set(ONE);
    let mut lan = house.staff("lan").await;
    let queue = lan.get("/console/queue/counselling").await;
    assert!(queue.has("Tới giờ gọi lại: 1") && queue.has(&format!("href=\"{LIST}\"")));
    let list = lan.get(LIST).await;
    let case = lan.get(&queue.first_case()).await;
    for page in [&queue, &list, &case] {
        assert!(!page.has(NUMBER) && !page.has("+84"), "no number there");
    }
    assert!(case.has("Gọi lại: Chủ nhật 22/11/2026, 13:00–14:00"));
    assert!(!house.audited(Action::CallbackOpened).await);
    let opened = take(&mut lan, &list).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    assert!(opened.has(NUMBER) && opened.has("chỉ xưng là “An”") && opened.has("Lần mở này đã được ghi lại"));
    assert!(house.audited(Action::CallbackOpened).await);

    let mut binh = house.staff("binh").await;
    let hers = binh.get(LIST).await;
    assert!(hers.has("LAN đang gọi") && !hers.has("/take"), "nobody else is offered it");
    let stolen = binh.submit(&hers, &form_to(&list, "/take"), &[("version", "2")]).await;
    assert!(stolen.status == 409 && stolen.has("Người khác đang gọi") && !stolen.has(NUMBER));

    let fields = [("version", version(&opened)), ("outcome", "reached".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(n, v)| (*n, v.as_str())).collect();
    let done = lan.submit(&opened, &form_to(&opened, "/outcome"), &fields).await;
    assert_eq!((done.status, done.location().ends_with("?done=callback_forgotten")), (303, true));
    let case = lan.get(done.location()).await;
    assert!(case.has("Số điện thoại đã bị xoá.") && case.has("đã gọi lại được") && case.has("LAN"));
    let late = lan.submit(&opened, &form_to(&opened, "/outcome"), &fields).await;
    assert!(late.status == 409 && late.has("đã xong hoặc đã bị huỷ"));
    assert!(lan.get(LIST).await.has("Không ai chờ được gọi lại."));
}

#[tokio::test]
async fn not_reached_offers_another_hour_and_a_missed_one_too() {
    let house = House::open().await;
    house.asks(Discretion::MaySay).await;
    house.world.clock.set(ONE);
    let mut lan = house.staff("lan").await;
    let list = lan.get(LIST).await;
    let opened = take(&mut lan, &list).await;
    assert!(opened.has("cho phép nói là tư vấn viên") && opened.has("Đã gọi 0 lần, nhiều nhất 3 lần."));
    let three = ONE.plus(Duration::from_hours(2)).as_secs().to_string();
    assert!(opened.has(&format!("value=\"{three}\"")));
    let (path, v) = (form_to(&opened, "/outcome"), version(&opened));
    let wrong = [("version", v.as_str()), ("outcome", "not_reached"), ("slot", "12345")];
    assert_eq!(lan.submit(&opened, &path, &wrong).await.status, 422);
    let fields = [("version", v.as_str()), ("outcome", "not_reached"), ("slot", three.as_str())];
    let moved = lan.submit(&opened, &path, &fields).await;
    assert!(moved.location().ends_with("?done=callback_moved"), "{}", moved.body);
    assert!(lan.get(LIST).await.has("15:00–16:00"));

    house.world.clock.set(ONE.plus(Duration::from_hours(4)));
    jobs::keep_watch(&house.world.hotline).await.expect("watches");
    let mut lan = house.staff("lan").await;
    let alarms = lan.get("/console/alarms").await;
    assert!(alarms.has("Gọi lại: Chủ nhật 22/11/2026, 15:00–16:00") && !alarms.has(NUMBER));
    let late = lan.get(LIST).await;
    assert!(late.has("lỡ giờ") && late.has("đừng gọi") && !late.has("/take"));
    assert!(lan.get("/console/queue/counselling").await.has("Đã lỡ giờ gọi lại: 1"));
    let id = alarms.body.split("action=\"/console/alarms/").nth(1).and_then(|p| p.split('/').next());
    let path = format!("/console/alarms/{}/acknowledge", id.expect("an alarm"));
    let shown = alarms.field("shown_calls");
    let ended = lan.submit(&alarms, &path, &[("shown", ""), ("shown_calls", &shown)]).await;
    assert_eq!(ended.status, 303, "{}", ended.body);
    assert!(!lan.get("/console/alarms").await.has("15:00–16:00"));
    let (path, v) = (form_to(&late, "/outcome"), version(&late));
    let given_up = [("version", v.as_str()), ("outcome", "missed"), ("slot", "")];
    assert!(lan.submit(&late, &path, &given_up).await.location().ends_with("?done=callback_forgotten"));
}

#[tokio::test]
async fn a_counsellor_enters_it_only_when_the_person_asked() {
    let house = House::open().await;
    house.submit(Kind::Counselling, "Xin tư vấn").await;
    let mut lan = house.staff("lan").await;
    let case = lan.get("/console/queue/counselling").await.first_case();
    let page = lan.get(&case).await;
    assert!(page.has("Người này không nhờ gọi lại.") && page.has("type=\"tel\""));
    let slot = ONE.as_secs().to_string();
    let path = format!("{case}/callback");
    let given = [("callback_number", "0912 345 678"), ("callback_slot", slot.as_str())];
    let refused = lan.submit(&page, &path, &given).await;
    assert!(refused.status == 422 && refused.has("chính người đó nhờ") && refused.has("0912 345 678"));
    let wrong = [("callback_asked", "yes"), ("callback_number", "113"), ("callback_slot", slot.as_str())];
    let wrong = lan.submit(&page, &path, &wrong).await;
    assert!(wrong.status == 422 && wrong.has("Số điện thoại chưa đúng"));
    let right = [given[0], given[1], ("callback_asked", "yes"), ("callback_say", "may_say")];
    let done = lan.submit(&page, &path, &right).await;
    assert_eq!(done.location(), format!("{case}?done=callback_ask"));
    assert!(lan.get(done.location()).await.has("13:00–14:00"));
    let mut hoa = house.staff("hoa").await;
    let queue = hoa.get("/console/queue/tips").await;
    assert_eq!(hoa.submit(&queue, &path, &right).await.status, 404);
}

#[tokio::test]
async fn the_call_form_takes_it_down_for_counselling_and_has_no_field_for_tips() {
    let house = House::open().await;
    let mut lan = house.staff("lan").await;
    let form = lan.get("/console/call/counselling").await;
    assert!(form.has("Người gọi nhờ gọi lại") && form.has("type=\"tel\""));
    let slot = ONE.as_secs().to_string();
    let told = [("text", "Xin tư vấn"), ("consent", "yes"), ("callback_slot", slot.as_str())];
    let number = ("callback_number", NUMBER);
    let unasked = [told[0], told[1], told[2], number];
    let page = lan.submit(&form, "/console/call/counselling", &unasked).await;
    assert!(page.status == 422 && page.has("chính người đó nhờ") && page.has(NUMBER));
    let asked = [told[0], told[1], told[2], number, ("callback_asked", "yes")];
    let page = lan.submit(&form, "/console/call/counselling", &asked).await;
    assert!(page.status == 200 && !page.has(NUMBER), "{}", page.body);
    assert!(lan.get(LIST).await.has("13:00–14:00"));
    // Sent once more when the hour is offered no longer: the receipt of the first sending, and no second case.
    for _ in 0..4 {
        house.world.clock.advance(Duration::from_mins(25));
        lan.get(LIST).await;
    }
    let again = lan.submit(&form, "/console/call/counselling", &asked).await;
    assert_eq!((again.status, again.body.contains("<ol class=\"spoken\">")), (200, true));
    assert_eq!(lan.get("/console/queue/counselling").await.body.matches("data-row").count(), 1);

    let mut hoa = house.staff("hoa").await;
    let form = hoa.get("/console/call/tips").await;
    assert!(!form.has("type=\"tel\"") && !form.has("callback_number"));
    let tip = [("text", "Bán ma tuý"), number, ("callback_slot", slot.as_str()), ("callback_asked", "yes")];
    let page = hoa.submit(&form, "/console/call/tips", &tip).await;
    assert!(page.status == 422 && page.has("Tin báo không bao giờ được gọi lại"), "{}", page.body);
    for path in ["/console/callbacks/tips", LIST, "/console/callbacks/oversight", "/console/callbacks/x"] {
        assert_eq!(hoa.get(path).await.status, 404, "{path}");
    }
    assert!(!hoa.get("/console/queue/tips").await.has("/console/callbacks/"));
}
