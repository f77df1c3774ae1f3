//! The wires of the channels.

mod api;
mod calls;
mod matrix;
mod sms;
mod telegram;
mod web;
mod zalo;
mod zalo_oa;

use super::cells;
use super::line::Line;

/// One of each.
pub(super) fn every_line() -> Vec<Box<dyn Line>> {
    vec![
        Box::new(api::Api),
        Box::new(web::Web::new()),
        Box::new(telegram::Webhook::new()),
        Box::new(zalo::Zalo::new()),
        Box::new(matrix::Matrix::new()),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn api() {
    cells::all(|| api::Api).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn call_reports() {
    cells::all(|| calls::Calls).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn web() {
    cells::all(web::Web::new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn telegram_webhook() {
    cells::all(telegram::Webhook::new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zalo_webhook() {
    cells::all(zalo::Zalo::new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn zalo_official_account() {
    cells::all(zalo_oa::Account::new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn matrix_application_service() {
    cells::all(matrix::Matrix::new).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sms() {
    let gateway = crate::sms::Kannel::start().await;
    cells::all(|| sms::Sms::new(&gateway)).await;
}
