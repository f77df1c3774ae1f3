//! The database goes away and comes back, and the program is killed in between.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio::net::{TcpListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use crate::databases::cluster::Cluster;
use crate::process::{Install, Running};
use crate::until::until;

const SOON: Duration = Duration::from_secs(30);

/// The cable to the database, which can be pulled out.
struct Cable {
    address: SocketAddr,
    socket: PathBuf,
    carrying: JoinHandle<()>,
}

impl Cable {
    async fn to(socket: PathBuf) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        Self { address, carrying: tokio::spawn(carry(listener, socket.clone())), socket }
    }

    /// Every connection breaks and no new one is made.
    async fn pull(&mut self) {
        self.carrying.abort();
        let _aborted = (&mut self.carrying).await;
    }

    async fn plug_in(&mut self) {
        let listener = TcpListener::bind(self.address).await.expect("its port");
        self.carrying = tokio::spawn(carry(listener, self.socket.clone()));
    }
}

async fn carry(listener: TcpListener, socket: PathBuf) {
    let mut lines = JoinSet::new();
    while let Ok((mut here, _)) = listener.accept().await {
        let socket = socket.clone();
        lines.spawn(async move {
            if let Ok(mut there) = UnixStream::connect(socket).await {
                let _cut = tokio::io::copy_bidirectional(&mut here, &mut there).await;
            }
        });
    }
}

async fn tip(server: &Running, key: &str) -> String {
    let body = json!({"text": format!("co nguoi ban ma tuy o ngo {key}")});
    let answer = server.post("/api/v1/tips", &[("idempotency-key", key)], &body).await;
    let (status, answer) = answer.expect("answers");
    assert_eq!(status, 201, "{key}: {answer}");
    answer["receipt"].as_str().expect("a receipt").to_owned()
}

const NUMBER: &str = "0987654321";

/// Somebody asks for help, and to be called back.
async fn call(server: &Running) -> String {
    let (status, hours) = server.text("/api/v1/callback/hours").await;
    assert_eq!(status, 200, "hours can be had without a database: {hours}");
    let hours: Value = serde_json::from_str(&hours).expect("JSON");
    // The last one does not pass while this runs.
    let last = hours["hours"].as_array().and_then(|all| all.last()).expect("an hour");
    let callback = json!({"number": NUMBER, "hour": last["from"]});
    let body = json!({"text": "Con tôi nghiện", "consent": true, "about": "relative", "callback": callback});
    let answer = server.post("/api/v1/counselling", &[("idempotency-key", "call")], &body).await;
    let (status, answer) = answer.expect("answers");
    assert_eq!(status, 201, "{answer}");
    answer["receipt"].as_str().expect("a receipt").to_owned()
}

/// What a code shows of a call-back.
async fn called(server: &Running, receipt: &str) -> (u16, Value) {
    let (client, url) = server.poster();
    let request = client.get(format!("{url}/api/v1/case/callback"));
    let answer = request.header("authorization", format!("Receipt {receipt}")).send().await.expect("answers");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// The cases of the tips desk that a note says are one request: number and note.
async fn linked(server: &Running) -> Vec<(String, String)> {
    let ((client, url), session) = (server.poster(), server.log_in("anh").await);
    let get = async |path: String| -> Value {
        let request = client.get(format!("{url}{path}")).header("authorization", &session);
        request.send().await.expect("answers").json().await.expect("JSON")
    };
    let queue = get("/api/v1/queue?desk=tips".to_owned()).await;
    let mut linked = Vec::new();
    for case in queue["cases"].as_array().expect("cases") {
        let opened = get(format!("/api/v1/cases/{}", case["id"].as_str().expect("an id"))).await;
        for note in opened["notes"].as_array().expect("notes") {
            let text = note["text"].as_str().expect("a text");
            if text.contains("Cùng một yêu cầu") {
                linked.push((case["number"].as_str().expect("a number").to_owned(), text.to_owned()));
            }
        }
    }
    linked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tips_are_taken_while_the_database_is_away_and_survive_a_kill() {
    let Some(cluster) = tokio::task::spawn_blocking(Cluster::start).await.expect("no panic") else {
        assert!(std::env::var_os("CI").is_none(), "no PostgreSQL, and CI may not skip it");
        eprintln!("SKIPPED: no PostgreSQL");
        return;
    };
    let url = cluster.url("postgres");
    until("PostgreSQL is up", SOON, async || sqlx::PgConnection::connect(&url).await.is_ok()).await;
    let folder = url.split_once("host=").expect("a socket").1;
    let mut cable = Cable::to(PathBuf::from(folder).join(".s.PGSQL.5432")).await;
    let install = Install::empty()
        .with("TINAN_DATABASE__URL", &format!("postgres://postgres@{}/postgres", cable.address))
        .with("TINAN_DATABASE__PATIENCE_SECONDS", "1")
        .set_up();
    let server = install.serve().await;
    let mut given = vec![("a".to_owned(), tip(&server, "a").await)];

    cable.pull().await;
    for n in 0..5 {
        let key = format!("b{n}");
        given.push((key.clone(), tip(&server, &key).await));
    }
    let (status, told) = server.text("/readyz").await;
    assert!(status == 200 && told.contains("degraded"), "{status} {told}");
    for (key, receipt) in &given {
        assert_eq!(server.case(receipt).await.0, 503, "{key}: away is not unknown");
    }
    // One request, twice into the spool: an impatient program, or a person who pressed again.
    let twins = [tip(&server, "twin").await, tip(&server, "twin").await];
    let mother = call(&server).await;
    assert_eq!(called(&server, &mother).await.0, 503, "behind a code there is nothing to look up");
    let spool = std::fs::read(install.data().join("spool")).expect("a spool");
    assert!(!spool.windows(NUMBER.len()).any(|w| w == NUMBER.as_bytes()), "the number is sealed there too");
    server.kill();
    let server = install.serve().await;
    given.push(("c".to_owned(), tip(&server, "c").await));
    assert_eq!(server.case(&given[0].1).await.0, 503);

    cable.plug_in().await;
    let ready = async || !server.text("/readyz").await.1.contains("degraded");
    let took = until("the spool is drained", SOON, ready).await;
    eprintln!("{} tips were taken without a database; drained {took:?} after it was back", given.len() - 1);
    for (key, receipt) in &given {
        assert_eq!(server.case(receipt).await.0, 200, "{key}");
        assert_eq!(&tip(&server, key).await, receipt, "{key}: repeated");
    }
    for receipt in &twins {
        assert_eq!(server.case(receipt).await.0, 200, "no receipt that was given leads nowhere");
    }
    assert_eq!(tip(&server, "twin").await, twins[0]);
    let (status, promised) = called(&server, &mother).await;
    assert_eq!((status, &promised["standing"]), (200, &json!("open")), "she is called in the hour she chose");
    assert_eq!(call(&server).await, mother, "repeated");
    assert_eq!(install.count("callbacks").await, 1);
    assert_eq!(install.count("cases").await, given.len() + twins.len() + 1);
    let linked = linked(&server).await;
    assert_eq!(linked.len(), 2, "a note on each names the other: {linked:?}");
    assert!(linked[0].1.contains(&linked[1].0) && linked[1].1.contains(&linked[0].0), "{linked:?}");
    install.assert_sound().await;
    drop(server);
    drop(cluster);
}
