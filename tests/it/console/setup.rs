//! The first set-up behind its one-time link.

use super::browser::Browser;
use super::house::Site;

const TOKEN: &str = "k3ZrN0pQ7v";
const LINK: &str = "/console/setup/k3ZrN0pQ7v";

fn filled<'a>() -> Vec<(&'a str, &'a str)> {
    vec![
        ("province", "19"),
        ("name", "Công an tỉnh Thái Nguyên"),
        ("admin_login", "quan"),
        ("admin_password", "cum tu cua quan"),
        ("tips_login", "anh"),
        ("tips_password", "cum tu cua anh"),
        ("counselling_login", "binh"),
        ("counselling_password", "cum tu cua binh"),
        ("oversight_login", ""),
        ("oversight_password", "thua ra"),
    ]
}

#[tokio::test]
async fn the_link_sets_up_once_hands_over_the_keys_and_is_gone() {
    let site = Site::bare().await;
    let mut browser = Browser::new(site.console(TOKEN, false));
    let page = browser.get(LINK).await;
    assert_eq!(page.status, 200);
    assert!(page.has("Tỉnh Thái Nguyên") && page.field("tips_password").len() > 20);
    assert_ne!(page.field("tips_password"), page.field("admin_password"));

    let made = browser.post(LINK, &filled()).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.body.matches("<code class=\"key\">").count(), 7, "two trees of three, and the root key");
    assert!(made.has("chỉ hiện một lần") && made.has("href=\"/console/login\""));
    assert!(!made.has("cum tu cua"), "no password on a sheet that is printed");

    assert_eq!(browser.get(LINK).await.status, 404);
    assert_eq!(browser.post(LINK, &filled()).await.status, 404);
    let login = [("login", "anh"), ("password", "cum tu cua anh")];
    assert_eq!(browser.post("/console/login", &login).await.status, 303);
    assert_eq!(browser.get("/console/queue/tips").await.status, 200);
}

#[tokio::test]
async fn a_wrong_link_is_not_there() {
    let site = Site::bare().await;
    let mut browser = Browser::new(site.console(TOKEN, false));
    for wrong in ["/console/setup/k3ZrN0pQ7", "/console/setup/k3ZrN0pQ7w", "/console/setup/"] {
        assert_eq!(browser.get(wrong).await.status, 404, "{wrong}");
    }
    assert_eq!(browser.post("/console/setup/x", &filled()).await.status, 404);
}

#[tokio::test]
async fn until_then_all_other_pages_say_what_to_do() {
    let site = Site::bare().await;
    let mut browser = Browser::new(site.console(TOKEN, false));
    for path in ["/console/login", "/console/queue", "/console/people"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 503, "{path}");
        assert!(page.has("Máy chủ chưa được thiết lập."), "{path}");
    }
}

#[tokio::test]
async fn what_is_missing_is_said_and_the_rest_is_kept() {
    let site = Site::bare().await;
    let mut browser = Browser::new(site.console(TOKEN, false));
    let faults = [
        ("province", "", 422, "chưa chọn tỉnh"),
        ("name", "", 422, "chưa điền tên cơ quan"),
        ("admin_login", "a b", 422, "1 đến 64 chữ cái"),
        ("admin_login", "anh", 409, "một tên đăng nhập khác nhau"),
        ("tips_password", "", 422, "thiếu một cụm từ"),
    ];
    for (field, value, status, message) in faults {
        let mut fields = filled();
        fields.retain(|(name, _)| *name != field);
        fields.push((field, value));
        let page = browser.post(LINK, &fields).await;
        assert_eq!(page.status, status, "{field}");
        assert!(page.has(message), "{field}: {}", page.body);
        assert!(page.has("value=\"binh\"") && page.has("cum tu cua binh"), "{field}: the rest is kept");
    }
    assert_eq!(browser.get(LINK).await.status, 200, "nothing was set up");
}
