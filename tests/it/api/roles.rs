//! Who may ask for what: everything is refused that is not allowed, and a refusal tells nothing.

use serde_json::{Value, json};

use super::{Api, Ask};

/// Every staff route that is about a desk or a case; `{id}` and `{desk}` to be filled in.
const ROUTES: [(&str, &str); 19] = [
    ("GET", "/api/v1/queue?desk={desk}"),
    ("GET", "/api/v1/cases/{id}"),
    ("GET", "/api/v1/cases/{id}/files/{file}"),
    ("POST", "/api/v1/cases/{id}/claim"),
    ("POST", "/api/v1/cases/{id}/acknowledge"),
    ("POST", "/api/v1/cases/{id}/reply"),
    ("POST", "/api/v1/cases/{id}/note"),
    ("POST", "/api/v1/cases/{id}/transition"),
    ("POST", "/api/v1/cases/{id}/transfer"),
    ("POST", "/api/v1/cases/{id}/send-again"),
    ("POST", "/api/v1/cases/{id}/release"),
    ("POST", "/api/v1/queue/next?desk={desk}"),
    ("POST", "/api/v1/queue/clear?desk={desk}"),
    ("POST", "/api/v1/queue/confirm?desk={desk}"),
    ("GET", "/api/v1/sweeps?desk={desk}"),
    ("GET", "/api/v1/sweeps/{id}"),
    ("POST", "/api/v1/sweeps/{id}/go-on"),
    ("POST", "/api/v1/sweeps/{id}/undo"),
    ("POST", "/api/v1/sweeps/{id}/review"),
];

/// An id that nothing has.
const NOBODYS: &str = "00000000-0000-4000-8000-000000000000";

/// A login of each role.
const EVERYBODY: [&str; 7] = ["anh", "hoa", "binh", "lan", "sen", "quan", "cam"];

fn ask((method, path): (&str, &str), desk: &str, id: &str, version: &Value) -> Ask {
    let body = json!({
        "version": version, "text": "x", "to": "IN_COUNSELLING", "desk": "tips", "reason": "x",
    });
    let path = path.replace("{desk}", desk).replace("{id}", id).replace("{file}", NOBODYS);
    if method == "GET" { Ask::get(&path) } else { Ask::post(&path, &body) }
}

#[test]
fn the_matrix_knows_every_staff_route() {
    let described: Value = serde_json::from_str(tinan::api::DESCRIPTION).expect("JSON");
    let mut all = 0;
    for (path, methods) in described["paths"].as_object().expect("paths") {
        for (method, operation) in methods.as_object().expect("methods") {
            if operation["security"][0].get("session").is_some() && path != "/api/v1/staff/session" {
                let known = |r: &(&str, &str)| {
                    r.0.eq_ignore_ascii_case(method) && r.1.split('?').next() == Some(path.as_str())
                };
                assert!(ROUTES.iter().any(known), "{method} {path}");
                all += 1;
            }
        }
    }
    assert_eq!(all, ROUTES.len());
}

#[tokio::test]
async fn only_the_desk_of_a_case_can_do_anything_with_it_and_nobody_else_learns_that_it_exists() {
    let api = Api::open().await;
    api.world.staff().await;
    api.tip("Một tin").await;
    api.call("Một lời gọi").await;
    let mut tokens = Vec::new();
    for login in EVERYBODY {
        tokens.push((login, api.log_in(login).await));
    }
    for (desk, lead, member) in [("tips", "anh", "hoa"), ("counselling", "binh", "lan")] {
        let token = &tokens.iter().find(|(l, _)| *l == lead).expect("a lead").1;
        let line = api.send(Ask::get(&format!("/api/v1/queue?desk={desk}")).by(token)).await.ok(200);
        let (id, version) = (line["cases"][0]["id"].as_str().expect("an id"), &line["cases"][0]["version"]);
        for route in ROUTES {
            api.send(ask(route, desk, id, version)).await.problem(401, "not_logged_in");
            api.send(ask(route, desk, id, version).by("x")).await.problem(401, "not_logged_in");
            for (login, token) in &tokens {
                let reply = api.send(ask(route, desk, id, version).by(token)).await;
                // Handing over to the desk it lies at or to the other lane's, and a file or a bulk act that is none,
                // are a 404 for everybody.
                let nothing = ["/transfer", "/files/", "/sweeps/"].iter().any(|part| route.1.contains(part));
                let allowed = (*login == lead || *login == member) && !nothing;
                if allowed {
                    assert!(!matches!(reply.status.as_u16(), 401 | 403 | 404), "{login} {route:?}");
                    continue;
                }
                reply.problem(404, "not_found");
                // The same as for what does not exist at all.
                let nowhere = ask(route, "nowhere", NOBODYS, version);
                let nowhere = api.send(nowhere.by(token)).await;
                assert_eq!((reply.headers, reply.body), (nowhere.headers, nowhere.body), "{login} {route:?}");
            }
        }
    }
    for (login, token) in &tokens {
        let out = api.send(Ask::new("DELETE", "/api/v1/staff/session").by(token)).await;
        assert_eq!(out.status.as_u16(), 204, "{login}");
        api.send(Ask::get("/api/v1/queue?desk=tips").by(token)).await.problem(401, "not_logged_in");
    }
}

#[tokio::test]
async fn an_oversight_desk_is_unknown_to_the_tips_desk() {
    let api = Api::on(crate::world::World::with_oversight().await);
    let body = json!({"text": "Bảo kê", "categories": ["bribe_cover"]});
    api.send(Ask::post("/api/v1/tips", &body)).await.ok(201);
    let (anh, giang) = (api.log_in("anh").await, api.log_in("giang").await);
    let case = api.next(&giang, "oversight").await;
    let id = case["id"].as_str().expect("an id");
    for route in ROUTES {
        let there = api.send(ask(route, "oversight", id, &case["version"]).by(&anh)).await;
        let nowhere = ask(route, "nowhere", NOBODYS, &case["version"]);
        let nowhere = api.send(nowhere.by(&anh)).await;
        there.problem(404, "not_found");
        assert_eq!((there.headers, there.body), (nowhere.headers, nowhere.body), "{route:?}");
    }
}
