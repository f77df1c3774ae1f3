//! Whatever goes wrong, neither the token nor a person reaches a log line or an error.

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use tinan::channels::zalo::{Options, Zalo};
use tinan::jobs;
use tinan::kernel::Secret;
use tinan::service::channel::{Channel as _, ChatId, FileRef};

use super::{options, serve};
use crate::heard;
use crate::talker::say;
use crate::world::World;
use crate::zalo_fake::{DISPLAY_NAME, Fake, Fault, SECRET, TOKEN};

const CHAT: &str = "6ede9afa66b88fe6d6a9";
const TEXT: &str = "hàng trắng ở kho số bảy";

fn faults() -> Vec<Fault> {
    vec![
        Fault::No(429),
        Fault::No(400),
        Fault::No(401),
        Fault::No(403),
        Fault::Gateway(502),
        Fault::CutBefore,
        Fault::CutAfter,
        Fault::Torn,
        Fault::Garbage,
        Fault::Slow(Duration::from_secs(3)),
    ]
}

/// Everything that can fail, fails; the errors are returned as text.
async fn a_bad_day(fake: &Fake) -> String {
    let world = World::open().await;
    let zalo = Arc::new(Zalo::new(options(fake)).unwrap_or_else(|e| panic!("{e}")));
    let url = serve(&zalo, &world.hotline).await;
    fake.hook_leads_to(&url);
    zalo.set_webhook("https://tinan.example/hooks/zalo").await.expect("announced");
    let user = fake.user(CHAT);
    user.writes(TEXT);
    user.is_withheld();
    user.sends_photo_at(&format!("https://10.0.0.1/{CHAT}.jpg"));
    fake.pushes(&format!("{{\"event_name\": \"{DISPLAY_NAME}\", \"message\": {{\"text\": \"{TEXT}\"}}}}"));
    fake.until("all is taken", |f| f.waiting() == 0).await;
    fake.fails("sendMessage", faults());
    for _ in 0..12 {
        jobs::drain(&world.hotline, &*zalo).await.expect("works");
        world.clock.advance(Duration::from_mins(10));
    }
    let mut said = String::new();
    let say = say(TEXT);
    fake.fails("sendMessage", faults());
    fake.fails("getMe", faults());
    fake.fails("setWebhook", faults());
    for _ in faults() {
        for fault in [
            zalo.send(&ChatId::new(CHAT), &say).await.err().map(|e| format!("{e} {e:?}")),
            zalo.me().await.err().map(|e| format!("{e} {e:?}")),
            zalo.set_webhook("https://x.example").await.err().map(|e| format!("{e} {e:?}")),
            zalo.fetch(&FileRef(format!("https://10.0.0.1/{CHAT}")))
                .await
                .err()
                .map(|e| format!("{e} {e:?}")),
        ] {
            writeln!(said, "{}", fault.unwrap_or_default()).expect("into a string");
        }
    }
    let api_url = Some("http://127.0.0.1:1".to_owned());
    let nowhere = Options { api_url, ..options(fake) };
    let nowhere = Zalo::new(nowhere).unwrap_or_else(|e| panic!("{e}"));
    let wrong = Options { token: Secret::new("1:wrong".to_owned()), ..options(fake) };
    let wrong = Zalo::new(wrong).unwrap_or_else(|e| panic!("{e}"));
    said + &format!("{:?} {:?}", nowhere.me().await, wrong.me().await)
}

#[test]
fn neither_the_token_nor_a_person_is_ever_logged() {
    let fake = Fake::start();
    let (logged, errors) = heard::everything(a_bad_day(&fake));
    assert!(logged.contains("dead letter") && logged.contains("reqwest"), "nothing was captured");
    assert!(errors.lines().filter(|l| !l.is_empty()).count() > 25, "{errors}");
    assert_eq!(fake.refused(), 1);
    let secret = TOKEN.split(':').nth(1).expect("a secret");
    heard::assert_silent(&[TOKEN, secret, SECRET, CHAT, DISPLAY_NAME, TEXT, "kho số"], &logged, &errors);
}
