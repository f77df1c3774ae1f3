//! What every page owes a frightened reader: small, silent, escaped, in their language, with a way out.

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tinan::citizen::{Options, routes};
use tinan::web::Gate;

use super::browser::{Page, ask, get, post, press};
use super::pages;
use crate::world::World;

const XSS: &str = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'</textarea>";

/// One page of each sort, with nothing typed that would make it longer.
async fn all(pages: &Router, q: &str) -> Vec<(&'static str, Page)> {
    let at = |path: &str| format!("{path}{q}");
    let mut found = Vec::new();
    for path in ["/", "/about", "/report", "/help-me", "/code", "/nowhere"] {
        found.push((path, get(pages, &at(path)).await));
    }
    let tip = [("text", "sốc thuốc, công an xã bảo kê bán ma túy, con tôi nghiện"), ("category", "use")];
    let preview = post(pages, &at("/report"), &tip).await;
    let receipt = press(pages, &preview, &at("/report"), "send").await;
    let case = post(pages, &at("/code"), &[("code", receipt.receipt())]).await;
    let help = [("text", "x"), ("about", "self"), ("consent", "yes")];
    found.push(("help preview", post(pages, &at("/help-me"), &help).await));
    found.push(("mended", post(pages, &at("/report"), &[("text", "")]).await));
    found.push(("mistyped", post(pages, &at("/code"), &[("code", "abc")]).await));
    let long = [("text", "x"), ("place", "TP Thái Nguyên"), ("do", "preview")];
    found.push(("place offered", post(pages, &at("/report"), &long).await));
    found.push(("place by letter", post(pages, &at("/report"), &[("text", "x"), ("letter", "T")]).await));
    found.extend([("preview", preview), ("receipt", receipt), ("case", case)]);
    found
}

#[tokio::test]
async fn every_page_is_small_quiet_and_has_a_way_out() {
    let world = World::open().await;
    let pages = pages(&world);
    let css = get(&pages, "/assets/citizen.css").await;
    let js = get(&pages, "/assets/exit.js").await;
    assert!(css.header(header::CACHE_CONTROL).contains("immutable"));
    for (name, page) in all(&pages, "").await {
        let size = page.html.len() + css.html.len() + js.html.len();
        assert!(size < 20 * 1024, "{name}: {size} bytes");
        assert!(page.html.contains("<title>Góp ý</title>"), "{name}: the title tells nothing");
        assert!(page.html.contains("id=\"exit\"") && page.html.contains("class=\"skip\""), "{name}");
        assert!(page.html.contains("href=\"tel:113\"") && page.html.contains("href=\"tel:115\""), "{name}");
        assert_eq!(page.header(header::CACHE_CONTROL), "no-store", "{name}");
        assert_eq!(page.header(header::REFERRER_POLICY), "no-referrer", "{name}");
        assert!(page.header(header::CONTENT_SECURITY_POLICY).contains("default-src 'none'"), "{name}");
        for inline in [" style=", "<style", " onclick=", "<script>", "src=\"http", "href=\"http://"] {
            assert!(!page.html.contains(inline), "{name}: {inline}");
        }
        assert_eq!(page.html.matches("=\"https://").count(), 1, "{name}: only the exit leads elsewhere");
        assert!(!page.read().contains("citizen."), "{name}: a sentence is missing");
    }
}

#[tokio::test]
async fn every_field_has_a_label_and_ids_are_unique() {
    let world = World::open().await;
    for (name, page) in all(&pages(&world), "").await {
        let mut seen = std::collections::BTreeSet::new();
        for id in page.html.split(" id=\"").skip(1).filter_map(|p| p.split('"').next()) {
            assert!(seen.insert(id.to_owned()), "{name}: {id} twice");
        }
        for words in page.html.split("aria-describedby=\"").skip(1).filter_map(|p| p.split('"').next()) {
            for id in words.split(' ') {
                assert!(seen.contains(id), "{name}: nothing has the id {id}");
            }
        }
        for tag in page.html.split("<input").skip(1).chain(page.html.split("<textarea").skip(1)) {
            let tag = tag.split('>').next().unwrap_or("");
            let inside = tag.contains("checkbox") || tag.contains("radio") || tag.contains("hidden");
            let labelled = tag
                .split(" id=\"")
                .nth(1)
                .and_then(|p| p.split('"').next())
                .is_some_and(|id| page.html.contains(&format!("<label for=\"{id}\">")));
            assert!(inside || labelled, "{name}: {tag}");
        }
    }
}

#[tokio::test]
async fn every_page_speaks_either_language_and_keeps_it() {
    let world = World::open().await;
    let pages = pages(&world);
    for (name, page) in all(&pages, "?lang=en").await {
        assert!(page.html.contains("<html lang=\"en\">") && page.html.contains("<title>Feedback"), "{name}");
        assert!(!page.read().contains("Bạn") && !page.read().contains("Gửi"), "{name}: {}", page.read());
        for link in page.html.split("href=\"/").skip(1).chain(page.html.split("action=\"/").skip(1)) {
            let link = link.split('"').next().unwrap_or("");
            assert!(link.contains("lang=") || link.starts_with("assets/"), "{name}: {link}");
        }
    }
    let request = Request::get("/").header(header::ACCEPT_LANGUAGE, "en-GB,en;q=0.9").body(Body::empty());
    assert!(ask(&pages, request.expect("a request")).await.html.contains("<html lang=\"en\">"));
    assert!(get(&pages, "/").await.html.contains("<html lang=\"vi\">"));
}

#[tokio::test]
async fn whatever_is_typed_is_shown_as_text() {
    let world = World::open().await;
    let pages = pages(&world);
    let preview = post(&pages, "/report", &[("text", XSS), ("place", XSS), ("when", XSS)]).await;
    let edited = press(&pages, &preview, "/report", "edit").await;
    let help = post(&pages, "/help-me", &[("text", XSS), ("about", XSS)]).await;
    let code = post(&pages, "/code", &[("code", XSS), ("text", XSS)]).await;
    let add = post(&pages, "/code/add", &[("code", XSS), ("text", XSS)]).await;
    let lost = get(&pages, "/%3Cscript%3Ealert(1)%3C/script%3E?lang=%3Cscript%3E").await;
    assert_eq!(edited.typed(), XSS);
    assert_eq!(preview.field("place"), XSS);
    for page in [preview, edited, help, code, add, lost] {
        assert!(!page.html.contains("<script>") && !page.html.contains("<img"), "{}", page.read());
    }
}

#[tokio::test]
async fn a_service_that_is_not_set_up_says_so_kindly() {
    let pages = routes(Gate::default(), Options::embedded().expect("embedded"));
    for path in ["/", "/report", "/code", "/about"] {
        let page = get(&pages, path).await;
        assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE, "{path}");
        assert!(page.read().contains("Dịch vụ chưa mở") && page.html.contains("tel:113"));
    }
    assert_eq!(get(&pages, "/assets/citizen.css").await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_unknown_page_and_a_foreign_body_get_pages_too() {
    let world = World::open().await;
    let pages = pages(&world);
    let lost = get(&pages, "/khong-co").await;
    assert_eq!(lost.status, StatusCode::NOT_FOUND);
    assert!(lost.read().contains("Không có trang này"));
    let json = Request::post("/report").header(header::CONTENT_TYPE, "application/json");
    let page = ask(&pages, json.body(Body::from("{}")).expect("a request")).await;
    assert!(page.status.is_client_error() && page.read().contains("Không đọc được mẫu này"));
    let wrong = Request::delete("/report").body(Body::empty()).expect("a request");
    assert_eq!(ask(&pages, wrong).await.status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn the_words_of_the_main_pages() {
    let world = World::open().await;
    let pages = pages(&world);
    for (name, path) in
        [("home", "/"), ("about", "/about"), ("report", "/report"), ("help", "/help-me"), ("code", "/code")]
    {
        insta::assert_snapshot!(name, get(&pages, path).await.read());
    }
    let tip = [("text", "Nhà số 12 ngõ Hoa Ban bán ma túy."), ("avoid", "yes")];
    let preview = post(&pages, "/report", &tip).await;
    insta::assert_snapshot!("preview", preview.read());
    let receipt = press(&pages, &preview, "/report", "send").await;
    let code = receipt.receipt();
    insta::assert_snapshot!("receipt", receipt.read().replace(&code, "XXXX-XXXX-XXXX-XXXX-XXXX"));
    insta::assert_snapshot!("case", post(&pages, "/code", &[("code", code)]).await.read());
}
