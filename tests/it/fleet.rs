//! Three nodes on one PostgreSQL and one object store under load, while nodes are killed, stopped, unplugged from
//! their network, cut off from the database by a line that swallows everything, and the database stands still,
//! crashes, or drops all its connections (and with them every wake-up), and the object store falls silent or refuses.
//! One ledger, kept outside: everything acknowledged is there, once, with one receipt and its whole file.
//!
//! `TINAN_TEST_FLEET_MINUTES=N` goes on for so long. `TINAN_TEST_OLD=PROGRAM` names the program of the version
//! before: three nodes of it are replaced by nodes of this one, one at a time, under load.

mod cable;
mod files;
mod load;
mod still;
mod switch;

use std::time::{Duration, Instant};

use sqlx::Executor as _;
use tinan::kernel::Entropy;

use self::cable::Cable;
use self::load::Load;
use self::switch::Switch;
use crate::bucket::{self, Bad};
use crate::databases::Database;
use crate::databases::cluster::Cluster;
use crate::process::{Install, Running, told};
use crate::telegram::Fake;

const NODES: usize = 3;

/// A node with its own lines to the database, the messenger and the object store.
struct Node {
    install: Install,
    cable: Cable,
    shelf: Cable,
    _messenger: Cable,
    server: Option<Running>,
}

/// All nodes.
struct Fleet {
    database: Database,
    cluster: Cluster,
    nodes: Vec<Node>,
    load: Load,
    bucket: bucket::Fake,
    /// Where we may make networks.
    switch: Option<Switch>,
}

impl Node {
    /// Furnished, on its port of the switch or on this machine.
    async fn new(
        database: &Database,
        (fake, bucket): (&Fake, &bucket::Fake),
        switch: Option<&Switch>,
        n: usize,
    ) -> Self {
        let here = switch.map_or_else(|| "127.0.0.1".to_owned(), |_| Switch::here());
        let cable = Cable::to(database, &here).await;
        let messenger = Cable::to_port(&fake.url(), &here).await;
        let port = switch.map(|s| s.port(n));
        let namespace = port.as_ref().map(|port| port.namespace.as_str());
        let shelf = Cable::to_port_within(bucket.endpoint(), namespace).await;
        let mut install = load::furnish(Install::empty(), fake)
            .with("TINAN_DATABASE__URL", &cable.url())
            .with("TINAN_DATABASE__PATIENCE_SECONDS", "2")
            .with("TINAN_FILES__URL", "s3://tinan-files/fleet")
            .with("TINAN_FILES__ENDPOINT", &shelf.url())
            .with("TINAN_FILES__ACCESS_KEY", bucket::ACCESS)
            .with("TINAN_FILES__SECRET_KEY", bucket::SECRET)
            .with("TINAN_FILES__PATIENCE_SECONDS", "2");
        install.set("TINAN_TELEGRAM__API_URL", &messenger.url());
        if let Some(port) = port {
            install.set("TINAN_HTTP__LISTEN", &format!("{}:0", port.address));
            install = install.in_network(&port.namespace);
        }
        Self { install, cable, shelf, _messenger: messenger, server: None }
    }
}

impl Fleet {
    /// Nodes of this program, or of an older one.
    async fn start(program: Option<&str>) -> Option<Self> {
        let (database, cluster) = Database::alone().await?;
        if program.is_some() {
            // An older program begins on a schema of its own time.
            database.raw("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await;
        }
        let switch = Switch::with_ports(NODES);
        if switch.is_none() {
            eprintln!("SKIPPED: no networks can be made here; partitions are lines that swallow");
        }
        let fake = Fake::start();
        fake.opens_chats(1..1_000_000);
        let bucket = bucket::Fake::start().await;
        let mut nodes: Vec<Node> = Vec::new();
        for n in 0..NODES {
            let mut node = Node::new(&database, (&fake, &bucket), switch.as_ref(), n).await;
            node.install.program(program);
            match nodes.first() {
                None => node.install = node.install.set_up(),
                Some(first) => {
                    let folder = node.install.data();
                    let exported = first.install.run(&["keys", "export-node", folder.to_str()?]).await;
                    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
                }
            }
            nodes.push(node);
        }
        let mut fleet = Self { database, cluster, nodes, load: Load::new(fake), bucket, switch };
        for n in 0..NODES {
            fleet.serve(n).await;
        }
        Some(fleet)
    }

    async fn serve(&mut self, n: usize) {
        let node = &mut self.nodes[n];
        let server = node.install.serve().await;
        self.load.leads_to(n, server.poster().1);
        node.server = Some(server);
    }

    async fn kill(&mut self, n: usize) {
        self.nodes[n].server.take().expect("it runs").kill();
        self.serve(n).await;
    }

    async fn pause(&self, n: usize, length: Duration) {
        let server = self.nodes[n].server.as_ref().expect("it runs");
        server.freeze(true);
        tokio::time::sleep(length).await;
        server.freeze(false);
    }

    async fn partition(&mut self, n: usize, length: Duration, how: cable::Break) {
        self.nodes[n].cable.broken(how).await;
        tokio::time::sleep(length).await;
        self.nodes[n].cable.mend().await;
    }

    /// Pulls a node's cable out of the switch; where there is none, its line to the database swallows.
    async fn unplug(&mut self, n: usize, length: Duration) {
        let Some(switch) = &self.switch else {
            return self.partition(n, length, cable::Break::Swallow).await;
        };
        // its line to the object store ends within its own network, and fails with the cable
        let unplugged = |so: bool| {
            self.nodes[n].shelf.swallows(so);
            assert!(switch.plugged(n, !so), "a cable");
        };
        unplugged(true);
        tokio::time::sleep(length).await;
        unplugged(false);
    }

    /// The database stands still, and every connection with it.
    async fn pause_database(&self, length: Duration) {
        self.cluster.freeze(true);
        tokio::time::sleep(length).await;
        self.cluster.freeze(false);
    }

    /// The database crashes, as soon as it serves anybody, and recovers.
    async fn crash_database(&self) {
        let began = Instant::now();
        while !self.cluster.crash() {
            assert!(began.elapsed() < Duration::from_mins(1), "it serves nobody: {}", self.cluster.log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The object store says nothing, or that it cannot.
    async fn trouble_store(&self, bad: Bad, length: Duration) {
        self.bucket.always(Some(bad));
        tokio::time::sleep(length).await;
        self.bucket.always(None);
    }

    /// The database drops everybody, wake-ups included; nobody is told.
    async fn drop_connections(&self) {
        use sqlx::Connection as _;
        // One that recovers has dropped them already.
        let Ok(mut c) = sqlx::PgConnection::connect(self.database.url()).await else { return };
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";
        c.execute(sql).await.expect("terminates");
    }

    /// Waits until nothing is under way, then compares.
    async fn end(mut self, told: &str) {
        let sent = self.load.end().await;
        let began = Instant::now();
        let waits = async || {
            let spooled = self.nodes.iter().filter_map(|n| n.server.as_ref());
            let mut degraded = 0;
            for server in spooled {
                degraded += usize::from(server.text("/readyz").await.1.contains("degraded"));
            }
            degraded > 0 || self.nodes[0].install.count("inbox").await > 0
        };
        while waits().await {
            assert!(began.elapsed() < Duration::from_mins(3), "what was acknowledged is not worked off");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let one = &self.nodes[0].install;
        let (chats, cases) = (one.count("dialogues").await, one.count("cases WHERE kind = 'tips'").await);
        eprintln!("{told}: {sent:?}, stored {cases} tips and {chats} chats");
        assert_eq!(chats, sent.chats, "every chat once");
        // A try that ended without an answer may lie in the spool of a node that was cut off, while another node took
        // the next one: that is the only way to a second case, and a note on each names the other.
        let twins = cases.checked_sub(sent.tips).expect("nothing is lost");
        assert!(
            twins <= sent.unanswered,
            "{twins} tips are doubled after {} unanswered tries",
            sent.unanswered
        );
        eprintln!("{twins} tips came twice, once through a spool");
        self.load.every_receipt_opens(self.nodes[1].server.as_ref().expect("it runs")).await;
        let another = self.nodes[2].server.as_ref().expect("it runs");
        files::every_file_opens(&self.load.with_files(), one, another).await;
        // What a broken try left in the store belongs to nobody, and is removed after a day.
        let orphans = self.bucket.names().len().checked_sub(sent.files).expect("no file is lost");
        eprintln!(
            "every file opens; {orphans} more objects and {} uploads began and broke",
            self.bucket.uploads()
        );
        let Self { database, cluster, mut nodes, load, switch, bucket } = self;
        // what looks at the books is no node, and has no network of its own
        nodes[0].install.set("TINAN_FILES__ENDPOINT", bucket.endpoint());
        nodes[0].install.assert_sound().await;
        drop((nodes, load, switch));
        database.end().await;
        cluster.stop();
    }
}

/// What is done to the nodes, in an order that chance decides.
async fn harass(fleet: &mut Fleet, chance: &Entropy, until: Instant) -> String {
    let mut done = [0_usize; 10];
    let throw = |most: u8| usize::from(chance.bytes::<1>().expect("chance")[0] % most);
    let mut order: Vec<usize> = (0..done.len()).collect();
    while Instant::now() < until || !order.is_empty() {
        // Everything at least once, then what comes.
        let what = order.pop().unwrap_or_else(|| throw(10));
        let n = throw(3);
        // Longer than any lease.
        let long = Duration::from_millis(11_000 + 10 * u64::from(chance.bytes::<1>().expect("chance")[0]));
        match what {
            0 => fleet.kill(n).await,
            1 => fleet.pause(n, long).await,
            2 => fleet.unplug(n, long).await,
            3 => fleet.partition(n, long, cable::Break::Swallow).await,
            4 => fleet.partition(n, Duration::from_secs(4), cable::Break::Cut).await,
            5 => fleet.pause_database(long).await,
            6 => fleet.crash_database().await,
            7 => fleet.trouble_store(Bad::Silent, long).await,
            8 => fleet.trouble_store(Bad::Says(503, "SlowDown"), Duration::from_secs(4)).await,
            _ => fleet.drop_connections().await,
        }
        done[what] += 1;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    let [kills, pauses, unplugged, swallowed, cut, stood, crashed, silent, refused, dropped] = done;
    let how = if fleet.switch.is_some() { "network namespaces" } else { "lines that swallow" };
    format!(
        "{kills} kills, {pauses} pauses, {unplugged} nodes unplugged ({how}) and {swallowed} silent lines longer than \
         a lease, {cut} cut lines; the database stood still {stood} times, crashed {crashed} times, dropped all \
         connections {dropped} times; the object store was silent {silent} times and refused {refused} times"
    )
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_nodes_lose_nothing_and_double_nothing() {
    let Some(mut fleet) = Fleet::start(None).await else { return };
    let minutes = told("TINAN_TEST_FLEET_MINUTES").and_then(|m| m.parse::<f32>().ok());
    let until = Instant::now() + Duration::from_secs_f32(60.0 * minutes.unwrap_or(0.0));
    fleet.load.begin();
    let done = harass(&mut fleet, &Entropy::System, until).await;
    fleet.end(&done).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_are_replaced_one_at_a_time_by_nodes_of_this_version() {
    let Some(old) = told("TINAN_TEST_OLD") else {
        eprintln!("SKIPPED: TINAN_TEST_OLD names no program of the version before");
        return;
    };
    let Some(mut fleet) = Fleet::start(Some(&old)).await else { return };
    fleet.load.begin();
    for n in 0..NODES {
        tokio::time::sleep(Duration::from_secs(3)).await;
        fleet.nodes[n].server.take().expect("it runs").stop().await;
        fleet.nodes[n].install.program(None);
        fleet.serve(n).await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    fleet.end("three nodes replaced").await;
}
