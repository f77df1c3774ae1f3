//! Messages that did not reach the citizen: said plainly, and sent again on a button.

use tinan::domain::lane::Kind;
use tinan::kernel::id::CaseId;

use super::house::House;

fn id_of(case: &str) -> CaseId {
    case.rsplit('/').next().expect("an id").parse().expect("an id")
}

#[tokio::test]
async fn what_did_not_arrive_is_said_plainly_and_sent_again_on_a_button() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let (mut hoa, mut anh) = (house.staff("hoa").await, house.staff("anh").await);
    let case = hoa.get("/console/queue/tips").await.first_case();
    assert!(!hoa.get(&case).await.has("Gửi lại</button>"), "nothing to send again");
    house.world.park(id_of(&case), true).await;
    house.world.park(id_of(&case), false).await;
    let page = hoa.get(&case).await;
    assert!(page.has("Không rõ đã tới người dân hay chưa: 1."), "{}", page.body);
    assert!(page.has("Không gửi được tới người dân: 1.") && page.has("Gửi lại</button>"));

    let stale = anh.get(&case).await;
    let sent = hoa.submit(&page, &format!("{case}/send_again"), &[]).await;
    assert_eq!(sent.location(), format!("{case}?done=send_again"));
    let page = hoa.get(sent.location()).await;
    assert!(page.has("Đã xếp tin để gửi lại.") && !page.has("Gửi lại</button>"));
    assert!(page.has("HOA</b> cho gửi lại tin tới người dân"), "{}", page.body);
    assert!(page.has("Tin tới người dân đang chờ gửi: 2"));
    let late = anh.submit(&stale, &format!("{case}/send_again"), &[]).await;
    assert_eq!(late.status, 409, "nobody sends them twice");
    assert_eq!(house.world.outgoing(id_of(&case)).await, [("queued".to_owned(), 2)]);
}

#[tokio::test]
async fn what_somebody_else_holds_is_not_sent_again_behind_their_back() {
    let house = House::open().await;
    house.submit(Kind::Tips, "Bán ma tuý").await;
    let (mut hoa, mut anh) = (house.staff("hoa").await, house.staff("anh").await);
    let queue = hoa.get("/console/queue/tips").await;
    let case = queue.first_case();
    hoa.submit(&queue, "/console/queue/tips/next", &[]).await;
    house.world.park(id_of(&case), false).await;
    let page = anh.get(&case).await;
    assert!(page.has("Không gửi được tới người dân: 1.") && !page.has("Gửi lại</button>"));
    assert_eq!(anh.submit(&page, &format!("{case}/send_again"), &[]).await.status, 409);
    assert_eq!(house.world.outgoing(id_of(&case)).await, [("failed".to_owned(), 1)]);
}
