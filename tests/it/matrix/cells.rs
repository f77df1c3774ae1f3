//! The cells that every channel which comes to us by HTTP goes through, in one installation after another.

use std::time::{Duration, Instant};

use super::line::Line;
use super::post::{Lock, Post};
use super::{Cell, size, wrong};
use crate::databases::Database;
use crate::process::{Install, Running};

/// All cells of one channel.
pub(super) async fn all<L: Line + 'static>(make: impl Fn() -> L) {
    let line = make();
    let channel = line.name();
    let install = line.furnish(Install::empty().with("TINAN_DATABASE__PATIENCE_SECONDS", "1")).set_up();
    let mut post = Post::new(line, install);
    settle(&mut post).await;
    let mut cells = vec![
        killed_before_commit(&mut post).await,
        killed_before_acknowledgement(&mut post).await,
        killed_before_processing(&mut post).await,
        killed_mid_send(&mut post).await,
        duplicates(&mut post).await,
        reordered(&mut post).await,
        burst(&mut post).await,
        database_away(&mut post).await,
        disk_full(&mut post, &make).await,
    ];
    cells.extend(wrong::all(&mut post).await);
    cells.push(slow_peer(&mut post).await);
    cells.push(backlog(&mut post).await);
    cells.extend(super::clock::jumps(&make()).await);
    post.install.assert_sound().await;
    cells.extend(raced(make()).await);
    for cell in &cells {
        cell.print(channel);
    }
}

/// The first start, left in peace.
async fn settle<L: Line + 'static>(post: &mut Post<L>) {
    let Some(rows) = post.line.asked_for_once() else { return };
    let server = post.serve(None).await;
    post.until("what is asked for once is stored", async || post.install.count(rows).await > 0).await;
    server.kill();
}

async fn killed_before_commit<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    let lock = Lock::take(&post.install).await;
    let sending = post.send_and_look_away(people.clone());
    // Shorter than the database counts as away, so that everybody still waits for the commit.
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.kill();
    lock.release().await;
    sending.iter().for_each(tokio::task::JoinHandle::abort);
    assert_eq!(post.stored().await, before, "nothing was committed, and nobody was told so");
    finish("killed before the commit", post, people, before).await
}

async fn killed_before_acknowledgement<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    let seen = if post.line.waits() { "inbox_seen" } else { post.line.rows() };
    let had = post.install.count(seen).await;
    let sending = post.send_and_look_away(people.clone());
    post.until("one is committed", async || post.install.count(seen).await > had).await;
    server.kill();
    sending.iter().for_each(tokio::task::JoinHandle::abort);
    finish("killed after the commit, before the acknowledgement", post, people, before).await
}

/// Starts again, delivers what was not acknowledged, and counts.
async fn finish<L: Line + 'static>(
    fault: &'static str,
    post: &mut Post<L>,
    people: std::ops::Range<usize>,
    before: usize,
) -> Cell {
    let server = post.serve(None).await;
    post.until_taken().await;
    post.until_answered(people.clone()).await;
    let stored = post.stored().await - before;
    server.kill();
    Cell::new(fault, people.len(), stored, answers(post, people)).whole()
}

fn answers<L: Line + 'static>(post: &Post<L>, people: std::ops::Range<usize>) -> String {
    if post.line.waits() {
        format!("{} of {}", post.line.answered(people.clone()), people.len())
    } else {
        post.line.given().to_owned()
    }
}

async fn killed_before_processing<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    post.install.set("TINAN_SERVE__ROLES", "web,channels");
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    assert_eq!(post.deliver(people.clone(), 8).await, people.len(), "all are acknowledged");
    if post.line.waits() {
        assert_eq!(post.install.count("inbox").await, people.len(), "and nobody works for them");
    }
    server.kill();
    post.install.set("TINAN_SERVE__ROLES", "web,channels,worker");
    finish("killed after the acknowledgement, before processing", post, people, before).await
}

async fn killed_mid_send<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    if post.line.waits() {
        let handed = post.line.handed();
        post.line.hang_answers();
        post.deliver(people.clone(), 8).await;
        let line = std::sync::Arc::clone(&post.line);
        post.until("an answer is under way", async || line.handed() > handed).await;
    } else {
        // The answer is the acknowledgement: it breaks off in the middle.
        for sending in post.send_and_look_away(people.clone()) {
            tokio::time::sleep(Duration::from_millis(7)).await;
            sending.abort();
        }
    }
    server.kill();
    finish("killed in the middle of a send", post, people, before).await
}

async fn duplicates<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    // Five times each, at once and one after the other.
    for _ in 0..2 {
        let twice = people.clone().chain(people.clone());
        post.deliver(twice, 16).await;
    }
    post.deliver(people.clone(), 1).await;
    post.until_answered(people.clone()).await;
    let stored = post.stored().await - before;
    server.kill();
    Cell::new("each delivered five times", people.len(), stored, answers(post, people)).whole()
}

async fn reordered<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    assert_eq!(post.deliver(people.clone().rev(), 1).await, people.len());
    post.until_answered(people.clone()).await;
    let stored = post.stored().await - before;
    server.kill();
    Cell::new("the newest first", people.len(), stored, answers(post, people)).whole()
}

async fn burst<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().burst), post.stored().await);
    let began = Instant::now();
    post.deliver(people.clone(), 64).await;
    post.until_taken().await;
    let took = began.elapsed();
    post.until("all is worked off", async || post.install.count("inbox").await == 0).await;
    let stored = post.stored().await - before;
    server.kill();
    let told = format!("all taken in {:.1} s", took.as_secs_f32());
    Cell::new("a burst of 1,000", people.len(), stored, told).whole()
}

async fn database_away<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    let lock = Lock::take(&post.install).await;
    let taken = post.deliver(people.clone(), 16).await;
    let wanted = if post.line.spools() { people.len() } else { 0 };
    assert_eq!(taken, wanted, "{}: taken while the database was away", post.line.name());
    lock.release().await;
    post.until_taken().await;
    let line = std::sync::Arc::clone(&post.line);
    post.until("all is there", async || post.install.count(line.rows()).await - before >= people.len()).await;
    post.until_answered(people.clone()).await;
    let stored = post.stored().await - before;
    server.kill();
    let told = if taken > 0 { "a receipt each, out of the spool" } else { "503 until it was back, then all" };
    Cell::new("the database away", people.len(), stored, told).whole()
}

/// On a real disk without room where one may be mounted; else with files that may not grow, and then not even the
/// spool, which has its room reserved, can be written.
async fn disk_full<L: Line + 'static>(post: &mut Post<L>, make: &impl Fn() -> L) -> Cell {
    let Some(disk) = Install::on_small_disk(48) else {
        eprintln!("no disk can be mounted: a full one is played with files that may not grow");
        let server = post.serve(None).await;
        server.no_file_may_grow(true);
        return without_room(post, server, "the disk full (files may not grow)", false, |_, server| {
            server.no_file_may_grow(false);
        })
        .await;
    };
    let line = make();
    let install = line.furnish(disk.with("TINAN_DATABASE__PATIENCE_SECONDS", "1")).set_up();
    let mut small = Post::new(line, install);
    let server = small.serve(None).await;
    small.install.fill_disk(true);
    let spools = small.line.spools();
    without_room(&mut small, server, "the disk full", spools, |install, _| install.fill_disk(false)).await
}

async fn without_room<L: Line + 'static>(
    post: &mut Post<L>,
    server: Running,
    fault: &'static str,
    spools: bool,
    make_room: impl Fn(&Install, &Running),
) -> Cell {
    // More than the blocks that the files have left.
    let (people, before) = (post.people(200), post.stored().await);
    let taken = post.deliver(people.clone(), 16).await;
    assert!(!spools || taken == people.len(), "{taken} of {} got a receipt", people.len());
    assert!(spools || taken < people.len(), "the disk was not full");
    make_room(&post.install, &server);
    post.until_taken().await;
    let line = std::sync::Arc::clone(&post.line);
    post.until("all is there", async || post.install.count(line.rows()).await - before >= people.len()).await;
    post.until_answered(people.clone()).await;
    let stored = post.stored().await - before;
    server.kill();
    let told = if spools {
        "a receipt each, out of the spool".to_owned()
    } else {
        format!("{taken} there was room for, 503 until there was more, then all")
    };
    Cell::new(fault, people.len(), stored, told).whole()
}

async fn slow_peer<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    post.install.set("TINAN_HTTP__PATIENCE_SECONDS", "1");
    let server = post.serve(None).await;
    let (people, before) = (post.people(size().few), post.stored().await);
    let dribbling = wrong::dribble(post.client().1).await;
    assert_eq!(post.deliver(people.clone(), 8).await, people.len(), "the others are served meanwhile");
    post.until_answered(people.clone()).await;
    wrong::is_cut_off(dribbling).await;
    let stored = post.stored().await - before;
    server.kill();
    Cell::new("a peer that sends a byte now and then", people.len(), stored, "cut off; the others served")
        .whole()
}

async fn backlog<L: Line + 'static>(post: &mut Post<L>) -> Cell {
    let many = size().backlog;
    post.install.set("TINAN_SERVE__ROLES", "web,channels");
    let server = post.serve(None).await;
    let (people, before) = (post.people(many), post.stored().await);
    post.deliver(people.clone(), 64).await;
    post.until_taken().await;
    server.kill();
    post.install.set("TINAN_SERVE__ROLES", "web,channels,worker");
    let began = Instant::now();
    let server = post.serve(None).await;
    let ready = began.elapsed();
    let patience = super::SOON + Duration::from_millis(20) * u32::try_from(many).expect("few");
    while post.install.count("inbox").await > 0 {
        assert!(began.elapsed() < patience, "the backlog is not worked off");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let stored = post.stored().await - before;
    server.kill();
    let told = format!(
        "ready after {:.1} s, all worked off after {:.1} s",
        ready.as_secs_f32(),
        began.elapsed().as_secs_f32()
    );
    Cell::new("a restart with a backlog", many, stored, told).whole()
}

/// Two nodes on one PostgreSQL, and every message comes to both at once.
async fn raced<L: Line + 'static>(line: L) -> Option<Cell> {
    let database = Database::postgres().await?;
    let node = |line: &L| line.furnish(Install::empty().with("TINAN_DATABASE__URL", database.url()));
    let (one, two) = (node(&line).set_up(), node(&line));
    let folder = two.data();
    let exported = one.run(&["keys", "export-node", folder.to_str().expect("a path")]).await;
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    let mut post = Post::new(line, one);
    let first = post.serve(None).await;
    let here = post.client().1.to_owned();
    let second = two.serve().await;
    let there = second.poster().1;
    let people = post.people(size().few * 4);
    let both: Vec<_> = people.clone().flat_map(|n| [(n, here.clone()), (n, there.clone())]).collect();
    let requests: Vec<_> =
        both.iter().map(|(n, base)| post.line.delivery(post.client().0, base, *n).send()).collect();
    let wanted = post.line.taken();
    for ((n, _), told) in both.iter().zip(futures_util::future::join_all(requests).await) {
        // Two nodes that wait for each other are parted by the database: who was not taken comes again.
        if told.expect("an answer").status().as_u16() != wanted {
            post.waiting.insert(*n);
        }
    }
    post.until_taken().await;
    post.until_answered(people.clone()).await;
    let cell = Cell::new(
        "two nodes racing for each message",
        people.len(),
        post.stored().await,
        answers(&post, people),
    );
    first.kill();
    second.kill();
    two.assert_sound().await;
    database.end().await;
    Some(cell.whole())
}
