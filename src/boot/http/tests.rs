use super::*;
use std::time::Instant;

use axum::routing::{get, post};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const SHORT: Duration = Duration::from_millis(300);

struct Served {
    address: std::net::SocketAddr,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

async fn served(grace: Duration) -> Served {
    let app = Router::new()
        .route("/", get(|| async { "hello" }))
        .route(
            "/slow",
            get(|| async {
                tokio::time::sleep(SHORT).await;
                "slow"
            }),
        )
        .route("/never", get(|| async { std::future::pending::<()>().await }))
        .route("/echo", post(|body: String| async move { body }));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("bound");
    let stop = CancellationToken::new();
    let limits = Limits { patience: SHORT, connections: 8, grace };
    let task = tokio::spawn(serve(listener, app, limits, stop.clone()));
    Served { address, stop, task }
}

/// Sends bytes and returns everything that comes until the server closes.
async fn say(address: std::net::SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("connected");
    stream.write_all(bytes).await.expect("sent");
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _reset = tokio::time::timeout(Duration::from_secs(5), read).await.expect("closed in time");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_request_is_answered() {
    let served = served(SHORT).await;
    let answer = say(served.address, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"), "{answer}");
}

#[tokio::test]
async fn a_head_that_never_ends_is_cut() {
    let served = served(SHORT).await;
    let began = Instant::now();
    say(served.address, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: ").await;
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[tokio::test]
async fn a_body_that_stops_is_refused() {
    let served = served(SHORT).await;
    let request = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc";
    let answer = say(served.address, request).await;
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let served = served(SHORT).await;
    let request = format!("GET / HTTP/1.1\r\nHost: x\r\nX-A: {}\r\n\r\n", "a".repeat(HEAD * 2));
    let answer = say(served.address, request.as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
}

#[tokio::test]
async fn what_is_being_answered_finishes_and_nothing_new_is_taken() {
    let served = served(Duration::from_secs(5)).await;
    let slow =
        tokio::spawn(async move { say(served.address, b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await });
    tokio::time::sleep(SHORT / 3).await;
    served.stop.cancel();
    assert!(slow.await.expect("no panic").ends_with("slow"));
    served.task.await.expect("ended");
    assert!(TcpStream::connect(served.address).await.is_err());
}

#[tokio::test]
async fn an_answer_that_never_comes_does_not_hold_the_stop() {
    let served = served(SHORT).await;
    let never =
        tokio::spawn(async move { say(served.address, b"GET /never HTTP/1.1\r\nHost: x\r\n\r\n").await });
    tokio::time::sleep(SHORT / 3).await;
    served.stop.cancel();
    tokio::time::timeout(Duration::from_secs(3), served.task).await.expect("in time").expect("ended");
    assert_eq!(never.await.expect("no panic"), "");
}
