//! The files of a case: listed for its desk, handed over to be saved, and for all others not there.

use axum::http::header;
use tinan::domain::lane::Kind;
use tinan::store::audit::Action;

use super::house::House;

/// Bytes that are no text.
fn film(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).expect("small")).collect()
}

/// The addresses of the files a page lists.
fn links(page: &str) -> Vec<String> {
    let parts = page.split("<li><a href=\"").skip(1);
    parts.filter_map(|p| p.split('"').next()).filter(|a| a.contains("/files/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_member_gets_a_file_byte_for_byte_to_be_saved_and_never_shown() {
    let house = House::open().await;
    let accepted = house.submit(Kind::Tips, "Có phim").await;
    for length in [1, 16_382, 2_500_000] {
        house.world.attach(&accepted.receipt, "xe đỏ.mp4", "video/mp4", &film(length)).await;
    }
    let mut hoa = house.staff("hoa").await;
    let case = hoa.get("/console/queue/tips").await.first_case();
    let page = hoa.get(&case).await;
    assert!(page.has("<b>xe đỏ.mp4</b>") && page.has("video/mp4 · 3 MB") && page.has("22/11/2026 11:12"));
    let links = links(&page.body);
    let mut lengths = Vec::new();
    for link in &links {
        let file = hoa.get(link).await;
        assert_eq!(file.status, 200);
        assert!(file.bytes == film(file.bytes.len()));
        lengths.push(file.bytes.len());
        let header = |name| file.headers.get(&name).and_then(|v| v.to_str().ok()).unwrap_or_default();
        assert_eq!(header(header::CONTENT_LENGTH), file.bytes.len().to_string());
        assert!(header(header::CONTENT_DISPOSITION).starts_with("attachment; filename*=UTF-8''xe%20"));
        assert_eq!(header(header::CONTENT_TYPE), "application/octet-stream");
        assert_eq!(header(header::X_CONTENT_TYPE_OPTIONS), "nosniff");
        assert!(header(header::CONTENT_SECURITY_POLICY).starts_with("sandbox"));
        assert_eq!(header(header::CACHE_CONTROL), "no-store");
    }
    lengths.sort_unstable();
    assert_eq!(lengths, [1, 16_382, 2_500_000]);
    assert_eq!(house.world.audited(Action::FileRead).await.len(), 3, "each opening is written down");
}

#[tokio::test]
async fn another_desks_file_answers_as_one_that_never_was() {
    let house = House::open().await;
    let accepted = house.submit(Kind::Tips, "Có ảnh").await;
    house.world.attach(&accepted.receipt, "anh.jpg", "image/jpeg", b"anh").await;
    house.submit(Kind::Counselling, "Con tôi cần giúp").await;
    let mut hoa = house.staff("hoa").await;
    let case = hoa.get("/console/queue/tips").await.first_case();
    let link = links(&hoa.get(&case).await.body).pop().expect("a file");
    let file = link.rsplit('/').next().expect("an id").to_owned();
    let none = "11111111-2222-4333-8444-555555555555";
    for login in ["lan", "giang", "sen", "cam", "quan"] {
        let mut browser = house.staff(login).await;
        let never = browser.get(&format!("/console/cases/{none}/files/{none}")).await;
        assert_eq!(never.status, 404);
        let own = browser.get("/console/queue/counselling").await;
        let mut paths = vec![link.clone(), format!("{case}/files/{none}"), format!("{case}/files/x")];
        if own.status == 200 {
            paths.push(format!("{}/files/{file}", own.first_case()));
        }
        for path in paths {
            let answer = browser.get(&path).await;
            assert_eq!((answer.status, &answer.body), (404, &never.body), "{login} {path}");
        }
    }
    let mut nobody = house.browser();
    assert_eq!(nobody.get(&link).await.location(), "/console/login");
    assert!(house.world.audited(Action::FileRead).await.is_empty());
}

#[tokio::test]
async fn a_hostile_file_name_is_not_shown_and_does_nothing() {
    let house = House::open().await;
    let accepted = house.submit(Kind::Tips, "Có ảnh").await;
    let kind = "text/html\"><script>alert(1)</script>";
    for name in ["x\r\nSet-Cookie: a=b", "anh\u{202e}gpj.exe", "<script>alert(1)</script>", ""] {
        house.world.attach(&accepted.receipt, name, kind, b"<script>alert(1)</script>").await;
    }
    let mut hoa = house.staff("hoa").await;
    let case = hoa.get("/console/queue/tips").await.first_case();
    let page = hoa.get(&case).await;
    assert!(!page.has("<script>") && !page.has("\u{202e}") && !page.has("Set-Cookie"));
    assert_eq!(page.body.matches("<b>Tệp không tên</b>").count(), 4);
    assert!(page.has("không rõ loại · 1 KB") && !page.has("text/html"));
    for link in links(&page.body) {
        let file = hoa.get(&link).await;
        assert!(file.headers.get(header::SET_COOKIE).is_none());
        assert_eq!(file.headers[header::CONTENT_TYPE], "application/octet-stream");
        let named = file.headers[header::CONTENT_DISPOSITION].to_str().expect("text");
        assert!(named == "attachment; filename*=UTF-8''file", "{named}");
    }
}
