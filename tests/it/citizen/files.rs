//! Files behind a code: a plain form, no JavaScript; what cannot be taken leaves everything as it was.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode, header};
use tinan::citizen::{Options, routes};
use tinan::service::casefile::CaseView;
use tinan::store::Store;

use super::browser::{Page, ask, post, press};
use super::pages;
use crate::on_both_databases;
use crate::world::World;

const TIP: &str = "Nhà số 12 ngõ Hoa Ban bán ma túy mỗi tối.";

fn film(length: usize) -> Vec<u8> {
    (0..length).map(|i| u8::try_from(i % 251).expect("small")).collect()
}

/// The page with the receipt of a new tip.
async fn reported(pages: &Router) -> Page {
    let seen = post(pages, "/report", &[("text", TIP)]).await;
    press(pages, &seen, "/report", "send").await
}

/// The page with the receipt of a new call for help.
async fn called(pages: &Router) -> Page {
    let fields = [("text", "Em tôi bỏ học."), ("about", "relative"), ("consent", "yes")];
    let seen = post(pages, "/help-me", &fields).await;
    press(pages, &seen, "/help-me", "send").await
}

/// What the browser sends of a page's form for a file: its hidden fields in their order, then the file.
fn form(page: &Page, name: &str, data: &[u8]) -> Vec<u8> {
    let (_, part) = page.html.split_once("enctype=\"multipart/form-data\"").expect("a form for files");
    assert!(part.find("type=\"hidden\"") < part.find("type=\"file\""), "the code comes before the file");
    let mut out = Vec::new();
    for (field, value) in page.hidden().iter().rev().take(3).rev() {
        let head = format!("--b\r\nContent-Disposition: form-data; name=\"{field}\"\r\n\r\n{value}\r\n");
        out.extend_from_slice(head.as_bytes());
    }
    let head = format!(
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: \
         image/jpeg\r\n\r\n"
    );
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(data);
    out.extend_from_slice(b"\r\n--b--\r\n");
    out
}

fn request(body: Body) -> Request<Body> {
    Request::post("/code/file")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=b")
        .body(body)
        .expect("a request")
}

async fn send(pages: &Router, page: &Page, name: &str, data: &[u8]) -> Page {
    ask(pages, request(Body::from(form(page, name, data)))).await
}

/// How many sealed files, whole or not, lie on the disk.
fn shelved(world: &World) -> usize {
    std::fs::read_dir(world.files()).map_or(0, Iterator::count)
}

/// The one case that waits, as its desk sees it.
async fn opened(world: &World, login: &str, desk: &str) -> CaseView {
    let actor = world.actor(login).await;
    let page = world.hotline.queue(&actor, desk, None, None).await.expect("a queue");
    world.hotline.open_case(&actor, page.cases[0].case.id).await.expect("opens")
}

on_both_databases! {
    async fn a_file_is_added_behind_a_code_without_javascript(store: Store) {
        let world = World::on(store, false).await;
        let pages = pages(&world);
        let code = reported(&pages).await.receipt();
        let page = post(&pages, "/code", &[("code", &code)]).await;
        assert!(page.read().contains("Thêm ảnh hoặc tệp") && page.read().contains("nhiều nhất 50 MB"));
        let sent = send(&pages, &page, "Nguyen Van A chup.JPG", &film(300_000)).await;
        assert_eq!(sent.status, StatusCode::OK, "{}", sent.read());
        assert!(sent.read().contains("Đã nhận tệp lúc 22/11/2026 11:12."), "{}", sent.read());
        let again = send(&pages, &page, "Nguyen Van A chup.JPG", &film(300_000)).await;
        assert!(again.read().contains("Đã nhận tệp lúc"), "sent twice, it counts once");
        let other = send(&pages, &page, "b.png", &film(5)).await;
        assert_eq!(other.status, StatusCode::CONFLICT, "one form is one file");
        assert_eq!(send(&pages, &other, "b.png", &film(5)).await.status, StatusCode::OK);

        let view = opened(&world, "anh", "tips").await;
        let names: Vec<&str> = view.files.iter().map(|f| f.about.name.as_str()).collect();
        assert!(names.len() == 2 && names.contains(&"tệp.jpg") && names.contains(&"tệp.png"), "{names:?}");
        let at = names.iter().position(|n| *n == "tệp.jpg").expect("the photo");
        assert!(world.content("anh", &view, at).await == film(300_000));
        assert!(view.files.iter().all(|f| f.about.media_type == "image/jpeg"));
    }
}

#[tokio::test]
async fn a_file_is_added_from_the_page_with_the_receipt_and_the_code_stays() {
    let world = World::open().await;
    let pages = pages(&world);
    for (page, login, desk) in
        [(reported(&pages).await, "anh", "tips"), (called(&pages).await, "binh", "counselling")]
    {
        assert!(page.read().contains("Chép mã ở trên trước đã."));
        let sent = send(&pages, &page, "don thuoc.pdf", &film(40_000)).await;
        assert_eq!((sent.status, sent.receipt()), (StatusCode::OK, page.receipt()));
        assert!(sent.read().contains("Đã nhận tệp lúc"), "{}", sent.read());
        let more = send(&pages, &sent, "don thuoc 2.pdf", &film(10)).await;
        assert_eq!((more.status, more.receipt()), (StatusCode::OK, page.receipt()));
        assert!(!more.header(header::CONTENT_SECURITY_POLICY).is_empty());
        let view = opened(&world, login, desk).await;
        assert_eq!(view.files.len(), 2, "{desk}");
        assert_eq!(view.case.unread, 3, "{desk}: the files ask for attention like words");
    }
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_in_words_and_nothing_else_is_lost() {
    let world = World::open().await;
    let mut options = Options::embedded().expect("embedded");
    options.largest_file = 1024 * 1024;
    let pages = routes(world.gate(), options);
    let receipt = reported(&pages).await;
    for length in [1024 * 1024 + 1, 3 * 1024 * 1024] {
        let refused = send(&pages, &receipt, "phim.mp4", &film(length)).await;
        assert_eq!((refused.status, refused.receipt()), (StatusCode::PAYLOAD_TOO_LARGE, receipt.receipt()));
        assert!(refused.read().contains("Tệp này lớn hơn 1 MB nên chưa nhận được."), "{}", refused.read());
        assert_eq!(shelved(&world), 0);
    }
    let empty = send(&pages, &receipt, "", b"").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.read().contains("Bạn chưa chọn tệp, hoặc tệp trống."));
    let fits = send(&pages, &empty, "phim.mp4", &film(1024 * 1024)).await;
    assert_eq!(fits.status, StatusCode::OK);
    let view = opened(&world, "anh", "tips").await;
    assert_eq!((view.files.len(), view.thread.len(), shelved(&world)), (1, 1, 1));
}

#[tokio::test]
async fn an_upload_that_breaks_off_leaves_nothing() {
    let world = World::open().await;
    let pages = pages(&world);
    let receipt = reported(&pages).await;
    let whole = form(&receipt, "phim.mp4", &film(400_000));
    for length in [whole.len() / 2, whole.len() - 5, 40] {
        let sent = Ok(Bytes::copy_from_slice(&whole[..length]));
        let cut = Err(std::io::Error::other("the connection ended"));
        let body = Body::from_stream(futures_util::stream::iter([sent, cut]));
        let page = ask(&pages, request(body)).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST, "{length}");
        let ended = ask(&pages, request(Body::from(whole[..length].to_vec()))).await;
        assert_eq!(ended.status, StatusCode::BAD_REQUEST, "{length}");
        assert_eq!(shelved(&world), 0, "{length}");
    }
    let view = opened(&world, "anh", "tips").await;
    assert_eq!((view.files.len(), view.case.unread), (0, 1));
    assert_eq!(send(&pages, &receipt, "phim.mp4", &film(400_000)).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_file_with_a_wrong_or_old_form_is_not_kept_and_the_page_says_why() {
    let world = World::open().await;
    let pages = pages(&world);
    let receipt = reported(&pages).await;
    let code = receipt.receipt();
    for (wrong, status) in
        [("0000-0000-0000-0000-0000", StatusCode::NOT_FOUND), ("abc", StatusCode::UNPROCESSABLE_ENTITY)]
    {
        let body = String::from_utf8(form(&receipt, "a.txt", b"abc")).expect("text").replace(&code, wrong);
        let page = ask(&pages, request(Body::from(body))).await;
        assert_eq!(page.status, status, "{wrong}");
        assert!(page.field("code") == wrong && !page.html.contains(&code));
    }
    let other = Request::post("/code/file").header(header::CONTENT_TYPE, "text/plain");
    let page = ask(&pages, other.body(Body::from("x")).expect("a request")).await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    world.clock.advance(Duration::from_hours(24));
    let old = send(&pages, &receipt, "a.txt", b"abc").await;
    assert_eq!((old.status, old.receipt()), (StatusCode::CONFLICT, code));
    assert!(old.read().contains("Tệp chưa gửi vì trang đã mở lâu"), "{}", old.read());
    assert_eq!(shelved(&world), 0);
    assert_eq!(send(&pages, &old, "a.txt", b"abc").await.status, StatusCode::OK);
    assert_eq!(shelved(&world), 1);
    let get = Request::get("/code/file").body(Body::empty()).expect("a request");
    assert!(ask(&pages, get).await.read().contains("Gõ mã 20 ký tự"), "a reload asks for the code");
}
