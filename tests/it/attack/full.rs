//! The database is away for longer than the spool has room: who is turned away then is told so, and so is the operator.

use metrics_exporter_prometheus::PrometheusBuilder;
use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::service::intake::Submission;
use tinan::service::{Error, Refusal};
use tinan::store::spool::Spool;

use super::TIP;
use super::copy::away;
use crate::heard::Heard;
use crate::world::World;

fn tip() -> Submission {
    Submission {
        kind: Kind::Tips,
        text: TIP.to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    }
}

#[tokio::test]
async fn a_full_spool_is_said_aloud_and_counted() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let (seen, _counting) = (recorder.handle(), metrics::set_default_local_recorder(&recorder));
    let (world, folder) = (World::open().await, tempfile::tempdir().expect("a folder"));
    let heard = Heard::at("error");
    let spool = Spool::open(&folder.path().join("spool"), 1 << 18).expect("a spool");
    let kept = spool.clone();
    let hotline = world.node(away().await, 7, move |p| p.spool = Some(kept)).await.expect("starts");
    let (mut given, mut refused) = (0, None);
    while refused.is_none() {
        match hotline.submit(tip(), None).await {
            Ok(_) => given += 1,
            Err(e) => refused = Some(e),
        }
        assert!(given < 1000, "it is never full");
    }
    assert!(matches!(refused, Some(Error::Refused(Refusal::Busy))), "{refused:?}");
    assert!(given > 0);
    assert_eq!(
        (spool.len(), hotline.spooled()),
        (given, given),
        "a receipt for what is kept, and for nothing else"
    );
    assert!(seen.render().contains("tinan_spool_full_total 1"), "{}", seen.render());
    let log = heard.text();
    assert!(log.contains("the spool is full"), "{log}");
    assert!(!log.contains(TIP), "{log}");
}
