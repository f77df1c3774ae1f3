//! Files: streamed in by whoever holds the receipt, sealed on the disk, streamed out to the desk.

use serde_json::json;
use tinan::service::people::NewDesk;
use tinan::store::Store;

use super::{Api, Ask, Reply};
use crate::on_both_databases;
use crate::world::World;

/// Bytes that say where they are, so that a lost or doubled piece shows.
fn film(length: usize) -> Vec<u8> {
    (0..length)
        .map(|i| u8::try_from(i % 251).expect("small") ^ u8::try_from(i / 65_521 % 256).expect("small"))
        .collect()
}

async fn attach(api: &Api, receipt: &str, data: &[u8]) -> Reply {
    let ask = Ask::new("POST", "/api/v1/attachments").raw(data).with("content-type", "video/mp4");
    api.send(ask.holding(receipt)).await
}

/// The sealed files on the disk.
fn shelved(api: &Api) -> Vec<Vec<u8>> {
    let Ok(entries) = std::fs::read_dir(api.world.files()) else { return Vec::new() };
    entries.map(|e| std::fs::read(e.expect("an entry").path()).expect("reads")).collect()
}

async fn fetch(api: &Api, token: &str, case: &serde_json::Value, file: &serde_json::Value) -> Reply {
    let (case, file) = (case["id"].as_str().expect("an id"), file["id"].as_str().expect("an id"));
    api.send(Ask::get(&format!("/api/v1/cases/{case}/files/{file}")).by(token)).await
}

on_both_databases! {
    async fn a_file_comes_back_as_it_was_sent(store: Store) {
        let api = Api::on(World::on(store, false).await);
        let receipt = api.tip("Có phim").await;
        let lengths = [1, 16_382, 100_000, 3_000_000];
        for length in lengths {
            let added = attach(&api, &receipt, &film(length)).await.ok(201);
            assert_eq!(added, json!({"received_at": "2026-11-22T04:12:00Z"}));
        }
        let anh = api.log_in("anh").await;
        let case = api.next(&anh, "tips").await;
        let opened = api.case(&anh, &case).await.ok(200);
        let files = opened["files"].as_array().expect("files");
        assert_eq!(files.len(), lengths.len());
        assert_eq!(opened["unreadable"], 0);
        for file in files {
            let reply = fetch(&api, &anh, &case, file).await;
            let length = usize::try_from(file["bytes"].as_u64().expect("a length")).expect("small");
            assert!(lengths.contains(&length));
            assert_eq!(file["media_type"], "video/mp4");
            assert_eq!(reply.headers["content-type"], "application/octet-stream");
            assert_eq!(reply.headers["content-length"], length.to_string());
            assert!(reply.headers["content-disposition"].to_str().expect("text").starts_with("attachment;"));
            assert!(reply.body == film(length), "{length}");
        }
        let sealed = shelved(&api);
        assert_eq!(sealed.len(), lengths.len());
        assert!(sealed.iter().all(|s| !s.windows(64).any(|w| w == &film(64)[..])), "only sealed bytes are kept");
    }
}

#[tokio::test]
async fn a_form_is_taken_as_well() {
    let api = Api::open().await;
    let receipt = api.call("Có đơn thuốc").await;
    let form = |field: &str| {
        let head = "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nx\r\n--b\r\nContent-Disposition: \
             form-data; name=\"";
        let rest = "\"; filename=\"đơn.txt\"\r\nContent-Type: text/plain\r\n\r\nnội dung\r\n--b--\r\n";
        Ask::new("POST", "/api/v1/attachments")
            .raw(format!("{head}{field}{rest}"))
            .with("content-type", "multipart/form-data; boundary=b")
            .holding(&receipt)
    };
    api.send(form("file")).await.ok(201);
    assert_eq!(api.send(form("other")).await.problem(422, "bad_field")["field"], "file");
    for broken in ["", "--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ncut"] {
        let ask = Ask::new("POST", "/api/v1/attachments").raw(broken);
        let ask = ask.with("content-type", "multipart/form-data; boundary=b").holding(&receipt);
        api.send(ask).await.problem(400, "bad_form");
    }
    let binh = api.log_in("binh").await;
    let case = api.next(&binh, "counselling").await;
    let opened = api.case(&binh, &case).await.ok(200);
    let files = opened["files"].as_array().expect("files");
    assert_eq!((files.len(), &files[0]["name"]), (1, &json!("đơn.txt")));
    let reply = fetch(&api, &binh, &case, &files[0]).await;
    assert_eq!(reply.body, "nội dung");
    assert_eq!(shelved(&api).len(), 1, "what was refused leaves nothing");

    // The other lane and other cases do not have it.
    let anh = api.log_in("anh").await;
    fetch(&api, &anh, &case, &files[0]).await.problem(404, "not_found");
    api.call("Lời gọi khác").await;
    let other = api.next(&binh, "counselling").await;
    fetch(&api, &binh, &other, &files[0]).await.problem(404, "not_found");
}

#[tokio::test]
async fn what_is_too_large_empty_or_nobodys_is_refused_and_leaves_nothing() {
    let world = World::open().await;
    let options = tinan::api::Options { largest_file: 100_000, ..Default::default() };
    let api = Api::with(world, options);
    let receipt = api.tip("Có ảnh").await;
    attach(&api, &receipt, &film(100_001)).await.problem(413, "too_large");
    assert_eq!(attach(&api, &receipt, b"").await.problem(422, "bad_field")["field"], "file");
    attach(&api, "0000-0000-0000-0000-0000", b"x").await.problem(404, "not_found");
    attach(&api, "sai", b"x").await.problem(404, "not_found");
    api.send(Ask::new("POST", "/api/v1/attachments").raw("x")).await.problem(401, "not_logged_in");
    assert_eq!(shelved(&api).len(), 0);
    attach(&api, &receipt, &film(100_000)).await.ok(201);
    assert_eq!(shelved(&api).len(), 1);
}

#[tokio::test]
async fn a_repeated_upload_is_one_file() {
    let api = Api::open().await;
    let receipt = api.tip("Có ảnh").await;
    let upload = |data: Vec<u8>| {
        Ask::new("POST", "/api/v1/attachments")
            .raw(data)
            .holding(&receipt)
            .key("k")
            .with("content-type", "image/png")
    };
    let first = api.send(upload(film(5000))).await.ok(201);
    assert_eq!(api.send(upload(film(5000))).await.ok(201), first);
    api.send(upload(film(5001))).await.problem(422, "other_request");
    assert_eq!(shelved(&api).len(), 1);
}

#[tokio::test]
async fn a_file_goes_with_its_case_to_another_desk() {
    let api = Api::open().await;
    let lead = api.world.actor("anh").await;
    let desk = NewDesk { name: "phu-luong".into(), parent: "tips".into(), lead: "dung".into() };
    let secret = tinan::kernel::Secret::new(crate::world::password("dung"));
    api.world.hotline.add_desk(&lead, desk, secret).await.expect("adds");
    let receipt = api.tip("Có ảnh").await;
    attach(&api, &receipt, &film(70_000)).await.ok(201);
    let (anh, dung) = (api.log_in("anh").await, api.log_in("dung").await);
    let case = api.next(&anh, "tips").await;
    let body = json!({"version": case["version"], "desk": "phu-luong", "reason": "Địa bàn"});
    api.step(&anh, &case, "transfer", &body).await.ok(200);
    let opened = api.case(&dung, &case).await.ok(200);
    assert!(fetch(&api, &dung, &case, &opened["files"][0]).await.body == film(70_000));
}

#[tokio::test]
async fn an_altered_file_is_noticed() {
    let api = Api::open().await;
    let receipt = api.tip("Có ảnh").await;
    attach(&api, &receipt, &film(200_000)).await.ok(201);
    let anh = api.log_in("anh").await;
    let case = api.next(&anh, "tips").await;
    let opened = api.case(&anh, &case).await.ok(200);
    let path =
        std::fs::read_dir(api.world.files()).expect("lists").next().expect("one").expect("an entry").path();
    let mut sealed = std::fs::read(&path).expect("reads");
    let last = sealed.len() - 1;
    sealed[last] ^= 1;
    std::fs::write(&path, &sealed).expect("writes");
    let file = opened["files"][0]["id"].as_str().expect("an id");
    let path = format!("/api/v1/cases/{}/files/{file}", case["id"].as_str().expect("an id"));
    assert!(api.cut(Ask::get(&path).by(&anh)).await, "the stream ends with an error");
}
