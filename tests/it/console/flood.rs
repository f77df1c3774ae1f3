//! The side queue and a row with hundreds beneath it, as a member without scripts works them.

use super::house::House;
use crate::flood::{JUNK, STRANGER, Watched};

async fn open() -> (House, Watched) {
    let house = House::without_oversight().await;
    let node = Watched::watch(house.world.clone());
    node.all(vec![(STRANGER, JUNK.to_owned()); 230]).await;
    for n in 0..3 {
        node.send(STRANGER, &format!("Tin riêng thứ {n}{}", " nữa".repeat(n + 1))).await;
    }
    (house, node)
}

/// The first address on a page that begins so.
fn link(body: &str, begin: &str) -> String {
    let (_, rest) = body.split_once(&format!("href=\"{begin}")).unwrap_or_else(|| panic!("no {begin}"));
    format!("{begin}{}", rest.split('"').next().expect("an end"))
}

#[tokio::test]
async fn a_row_stands_for_many_and_is_cleared_and_taken_back() {
    let (house, node) = open().await;
    let mut hoa = house.staff("hoa").await;
    let queue = hoa.get("/console/queue/tips").await;
    assert!(queue.has("× 230") && queue.has("/console/queue/tips/side"), "{}", queue.body);
    let here = link(&queue.body, "/console/folds/");
    let fold = hoa.get(&here).await;
    assert_eq!(fold.status, 200);
    assert!(fold.has("230 tin giống nhau") && fold.has("Không phải nguồn tin về tội phạm"));
    let upto = fold.field("upto");
    let again = hoa.submit(&fold, &here, &[("upto", &upto), ("do", "clear"), ("reason", " ")]).await;
    assert_eq!(again.status, 422, "a reason is needed");
    let fields = [("upto", upto.as_str()), ("do", "clear"), ("reason", "Quảng cáo <b>")];
    let done = hoa.submit(&fold, &here, &fields).await;
    assert_eq!(done.status, 303);
    let to = done.location().to_owned();
    let page = hoa.get(&to).await;
    assert!(
        page.has("Quảng cáo &#60;b&#62;") && page.has("<b>230</b>") && page.has("<b>12</b>"),
        "{}",
        page.body
    );
    assert!(page.has("chờ xem lại"), "who cleared does not look at the sample");

    let mut anh = house.staff("anh").await;
    let page = anh.get(&to).await;
    let (path, _) = to.split_once('?').expect("a query");
    let case = page.field("case");
    let kept = anh.submit(&page, &format!("{path}/review"), &[("case", &case), ("do", "keep")]).await;
    assert_eq!(kept.status, 303);
    let page = anh.get(path).await;
    assert!(page.has("<b>1</b> / <b>12</b>"), "{}", page.body);
    let back = anh.submit(&page, &format!("{path}/undo"), &[("reason", "Xem lại")]).await;
    assert_eq!(back.status, 303);
    assert!(anh.get("/console/queue/tips").await.has("× 230"));
    let list = anh.get("/console/queue/tips/sweeps").await;
    assert!(list.has(path) && list.has("HOA"));
    node.assert_sound().await;
}

#[tokio::test]
async fn ticked_cases_of_the_side_queue_are_confirmed_and_the_rest_is_cleared() {
    let (house, node) = open().await;
    let mut hoa = house.staff("hoa").await;
    let path = "/console/queue/tips/side";
    let side = hoa.get(path).await;
    assert!(side.has("Tin riêng thứ 0") && side.has("Tin riêng thứ 2"));
    let upto = side.field("upto");
    let none = hoa.submit(&side, path, &[("upto", &upto), ("do", "clear"), ("reason", "x")]).await;
    assert!(none.status == 422 && none.has("Hãy chọn ít nhất một tin"));
    let tick = side.field("case");
    let fields = [("upto", upto.as_str()), ("case", &tick), ("do", "confirm"), ("reason", "Có địa chỉ thật")];
    assert_eq!(hoa.submit(&side, path, &fields).await.status, 303);
    let side = hoa.get(path).await;
    let upto = side.field("upto");
    let all = [("upto", upto.as_str()), ("which", "all"), ("do", "clear"), ("reason", "Rác")];
    assert_eq!(hoa.submit(&side, path, &all).await.status, 303);
    assert!(hoa.get(path).await.has("Không có tin nào ở đây"));
    assert!(hoa.get("/console/queue/tips").await.has("Tin riêng thứ"));
    node.assert_sound().await;
}

#[tokio::test]
async fn other_desks_and_other_forms_get_nowhere() {
    let (house, _) = open().await;
    let mut hoa = house.staff("hoa").await;
    let here = link(&hoa.get("/console/queue/tips").await.body, "/console/folds/");
    let mut lan = house.staff("lan").await;
    for path in [here.as_str(), "/console/queue/tips/side", "/console/queue/tips/sweeps", "/console/sweeps/x"]
    {
        assert_eq!(lan.get(path).await.status, 404, "{path}");
    }
    let forged = hoa.post(&here, &[("upto", "2026.1"), ("do", "clear"), ("reason", "x")]).await;
    assert_eq!(forged.status, 403);
}
