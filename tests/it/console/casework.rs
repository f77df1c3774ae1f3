//! A case from the queue to its end and back, as an officer works it in the pages.

use std::time::Duration;

use tinan::domain::lane::Kind;

use super::browser::{Answer, Browser};
use super::house::House;

/// Takes the next case and opens it.
async fn next(browser: &mut Browser, desk: &str) -> (String, Answer) {
    let queue = browser.get(&format!("/console/queue/{desk}")).await;
    let answer = browser.submit(&queue, &format!("/console/queue/{desk}/next"), &[]).await;
    assert_eq!(answer.status, 303);
    let case = answer.location().split('?').next().expect("an address").to_owned();
    let page = browser.get(answer.location()).await;
    (case, page)
}

/// Sends a form of the case's page, reading the page first, and opens where it leads.
async fn step(browser: &mut Browser, case: &str, word: &str, fields: &[(&str, &str)]) -> Answer {
    let page = browser.get(case).await;
    let answer = browser.submit(&page, &format!("{case}/{word}"), fields).await;
    assert_eq!(answer.status, 303, "{word}: {}", answer.body);
    browser.get(answer.location()).await
}

#[tokio::test]
async fn a_tip_goes_from_the_queue_to_its_end_and_back() {
    let house = House::open().await;
    let accepted = house.submit(Kind::Tips, "Nhà số 12 ngõ 5 bán ma tuý").await;
    let mut hoa = house.staff("hoa").await;
    let queue = hoa.get("/console/queue/tips").await;
    for text in ["TN-19-2026-000001", "Nhà số 12 ngõ 5", "Mua bán trái phép chất ma túy", "Thường"]
    {
        assert!(queue.has(text), "{text}");
    }
    assert!(queue.has("23/11/2026 11:00"), "24 hours from the rounded-down hour");

    let (case, page) = next(&mut hoa, "tips").await;
    assert!(page.has("Bạn đã nhận việc này.") && page.has("Nhà số 12 ngõ 5 bán ma tuý"));
    assert!(page.has("000001/2026"), "the register number");
    let page = step(&mut hoa, &case, "reply", &[("text", "Bạn thấy xe\nmàu gì?")]).await;
    assert!(page.has("Đã gửi trả lời.") && page.has("Bạn thấy xe\nmàu gì?"));
    let page = step(&mut hoa, &case, "note", &[("text", "Trùng với vụ tuần trước")]).await;
    assert!(page.has("Trùng với vụ tuần trước"));
    let page = step(&mut hoa, &case, "acknowledge", &[]).await;
    assert!(page.has("Đã xác nhận.") && page.has("Đã có người xác nhận."));
    step(&mut hoa, &case, "transition", &[("to", "CLASSIFIED"), ("reason", "Có căn cứ")]).await;
    let page = step(&mut hoa, &case, "transition", &[("to", "CLOSED"), ("reason", "Đã xử lý xong")]).await;
    assert!(page.has("<span class=\"tag state\">Đã kết thúc</span>") && page.has("<q>Đã xử lý xong</q>"));
    assert!(!hoa.get("/console/queue/tips").await.has(&case), "it waits no longer");
    assert!(hoa.get("/console/queue/tips?state=CLOSED").await.has(&case));

    let page = step(&mut hoa, &case, "transition", &[("to", "CLASSIFIED"), ("reason", "Tin mới")]).await;
    assert!(page.has("<span class=\"tag state\">Đã phân loại</span>"));
    house.add_message(&accepted, "Xe màu đỏ").await;
    let queue = hoa.get("/console/queue/tips").await;
    assert!(queue.has("1 tin mới</span>"));
    let page = hoa.get(&case).await;
    assert!(page.has("Xe màu đỏ") && page.has("Người dân có 1 tin mới"));
    assert!(!hoa.get(&case).await.has("Người dân có 1 tin mới"), "once opened it is no longer new");
}

#[tokio::test]
async fn what_comes_too_late_brings_back_the_words_and_points_at_what_changed() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let (mut hoa, mut anh) = (house.staff("hoa").await, house.staff("anh").await);
    let case = hoa.get("/console/queue/tips").await.first_case();
    let stale = hoa.get(&case).await;
    step(&mut anh, &case, "note", &[("text", "Tôi đã gọi xã")]).await;

    for (word, field) in [("reply", "text"), ("note", "text"), ("transition", "reason")] {
        let typed = [(field, "Câu tôi viết <rất> lâu"), ("to", "CLASSIFIED")];
        let answer = hoa.submit(&stale, &format!("{case}/{word}"), &typed).await;
        assert_eq!(answer.status, 409, "{word}");
        assert!(answer.has("người khác đã làm việc với vụ việc này"), "{word}");
        assert!(answer.has("Câu tôi viết &#60;rất&#62; lâu</textarea>"), "{word} is kept");
        assert!(answer.has("Tôi đã gọi xã"), "the page is the newest");
        let fresh = answer.body.split("<li class=\"fresh\">").nth(1).expect("a marked event");
        assert!(fresh.split("</li>").next().expect("a line").contains("ghi chú"), "{fresh}");
    }
    let answer = hoa.submit(&stale, &format!("{case}/reply"), &[("text", "Câu tôi viết")]).await;
    let sent = hoa.submit(&answer, &format!("{case}/reply"), &[("text", "Câu tôi viết")]).await;
    assert_eq!(sent.status, 303, "the page that came back can be sent");
}

#[tokio::test]
async fn what_somebody_else_holds_can_be_read_but_not_worked() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let (mut hoa, mut anh) = (house.staff("hoa").await, house.staff("anh").await);
    let (case, _) = next(&mut hoa, "tips").await;
    let page = anh.get(&case).await;
    assert!(page.has("HOA đang giữ việc này.") && page.has("<fieldset disabled>"));
    let answer = anh.submit(&page, &format!("{case}/reply"), &[("text", "Chào bạn")]).await;
    assert_eq!(answer.status, 409);
    assert!(answer.has("Chào bạn</textarea>"));
    let none = anh.get("/console/queue/tips").await;
    let none = anh.submit(&none, "/console/queue/tips/next", &[]).await;
    assert_eq!(none.location(), "/console/queue/tips?done=none");

    step(&mut hoa, &case, "release", &[]).await;
    let page = step(&mut anh, &case, "claim", &[]).await;
    assert!(page.has("Bạn đang giữ việc này."));
}

#[tokio::test]
async fn a_form_sent_twice_counts_once() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let mut hoa = house.staff("hoa").await;
    let (case, page) = next(&mut hoa, "tips").await;
    for _ in 0..2 {
        let answer = hoa.submit(&page, &format!("{case}/reply"), &[("text", "Chỉ một lần")]).await;
        assert_eq!(answer.status, 303);
    }
    assert_eq!(hoa.get(&case).await.body.matches("Chỉ một lần").count(), 1);
}

#[tokio::test]
async fn a_step_needs_its_reason_its_words_and_a_way_there() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let mut hoa = house.staff("hoa").await;
    let (case, page) = next(&mut hoa, "tips").await;
    let refused = [
        ("transition", vec![("to", "CLASSIFIED"), ("reason", "  ")], 422, "Cần ghi lý do."),
        ("transition", vec![("to", "CLOSED"), ("reason", "Xong")], 409, "Không đi được bước này"),
        ("transition", vec![("to", "GONE"), ("reason", "Xong")], 422, "còn thiếu hoặc chưa đúng"),
        ("reply", vec![("text", " ")], 422, "Bạn chưa viết gì."),
    ];
    for (word, fields, status, message) in refused {
        let mut fields = fields.clone();
        let once = format!("lan-{message}");
        fields.push(("once", &once));
        let answer = hoa.submit(&page, &format!("{case}/{word}"), &fields).await;
        assert_eq!(answer.status, status, "{message}");
        assert!(answer.has(message), "{message}");
    }
    assert_eq!(hoa.submit(&page, &format!("{case}/erase"), &[]).await.status, 404);
}

#[tokio::test]
async fn what_a_citizen_writes_is_text_and_never_markup() {
    let house = House::open().await;
    let attack = "<script>alert(1)</script><img src=x onerror=\"a()\"> </textarea>'\"&";
    house.submit(Kind::Tips, attack).await;
    let mut hoa = house.staff("hoa").await;
    let queue = hoa.get("/console/queue/tips").await;
    let page = hoa.get(&queue.first_case()).await;
    for page in [&queue, &page] {
        assert!(page.has("&#60;script&#62;alert(1)"));
        assert!(!page.has("<script>") && !page.has("<img"));
    }
    assert!(page.body.split("</title>").next().expect("a head").ends_with("Vụ việc · Tin An"));
    let case = queue.first_case();
    let page = step(&mut hoa, &case, "note", &[("text", attack)]).await;
    assert!(!page.has("<script>") && !page.has("<img"));
}

#[tokio::test]
async fn words_are_not_lost_when_the_session_ends() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let mut hoa = house.staff("hoa").await;
    let (case, page) = next(&mut hoa, "tips").await;
    house.world.clock.advance(Duration::from_mins(31));
    let answer = hoa.submit(&page, &format!("{case}/reply"), &[("text", "Một câu dài")]).await;
    assert_eq!(answer.status, 401);
    assert!(answer.has("Một câu dài</textarea>") && answer.has("Phiên đăng nhập đã kết thúc"));
    assert!(!answer.has("Bán ma tuý"));
}

#[tokio::test]
async fn a_glance_shows_what_is_late_and_the_next_page_follows() {
    let house = House::open().await;
    for n in 0..51 {
        house.submit(Kind::Tips, &format!("Tin thứ {n}.")).await;
    }
    let mut hoa = house.staff("hoa").await;
    let page = hoa.get("/console/queue/tips").await;
    assert_eq!(page.body.matches("data-row").count(), 50);
    assert!(page.has("Mới tiếp nhận <b>51</b>"));
    let link = page.body.split("href=\"/console/queue/tips?after=").nth(1).expect("a next page");
    let after = link.split('"').next().expect("a cursor");
    let second = hoa.get(&format!("/console/queue/tips?after={after}")).await;
    assert_eq!(second.body.matches("data-row").count(), 1);
    assert_eq!(hoa.get("/console/queue/tips?state=nothing").await.status, 404);
    assert_eq!(hoa.get("/console/queue/tips?after=xyz").await.status, 422);

    house.world.clock.advance(Duration::from_hours(25));
    let mut hoa = house.staff("hoa").await;
    let page = hoa.get("/console/queue/tips").await;
    assert!(page.has("50 việc trễ hạn trên trang này") && page.has("trễ 1 giờ"));
}

#[tokio::test]
async fn a_counsellor_works_a_call_for_help_in_its_own_states() {
    let house = House::open().await;
    house.submit(Kind::Counselling, "Con tôi cần giúp").await;
    let mut lan = house.staff("lan").await;
    let (case, page) = next(&mut lan, "counselling").await;
    assert!(page.has("TV-19-2026-000001") && page.has("value=\"IN_COUNSELLING\""));
    assert!(!page.has("CLASSIFIED") && !page.has("TO_REHAB"));
    let page = step(&mut lan, &case, "transition", &[("to", "IN_COUNSELLING"), ("reason", "Đã gọi")]).await;
    assert!(page.has("<span class=\"tag state\">Đang tư vấn</span>"));
}
