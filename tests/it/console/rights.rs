//! Who may open what: everything that is not allowed here is forbidden, and what is not one's own does not
//! exist.

use tinan::domain::lane::Kind;
use tinan::store::audit::Action;

use super::browser::{Answer, Browser};
use super::house::House;

const PAGES: [&str; 9] = [
    "/console/queue/tips",
    "/console/queue/counselling",
    "/console/queue/oversight",
    "/console/tally",
    "/console/audit",
    "/console/findings",
    "/console/people",
    "/console/team",
    "/console/password",
];

/// Login and the status of each of [`PAGES`].
const RIGHTS: [(&str, [u16; 9]); 8] = [
    ("hoa", [200, 404, 404, 403, 403, 403, 403, 403, 200]),
    ("lan", [404, 200, 404, 403, 403, 403, 403, 403, 200]),
    ("anh", [200, 404, 404, 403, 403, 403, 403, 200, 200]),
    ("binh", [404, 200, 404, 403, 403, 403, 403, 200, 200]),
    ("giang", [404, 404, 200, 403, 403, 403, 403, 200, 200]),
    ("sen", [404, 404, 404, 200, 403, 200, 403, 403, 200]),
    ("cam", [404, 404, 404, 200, 200, 403, 403, 403, 200]),
    ("quan", [404, 404, 404, 403, 403, 200, 200, 403, 200]),
];

#[tokio::test]
async fn each_role_opens_its_own_pages_and_no_other() {
    let house = House::open().await;
    for (login, statuses) in RIGHTS {
        let mut browser = house.staff(login).await;
        for (page, status) in PAGES.iter().zip(statuses) {
            assert_eq!(browser.get(page).await.status, status, "{login} {page}");
        }
        let home = browser.get("/console").await.location().to_owned();
        assert_eq!(browser.get(&home).await.status, 200, "{login} starts at {home}");
    }
    let mut nobody = house.browser();
    for page in PAGES {
        let answer = nobody.get(page).await;
        assert_eq!((answer.status, answer.location()), (303, "/console/login"), "{page}");
    }
}

#[tokio::test]
async fn a_foreign_case_answers_as_one_that_never_was() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý ở ngõ 5").await;
    house.submit(Kind::Counselling, "Con tôi cần giúp").await;
    house.submit(Kind::Oversight, "Cán bộ bảo kê").await;
    let owners = [("hoa", "tips"), ("lan", "counselling"), ("giang", "oversight")];
    let mut cases = Vec::new();
    for (login, desk) in owners {
        let queue = house.staff(login).await.get(&format!("/console/queue/{desk}")).await;
        cases.push((login, queue.first_case()));
    }
    for login in ["hoa", "lan", "giang", "sen", "cam", "quan"] {
        let mut browser = house.staff(login).await;
        let never = browser.get("/console/cases/11111111-2222-4333-8444-555555555555").await;
        assert_eq!(never.status, 404);
        let form = browser.get("/console/password").await.field("form");
        for (owner, case) in &cases {
            let page = browser.get(case).await;
            if *owner == login {
                assert_eq!(page.status, 200, "{login} opens the own case");
                continue;
            }
            assert_eq!((page.status, &page.body), (404, &never.body), "{login} {case}");
            for step in ["claim", "reply", "transition"] {
                let path = format!("{case}/{step}");
                let fields = [
                    ("form", &*form),
                    ("once", "abc"),
                    ("version", "1"),
                    ("text", "x"),
                    ("to", "CLASSIFIED"),
                ];
                assert_eq!(browser.post(&path, &fields).await.status, 404, "{login} {path}");
            }
        }
        let desk = browser.get("/console/queue/counselling").await;
        let no_desk = browser.get("/console/queue/khong-co").await;
        if login != "lan" {
            assert_eq!((desk.status, desk.body), (no_desk.status, no_desk.body), "{login}");
        }
    }
}

#[tokio::test]
async fn no_page_of_one_lane_names_the_other() {
    let house = House::open().await;
    house.submit(Kind::Counselling, "Con tôi cần giúp").await;
    let mut hoa = house.staff("hoa").await;
    for page in ["/console/queue/tips", "/console/password"] {
        let page = hoa.get(page).await;
        for word in ["Bàn tư vấn", "Bàn giám sát", "counselling", "oversight", "Con tôi"] {
            assert!(!page.has(word), "{word}");
        }
    }
    let mut lan = house.staff("lan").await;
    let page = lan.get("/console/queue/counselling").await;
    assert!(page.has("Con tôi cần giúp"));
    assert!(!page.has("Bàn báo tin") && !page.has("Bàn giám sát"));
}

#[tokio::test]
async fn the_tally_adds_up_and_shows_no_words_of_anybody() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý ở ngõ 5").await;
    house.submit(Kind::Tips, "Lại ngõ 5").await;
    house.submit(Kind::Counselling, "Con tôi cần giúp").await;
    house.world.clock.advance(std::time::Duration::from_hours(25));
    let mut sen = house.staff("sen").await;
    let page = sen.get("/console/tally").await;
    assert!(page.has("Khớp số."));
    assert!(page.has("Đã nhận <b>3</b> = Chưa kết thúc <b>3</b> + Đã kết thúc <b>0</b>"));
    assert!(page.has("<b class=\"tag late\">2</b>"), "two tips are past their 24 hours");
    assert!(!page.has("ngõ 5") && !page.has("Con tôi"));
}

/// The audit page once no verification runs.
async fn verified(browser: &mut Browser) -> Answer {
    for _ in 0..200 {
        let page = browser.get("/console/audit").await;
        if !page.has("Đang kiểm") {
            return page;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("the verification does not end");
}

#[tokio::test]
async fn the_auditor_sees_that_the_log_holds() {
    let house = House::open().await;
    let mut cam = house.staff("cam").await;
    let page = cam.get("/console/audit").await;
    assert!(page.has("Nhật ký chưa được kiểm lần nào."), "{}", page.body);
    assert!(!page.has("http-equiv"), "nothing runs");
    let begun = cam.submit(&page, "/console/audit", &[]).await;
    assert_eq!((begun.status, begun.location()), (303, "/console/audit"));
    let page = verified(&mut cam).await;
    assert!(page.has("Mọi mắt xích, chữ ký và số thứ tự đều đúng."), "{}", page.body);
    assert!(page.has("22/11/2026 11:12 (vừa xong)"), "{}", page.body);
    assert_eq!(house.world.audited(Action::AuditRead).await.len(), 1);
    cam.get("/console/audit").await;
    assert_eq!(house.world.audited(Action::AuditRead).await.len(), 1, "a look verifies nothing");

    // What came since is counted.
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let page = cam.get("/console/audit").await;
    assert!(page.has("<dt>Mới thêm từ đó</dt><dd>1</dd>"), "{}", page.body);
}

#[tokio::test]
async fn the_administrator_adds_those_without_a_desk_and_a_lead_the_members() {
    let house = House::open().await;
    let mut quan = house.staff("quan").await;
    let page = quan.get("/console/people").await;
    for login in ["quan", "anh", "binh", "hoa"] {
        assert!(page.has(&format!("<th scope=\"row\">{login}</th>")), "{login}");
    }
    let phrase = page.field("password");
    let new = [("login", "duc"), ("name", "Đức"), ("choice", "auditor"), ("password", &*phrase)];
    let added = quan.submit(&page, "/console/people", &new).await;
    assert_eq!(added.location(), "/console/people?done=added");
    let mut duc = house.browser();
    duc.post("/console/login", &[("login", "duc"), ("password", &phrase)]).await;
    assert_eq!(duc.get("/console/audit").await.status, 200);

    let again = quan.submit(&page, "/console/people", &new).await;
    assert_eq!(again.status, 409);
    assert!(again.has("đã có người dùng") && again.has("value=\"Đức\""), "what was typed is kept");
    let bad = [("login", "d u c"), ("choice", "auditor"), ("password", "x")];
    assert_eq!(quan.submit(&page, "/console/people", &bad).await.status, 422);
    let officer = [("login", "kim"), ("choice", "officer"), ("password", "x")];
    assert_eq!(quan.submit(&page, "/console/people", &officer).await.status, 422);

    let mut anh = house.staff("anh").await;
    let page = anh.get("/console/team").await;
    let kim = [("login", "kim"), ("name", "Kim"), ("choice", "tips"), ("password", "mat-khau-cua-kim")];
    assert_eq!(anh.submit(&page, "/console/team", &kim).await.location(), "/console/team?done=added");
    let mut kim = house.staff("kim").await;
    assert_eq!(kim.get("/console/queue/tips").await.status, 200);
    let other = [("login", "xuan"), ("choice", "counselling"), ("password", "x")];
    assert_eq!(anh.submit(&page, "/console/team", &other).await.status, 403);
}
