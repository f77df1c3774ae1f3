//! The Matrix application service from end to end: a fake homeserver on the wire, the real door, the real service and
//! database. (The fault matrix is in `matrix`.)

mod crash;
mod door;
mod odd;
mod rooms;
mod sending;
mod silence;
mod talk;

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::matrix::{Matrix, Options, routes};
use tinan::kernel::{Entropy, Secret};
use tinan::service::Hotline;

use crate::homeserver::{self, AS_TOKEN, Fake, HS_TOKEN, Person, USER};
use crate::remote::{Chats as _, listen};
use crate::talker::{self, TIP};
use crate::world::World;

fn options(fake: &Fake) -> Options {
    Options {
        homeserver: fake.url(),
        user: USER.to_owned(),
        as_token: Secret::new(AS_TOKEN.to_owned()),
        hs_token: Secret::new(HS_TOKEN.to_owned()),
        call_timeout: Duration::from_millis(1_500),
        chat_gap: Duration::ZERO,
        per_second: 1_000,
    }
}

pub(crate) fn channel(fake: &Fake, hotline: &Hotline) -> Arc<Matrix> {
    let matrix = Matrix::new(options(fake), Entropy::System).unwrap_or_else(|e| panic!("{e}"));
    matrix.open(hotline);
    Arc::new(matrix)
}

/// Our door on a free port; returns its address without a slash.
async fn serve(matrix: &Arc<Matrix>, hotline: &Hotline) -> String {
    listen(routes(Arc::clone(matrix), Arc::new(hotline.clone()))).await
}

/// Us at work.
type Bot = talker::Bot<homeserver::State, Matrix>;

impl Bot {
    async fn start(world: World) -> Self {
        let bot = Self::idle(world).await;
        bot.works();
        bot
    }

    /// Takes what comes and does nothing with it yet.
    async fn idle(world: World) -> Self {
        let fake = Fake::start();
        let matrix = channel(&fake, &world.hotline);
        fake.leads_to(&serve(&matrix, &world.hotline).await);
        Self::against(fake, matrix, world)
    }

    /// A person whose invitation was followed and who was greeted.
    async fn guest(&self, name: &str) -> Person {
        let person = self.fake.person(name);
        person.invites();
        person.wait_for("nơi báo tin").await;
        person
    }
}
