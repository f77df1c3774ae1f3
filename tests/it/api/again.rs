//! Messages to a citizen that did not arrive, or perhaps not: a person has them sent again.

use serde_json::json;
use tinan::store::Store;
use tinan::store::audit::Action;

use super::{Api, Ask};
use crate::on_both_databases;
use crate::world::World;

on_both_databases! {
    async fn what_did_not_arrive_is_sent_again_when_a_member_says_so(store: Store) {
        let api = Api::on(World::on(store, false).await);
        api.tip("Có người bán ma tuý").await;
        let anh = api.log_in("anh").await;
        let case = api.next(&anh, "tips").await;
        let id = case["id"].as_str().expect("an id").parse().expect("an id");
        let opened = api.case(&anh, &case).await.ok(200);
        assert_eq!((&opened["outbox"], &opened["actions"]["send_again"]), (&json!([]), &json!(false)));
        let again = |version: &serde_json::Value| json!({"version": version});
        api.step(&anh, &case, "send-again", &again(&case["version"])).await.problem(409, "stale");

        api.world.park(id, true).await;
        api.world.park(id, false).await;
        let opened = api.case(&anh, &case).await.ok(200);
        let parked = json!([{"state": "failed", "messages": 1}, {"state": "uncertain", "messages": 1}]);
        assert_eq!((&opened["outbox"], &opened["actions"]["send_again"]), (&parked, &json!(true)));

        // Another lane's member and a stale page change nothing.
        let binh = api.log_in("binh").await;
        api.step(&binh, &case, "send-again", &again(&case["version"])).await.problem(404, "not_found");
        api.step(&anh, &case, "send-again", &again(&json!(0))).await.problem(409, "stale");
        assert_eq!(api.world.outgoing(id).await.len(), 2);

        let path = format!("/api/v1/cases/{id}/send-again");
        let ask = || Ask::post(&path, &again(&case["version"])).by(&anh).key("k");
        let done = api.send(ask()).await.ok(200);
        assert_eq!(api.send(ask()).await.ok(200), done, "a repetition is the same request");
        assert_eq!(api.world.outgoing(id).await, [("queued".to_owned(), 2)]);
        assert_eq!(api.world.audited(Action::SentAgain).await.len(), 1);
        let opened = api.case(&anh, &case).await.ok(200);
        assert_eq!(opened["version"], done["version"]);
        assert_eq!(opened["events"].as_array().and_then(|e| e.last()).expect("an event")["action"], "send_again");
    }
}
