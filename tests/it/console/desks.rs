//! Desks below one's own: adding one, and handing it cases.

use tinan::domain::lane::Kind;

use super::house::House;

fn desk<'a>(name: &'a str, parent: &'a str, lead: &'a str) -> [(&'a str, &'a str); 4] {
    [("name", name), ("parent", parent), ("lead", lead), ("password", "mat-khau-cua-dung")]
}

#[tokio::test]
async fn a_lead_adds_a_desk_below_the_own_one() {
    let house = House::open().await;
    let mut anh = house.staff("anh").await;
    let page = anh.get("/console/team").await;
    assert!(page.has("Lập bàn cấp dưới"));
    let added = anh.submit(&page, "/console/team/desks", &desk("Phú Lương", "tips", "dung")).await;
    assert_eq!((added.status, added.location()), (303, "/console/team?done=desk"), "{}", added.body);
    assert!(anh.get("/console/team?done=desk").await.has("Đã lập bàn mới."));
    let mut dung = house.staff("dung").await;
    let queue = dung.get("/console/queue/Ph%C3%BA%20L%C6%B0%C6%A1ng").await;
    assert!(queue.status == 200 && queue.has("<h1>Phú Lương</h1>"));
    assert_eq!(dung.get("/console/queue/tips").await.status, 404);
    assert_eq!(
        anh.get("/console/queue/Ph%C3%BA%20L%C6%B0%C6%A1ng").await.status,
        200,
        "the desk above helps"
    );

    for (fields, status, message) in [
        (desk("Phú Lương", "tips", "minh"), 422, "Tên bàn, tên đăng nhập hoặc cụm từ chưa dùng được."),
        (desk("Đại Từ", "tips", "m i n h"), 422, "Tên bàn, tên đăng nhập hoặc cụm từ chưa dùng được."),
        (desk("Đại Từ", "tips", "dung"), 409, "đã có người dùng"),
        (desk("", "tips", "minh"), 422, "Tên bàn, tên đăng nhập hoặc cụm từ chưa dùng được."),
    ] {
        let refused = anh.submit(&page, "/console/team/desks", &fields).await;
        assert_eq!(refused.status, status, "{fields:?}");
        assert!(refused.has(message) && refused.has(&format!("value=\"{}\"", fields[0].1)), "{fields:?}");
    }
}

#[tokio::test]
async fn nobody_learns_from_the_form_which_desks_there_are() {
    let house = House::open().await;
    let mut anh = house.staff("anh").await;
    let page = anh.get("/console/team").await;
    let mut answers = Vec::new();
    for parent in ["counselling", "oversight", "khong-co", ""] {
        for (path, fields) in [
            ("/console/team/desks", desk("Đại Từ", parent, "minh").to_vec()),
            ("/console/team", vec![("login", "minh"), ("choice", parent), ("password", "x")]),
        ] {
            let answer = anh.submit(&page, path, &fields).await;
            answers.push((answer.status, answer.body));
        }
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    assert_eq!(answers[0].0, 403);
    // The names of the first desks are refused whether or not there is such a desk.
    let mut statuses = Vec::new();
    for world in [house, House::without_oversight().await] {
        let mut anh = world.staff("anh").await;
        let page = anh.get("/console/team").await;
        statuses
            .push(anh.submit(&page, "/console/team/desks", &desk("oversight", "tips", "minh")).await.status);
    }
    assert_eq!(statuses, [422, 422]);
}

#[tokio::test]
async fn handing_a_case_over_leads_back_to_the_own_queue_with_a_word() {
    let house = House::open().await;
    let mut anh = house.staff("anh").await;
    let page = anh.get("/console/team").await;
    anh.submit(&page, "/console/team/desks", &desk("Phú Lương", "tips", "dung")).await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let case = anh.get("/console/queue/tips").await.first_case();
    let page = anh.get(&case).await;
    let from = page.field("from");
    let fields = [("to", "Phú Lương"), ("from", &*from), ("reason", "Địa bàn")];
    let given = anh.submit(&page, &format!("{case}/transfer"), &fields).await;
    assert_eq!(given.location(), "/console/queue/tips?done=transfer", "{}", given.body);
    assert!(anh.get(given.location()).await.has("Đã chuyển vụ việc sang bàn khác."));

    // The desk below gives it back, and cannot see it any more.
    let mut dung = house.staff("dung").await;
    let page = dung.get(&case).await;
    assert!(page.has("Bán ma tuý"));
    let fields = [("to", "tips"), ("from", "khong-co"), ("reason", "Nhầm địa bàn")];
    let given = dung.submit(&page, &format!("{case}/transfer"), &fields).await;
    assert_eq!(given.location(), "/console/queue/Ph%C3%BA%20L%C6%B0%C6%A1ng?done=transfer");
    assert_eq!(dung.get(given.location()).await.status, 200);
    assert_eq!(dung.get(&case).await.status, 404);
}
