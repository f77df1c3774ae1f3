//! The whole story of each lane, from the first words to the closed case.

use std::time::Duration;

use serde_json::json;
use tinan::service::people::NewDesk;
use tinan::store::Store;

use super::{Api, Ask};
use crate::on_both_databases;
use crate::world::World;

async fn a_tip_is_sent_claimed_read_answered_and_closed(world: World) {
    let api = Api::on(world);
    let tip = json!({
        "text": "Bán ma túy ở ngõ 12, tối nào cũng có", "locale": "vi", "categories": ["dealing"],
        "commune": "05443", "occurred": "tối qua", "ongoing": true, "colour": "never asked for",
    });
    let taken = api.send(Ask::post("/api/v1/tips", &tip)).await.ok(201);
    assert_eq!(taken["received_at"], "2026-11-22T04:12:00Z");
    assert_eq!(taken["public_state"], "received");
    let receipt = taken["receipt"].as_str().expect("a receipt");
    assert_eq!(receipt.len(), 24);

    let own = api.send(Ask::get("/api/v1/case").holding(receipt)).await.ok(200);
    assert_eq!(own["public_state"], "received");
    assert_eq!(own["state"], "Đã nhận. Đang chờ cán bộ xem.");
    assert_eq!(own["messages"], json!([{"from": "you", "text": null, "at": "2026-11-22T04:00:00Z"}]));

    let anh = api.log_in("anh").await;
    let queue = api.send(Ask::get("/api/v1/queue?desk=tips&state=&after=").by(&anh)).await.ok(200);
    let line = &queue["cases"][0];
    assert_eq!(line["state"], "RECEIVED");
    assert_eq!(line["priority"], 1);
    assert_eq!(line["received_at"], "2026-11-22T04:12:00Z");
    assert_eq!(line["summary"]["categories"], json!(["dealing"]));
    assert_eq!(queue["next"], json!(null));

    let case = api.next(&anh, "tips").await;
    assert_eq!(case["id"], line["id"]);
    assert_eq!(case["number"], "TN-19-2026-000001");
    assert_eq!(case["state"], "RECEIVED");
    assert_eq!(case["claimed_until"], "2026-11-22T04:42:00Z");
    let none = api.send(Ask::post("/api/v1/queue/next?desk=tips", &json!({})).by(&anh)).await;
    assert_eq!((none.status.as_u16(), none.body.len()), (204, 0));

    let opened = api.case(&anh, &case).await.ok(200);
    assert_eq!(opened["version"], case["version"]);
    assert_eq!(opened["thread"][0]["from"], "citizen");
    assert_eq!(opened["thread"][0]["text"], tip["text"]);
    assert_eq!(opened["details"]["commune"], "05443");
    assert_eq!(opened["details"]["ongoing"], true);
    assert_eq!(opened["register"], json!(["000001/2026"]));
    assert_eq!(opened["actions"]["transition"], json!(["CLASSIFIED"]));

    // The citizen's own message does not make the reply stale; the answer tells of it.
    let more = json!({"text": "Xe máy đỏ, biển số đuôi 77"});
    let added = api.send(Ask::post("/api/v1/case/messages", &more).holding(receipt)).await.ok(201);
    assert_eq!(added["received_at"], "2026-11-22T04:12:00Z");
    let version = &case["version"];
    let reply = json!({"version": version, "text": "Cảm ơn. Mấy giờ thì đông nhất?"});
    let replied = api.step(&anh, &case, "reply", &reply).await.ok(201);
    assert_eq!(replied["meanwhile"][0]["text"], more["text"]);
    assert_eq!(replied["version"], version.as_i64().expect("a number") + 1);

    api.world.clock.advance(Duration::from_mins(1));
    let note = json!({"version": replied["version"], "text": "Nhờ đội hai"});
    let noted = api.step(&anh, &case, "note", &note).await.ok(201);
    let own = api.send(Ask::get("/api/v1/case").holding(receipt)).await.ok(200);
    let texts: Vec<_> = own["messages"].as_array().expect("messages").iter().map(|m| &m["text"]).collect();
    assert_eq!(texts.iter().filter(|t| !t.is_null()).collect::<Vec<_>>(), [&&reply["text"]]);

    let to = |version: &serde_json::Value, to: &str| json!({"version": version, "to": to, "reason": "Đã rõ"});
    let moved = api.step(&anh, &case, "transition", &to(&noted["version"], "CLASSIFIED")).await.ok(200);
    assert_eq!(moved["state"], "CLASSIFIED");
    let closed = api.step(&anh, &case, "transition", &to(&moved["version"], "CLOSED")).await.ok(200);
    assert_eq!(closed["state"], "CLOSED");
    let own = api.send(Ask::get("/api/v1/case").holding(receipt).with("accept-language", "en")).await;
    assert_eq!(own.headers["content-language"], "en");
    let own = own.ok(200);
    assert_eq!((&own["public_state"], &own["state"]), (&json!("closed"), &json!("Finished.")));

    let last = api.case(&anh, &case).await.ok(200);
    assert_eq!(last["notes"][0]["text"], "Nhờ đội hai");
    assert_eq!(last["notes"][0]["by"], "anh");
    assert_eq!(last["events"].as_array().expect("events").last().expect("one")["reason"], "Đã rõ");
    let queue = api.send(Ask::get("/api/v1/queue?desk=tips&state=CLOSED").by(&anh)).await.ok(200);
    assert_eq!(queue["cases"][0]["id"], case["id"]);
    let again = api.step(&anh, &case, "transition", &to(&last["version"], "CLASSIFIED")).await.ok(200);
    assert_eq!(again["state"], "CLASSIFIED");
    api.send(Ask::new("DELETE", "/api/v1/staff/session").by(&anh)).await;
    api.case(&anh, &case).await.problem(401, "not_logged_in");
    api.world.assert_nothing_is_lost().await;
}

async fn a_call_for_help_is_answered_and_its_own_words_are_shown_for_a_day(world: World) {
    let api = Api::on(world);
    let words = "Con tôi nghiện, tôi không biết làm sao";
    let receipt = api.call(words).await;
    let own = api.send(Ask::get("/api/v1/case").holding(&receipt)).await.ok(200);
    assert_eq!(own["messages"][0]["text"], words);
    assert_eq!(own["messages"][0]["at"], "2026-11-22T04:12:00Z");
    assert_eq!(own["state"], "Đã nhận. Đang chờ tư vấn viên.");

    let binh = api.log_in("binh").await;
    let case = api.next(&binh, "counselling").await;
    assert_eq!((&case["number"], &case["state"]), (&json!("TV-19-2026-000001"), &json!("NEW")));
    let opened = api.case(&binh, &case).await.ok(200);
    assert_eq!(opened["details"]["about"], "relative");
    let read = tinan::domain::wording::read(&api.world.hotline.talk().lexicon, words);
    assert!(!read.categories.is_empty(), "or the next line proves nothing: {read:?}");
    assert_eq!((&opened["details"]["categories"], &opened["details"]["tags"]), (&json!([]), &json!([])));
    assert_eq!(opened["details"]["consent_at"], "2026-11-22T04:12:00Z");
    assert_eq!(opened["register"], json!([]));
    let body = json!({"version": case["version"]});
    let seen = api.step(&binh, &case, "acknowledge", &body).await.ok(200);
    let own = api.send(Ask::get("/api/v1/case").holding(&receipt)).await.ok(200);
    assert_eq!(own["public_state"], "seen");
    let body = json!({"version": seen["version"], "to": "IN_COUNSELLING", "reason": "Nhận tư vấn"});
    let moved = api.step(&binh, &case, "transition", &body).await.ok(200);
    let body = json!({"version": moved["version"], "text": "Chào chị, chị kể thêm nhé"});
    let replied = api.step(&binh, &case, "reply", &body).await.ok(201);

    // A day later the own words can no longer be opened; the answer can.
    api.world.clock.advance(Duration::from_hours(25));
    let mut tx = api.world.hotline.store().begin().await.expect("begins");
    tx.destroy_ended_wraps(api.world.clock.now(), 9).await.expect("destroys");
    tx.commit().await.expect("commits");
    let own = api.send(Ask::get("/api/v1/case").holding(&receipt)).await.ok(200);
    assert_eq!(own["messages"][0]["text"], json!(null));
    assert_eq!(own["messages"][1]["text"], "Chào chị, chị kể thêm nhé");

    let binh = api.log_in("binh").await;
    let case =
        api.send(Ask::get(&format!("/api/v1/cases/{}", case["id"].as_str().expect("an id"))).by(&binh));
    let case = case.await.ok(200);
    assert_eq!(case["version"], replied["version"]);
    let claimed = api.step(&binh, &case, "claim", &json!({"version": case["version"]})).await.ok(200);
    let body = json!({"version": claimed["version"]});
    let released = api.step(&binh, &case, "release", &body).await.ok(200);
    api.step(&binh, &case, "release", &json!({"version": released["version"]}))
        .await
        .problem(409, "not_held");
    api.world.assert_nothing_is_lost().await;
}

on_both_databases! {
    async fn a_tip(store: Store) {
        a_tip_is_sent_claimed_read_answered_and_closed(World::on(store, false).await).await;
    }

    async fn a_call_for_help(store: Store) {
        let world = World::on(store, false).await;
        a_call_for_help_is_answered_and_its_own_words_are_shown_for_a_day(world).await;
    }
}

#[tokio::test]
async fn a_tip_about_officials_goes_to_oversight_where_there_is_one() {
    let body = json!({"text": "Cán bộ bảo kê cho tụ điểm", "categories": ["bribe_cover"]});
    for oversight in [true, false] {
        let world = if oversight { World::with_oversight().await } else { World::open().await };
        let api = Api::on(world);
        let receipt = super::receipt(&api.send(Ask::post("/api/v1/tips", &body)).await);
        let anh = api.log_in("anh").await;
        let seen = api.send(Ask::get("/api/v1/queue?desk=tips").by(&anh)).await.ok(200);
        assert_eq!(seen["cases"].as_array().expect("cases").is_empty(), oversight);
        // The receipt does not tell which desk it is.
        let own = api.send(Ask::get("/api/v1/case").holding(&receipt)).await.ok(200);
        assert_eq!((&own["lane"], &own["public_state"]), (&json!("tips"), &json!("received")));
        if oversight {
            let giang = api.log_in("giang").await;
            assert_eq!(api.next(&giang, "oversight").await["number"], "GS-19-2026-000001");
        }
    }
}

#[tokio::test]
async fn a_case_is_handed_down_the_tree_and_opens_for_the_other_desk() {
    let api = Api::open().await;
    let lead = api.world.actor("anh").await;
    let desk = NewDesk { name: "phu-luong".into(), parent: "tips".into(), lead: "dung".into() };
    let secret = tinan::kernel::Secret::new(crate::world::password("dung"));
    api.world.hotline.add_desk(&lead, desk, secret).await.expect("adds");
    let receipt = api.tip("Tin của huyện").await;
    let (anh, dung) = (api.log_in("anh").await, api.log_in("dung").await);
    let case = api.next(&anh, "tips").await;
    assert_eq!(api.case(&anh, &case).await.ok(200)["actions"]["transfer"], json!(["phu-luong"]));
    api.case(&dung, &case).await.problem(404, "not_found");
    let body = json!({"version": case["version"], "desk": "phu-luong", "reason": "Địa bàn"});
    let handed = api.step(&anh, &case, "transfer", &body).await.ok(200);
    let case = api.next(&dung, "phu-luong").await;
    assert_eq!(case["id"], handed["id"]);
    let opened = api.case(&dung, &case).await.ok(200);
    assert_eq!(opened["thread"][0]["text"], "Tin của huyện");
    let body = json!({"version": case["version"], "text": "Chào"});
    api.step(&dung, &case, "reply", &body).await.ok(201);
    let own = api.send(Ask::get("/api/v1/case").holding(&receipt)).await.ok(200);
    assert_eq!(own["messages"][1]["text"], "Chào");
    api.world.assert_nothing_is_lost().await;
}
