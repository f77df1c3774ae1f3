//! What a receipt opens, and that everything else that looks like one answers alike.

use std::collections::BTreeSet;

use serde_json::json;
use tinan::domain::receipt::Receipt;
use tinan::kernel::Secret;
use tinan::kernel::id::CaseId;
use tinan::vault::{KeyId, ReceiptKey};

use super::{Api, Ask};

#[tokio::test]
async fn unknown_mistyped_and_malformed_receipts_answer_alike() {
    let api = Api::open().await;
    let receipt = api.tip("Một tin").await;
    let unknown = Receipt::from_random([9; 12]).expose().to_string();
    let swapped: String = {
        let mut letters: Vec<char> = receipt.chars().collect();
        letters[0] = if letters[0] == '7' { '8' } else { '7' };
        letters.into_iter().collect()
    };
    let long = "A".repeat(3000);
    let wrong = ["", "x", "'; DROP TABLE cases", &long, &swapped, &unknown, &unknown.to_lowercase()];
    let messages = json!({"text": "Thêm"});
    let asks: [fn(&serde_json::Value) -> Ask; 4] = [
        |_| Ask::get("/api/v1/case"),
        |body| Ask::post("/api/v1/case/messages", body).key("k"),
        |_| Ask::get("/api/v1/case/callback"),
        |_| Ask::new("DELETE", "/api/v1/case/callback"),
    ];
    for ask in asks {
        let first = api.send(ask(&messages).holding(&unknown)).await;
        first.problem(404, "not_found");
        for code in wrong {
            let reply = api.send(ask(&messages).holding(code)).await;
            assert_eq!(
                (reply.status, &reply.headers, &reply.body),
                (first.status, &first.headers, &first.body)
            );
        }
    }
    // And what is somebody's code is found however it is typed.
    for typed in
        [receipt.to_lowercase(), receipt.replace('-', ""), receipt.replace('0', "o").replace('1', "l")]
    {
        api.send(Ask::get("/api/v1/case").holding(&typed)).await.ok(200);
    }
    let spoken = Receipt::parse(&receipt).expect("a receipt")[0].spoken().to_string();
    for typed in [spoken.clone(), spoken.to_uppercase(), spoken.replace(' ', "-")] {
        api.send(Ask::get("/api/v1/case").holding(&typed)).await.ok(200);
    }
    let others = Receipt::from_random([9; 12]).spoken().to_string();
    api.send(Ask::get("/api/v1/case").holding(&others)).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_receipt_opens_one_case_of_its_own_lane() {
    let api = Api::open().await;
    let (tip, call) = (api.tip("Bí mật của tin").await, api.call("Bí mật của mẹ").await);
    let tip = api.send(Ask::get("/api/v1/case").holding(&tip)).await.ok(200).to_string();
    let call = api.send(Ask::get("/api/v1/case").holding(&call)).await.ok(200).to_string();
    assert!(!tip.contains("Bí mật"), "a tip is never shown to who holds its receipt");
    assert!(call.contains("Bí mật của mẹ") && !call.contains("của tin"));
}

/// The ids of the keys that open anything of a case.
async fn openers(api: &Api, case: &str) -> BTreeSet<KeyId> {
    let case: CaseId = case.parse().expect("an id");
    let mut tx = api.world.hotline.store().read().await.expect("reads");
    tx.wrap_keys(case).await.expect("wraps").into_iter().map(|(_, kid)| kid).collect()
}

#[tokio::test]
async fn the_wraps_of_a_case_name_only_its_own_tree_and_its_receipt() {
    let api = Api::on(crate::world::World::with_oversight().await);
    let lanes = [("tips", "anh", api.tip("Tin").await), ("counselling", "binh", api.call("Giúp").await)];
    for (desk, lead, receipt) in lanes {
        let token = api.log_in(lead).await;
        let case = api.next(&token, desk).await;
        let body = json!({"version": case["version"], "text": "Chào"});
        let replied = api.step(&token, &case, "reply", &body).await.ok(201);
        let body = json!({"version": replied["version"], "text": "Ghi"});
        api.step(&token, &case, "note", &body).await.ok(201);

        let world = api.world.hotline.world();
        let own = world.desk_key(world.desk_named(desk).expect("a desk").id).expect("a key").kid();
        let readings = Receipt::parse(&receipt).expect("a receipt");
        let bits = Secret::new(readings[0].bits());
        let held = ReceiptKey::derive(api.world.made.identity.deployment, &bits).private.kid();
        let found = openers(&api, case["id"].as_str().expect("an id")).await;
        assert_eq!(found, BTreeSet::from([own, held]), "{desk}");
    }
}
