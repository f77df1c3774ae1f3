//! `tinan serve`: start, set-up noticed, stop.

use super::*;

#[test]
fn a_first_start_says_how_to_set_up_and_opens_when_another_process_has_done_it() {
    let folder = Folder::new();
    let mut serving = folder.serve(&[]);
    serving.wait_for("This installation is not set up");
    assert_eq!(serving.get("/healthz").0, 200);
    assert_eq!(serving.get("/readyz"), (503, "not set up\n".to_owned()));
    let said = folder.setup("p-quan\np-anh\np-binh\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    // two seconds, and some for a machine that builds something else
    serving.wait_until_ready(Duration::from_secs(8));
    assert_eq!(serving.get("/readyz"), (200, "ready\n".to_owned()));
}

#[test]
fn the_link_of_a_first_start_sets_up_in_a_browser_once() {
    let folder = Folder::new();
    let mut serving = folder.serve(&[]);
    let token = serving.wait_for("/console/setup/");
    let path = format!("/console/setup/{token}");
    assert_eq!(serving.get(&path).0, 200);
    assert_eq!(serving.get("/console/setup/00000000000000000000000000000000").0, 404);
    let form = "province=19&name=Th%E1%BB%AD&admin_login=quan&admin_password=p-quan&tips_login=anh&tips_password=p-anh\
                &counselling_login=binh&counselling_password=p-binh&oversight_login=&oversight_password=";
    let head = format!("POST {path} HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded\r\n");
    let (status, page) = serving.ask(&head, form);
    assert_eq!(status, 200, "{page}");
    let toml = std::fs::read_to_string(folder.file("tinan.toml")).expect("written");
    let root =
        toml.lines().find_map(|l| l.strip_prefix("root = ")).expect("pinned").trim_matches('"').to_owned();
    assert!(!page.contains(&root), "the page shows the private half, never only the public one");
    serving.wait_until_ready(Duration::from_secs(8));
    assert_eq!(serving.get(&path).0, 404, "the door is shut for good");
    assert_ne!(serving.ask(&head, form).0, 200);
    assert_eq!(folder.run(&["audit", "verify"], "").code, Some(0));
    assert!(!serving.said().contains("p-anh"));
}

#[test]
fn a_termination_ends_it_within_ten_seconds_with_a_connection_open() {
    let folder = Folder::set_up();
    let serving = folder.serve(&[]);
    serving.wait_until_ready(PATIENCE);
    let mut idle = std::net::TcpStream::connect(&serving.address).expect("listening");
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\n").expect("half a request");
    std::thread::sleep(Duration::from_millis(200));
    let (took, code) = serving.terminate();
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(code, Some(0));
}

#[test]
fn two_servers_do_not_share_a_folder_and_a_killed_one_leaves_no_lock() {
    let folder = Folder::set_up();
    let mut first = folder.serve(&[]);
    let second = folder.run(&["serve", "--listen", "127.0.0.1:0"], "");
    assert_eq!(second.code, Some(1));
    assert!(second.err.contains("another server is running"), "{}", second.err);
    first.child.kill().expect("killed");
    first.child.wait().expect("reaped");
    folder.serve(&[]).wait_until_ready(PATIENCE);
}

#[test]
fn commands_work_while_it_runs() {
    let folder = Folder::set_up();
    let serving = folder.serve(&[]);
    serving.wait_until_ready(PATIENCE);
    let args = [
        "staff",
        "add",
        "--login",
        "hoa",
        "--name",
        "Hoa",
        "--role",
        "officer",
        "--desk",
        "tips",
        "--as",
        "anh",
        "--passwords-stdin",
    ];
    assert_eq!(folder.run(&args, "p-anh\nnew\n").code, Some(0));
    assert_eq!(folder.run(&["audit", "verify"], "").code, Some(0));
    assert_eq!(folder.run(&["doctor"], "").code, Some(0));
}

#[test]
fn another_keyring_is_refused_with_both_fingerprints() {
    let (folder, other) = (Folder::set_up(), Folder::set_up());
    std::fs::copy(other.file("keyring"), folder.file("keyring")).expect("copied");
    let said = folder.run(&["serve", "--listen", "127.0.0.1:0"], "");
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("another keyring"), "{}", said.err);
    assert_eq!(folder.run(&["doctor"], "").code, Some(1));
    std::fs::remove_file(folder.file("keyring")).expect("removed");
    let said = folder.run(&["serve", "--listen", "127.0.0.1:0"], "");
    assert!(said.code == Some(1) && said.err.contains("is missing"), "{}", said.err);
}

#[test]
fn a_folder_of_another_installation_is_refused() {
    let (folder, other) = (Folder::set_up(), Folder::set_up());
    std::fs::copy(other.file("tinan.toml"), folder.file("tinan.toml")).expect("copied");
    let said = folder.run(&["serve", "--listen", "127.0.0.1:0"], "");
    assert!(said.code == Some(1) && said.err.contains("another installation"), "{}", said.err);
    std::fs::remove_file(folder.file("tinan.toml")).expect("removed");
    let said = folder.run(&["serve", "--listen", "127.0.0.1:0"], "");
    assert!(said.code == Some(1) && said.err.contains("tinan.toml is missing"), "{}", said.err);
}

#[test]
fn a_lost_database_is_not_taken_for_a_first_start() {
    let folder = Folder::set_up();
    for name in ["tinan.db", "tinan.db-wal", "tinan.db-shm"] {
        let _perhaps_not_there = std::fs::remove_file(folder.file(name));
    }
    let said = folder.run(&["serve", "--listen", "127.0.0.1:0"], "");
    assert!(said.code == Some(1) && said.err.contains("this database is empty"), "{}", said.err);
}

#[test]
fn flood_handling_that_is_off_is_said_loudly() {
    let mut folder = Folder::set_up();
    folder.env.push(("TINAN_FLOOD__ENABLED", "false".to_owned()));
    let mut serving = folder.serve(&[]);
    serving.wait_for("FLOOD HANDLING IS OFF");
}

#[test]
fn the_operators_listener_counts_and_names_nobody() {
    let mut folder = Folder::set_up();
    let port =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    folder.env.push(("TINAN_METRICS__LISTEN", format!("127.0.0.1:{port}")));
    let mut serving = folder.serve(&[]);
    serving.wait_until_ready(PATIENCE);
    assert_eq!(serving.get("/metrics").0, 404, "never on the public address");
    serving.address = format!("127.0.0.1:{port}");
    let (status, text) = serving.get("/metrics");
    assert_eq!(status, 200);
    assert!(text.contains("tinan_database_up 1") && text.contains("tinan_reconciled 1"), "{text}");
    for name in ["quan", "anh", "binh"] {
        assert!(!text.contains(name), "{text}");
    }
    let sung = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(100));
        serving.get("/metrics").1
    });
    let sung = sung.take(300).find(|text| text.contains("tinan_canary_last_seconds{line=\"web\"}"));
    let sung = sung.expect("the web's canary came back");
    assert!(sung.contains("tinan_canary_late{line=\"web\"} 0"), "{sung}");
}

#[test]
fn a_port_that_is_taken_ends_the_start() {
    let folder = Folder::set_up();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = taken.local_addr().expect("bound").to_string();
    let said = folder.run(&["serve", "--listen", &address], "");
    assert!(said.code == Some(1) && said.err.contains("cannot listen on"), "{}", said.err);
}
