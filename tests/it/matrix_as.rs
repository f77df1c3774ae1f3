//! The Matrix application service from end to end: a fake homeserver on the wire, the real door, the real service and
//! database. (The fault matrix is in `matrix`.)

mod crash;
mod door;
mod odd;
mod rooms;
mod sending;
mod silence;
mod talk;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use tinan::channels::matrix::{Matrix, Options, routes};
use tinan::kernel::{Entropy, Secret};
use tinan::service::Hotline;

use crate::homeserver::{AS_TOKEN, Fake, HS_TOKEN, Person, USER};
use crate::remote::listen;
use crate::talker::Talker;
use crate::world::World;

const TIP: &str = "o ngo 12 pho Hoang co nguoi ban ma tuy da, toi nao cung co xe lay hang";

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

/// Our user at work: called, attending, sending.
struct Bot {
    talker: Talker,
    fake: Fake,
    matrix: Arc<Matrix>,
}

impl Deref for Bot {
    type Target = Talker;
    fn deref(&self) -> &Talker {
        &self.talker
    }
}

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
        Self { talker: Talker::idle(world, matrix.clone()), fake, matrix }
    }

    /// A person whose invitation was followed and who was greeted.
    async fn guest(&self, name: &str) -> Person {
        let person = self.fake.person(name);
        person.invites();
        person.wait_for("nơi báo tin").await;
        person
    }

    /// Waits until everything that came was worked off.
    async fn is_quiet(&self) {
        self.fake.until("all is taken", |f| f.waiting() == 0).await;
        self.holds(0).await;
    }
}
