//! The description is true: it names the routes there are, and answers look as it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{Api, Ask, Reply};

fn described() -> Value {
    serde_json::from_str(tinan::api::DESCRIPTION).expect("JSON")
}

/// The paths of the router, as its source names them.
fn paths() -> BTreeSet<String> {
    let source = include_str!("../../../src/api.rs");
    let named = source.split(".route(\"").skip(1).filter_map(|rest| rest.split('"').next());
    named.filter(|p| p.starts_with("/api/v1/")).map(str::to_owned).collect()
}

#[tokio::test]
async fn every_route_is_described_and_every_description_is_a_route() {
    let (api, described) = (Api::open().await, described());
    let described = described["paths"].as_object().expect("paths");
    assert_eq!(described.keys().cloned().collect::<BTreeSet<_>>(), paths());
    for (path, methods) in described {
        let reply = api.send(Ask::new("OPTIONS", &path.replace("{id}", "x").replace("{file}", "x"))).await;
        let allowed = reply.headers["allow"].to_str().expect("text").to_ascii_lowercase();
        let allowed: BTreeSet<&str> = allowed.split(',').filter(|m| *m != "head").collect();
        let methods: BTreeSet<&str> =
            methods.as_object().expect("methods").keys().map(String::as_str).collect();
        assert_eq!(methods, allowed, "{path}");
    }
}

#[tokio::test]
async fn the_description_is_served() {
    let reply = Api::open().await.send(Ask::get("/api/v1/openapi.json")).await;
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.ok(200), described());
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(whole: &Value, part: &Value) {
        match part {
            Value::Object(map) => {
                if let Some(Value::String(to)) = map.get("$ref") {
                    assert!(whole.pointer(to.trim_start_matches('#')).is_some(), "{to}");
                }
                map.values().for_each(|v| walk(whole, v));
            }
            Value::Array(all) => all.iter().for_each(|v| walk(whole, v)),
            _ => {}
        }
    }
    let whole = described();
    walk(&whole, &whole);
}

/// Why a value is not as a schema says; the part of JSON Schema that the description uses. Fields that are not
/// described are faults too.
fn fault(whole: &Value, schema: &Value, value: &Value, at: &str) -> Option<String> {
    if let Some(to) = schema["$ref"].as_str() {
        return fault(whole, whole.pointer(&to[1..])?, value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let faults: Vec<_> = any.iter().filter_map(|s| fault(whole, s, value, at)).collect();
        return (faults.len() == any.len()).then(|| faults.join(" and "));
    }
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types = match &schema["type"] {
        Value::Array(all) => all.clone(),
        one => vec![one.clone()],
    };
    if !types.contains(&json!(kind)) {
        return Some(format!("{at} is of type {kind}"));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Some(format!("{at} is {value}"));
    }
    if let Value::Array(all) = value {
        return all.iter().find_map(|v| fault(whole, &schema["items"], v, &format!("{at}[]")));
    }
    let fields = value.as_object()?;
    let needed = schema["required"].as_array().into_iter().flatten();
    if let Some(missing) = needed.filter_map(Value::as_str).find(|n| !fields.contains_key(*n)) {
        return Some(format!("{at}.{missing} is missing"));
    }
    fields.iter().find_map(|(name, v)| match &schema["properties"][name] {
        Value::Null => Some(format!("{at}.{name} is not described")),
        schema => fault(whole, schema, v, &format!("{at}.{name}")),
    })
}

/// Checks an answer against the description of its operation.
pub(super) fn check(method: &str, path: &str, reply: &Reply) {
    let whole = described();
    let operation = &whole["paths"][path][method];
    let status = reply.status.as_u16().to_string();
    let mut response = &operation["responses"][status.as_str()];
    assert!(!response.is_null(), "{method} {path}: {status} is not described");
    if let Some(to) = response["$ref"].as_str() {
        response = whole.pointer(&to[1..]).expect("a response");
    }
    let Some(content) = response["content"].as_object() else {
        assert!(reply.body.is_empty(), "{method} {path}: {status} has a body");
        return;
    };
    let schema = &content[reply.headers["content-type"].to_str().expect("text")]["schema"];
    assert_eq!(fault(&whole, schema, &reply.json(), "body"), None, "{method} {path}: {status}");
}

#[test]
fn the_check_sees_what_is_missing_wrong_or_too_much() {
    let whole = described();
    let schema = &whole["components"]["schemas"]["Added"];
    let found = |v: Value| fault(&whole, schema, &v, "body");
    assert_eq!(found(json!({"received_at": "x"})), None);
    assert!(found(json!({})).is_some());
    assert!(found(json!({"received_at": 7})).is_some());
    assert!(found(json!({"received_at": "x", "more": 1})).is_some());
    assert!(fault(&whole, &whole["components"]["schemas"]["State"], &json!("OPEN"), "body").is_some());
}

#[tokio::test]
async fn real_answers_look_as_described() {
    let api = Api::open().await;
    let tip = json!({"text": "Tin", "categories": ["dealing"], "commune": "Tân Cương", "ongoing": false});
    let tip = api.send(Ask::post("/api/v1/tips", &tip)).await;
    check("post", "/api/v1/tips", &tip);
    let call = json!({"text": "Giúp", "consent": true, "about": "self"});
    check("post", "/api/v1/counselling", &api.send(Ask::post("/api/v1/counselling", &call)).await);
    let receipt = super::receipt(&tip);
    let more = Ask::post("/api/v1/case/messages", &json!({"text": "Thêm"})).holding(&receipt);
    check("post", "/api/v1/case/messages", &api.send(more).await);

    let body = json!({"login": "anh", "password": crate::world::password("anh")});
    let session = api.send(Ask::post("/api/v1/staff/session", &body)).await;
    check("post", "/api/v1/staff/session", &session);
    let anh = session.json()["token"].as_str().expect("a token").to_owned();
    check("get", "/api/v1/queue", &api.send(Ask::get("/api/v1/queue?desk=tips").by(&anh)).await);
    let next = || Ask::post("/api/v1/queue/next?desk=tips", &json!({})).by(&anh);
    let claimed = api.send(next()).await;
    check("post", "/api/v1/queue/next", &claimed);
    check("post", "/api/v1/queue/next", &api.send(next()).await);
    check("get", "/api/v1/queue", &api.send(Ask::get("/api/v1/queue?desk=tips").by(&anh)).await);

    let case = claimed.json();
    let mut version = case["version"].clone();
    for (step, extra) in [
        ("reply", json!({"text": "Chào"})),
        ("note", json!({"text": "Ghi"})),
        ("acknowledge", json!({})),
        ("release", json!({})),
        ("claim", json!({})),
        ("transition", json!({"to": "CLASSIFIED", "reason": "Rõ"})),
    ] {
        let mut body = extra;
        body["version"] = version.clone();
        let reply = api.step(&anh, &case, step, &body).await;
        assert!(reply.status.is_success(), "{step}");
        check("post", &format!("/api/v1/cases/{{id}}/{step}"), &reply);
        version = reply.json()["version"].clone();
        let stale = api.step(&anh, &case, step, &body).await;
        check("post", &format!("/api/v1/cases/{{id}}/{step}"), &stale);
    }
    let id = case["id"].as_str().expect("an id").parse().expect("an id");
    api.world.park(id, true).await;
    check("get", "/api/v1/cases/{id}", &api.case(&anh, &case).await);
    for _ in 0..2 {
        let body = json!({"version": version.clone()});
        let reply = api.step(&anh, &case, "send-again", &body).await;
        check("post", "/api/v1/cases/{id}/send-again", &reply);
        version = reply.json().get("version").unwrap_or(&version).clone();
    }
    let body = json!({"version": version, "desk": "tips", "reason": "x"});
    check("post", "/api/v1/cases/{id}/transfer", &api.step(&anh, &case, "transfer", &body).await);
    check("get", "/api/v1/cases/{id}", &api.case(&anh, &case).await);
    check("get", "/api/v1/case", &api.send(Ask::get("/api/v1/case").holding(&receipt)).await);
    for ask in [
        Ask::post("/api/v1/tips", &json!({})),
        Ask::post("/api/v1/tips", &json!({})).raw("{"),
        Ask::new("POST", "/api/v1/tips"),
    ] {
        check("post", "/api/v1/tips", &api.send(ask).await);
    }
    let out = Ask::new("DELETE", "/api/v1/staff/session").by(&anh);
    check("delete", "/api/v1/staff/session", &api.send(out).await);
}
