//! Whatever goes wrong, neither a token nor a person reaches a log line or an error.

use std::fmt::Write as _;
use std::time::Duration;

use serde_json::json;
use tinan::channels::matrix::{Matrix, Options};
use tinan::jobs;
use tinan::kernel::{Entropy, Secret};
use tinan::service::channel::{Channel as _, ChatId, FileRef};

use super::{channel, options, serve};
use crate::heard;
use crate::homeserver::{AS_TOKEN, DISPLAY_NAME, Fake, Fault, HS_TOKEN};
use crate::talker::say;
use crate::world::World;

const NAME: &str = "kim6ede9afa";
const TEXT: &str = "hàng trắng ở kho số bảy";

fn faults() -> Vec<Fault> {
    vec![
        Fault::limit(10),
        Fault::no(400, "M_UNKNOWN"),
        Fault::no(401, "M_UNKNOWN_TOKEN"),
        Fault::no(403, "M_FORBIDDEN"),
        Fault::no(500, "M_UNKNOWN"),
        Fault::Gateway(502),
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Garbage,
        Fault::Slow(Duration::from_secs(2)),
    ]
}

/// Everything that can fail, fails; the errors are returned as text.
async fn a_bad_day(fake: &Fake) -> String {
    let world = World::open().await;
    let matrix = channel(fake, &world.hotline);
    fake.fails("register", faults());
    fake.leads_to(&serve(&matrix, &world.hotline).await);
    let mut said = String::new();
    for _ in faults() {
        writeln!(said, "{:?}", matrix.appear().await.err()).expect("into a string");
    }
    let user = fake.person(NAME);
    user.invites();
    user.writes(TEXT);
    user.says("m.room.encrypted", &json!({"ciphertext": TEXT}));
    user.sends_at("m.image", TEXT, &format!("mxc://localhost/{NAME}"));
    fake.pushes(json!({"type": DISPLAY_NAME, "content": {"body": TEXT}}));
    fake.until("all is taken", |f| f.waiting() == 0).await;
    for what in ["join", "members", "messages"] {
        fake.fails(what, [Fault::CutBefore, Fault::Garbage, Fault::no(500, "M_UNKNOWN")]);
    }
    fake.fails("send", faults());
    for _ in 0..14 {
        jobs::drain(&world.hotline, &*matrix).await.expect("works");
        world.clock.advance(Duration::from_mins(10));
    }
    let chat = ChatId::new(user.room());
    let say = say(TEXT);
    let file = FileRef(format!("mxc://localhost/{NAME}"));
    for what in ["send", "whoami", "ping", "download"] {
        fake.fails(what, faults());
    }
    for _ in faults() {
        for fault in [
            matrix.send(&chat, &say).await.err().map(|e| format!("{e} {e:?}")),
            matrix.whoami().await.err().map(|e| format!("{e} {e:?}")),
            matrix.ping().await.err().map(|e| format!("{e} {e:?}")),
            matrix.fetch(&file).await.err().map(|e| format!("{e} {e:?}")),
        ] {
            writeln!(said, "{}", fault.unwrap_or_default()).expect("into a string");
        }
    }
    let nowhere = Options { homeserver: "http://127.0.0.1:1".to_owned(), ..options(fake) };
    let wrong = Options { as_token: Secret::new("wrong-wrong-wrong-wrong".to_owned()), ..options(fake) };
    for options in [nowhere, wrong] {
        let matrix = Matrix::new(options, Entropy::System).unwrap_or_else(|e| panic!("{e}"));
        write!(said, "{:?}", matrix.whoami().await).expect("into a string");
    }
    said
}

#[test]
fn neither_a_token_nor_a_person_is_ever_logged() {
    let fake = Fake::start();
    let (logged, errors) = heard::everything(a_bad_day(&fake));
    assert!(logged.contains("dead letter") && logged.contains("reqwest"), "nothing was captured");
    assert!(errors.lines().filter(|l| !l.is_empty()).count() > 25, "{errors}");
    assert_eq!(fake.refused(), 1);
    heard::assert_silent(&[AS_TOKEN, HS_TOKEN, NAME, DISPLAY_NAME, TEXT, "kho số"], &logged, &errors);
}
