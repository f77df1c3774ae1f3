//! Every member of a desk is lost: what two custodians and the root can do, and what nobody else can.

use tinan::domain::case::Priority;
use tinan::domain::document::Details;
use tinan::domain::lane::Kind;
use tinan::kernel::{Entropy, Secret};
use tinan::service::intake::Submission;
use tinan::service::recovery::{NewLead, NotRecovered, Papers};
use tinan::service::{Error, Refusal};
use tinan::store::Store;
use tinan::vault::{Custodian, RootKey};

use super::TIP;
use crate::on_both_databases;
use crate::world::{World, password};

fn new_lead(login: &str) -> NewLead {
    let (desk, name) = ("tips".to_owned(), "Trưởng bàn mới".to_owned());
    NewLead { desk, login: login.to_owned(), name, password: Secret::new(password(login)) }
}

fn copy(secret: &Secret<String>) -> Secret<String> {
    Secret::new(secret.expose().clone())
}

/// The root key with two of a tree's three recovery keys.
fn papers(world: &World, kind: Kind, pair: [usize; 2]) -> Papers {
    let (_, keys) = world.made.custodians.iter().find(|(k, _)| *k == kind).expect("a tree");
    Papers { root: copy(&world.made.root), custodians: pair.map(|n| copy(&keys[n])) }
}

/// As a tired person types it.
fn sloppy(secret: &Secret<String>) -> Secret<String> {
    Secret::new(format!("  {} ", secret.expose().to_lowercase().replace('-', " ")))
}

async fn tip(world: &World) {
    let submission = Submission {
        kind: Kind::Tips,
        text: TIP.to_owned(),
        locale: "vi".to_owned(),
        channel: "web".to_owned(),
        details: Details::default(),
        priority: Priority::NORMAL,
        reads_as_tip: true,
    };
    world.hotline.submit(submission, None).await.expect("taken");
}

on_both_databases! {
    async fn recovery_drilled(store: Store) {
        let world = World::on(store, false).await;
        tip(&world).await;
        let mut papers = papers(&world, Kind::Tips, [2, 0]);
        papers.root = sloppy(&papers.root);
        papers.custodians = papers.custodians.each_ref().map(sloppy);
        world.hotline.recover_desk(new_lead("minh"), &papers).await.expect("recovers");

        let login = world.hotline.log_in("minh", Secret::new(password("minh"))).await.expect("logs in");
        let minh = world.hotline.actor(login.token.expose()).await.expect("a session");
        let case = world.hotline.next_case(&minh, "tips", None).await.expect("asks").expect("the tip");
        let view = world.hotline.open_case(&minh, case.id).await.expect("opens");
        assert_eq!((view.opening.expect("the tip").text.as_str(), view.unreadable), (TIP, 0));
        world.add("minh", "hoa", tinan::domain::policy::Role::Officer, Some("tips")).await;
        let hoa = world.actor("hoa").await;
        assert!(world.hotline.open_case(&hoa, case.id).await.is_ok(), "a lead like any other");
        assert!(world.hotline.world().directory.rejected().is_empty());
        assert!(world.hotline.verify_audit().await.expect("verifies").faults.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_pair_of_custodians_recovers_and_each_desk_below_too() {
    let world = World::open().await;
    let anh = world.actor("anh").await;
    let new =
        tinan::service::people::NewDesk { name: "tips-b".into(), parent: "tips".into(), lead: "tam".into() };
    world.hotline.add_desk(&anh, new, Secret::new(password("tam"))).await.expect("adds");
    for (login, pair) in [("a", [0, 1]), ("b", [1, 2]), ("c", [0, 2])] {
        let lead = new_lead(login);
        world.hotline.recover_desk(lead, &papers(&world, Kind::Tips, pair)).await.expect("recovers");
    }
    let lead = NewLead { desk: "tips-b".into(), ..new_lead("d") };
    world.hotline.recover_desk(lead, &papers(&world, Kind::Tips, [0, 1])).await.expect("recovers");
    let told = world.hotline.world();
    let (top, below) = (told.desk_named("tips").expect("there"), told.desk_named("tips-b").expect("there"));
    assert_eq!(below.parent, Some(top.id), "it stays where it was");
    assert_eq!(world.actor("d").await.desks().collect::<Vec<_>>(), [below.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_opens_with_one_custodian_or_with_counsellings_or_without_the_root() {
    let world = World::open().await;
    tip(&world).await;
    let good = || papers(&world, Kind::Tips, [0, 1]);
    let foreign = Custodian::generate(&Entropy::System).expect("chance").print();
    let other_root = RootKey::generate(&Entropy::System).expect("chance").print();
    let slip = Secret::new(good().root.expose().replacen('A', "B", 1).replacen('C', "D", 1));
    let with = |n: usize, key: &Secret<String>| {
        let mut papers = good();
        papers.custodians[n] = copy(key);
        papers
    };
    let counselling = papers(&world, Kind::Counselling, [0, 1]);
    let cases = [
        (papers(&world, Kind::Tips, [1, 1]), "cli.recover.same_key"),
        (with(0, &foreign), "cli.recover.unknown"),
        (with(1, &counselling.custodians[0]), "cli.recover.other_tree"),
        (papers(&world, Kind::Counselling, [0, 1]), "cli.recover.other_tree"),
        (with(1, &good().root), "cli.recover.key_unread"),
        (with(0, &Secret::new(String::new())), "cli.recover.key_unread"),
        (Papers { root: copy(&other_root), ..good() }, "cli.recover.other_root"),
        (Papers { root: slip, ..good() }, "cli.recover.root_unread"),
        (Papers { root: copy(&good().custodians[0]), ..good() }, "cli.recover.root_unread"),
    ];
    for (papers, told) in cases {
        let outcome = world.hotline.recover_desk(new_lead("minh"), &papers).await;
        assert_eq!(outcome.expect_err("refused").sentence(), Some(told));
    }
    let unknown = NewLead { desk: "nowhere".into(), ..new_lead("minh") };
    let refused = world.hotline.recover_desk(unknown, &good()).await.expect_err("refused");
    assert!(matches!(refused, NotRecovered::NoDesk));
    let taken = world.hotline.recover_desk(new_lead("anh"), &good()).await.expect_err("refused");
    assert!(matches!(taken, NotRecovered::Other(Error::Refused(Refusal::Taken))), "{taken}");
    assert!(world.hotline.prove("minh", Secret::new(password("minh"))).await.is_err(), "nobody was added");
    assert!(world.hotline.prove("anh", Secret::new(password("anh"))).await.is_ok(), "nobody was harmed");
}
