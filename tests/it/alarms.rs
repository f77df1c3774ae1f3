//! Alarms from end to end: a real service on a clock that stands still, and fake ends of every way.

mod climb;
mod fold;
mod nodes;
mod turn;
mod ways;

use std::sync::Arc;
use std::time::Duration;

use tinan::channels::staff::{Bridge, Mail, MailSettings, Protection, Sms, SmsSettings, Webhook};
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::escalation::{EMBEDDED, Plan};
use tinan::domain::lane::Kind;
use tinan::jobs;
use tinan::kernel::Secret;
use tinan::kernel::id::CaseId;
use tinan::service::Hotline;
use tinan::service::alarms::{AlarmLine, Caller, Ways};
use tinan::service::casework::Step;
use tinan::service::intake::Submission;
use tinan::store::Store;

use crate::sinks::{HttpSink, MailSink};
use crate::world::World;

/// Words that must never leave the program.
const WORDS: &str = "nhà số 12 ngõ Hoa Mai có người sốc thuốc";
/// The secret of webhook and bridge.
const SECRET: &str = "the secret of the pager and of the bridge";

/// Officer by webhook, lead by text message after five minutes, province by phone and mail after ten more.
const CHAIN: &str = r#"
[chain.tips]
repeat_minutes = 20
[[chain.tips.step]]
who = ["duty"]
after_minutes = 0
ways = ["console", "webhook"]
[[chain.tips.step]]
who = ["leads"]
after_minutes = 5
ways = ["sms"]
[[chain.tips.step]]
who = ["supervisors"]
after_minutes = 10
ways = ["call", "email"]
[chain.system]
repeat_minutes = 20
[[chain.system.step]]
who = ["person:sen"]
after_minutes = 0
ways = ["email"]
[person.hoa]
webhook = "PAGER/hoa"
digest = []
[person.anh]
phone = "+84900000001"
[person.sen]
phone = "+84900000002"
email = "sen@province.example.vn"
language = "en"
[[shift]]
name = "always"
desks = ["tips"]
people = ["hoa"]
from = "00:00"
to = "24:00"
"#;

/// A province on duty.
#[derive(Clone)]
struct Post {
    world: World,
    http: HttpSink,
    mail: MailSink,
    ways: Ways,
}

impl Post {
    async fn open(store: Store) -> Self {
        Self::with(store, CHAIN).await
    }

    /// With a file of its own; `PAGER` in it is the address of the fake.
    async fn with(store: Store, file: &str) -> Self {
        let world = World::on(store, false).await;
        world.staff().await;
        let (http, mail) = (HttpSink::start().await, MailSink::start().await);
        let post = Self { ways: ways(&world, &http, &mail), world, http, mail };
        post.world.hotline.follow(post.plan(file));
        post
    }

    fn plan(&self, file: &str) -> Arc<Plan> {
        let file = file.replace("PAGER", &self.http.url("/pager"));
        let read = Plan::read(&[("config/alarms.toml", EMBEDDED), ("own.toml", &file)]);
        Arc::new(read.unwrap_or_else(|faults| panic!("{faults:?}")))
    }

    /// Somebody writes.
    async fn submit(&self, priority: Priority, text: &str, commune: Option<&str>) {
        let details = Details { commune: commune.map(str::to_owned), ..Details::default() };
        let submission = Submission {
            kind: Kind::Tips,
            text: text.to_owned(),
            locale: "vi".to_owned(),
            channel: "web".to_owned(),
            details,
            priority,
            reads_as_tip: true,
        };
        self.world.hotline.submit(submission, None).await.expect("is taken");
    }

    /// The engine runs until there is nothing to do at this moment.
    async fn work(&self) {
        work(&self.world.hotline, &self.ways).await;
    }

    /// Time passes, and the engine runs in every minute of it.
    async fn pass(&self, minutes: u64) {
        for _ in 0..minutes {
            self.world.clock.advance(Duration::from_mins(1));
            self.work().await;
        }
    }

    /// How many calls came: officer, lead, province by phone, province by mail.
    fn calls(&self) -> [usize; 4] {
        let http = |path| self.http.seen(path).len();
        [http("/pager/hoa"), http("/sendsms"), http("/bridge"), self.mail.letters().len()]
    }

    async fn alarms(&self, login: &str) -> Vec<AlarmLine> {
        let actor = self.world.actor(login).await;
        self.world.hotline.alarms(&actor).await.expect("reads")
    }

    /// The first case of the first alarm that an officer sees.
    async fn alarmed(&self) -> Step {
        let line = self.alarms("hoa").await.into_iter().next().expect("an alarm");
        let case = line.cases.first().expect("a case");
        Step { case: case.id, version: case.version, once: None }
    }

    async fn acknowledge(&self, login: &str, step: &Step) {
        let actor = self.world.actor(login).await;
        self.world.hotline.acknowledge(&actor, step).await.expect("acknowledges");
    }
}

async fn work(hotline: &Hotline, ways: &Ways) {
    for _ in 0..100 {
        let steps = jobs::keep_watch(hotline).await.expect("watches");
        let calls = jobs::call_due(hotline, ways).await.expect("calls");
        if steps + calls == 0 {
            return;
        }
    }
    panic!("the engine finds no rest");
}

fn ways(world: &World, http: &HttpSink, mail: &MailSink) -> Ways {
    let secret = || Secret::new(SECRET.to_owned());
    let sms = SmsSettings {
        url: http.url("/cgi-bin/sendsms"),
        user: "tinan".to_owned(),
        password: Secret::new("password-of-the-gateway".to_owned()),
        from: String::new(),
    };
    let letters = MailSettings {
        host: "127.0.0.1".to_owned(),
        port: mail.port,
        protection: Protection::Bare,
        login: None,
        from: "Tin An <tinan@province.example.vn>".to_owned(),
    };
    let callers: Vec<Arc<dyn Caller>> = vec![
        Arc::new(Webhook::new(secret(), world.clock.clone()).expect("a webhook")),
        Arc::new(Bridge::new(http.url("/bridge"), secret(), world.clock.clone()).expect("a bridge")),
        Arc::new(Sms::new(sms).expect("a gateway")),
        Arc::new(Mail::new(letters).expect("a mail server")),
    ];
    Ways::new(callers, &[])
}

fn ids(line: &AlarmLine) -> Vec<CaseId> {
    line.cases.iter().map(|c| c.id).collect()
}
