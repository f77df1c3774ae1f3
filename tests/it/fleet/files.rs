//! People who add a file to their tip through whichever node answers, and the desk that must find each of them again,
//! whole and once, in the case it was meant for.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Client;
use serde_json::Value;

use super::load::Ledger;
use crate::process::{Install, Running};

/// Most files are a photo; every so manyth is a film in several pieces.
const A_FILM: usize = 16;

/// What somebody sends with their tip: as long as its kind, and different for each.
fn film(tip: usize) -> Vec<u8> {
    let length = if tip.is_multiple_of(A_FILM) { 6 << 20 } else { 64 << 10 };
    let mut bytes = format!("{tip}\n").into_bytes();
    bytes.extend((bytes.len()..length).map(|i| (i.wrapping_mul(31) ^ (i >> 9) ^ tip).to_le_bytes()[0]));
    bytes
}

/// Sends until the load ends: a file for the newest tip that has none.
pub(super) async fn send(ledger: &Ledger, client: &Client, mut node: usize) {
    while ledger.goes_on() {
        tokio::time::sleep(Duration::from_millis(250)).await;
        let Some((tip, receipt)) = ledger.newest_without_file() else { continue };
        let (data, began) = (film(tip), Instant::now());
        loop {
            let request = client.post(format!("{}/api/v1/attachments", ledger.node(node)));
            let request = request
                .header("authorization", format!("Receipt {receipt}"))
                .header("idempotency-key", format!("file-{tip}"))
                .header("content-type", "video/mp4");
            if request.body(data.clone()).send().await.is_ok_and(|a| a.status() == 201) {
                break;
            }
            assert!(began.elapsed() < Duration::from_mins(2), "the file of tip {tip} was never taken");
            node += 1;
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        node += 1;
    }
}

/// Reads all files as the desk does, and compares: the tips that have one, each once and to the last byte.
pub(super) async fn every_file_opens(tips: &[usize], install: &Install, server: &Running) {
    // every receipt was read here just before, so no connection is dead any more
    let bearer = server.log_in("anh").await;
    let (client, url) = server.poster();
    let get = async |path: String| {
        let answer = client.get(format!("{url}{path}")).header("authorization", &bearer).send().await;
        let answer = answer.expect("answers");
        assert_eq!(answer.status(), 200, "{path}");
        answer.bytes().await.expect("a body")
    };
    let mut found: BTreeMap<usize, usize> = BTreeMap::new();
    for row in install.texts("SELECT CAST(case_id AS TEXT) FROM attachments").await {
        let case = &row[0];
        let body = get(format!("/api/v1/cases/{case}")).await;
        let view: Value = serde_json::from_slice(&body).expect("a case");
        let text = view["thread"][0]["text"].as_str().expect("words");
        let tip: usize = text.rsplit(' ').next().and_then(|n| n.parse().ok()).expect("its number");
        for file in view["files"].as_array().expect("files") {
            let id = file["id"].as_str().expect("an id");
            assert!(
                get(format!("/api/v1/cases/{case}/files/{id}")).await == film(tip),
                "not its file: {tip}"
            );
            *found.entry(tip).or_default() += 1;
        }
    }
    assert!(found.values().all(|&files| files == 1), "a file came twice: {found:?}");
    assert!(found.keys().copied().eq(tips.iter().copied()), "{} files of {}", found.len(), tips.len());
}
