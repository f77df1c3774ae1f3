//! Which edge hangs where. One line each: an edge is a function from the gate to a router.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use tokio_util::sync::CancellationToken;

use super::config::Files;
use super::lineup::Lineup;
use super::probe;
use crate::console::SetUpDoor;
use crate::web::{Gate, keep_to_ourselves};
use crate::{api, citizen, console};

/// The largest body of a request unless a route says otherwise, in bytes.
const BODY: usize = 256 * 1024;

/// What the edges are told.
pub struct Edges<'a> {
    /// The way to the service.
    pub gate: &'a Gate,
    /// The messengers, whose webhooks are served.
    pub lineup: &'a Lineup,
    /// Where sealed files go.
    pub files: &'a Files,
    /// The address people come by.
    pub web: &'a str,
    /// Whether people come by https.
    pub https: bool,
    /// The first set-up in a browser, while there is none.
    pub setup: Option<Arc<SetUpDoor>>,
    /// Cancelled when the server ends.
    pub stop: &'a CancellationToken,
}

/// Everything that answers on the public address.
pub fn web(edges: Edges<'_>) -> Result<Router, citizen::BadData> {
    let Edges { gate, lineup, files, web, https, setup, stop } = edges;
    let all = Router::new()
        .merge(citizen::routes(
            gate.clone(),
            citizen::Options {
                largest_file: files.largest,
                web: web.to_owned(),
                ..citizen::Options::embedded()?
            },
        ))
        .merge(console::routes(gate.clone(), console::Options { secure_cookies: https, setup }))
        .merge(api::routes(
            gate.clone(),
            api::Options { largest_file: files.largest, ..api::Options::default() },
        ))
        .merge(probe::routes(gate.clone(), stop.clone()))
        .merge(lineup.hooks(gate));
    Ok(all.layer(DefaultBodyLimit::max(BODY)).layer(from_fn(keep_to_ourselves)))
}
