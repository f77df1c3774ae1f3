//! Logging in and out, cookies, tokens of forms, the password.

use axum::http::header;

use super::house::House;
use crate::world::password;

#[tokio::test]
async fn a_session_begins_at_the_login_and_ends_at_the_logout() {
    let house = House::open().await;
    let mut browser = house.browser();
    assert_eq!(browser.get("/console").await.location(), "/console/login");
    let page = browser.get("/console/login").await;
    assert_eq!(page.status, 200);

    let mut browser = house.staff("hoa").await;
    assert_eq!(browser.get("/console").await.location(), "/console/queue/tips");
    let queue = browser.get("/console/queue/tips").await;
    assert_eq!(queue.status, 200);
    let stolen = browser.cookies.clone();

    let out = browser.submit(&queue, "/console/logout", &[]).await;
    assert_eq!((out.status, out.location()), (303, "/console/login"));
    assert!(browser.cookies.is_empty());
    browser.cookies = stolen;
    let after = browser.get("/console/queue/tips").await;
    assert_eq!((after.status, after.location()), (303, "/console/login"), "the session itself has ended");
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_get_one_answer() {
    let house = House::open().await;
    let mut browser = house.browser();
    let wrong = browser.post("/console/login", &[("login", "hoa"), ("password", "khong-phai")]).await;
    let nobody = browser.post("/console/login", &[("login", "ma"), ("password", "khong-phai")]).await;
    assert_eq!((wrong.status, nobody.status), (401, 401));
    assert_eq!(wrong.body.replace("hoa", "ma"), nobody.body);
    assert!(wrong.has("Tên đăng nhập hoặc mật khẩu không đúng."));
    assert!(!wrong.has("khong-phai"), "a password is never shown again");
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn the_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    for (house, name, secure) in
        [(House::open().await, "sid", false), (House::secure().await, "__Host-sid", true)]
    {
        let fields = [("login", "hoa"), ("password", &*password("hoa"))];
        let answer = house.browser().post("/console/login", &fields).await;
        let cookie = answer.headers[header::SET_COOKIE].to_str().expect("text");
        assert!(cookie.starts_with(&format!("{name}=")), "{cookie}");
        for part in ["; Path=/;", "; HttpOnly", "; SameSite=Strict", "; Max-Age=43200"] {
            assert!(cookie.contains(part), "{cookie} lacks {part}");
        }
        assert_eq!(cookie.contains("; Secure"), secure);
        assert!(!cookie.contains("Domain"));
    }
}

#[tokio::test]
async fn every_form_needs_the_token_of_its_own_session() {
    let house = House::open().await;
    house.submit(tinan::domain::lane::Kind::Tips, "Có người bán ở ngõ 5").await;
    let (mut hoa, mut anh) = (house.staff("hoa").await, house.staff("anh").await);
    let queue = hoa.get("/console/queue/tips").await;
    let case = queue.first_case();
    let foreign = anh.get("/console/queue/tips").await.field("form");
    let once = queue.field("once");
    let places = [
        "/console/queue/tips/next",
        "/console/logout",
        "/console/password",
        "/console/team",
        "/console/team/desks",
        "/console/audit",
    ];
    let steps = ["claim", "release", "reply", "note", "transition", "transfer", "acknowledge", "send_again"];
    let steps = steps.iter().map(|s| format!("{case}/{s}"));
    for path in places.iter().map(|p| (*p).to_owned()).chain(steps) {
        for form in ["", "0", &foreign] {
            let answer = hoa.post(&path, &[("form", form), ("once", &once), ("version", "1")]).await;
            assert_eq!(answer.status, 403, "{path} with {form:?}");
        }
    }
    let good = queue.field("form");
    let abroad =
        hoa.post_from("/console/queue/tips/next", &[("form", &good), ("once", &once)], "cross-site").await;
    assert_eq!(abroad.status, 403);
    let mut quan = house.staff("quan").await;
    assert_eq!(quan.post("/console/people", &[("choice", "auditor")]).await.status, 403);
    assert!(hoa.get(&case).await.has("Chưa ai làm gì"), "nothing of all that was done");
}

#[tokio::test]
async fn another_site_cannot_log_somebody_in() {
    let house = House::open().await;
    let mut browser = house.browser();
    let fields = [("login", "hoa"), ("password", &*password("hoa"))];
    assert_eq!(browser.post_from("/console/login", &fields, "cross-site").await.status, 403);
    assert!(browser.cookies.is_empty());
}

#[tokio::test]
async fn a_starting_password_is_pointed_at_until_it_is_changed() {
    const BANNER: &str = "Bạn còn dùng mật khẩu do người khác đặt.";
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    assert!(hoa.get("/console/queue/tips").await.has(BANNER));
    let page = hoa.get("/console/password").await;
    let phrase = page.field("new");
    assert!(phrase.len() > 20, "a phrase is proposed");

    let wrong = hoa.submit(&page, "/console/password", &[("old", "sai"), ("new", &phrase)]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("Mật khẩu hiện tại không đúng."));
    let old = password("hoa");
    let weak = hoa.submit(&page, "/console/password", &[("old", &old), ("new", "123456")]).await;
    assert_eq!(weak.status, 422);
    assert!(weak.has("chưa đủ mạnh"));

    let done = hoa.submit(&page, "/console/password", &[("old", &old), ("new", &phrase)]).await;
    assert_eq!(done.location(), "/console/password?done=password");
    assert!(!hoa.get("/console/queue/tips").await.has(BANNER));
    let again = house.browser().post("/console/login", &[("login", "hoa"), ("password", &old)]).await;
    assert_eq!(again.status, 401);
    let again = house.browser().post("/console/login", &[("login", "hoa"), ("password", &phrase)]).await;
    assert_eq!(again.status, 303);
}

#[tokio::test]
async fn pages_speak_the_language_that_was_asked_for() {
    let house = House::open().await;
    let mut browser = house.browser();
    assert!(browser.get("/console/login").await.has("<html lang=\"vi\">"));
    browser.language = "en-US,en;q=0.9";
    assert!(browser.get("/console/login").await.has("<html lang=\"en\">"));
    browser.get("/console/lang/vi").await;
    assert!(browser.get("/console/login").await.has("Đăng nhập"), "the choice wins");
    assert_eq!(browser.get("/console/lang/fr").await.status, 404);
}

#[tokio::test]
async fn every_page_keeps_to_itself() {
    let house = House::open().await;
    let mut hoa = house.staff("hoa").await;
    for path in ["/console/login", "/console/queue/tips", "/console/nowhere", "/console/setup/x"] {
        let page = hoa.get(path).await;
        let policy = page.headers[header::CONTENT_SECURITY_POLICY].to_str().expect("text");
        assert!(policy.contains("default-src 'none'"), "{path}");
        assert_eq!(page.headers[header::CACHE_CONTROL], "no-store", "{path}");
        assert!(!page.has("<style") && !page.has(" style=") && !page.has("onclick"), "{path}");
        assert!(page.body.matches("<script").count() == page.body.matches("<script src=\"/console/").count());
    }
}
