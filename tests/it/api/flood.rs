//! Proof of work, the lists, and bulk acts over the API, each answer as it is described.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::openapi::check;
use super::{Api, Ask, Reply};
use crate::flood::{JUNK, STRANGER, Watched};
use crate::world::World;

/// What a script does with the header it was given.
fn proof(wanted: &str, body: &str) -> String {
    let part = |name: &str| {
        let (_, rest) = wanted.split_once(name).expect(name);
        rest.split(',').next().expect("a value").trim().parse::<u64>().expect("a number")
    };
    let (bits, slot) = (part("bits="), part("slot="));
    let proofs = (0_u64..).map(|nonce| format!("{slot}:{nonce}"));
    let enough = |p: &String| {
        let hash = Sha256::digest(format!("tinan/proof:{p}:{body}").as_bytes());
        u64::from_be_bytes(hash[..8].try_into().expect("eight")).leading_zeros()
            >= u32::try_from(bits).expect("few")
    };
    proofs.into_iter().find(enough).expect("found")
}

async fn open() -> (Watched, Api, String) {
    let node = Watched::watch(World::open().await);
    let api = Api::on(node.world.clone());
    let anh = api.log_in("anh").await;
    (node, api, anh)
}

async fn list(api: &Api, token: &str, query: &str) -> Value {
    let reply = api.send(Ask::get(&format!("/api/v1/queue?desk=tips{query}")).by(token)).await;
    check("get", "/api/v1/queue", &reply);
    reply.ok(200)
}

fn lines(page: &Value) -> Vec<String> {
    let cases = page["cases"].as_array().expect("cases");
    cases.iter().map(|c| c["summary"]["line"].as_str().expect("a line").to_owned()).collect()
}

#[tokio::test]
async fn a_script_is_told_what_to_do_and_is_heard_without_it() {
    let (node, api, anh) = open().await;
    let send = async |text: &str, header: Option<&str>| -> Reply {
        let ask = Ask::post("/api/v1/tips", &json!({ "text": text }));
        api.send(if let Some(h) = header { ask.with("proof", h) } else { ask }).await
    };
    let calm = send("Bán ma túy ở chợ Thái", None).await;
    assert!(!calm.headers.contains_key("proof-wanted"));
    node.all(vec![(STRANGER, JUNK.to_owned()); 210]).await;
    let asked = send("Chở hàng qua đèo Gió ban đêm", None).await;
    check("post", "/api/v1/tips", &asked);
    assert_eq!(asked.ok(201)["public_state"], "received");
    let wanted = asked.headers["proof-wanted"].to_str().expect("text").to_owned();
    let text = "Quán hát Hoàng Gia mở phòng bay";
    let body = json!({ "text": text }).to_string();
    let good = proof(&wanted, &body);
    for bad in ["", "x", "0:0", "999999999999999999999:1", &good.replace(':', " "), &"9".repeat(5000)] {
        let other = format!("Tin kèm chứng cứ hỏng {}", bad.len());
        send(&other, Some(bad)).await.ok(201);
    }
    send("Cùng một chứng cứ, lời khác", Some(&good)).await.ok(201);
    send(text, Some(&good)).await.ok(201);
    let main = list(&api, &anh, "").await;
    assert_eq!(lines(&main), ["Bán ma túy ở chợ Thái", JUNK, text]);
    assert_eq!(main["cases"][1]["copies"], 209);
    let side = list(&api, &anh, "&side=true").await;
    assert_eq!(side["cases"].as_array().map(Vec::len), Some(8));
    assert_eq!((main["side"].clone(), main["folded"].clone()), (json!(8), json!(209)));
    let head = main["cases"][1]["id"].as_str().expect("an id");
    let beneath = list(&api, &anh, &format!("&fold={head}")).await;
    assert_eq!(beneath["cases"].as_array().map(Vec::len), Some(50));
    assert_eq!(beneath["cases"][0]["aside"], "folded");
    for bad in ["&side=yes", "&side=true&state=CLOSED"] {
        let path = format!("/api/v1/queue?desk=tips{bad}");
        api.send(Ask::get(&path).by(&anh)).await.problem(422, "bad_field");
    }
}

#[tokio::test]
async fn bulk_acts_over_the_api_are_as_described() {
    let (node, api, anh) = open().await;
    node.all(vec![(STRANGER, JUNK.to_owned()); 210]).await;
    for n in 0..6 {
        node.send(STRANGER, &format!("Tin riêng {n} {}", "lời ".repeat(n + 2))).await;
    }
    let post = async |path: &str, body: &Value| api.send(Ask::post(path, body).by(&anh)).await;
    let main = list(&api, &anh, "").await;
    let (head, upto) = (main["cases"][0]["id"].clone(), main["upto"].clone());
    let order = json!({"fold": head, "upto": upto, "reason": "Quảng cáo"});
    let path = "/api/v1/queue/clear?desk=tips";
    let ask = || Ask::post(path, &order).by(&anh).key("bulk-1");
    let (first, again) = (api.send(ask()).await, api.send(ask()).await);
    check("post", "/api/v1/queue/clear", &first);
    assert_eq!((first.ok(200)["done"].clone(), first.json()["ended"].clone()), (json!(210), json!(true)));
    assert_eq!(again.json()["id"], first.json()["id"], "a repetition is the same act");
    let id = first.json()["id"].as_str().expect("an id").to_owned();
    for (body, status, kind) in [
        (json!({"fold": head, "reason": " "}), 422, "no_reason"),
        (json!({"reason": "x"}), 422, "bad_field"),
        (json!({"side": true, "fold": head, "reason": "x"}), 422, "bad_field"),
        (json!({"side": true, "upto": "x", "reason": "x"}), 422, "bad_field"),
        (json!({"fold": "x", "reason": "x"}), 404, "not_found"),
        (json!({"cases": [{"id": "x"}], "reason": "x"}), 400, "bad_json"),
    ] {
        let reply = post(path, &body).await;
        reply.problem(status, kind);
        check("post", "/api/v1/queue/clear", &reply);
    }
    let side = list(&api, &anh, "&side=true").await;
    let chosen: Vec<Value> = side["cases"].as_array().expect("cases")[..2]
        .iter()
        .map(|c| json!({"id": c["id"], "version": c["version"]}))
        .collect();
    let confirmed =
        post("/api/v1/queue/confirm?desk=tips", &json!({"cases": chosen, "reason": "Có thật"})).await;
    check("post", "/api/v1/queue/confirm", &confirmed);
    assert_eq!(confirmed.ok(200)["done"], 2);

    let sweeps = api.send(Ask::get("/api/v1/sweeps?desk=tips").by(&anh)).await;
    check("get", "/api/v1/sweeps", &sweeps);
    assert_eq!(sweeps.ok(200)["sweeps"].as_array().map(Vec::len), Some(2));
    let whole = api.send(Ask::get(&format!("/api/v1/sweeps/{id}")).by(&anh)).await;
    check("get", "/api/v1/sweeps/{id}", &whole);
    let whole = whole.ok(200);
    assert_eq!(whole["sample"].as_array().map(Vec::len), Some(11));
    assert_eq!(whole["reason"], "Quảng cáo");
    let case = whole["sample"][0]["case"]["id"].clone();
    let own = post(&format!("/api/v1/sweeps/{id}/review"), &json!({ "case": case })).await;
    check("post", "/api/v1/sweeps/{id}/review", &own);
    own.problem(403, "not_allowed");
    let on = post(&format!("/api/v1/sweeps/{id}/go-on"), &json!({})).await;
    check("post", "/api/v1/sweeps/{id}/go-on", &on);
    let undone = post(&format!("/api/v1/sweeps/{id}/undo"), &json!({"reason": "Nhầm"})).await;
    check("post", "/api/v1/sweeps/{id}/undo", &undone);
    undone.ok(200);
    let rows = list(&api, &anh, "").await;
    assert_eq!(rows["folded"], 209);
    post("/api/v1/sweeps/x/undo", &json!({"reason": "x"})).await.problem(404, "not_found");
    let stranger = api.log_in("binh").await;
    let path = format!("/api/v1/sweeps/{id}");
    api.send(Ask::get(&path).by(&stranger)).await.problem(404, "not_found");
    node.assert_sound().await;
}
