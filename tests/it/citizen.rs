//! The citizen's pages, through their real router, as a browser without JavaScript sees them.

mod browser;
mod callbacks;
mod codes;
mod files;
mod flood;
mod help;
mod manners;
mod places;
mod reports;
mod tally;

use axum::Router;
use tinan::citizen::{Options, routes};

use crate::world::World;

/// The pages of an installation.
fn pages(world: &World) -> Router {
    routes(world.gate(), Options::embedded().expect("embedded"))
}
