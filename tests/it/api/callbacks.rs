//! Asking to be called back through the API: with a call for help, and behind the code until it has happened. A number is
//! taken and never told again.

use std::time::Duration;

use serde_json::{Value, json};
use tinan::domain::callback::Outcome;
use tinan::store::Store;

use super::openapi::check;
use super::{Api, Ask, Reply, receipt};
use crate::heard::Heard;
use crate::on_both_databases;
use crate::world::World;

const HOURS: &str = "/api/v1/callback/hours";
const OWN: &str = "/api/v1/case/callback";
const NUMBER: &str = "+84 987 654 321";
/// What of the number stands in no answer and no log.
const DIGITS: [&str; 2] = ["987654321", "987 654 321"];

impl Api {
    /// The hours that can be chosen, as a program would name them.
    async fn hours(&self) -> Vec<String> {
        let hours = self.send(Ask::get(HOURS)).await.ok(200);
        let hours = hours["hours"].as_array().expect("a list").iter();
        hours.map(|h| h["from"].as_str().expect("a moment").to_owned()).collect()
    }

    /// The open call-backs of the desk.
    async fn calls(&self) -> usize {
        let binh = self.world.actor("binh").await;
        self.world.hotline.callbacks(&binh, "counselling", None).await.expect("a list").lines.len()
    }

    async fn own(&self, code: &str) -> Value {
        let reply = self.send(Ask::get(OWN).holding(code)).await;
        check("get", OWN, &reply);
        silent(&reply).ok(200)
    }

    async fn asks(&self, code: &str, body: &Value, key: Option<&str>) -> Reply {
        let ask = Ask::post(OWN, body).holding(code);
        let reply = self.send(key.into_iter().fold(ask, Ask::key)).await;
        check("post", OWN, &reply);
        silent(&reply);
        reply
    }

    async fn takes_back(&self, code: &str) -> Reply {
        let reply = self.send(Ask::new("DELETE", OWN).holding(code)).await;
        check("delete", OWN, &reply);
        reply
    }
}

/// An answer in which no number stands.
fn silent(reply: &Reply) -> &Reply {
    let body = String::from_utf8_lossy(&reply.body);
    assert!(!DIGITS.iter().any(|d| body.contains(d)), "{body}");
    reply
}

fn help(callback: &Value) -> Value {
    json!({"text": "Con tôi nghiện, tôi không biết làm sao", "consent": true, "about": "relative",
        "callback": callback})
}

#[tokio::test]
async fn a_call_for_help_can_ask_to_be_called_back() {
    let heard = Heard::at("trace");
    let api = Api::open().await;
    let reply = api.send(Ask::get(HOURS)).await;
    check("get", HOURS, &reply);
    let listed = reply.ok(200);
    assert_eq!(listed["caller"], "An");
    let first = &listed["hours"][0];
    let (from, to) = ("2026-11-22T06:00:00Z", "2026-11-22T07:00:00Z");
    assert_eq!(*first, json!({"from": from, "to": to, "label": "Chủ nhật 22/11/2026, 13:00–14:00"}));

    // An hour is a moment, however it is written.
    let wanted = json!({"number": NUMBER, "hour": "2026-11-22T13:00:00+07:00", "say": "may_say"});
    let sent = api.send(Ask::post("/api/v1/counselling", &help(&wanted)).key("k")).await;
    check("post", "/api/v1/counselling", &sent);
    let code = receipt(silent(&sent));
    assert_eq!(api.calls().await, 1);
    let own = api.own(&code).await;
    assert_eq!((&own["standing"], &own["hour"]), (&json!("open"), first));
    let english = api.send(Ask::get(OWN).holding(&code).with("accept-language", "en")).await;
    assert_eq!(english.ok(200)["hour"]["label"], "Sunday 22/11/2026, 13:00–14:00");
    assert_eq!(english.headers["content-language"], "en");
    silent(&api.send(Ask::get("/api/v1/case").holding(&code)).await).ok(200);

    // Repeated when the hour has come: the first receipt, no second call. Without the key it is another request, too late.
    api.world.clock.advance(Duration::from_hours(3));
    let again = api.send(Ask::post("/api/v1/counselling", &help(&wanted)).key("k")).await;
    assert_eq!((receipt(&again), api.calls().await), (code, 1));
    let late = api.send(Ask::post("/api/v1/counselling", &help(&wanted))).await;
    assert_eq!(silent(&late).problem(422, "callback_slot")["field"], "hour");
    tracing::info!("the end of it");
    let log = heard.text();
    assert!(
        log.contains("the end of it") && !DIGITS.iter().any(|d| log.contains(d)),
        "the log of it holds no number"
    );
}

#[tokio::test]
async fn what_is_wrong_is_named_and_nothing_is_kept() {
    let api = Api::open().await;
    let code = api.call("Xin giúp").await;
    let hour = api.hours().await.remove(0);
    for (wanted, kind, field) in [
        (json!({"number": "113", "hour": hour}), "callback_number", "number"),
        (json!({"number": "+1 650 253 0000", "hour": hour}), "callback_number", "number"),
        (json!({"number": NUMBER, "hour": "2026-11-22T06:01:00Z"}), "callback_slot", "hour"),
        (json!({"number": NUMBER, "hour": "2020-01-01T06:00:00Z"}), "callback_slot", "hour"),
        (json!({"number": NUMBER, "hour": "13:00"}), "bad_field", "hour"),
        (json!({"number": NUMBER, "hour": 13}), "bad_field", "hour"),
        (json!({"number": 987_654_321, "hour": hour}), "bad_field", "number"),
        (json!({"number": "9".repeat(65), "hour": hour}), "bad_field", "number"),
        (json!({"hour": hour}), "bad_field", "number"),
        (json!({"number": NUMBER}), "bad_field", "hour"),
        (json!({"number": NUMBER, "hour": hour, "say": "all"}), "bad_field", "say"),
    ] {
        for reply in [
            api.asks(&code, &wanted, None).await,
            api.send(Ask::post("/api/v1/counselling", &help(&wanted))).await,
        ] {
            assert_eq!(silent(&reply).problem(422, kind)["field"], field, "{wanted}");
        }
    }
    for wanted in [json!("0987654321"), json!(true), json!([NUMBER])] {
        let reply = api.send(Ask::post("/api/v1/counselling", &help(&wanted))).await;
        assert_eq!(silent(&reply).problem(422, "bad_field")["field"], "callback");
    }
    // Null is as good as nothing.
    api.send(Ask::post("/api/v1/counselling", &help(&Value::Null))).await.ok(201);
    assert_eq!((api.calls().await, &api.own(&code).await["standing"]), (0, &Value::Null));
}

#[tokio::test]
async fn a_code_of_a_tip_opens_no_call_and_a_tip_takes_no_number() {
    let api = Api::on(World::with_oversight().await);
    let hour = api.hours().await.remove(0);
    let wanted = json!({"number": NUMBER, "hour": hour});
    let tip = json!({"text": "Nhà số 12 bán ma túy", "callback": wanted});
    let tip = receipt(silent(&api.send(Ask::post("/api/v1/tips", &tip)).await));
    let about = "công an xã nhận tiền bao che cho người bán ma túy";
    for code in [tip, api.tip(about).await] {
        api.asks(&code, &wanted, Some("k")).await.problem(422, "callback_not_counselling");
        let looked = api.send(Ask::get(OWN).holding(&code)).await;
        check("get", OWN, &looked);
        looked.problem(422, "callback_not_counselling");
        api.takes_back(&code).await.problem(422, "callback_not_counselling");
    }
    assert_eq!(api.calls().await, 0);
    for ask in [Ask::post(OWN, &wanted), Ask::get(OWN), Ask::new("DELETE", OWN)] {
        api.send(ask).await.problem(401, "not_logged_in");
    }
    for ask in [Ask::post(OWN, &wanted), Ask::get(OWN), Ask::new("DELETE", OWN)] {
        api.send(ask.holding("0000-0000-0000-0000-0000")).await.problem(404, "not_found");
    }
}

on_both_databases! {
    async fn a_code_asks_changes_and_takes_back(store: Store) {
        let api = Api::on(World::on(store, false).await);
        let code = api.call("Xin giúp").await;
        let hours = api.hours().await;
        assert_eq!(api.own(&code).await, json!({"may_ask": true, "standing": null, "hour": null}));
        api.takes_back(&code).await.problem(409, "callback_over");

        let first = json!({"number": NUMBER, "hour": hours[0]});
        let asked = api.asks(&code, &first, Some("k")).await.ok(201);
        assert_eq!(asked["hour"]["from"], hours[0]);
        assert_eq!(api.asks(&code, &first, Some("k")).await.ok(201), asked);
        let other = json!({"number": "024 3825 1234", "hour": hours[1]});
        api.asks(&code, &other, Some("k")).await.problem(422, "other_request");
        assert_eq!(api.own(&code).await["hour"]["from"], hours[0]);
        api.asks(&code, &other, None).await.ok(201);
        assert_eq!((api.calls().await, &api.own(&code).await["hour"]["from"]), (1, &json!(hours[1])));

        assert!(api.takes_back(&code).await.status == 204);
        api.takes_back(&code).await.problem(409, "callback_over");
        // A repetition that comes late is answered as then, and does not bring the call back.
        assert_eq!(api.asks(&code, &first, Some("k")).await.ok(201), asked);
        assert_eq!((api.calls().await, &api.own(&code).await["standing"]), (0, &json!("withdrawn")));

        // Two at once with one key are one.
        let (one, two) = tokio::join!(api.asks(&code, &first, Some("j")), api.asks(&code, &first, Some("j")));
        assert_eq!(one.ok(201), two.ok(201));
        let binh = api.world.actor("binh").await;
        let hotline = &api.world.hotline;
        let row = hotline.callbacks(&binh, "counselling", None).await.expect("a list").lines.remove(0).row;
        api.world.clock.set(row.slot.from());
        let taken = hotline.take_callback(&binh, row.id, row.version).await.expect("opens").row;
        hotline.record_callback(&binh, (row.id, taken.version), Outcome::Reached).await.expect("is recorded");
        assert_eq!(api.own(&code).await["standing"], "reached");
        let token = api.log_in("binh").await;
        let case = api.next(&token, "counselling").await;
        let mut version = case["version"].clone();
        for to in ["IN_COUNSELLING", "CLOSED"] {
            let step = json!({"version": version, "to": to, "reason": "xong"});
            version = api.step(&token, &case, "transition", &step).await.ok(200)["version"].clone();
        }
        let again = json!({"number": NUMBER, "hour": api.hours().await[3]});
        api.asks(&code, &again, None).await.problem(409, "callback_closed");
        assert_eq!(api.own(&code).await["may_ask"], false);
    }
}
