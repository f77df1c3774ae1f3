//! The wires of the channels.

mod api;
mod telegram;
mod web;

use super::cells;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn api() {
    cells::all(|| api::Api).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web() {
    cells::all(web::Web::new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telegram_webhook() {
    cells::all(telegram::Webhook::new).await;
}
