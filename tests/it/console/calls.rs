//! Taking a call down, from the form to the page that the caller's nine syllables open.

use tinan::domain::document::Opening;
use tinan::domain::informant::Why;
use tinan::domain::lane::Kind;
use tinan::domain::receipt::Receipt;
use tinan::kernel::id::CaseId;
use tinan::service::casefile::CaseView;
use tinan::store::audit::Action;

use super::browser::Answer;
use super::house::House;

const TIPS: &str = "/console/call/tips";
const HELP: &str = "/console/call/counselling";

/// The nine syllables as the page shows them.
fn spoken(page: &Answer) -> String {
    let list = page.body.split("<ol class=\"spoken\">").nth(1).expect("nine syllables");
    let list = list.split("</ol>").next().expect("an end");
    let items = list.split("<li>").skip(1).map(|i| i.split("</li>").next().expect("an item"));
    items.collect::<Vec<_>>().join(" ")
}

fn case_of(page: &Answer) -> CaseId {
    let link = page.body.split("href=\"/console/cases/").nth(1).expect("a link to the case");
    link.split('"').next().expect("an id").parse().expect("an id")
}

async fn opened(house: &House, login: &str, case: CaseId) -> (CaseView, Opening) {
    let view = house.open_case(login, case).await;
    let opening = view.opening.clone().expect("an opening");
    (view, opening)
}

#[tokio::test]
async fn a_call_becomes_a_registered_case_and_its_syllables_open_it() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    let queue = hoa.get("/console/queue/tips").await;
    assert!(queue.has(&format!("href=\"{TIPS}\"")), "one key away from the queue");
    let form = hoa.get(TIPS).await;
    assert!(form.has("Không có ô cho số điện thoại") && !form.has("type=\"tel\""));
    let fields = [
        ("text", "Nhà cuối ngõ 9 bán ma tuý ban đêm"),
        ("place", "gần chợ Đồng Quang"),
        ("when", "từ 22 giờ"),
        ("ongoing", "yes"),
        ("category_dealing", "yes"),
        ("why_reprisal", "yes"),
        ("why_words", "nó biết mặt tôi"),
    ];
    let page = hoa.submit(&form, TIPS, &fields).await;
    assert_eq!(page.status, 200, "{}", page.body);
    let spoken = spoken(&page);
    let receipt = Receipt::parse(&spoken).expect("a receipt").remove(0);
    assert!(page.has(receipt.expose().as_str()), "both forms");
    assert!(page.has("bạn gọi lại sau") && page.has("chỉ hiện một lần"));

    let (view, opening) = opened(&house, "hoa", case_of(&page)).await;
    assert_eq!((opening.channel.as_str(), view.register.len()), ("phone", 1), "in the legal register");
    let withheld = opening.details.withheld.expect("a reason");
    assert_eq!((withheld.why, withheld.words.as_deref()), (vec![Why::Reprisal], Some("nó biết mặt tôi")));
    assert_eq!(opening.details.taken_by.as_deref(), view.events[0].by.as_deref());
    assert_eq!((view.events[0].action.as_str(), view.informant), ("call", false));
    assert_eq!(opening.details.ongoing, Some(true));
    assert!(house.audited(Action::CallTaken).await);

    let behind = house.look_up(&spoken).await.expect("found");
    assert_eq!((behind.kind, behind.public_state.code()), (Kind::Tips, "received"));
    let shown = hoa.get(&format!("/console/cases/{}", case_of(&page))).await;
    assert!(
        shown.has("Không nêu tên vì")
            && shown.has("Sợ bị trả thù; nó biết mặt tôi")
            && shown.has("điện thoại")
    );
}

#[tokio::test]
async fn a_form_sent_twice_is_one_case_with_one_receipt() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    let form = hoa.get(TIPS).await;
    let fields = [("text", "Bán ma tuý ở bến xe")];
    let first = hoa.submit(&form, TIPS, &fields).await;
    let second = hoa.submit(&form, TIPS, &fields).await;
    assert_eq!(spoken(&first), spoken(&second));
    let other = hoa.submit(&form, TIPS, &[("text", "Chuyện khác")]).await;
    assert_eq!(other.status, 422);
    assert!(other.has("Chuyện khác</textarea>"));
    assert_eq!(hoa.get("/console/queue/tips").await.body.matches("data-row").count(), 1);
}

#[tokio::test]
async fn a_name_given_freely_is_sealed_apart_and_each_opening_is_written_down() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    let form = hoa.get(TIPS).await;
    let fields = [
        ("text", "Bán ma tuý ở bến xe"),
        ("name", "Nguyễn Thị Mơ"),
        ("papers", "019123456789, 2/3/2021, CTCCC"),
    ];
    let page = hoa.submit(&form, TIPS, &fields).await;
    let case = case_of(&page);
    let (view, opening) = opened(&house, "hoa", case).await;
    assert!(view.informant && opening.details.withheld.is_none());
    let shown = hoa.get(&format!("/console/cases/{case}")).await;
    assert!(!shown.has("Mơ") && !shown.has("019123456789"), "not on the page of the case");
    assert!(!house.audited(Action::InformantRead).await);
    let path = format!("/console/cases/{case}/informant");
    let named = hoa.submit(&shown, &path, &[]).await;
    assert!(
        named.has("Nguyễn Thị Mơ") && named.has("019123456789") && named.has("Lần mở này đã được ghi lại")
    );
    assert!(house.audited(Action::InformantRead).await);

    let mut lan = house.staff("lan").await;
    let hers = lan.get(HELP).await;
    assert_eq!(lan.submit(&hers, &path, &[]).await.status, 404, "another lane's case");
    let nameless = hoa.submit(&form, TIPS, &[("text", "x"), ("address", "Ngõ 5")]).await;
    assert_eq!(nameless.status, 422);
    assert!(nameless.has("chưa có họ tên") && nameless.has("value=\"Ngõ 5\""));
}

#[tokio::test]
async fn what_is_about_officials_leaves_the_sight_of_who_took_it() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    let form = hoa.get(TIPS).await;
    let page = hoa.submit(&form, TIPS, &[("text", "Ông ấy nhận tiền"), ("officials", "yes")]).await;
    assert!(page.status == 200 && !page.has("/console/cases/"), "{}", page.body);
    assert_eq!(hoa.get("/console/queue/tips").await.body.matches("data-row").count(), 0);
    let seen = house.staff("giang").await.get("/console/queue/oversight").await;
    assert!(seen.has("Ông ấy nhận tiền"));
    assert_eq!(house.look_up(&spoken(&page)).await.expect("found").kind, Kind::Oversight);
}

#[tokio::test]
async fn counselling_asks_for_consent_and_a_life_comes_first() {
    let house = House::open().await;
    let mut lan = house.staff("lan").await;
    let form = lan.get(HELP).await;
    let words = "Con tôi sốc thuốc, tím tái, không thở";
    let refused = lan.submit(&form, HELP, &[("text", words), ("about", "relative")]).await;
    assert!(refused.status == 422 && refused.has(&format!("{words}</textarea>")));
    let again = lan.get(HELP).await;
    let page = lan.submit(&again, HELP, &[("text", words), ("about", "relative"), ("consent", "yes")]).await;
    assert!(page.has("Quá liều") && page.has("115"), "{}", page.body);
    let behind = house.look_up(&spoken(&page)).await.expect("found");
    assert_eq!(behind.messages[0].text.as_deref(), Some(words), "one's own words, for a day");
}

#[tokio::test]
async fn only_who_works_at_the_desk_takes_its_calls() {
    let house = House::open().await;
    for (login, tips, help) in
        [("hoa", 200, 404), ("lan", 404, 200), ("sen", 404, 404), ("quan", 404, 404), ("cam", 404, 404)]
    {
        let mut browser = house.staff(login).await;
        assert_eq!(browser.get(TIPS).await.status, tips, "{login}");
        assert_eq!(browser.get(HELP).await.status, help, "{login}");
        assert_eq!(browser.get("/console/call/nowhere").await.status, 404);
    }
    let mut hoa = house.staff("hoa").await;
    assert_eq!(
        hoa.post(TIPS, &[("text", "x"), ("once", "abc")]).await.status,
        403,
        "without the session's token"
    );
}

#[tokio::test]
async fn a_session_that_ended_and_a_database_that_is_away_leave_the_words_on_the_page() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    let form = hoa.get(TIPS).await;
    let kept = hoa.cookies.clone();
    hoa.cookies.clear();
    let ended = hoa.submit(&form, TIPS, &[("text", "Lời dài đã gõ")]).await;
    assert!(ended.status == 401 && ended.has("Lời dài đã gõ"));
    hoa.cookies = kept;
    house.world.hotline.store().close().await;
    let away = hoa.submit(&form, TIPS, &[("text", "Lời dài đã gõ")]).await;
    assert!(away.status == 503 && away.has("Lời dài đã gõ"), "{} {}", away.status, away.body);
}
