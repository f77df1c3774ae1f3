//! Every mistake gets a clear answer that echoes nothing.

use axum::http::StatusCode;
use futures_util::future::join_all;
use serde_json::{Value, json};
use tinan::web::Gate;
use tower::ServiceExt as _;

use super::{Api, Ask};

const SECRET: &str = "Nguyen-Van-Bi-Mat";

#[tokio::test]
async fn a_body_that_is_too_long_is_refused_whatever_it_says_of_its_length() {
    let api = Api::open().await;
    let limit = tinan::api::Options::default().largest_body;
    for extra in [1, 100_000] {
        let long = Ask::post("/api/v1/tips", &json!({})).raw(vec![b' '; limit + extra]);
        api.send(long).await.problem(413, "too_large");
    }
    let mut fits = json!({"text": "vừa đủ"}).to_string().into_bytes();
    fits.resize(limit, b' ');
    assert_eq!(api.send(Ask::post("/api/v1/tips", &json!({})).raw(fits)).await.status, StatusCode::CREATED);
    let text = "x".repeat(20_001);
    api.send(Ask::post("/api/v1/tips", &json!({"text": text}))).await.problem(422, "text_too_long");
}

#[tokio::test]
async fn broken_json_is_a_400_and_is_not_echoed() {
    let api = Api::open().await;
    let broken = [
        format!("{{\"text\": \"{SECRET}\""),
        format!("[\"{SECRET}\"]"),
        format!("\"{SECRET}\""),
        format!("{{\"text\": \"{SECRET}\"}} trailing"),
        String::new(),
    ];
    for body in broken {
        let reply = api.send(Ask::post("/api/v1/tips", &json!({})).raw(body.clone())).await;
        reply.problem(400, "bad_json");
        assert!(!String::from_utf8_lossy(&reply.body).contains(SECRET), "{body}");
    }
    let latin =
        api.send(Ask::post("/api/v1/tips", &json!({})).raw(b"{\"text\":\"ng\xf5\"}".as_slice())).await;
    latin.problem(400, "bad_json");
}

#[tokio::test]
async fn only_json_is_taken() {
    let api = Api::open().await;
    let body = json!({"text": "x"}).to_string();
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let ask = Ask::new("POST", "/api/v1/tips").raw(body.clone()).with("content-type", kind);
        api.send(ask).await.problem(415, "bad_media_type");
    }
    api.send(Ask::new("POST", "/api/v1/tips").raw(body.clone())).await.problem(415, "bad_media_type");
    let ask =
        Ask::new("POST", "/api/v1/tips").raw(body).with("content-type", "Application/JSON; charset=utf-8");
    assert_eq!(api.send(ask).await.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_wrong_field_is_named_and_its_value_is_not() {
    let api = Api::open().await;
    let tip = |field: &str, value: Value| {
        let mut body = json!({"text": "x"});
        body[field] = value;
        (Ask::post("/api/v1/tips", &body), field.to_owned())
    };
    let call = |field: &str, value: Value| {
        let mut body = json!({"text": "x", "consent": true, "about": "self"});
        body[field] = value;
        (Ask::post("/api/v1/counselling", &body), field.to_owned())
    };
    let wrong = [
        tip("text", json!(null)),
        tip("text", json!(7)),
        tip("text", json!([SECRET])),
        tip("locale", json!(SECRET)),
        tip("categories", json!([SECRET])),
        tip("categories", json!("dealing")),
        tip("categories", json!(["weapon"])),
        tip("commune", json!(SECRET.repeat(20))),
        tip("occurred", json!({"when": SECRET})),
        tip("ongoing", json!("yes")),
        call("text", json!(false)),
        call("locale", json!("fr")),
        call("about", json!(null)),
        call("about", json!(SECRET)),
    ];
    for (ask, field) in wrong {
        let reply = api.send(ask).await;
        let problem = reply.problem(422, "bad_field");
        assert_eq!(problem["field"], field);
        assert!(problem["detail"].as_str().expect("words").contains(&field));
        assert!(!problem.to_string().contains(SECRET));
    }
    api.send(tip("text", json!("  \n")).0).await.problem(422, "text_empty");
    for consent in [json!(null), json!(false), json!("true"), json!(1)] {
        api.send(call("consent", consent).0).await.problem(422, "no_consent");
    }
}

#[tokio::test]
async fn other_paths_and_methods_get_problems_too() {
    let api = Api::open().await;
    for path in ["/api", "/api/", "/api/v1", "/api/v2/tips", "/api/v1/tips/", "/api/v1/cases", "/api/%FF"] {
        for method in ["GET", "POST", "DELETE"] {
            api.send(Ask::new(method, path)).await.problem(404, "not_found");
        }
    }
    let reply = api.send(Ask::get("/api/v1/tips")).await;
    reply.problem(405, "method_not_allowed");
    assert_eq!(reply.headers["allow"], "POST");
    let reply = api.send(Ask::new("OPTIONS", "/api/v1/staff/session")).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (204, 0));
    assert_eq!(reply.headers["allow"], "POST,DELETE");
    assert!(!reply.headers.contains_key("access-control-allow-origin"));
    let reply = api.send(Ask::new("HEAD", "/api/v1/openapi.json")).await;
    assert_eq!((reply.status.as_u16(), reply.body.len()), (200, 0));
}

#[tokio::test]
async fn without_credentials_the_scheme_is_named() {
    let api = Api::open().await;
    for (ask, scheme) in [
        (Ask::get("/api/v1/case"), "Receipt"),
        (Ask::get("/api/v1/case").by("x"), "Receipt"),
        (Ask::post("/api/v1/case/messages", &json!({"text": "x"})), "Receipt"),
        (Ask::get("/api/v1/queue?desk=tips"), "Bearer"),
        (Ask::get("/api/v1/queue?desk=tips").by("x"), "Bearer"),
        (Ask::get("/api/v1/queue?desk=tips").holding("x"), "Bearer"),
        (Ask::get("/api/v1/cases/7"), "Bearer"),
    ] {
        let reply = api.send(ask).await;
        reply.problem(401, "not_logged_in");
        assert_eq!(reply.headers["www-authenticate"], scheme);
        assert_eq!(reply.headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn a_wrong_password_and_a_login_nobody_has_answer_alike() {
    let api = Api::open().await;
    let login = |login: &str| Ask::post("/api/v1/staff/session", &json!({"login": login, "password": "sai"}));
    let (known, unknown) = (api.send(login("anh")).await, api.send(login("nobody")).await);
    known.problem(401, "not_logged_in");
    assert_eq!((known.body, known.headers), (unknown.body, unknown.headers));
    for (field, body) in [("login", json!({"password": "x"})), ("password", json!({"login": "anh"}))] {
        let reply = api.send(Ask::post("/api/v1/staff/session", &body)).await;
        assert_eq!(reply.problem(422, "bad_field")["field"], field);
    }
}

#[tokio::test]
async fn too_many_logins_at_once_are_told_to_come_back() {
    let api = Api::open().await;
    let body = json!({"login": "anh", "password": "sai"});
    let all = join_all((0..60).map(|_| api.send(Ask::post("/api/v1/staff/session", &body)))).await;
    let busy: Vec<_> = all.iter().filter(|r| r.status == StatusCode::SERVICE_UNAVAILABLE).collect();
    busy.first().expect("some").problem(503, "busy");
    assert!(busy.iter().all(|r| r.headers.contains_key("retry-after")));
    assert!(all.iter().any(|r| r.status == StatusCode::UNAUTHORIZED));
}

#[tokio::test]
async fn before_the_set_up_everything_says_so() {
    let router = tinan::api::routes(Gate::default(), tinan::api::Options::default());
    let request = axum::http::Request::post("/api/v1/tips")
        .header("content-type", "application/json")
        .body(axum::body::Body::from(r#"{"text":"x"}"#))
        .expect("a request");
    let reply = router.oneshot(request).await.expect("answers");
    assert_eq!(reply.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(reply.headers().contains_key("retry-after"));
}

#[tokio::test]
async fn the_reader_is_answered_in_their_language() {
    let api = Api::open().await;
    let vi = api.send(Ask::get("/api/v1/nothing")).await;
    let en = api.send(Ask::get("/api/v1/nothing").with("accept-language", "en-GB, vi;q=0.3")).await;
    assert_eq!(vi.json()["title"], "Không tìm thấy");
    assert_eq!(
        (&vi.headers["content-language"], &en.headers["content-language"]),
        (&"vi".parse().expect("vi"), &"en".parse().expect("en"))
    );
    assert_eq!(en.json()["title"], "Not found");
}

#[tokio::test]
async fn a_step_that_cannot_be_says_why() {
    let api = Api::open().await;
    api.world.staff().await;
    api.tip("Một tin").await;
    let (anh, hoa) = (api.log_in("anh").await, api.log_in("hoa").await);
    let case = api.next(&anh, "tips").await;
    let version = &case["version"];

    let stale = api.step(&anh, &case, "note", &json!({"version": 1, "text": "x"})).await;
    let version_now = version.as_i64().expect("a number");
    assert!(version_now > 1);
    assert_eq!(stale.problem(409, "stale")["current"], json!({"version": version_now, "state": "RECEIVED"}));

    for (step, body) in [
        ("claim", json!({"version": version})),
        ("reply", json!({"version": version, "text": "x"})),
        ("transition", json!({"version": version, "to": "CLASSIFIED", "reason": "x"})),
    ] {
        let held = api.step(&hoa, &case, step, &body).await.problem(409, "held");
        assert_eq!(held["until"], case["claimed_until"]);
    }
    let far = json!({"version": version, "to": "CLOSED", "reason": "x"});
    let far = api.step(&anh, &case, "transition", &far).await.problem(409, "no_step");
    assert_eq!((&far["from"], &far["to"]), (&json!("RECEIVED"), &json!("CLOSED")));
    for reason in [json!(null), json!("  ")] {
        let body = json!({"version": version, "to": "CLASSIFIED", "reason": reason});
        api.step(&anh, &case, "transition", &body).await.problem(422, "no_reason");
    }
    for (step, body, field) in [
        ("claim", json!({}), "version"),
        ("claim", json!({"version": "1"}), "version"),
        ("reply", json!({"version": version}), "text"),
        ("note", json!({"version": version, "text": 1}), "text"),
        ("transition", json!({"version": version, "to": "GONE", "reason": "x"}), "to"),
        ("transfer", json!({"version": version, "reason": "x"}), "desk"),
    ] {
        let reply = api.step(&anh, &case, step, &body).await;
        assert_eq!(reply.problem(422, "bad_field")["field"], field, "{step}");
    }
    api.step(&anh, &case, "reply", &json!({"version": version, "text": " "}))
        .await
        .problem(422, "text_empty");
    for desk in ["counselling", "tips", "nowhere"] {
        let body = json!({"version": version, "desk": desk, "reason": "x"});
        api.step(&anh, &case, "transfer", &body).await.problem(404, "not_found");
    }
    for id in ["7", "not-an-id", "%FF", "00000000-0000-4000-8000-000000000000"] {
        api.send(Ask::get(&format!("/api/v1/cases/{id}")).by(&anh)).await.problem(404, "not_found");
    }
    for (query, field) in [("", "desk"), ("desk=tips&state=OPEN", "state"), ("desk=tips&after=x", "after")] {
        let reply = api.send(Ask::get(&format!("/api/v1/queue?{query}")).by(&anh)).await;
        assert_eq!(reply.problem(422, "bad_field")["field"], field);
    }
}
