//! `tinan demo` and `tinan chat`: what a stranger tries first.

use super::*;

#[test]
fn a_stranger_can_play_every_part_and_nothing_stays_behind() {
    let mut folder = Folder::new();
    let temporary = folder.dir.path().join("tmp");
    std::fs::create_dir(&temporary).expect("made");
    folder.env.push(("TMPDIR", temporary.display().to_string()));
    // whatever the environment points at is left alone
    folder.env.push(("TINAN_DATABASE__URL", "postgres://nobody@127.0.0.1:9/none".to_owned()));
    let serving = folder.start("demo", &[]);
    serving.wait_until_ready(PATIENCE);
    let said = serving.said();
    let table: Vec<Vec<&str>> =
        said.lines().map(|l| l.split_whitespace().collect()).filter(|w: &Vec<&str>| w.len() > 4).collect();
    for (login, desk, least) in
        [("truongban", "tips", 20), ("tuvan1", "counselling", 5), ("giamsat1", "oversight", 1)]
    {
        let row = table.iter().find(|w| w[0] == login).unwrap_or_else(|| panic!("{login}: {said}"));
        let body = format!("{{\"login\":\"{login}\",\"password\":\"{}\"}}", row[1]);
        let head = "POST /api/v1/staff/session HTTP/1.1\r\nContent-Type: application/json\r\n";
        let (status, answer) = serving.ask(head, &body);
        assert_eq!(status, 201, "{answer}");
        let answer: serde_json::Value = serde_json::from_str(&answer).expect("JSON");
        let token = answer["token"].as_str().expect("a token");
        let head = format!("GET /api/v1/queue?desk={desk} HTTP/1.1\r\nAuthorization: Bearer {token}\r\n");
        let (status, queue) = serving.ask(&head, "");
        let queue: serde_json::Value = serde_json::from_str(&queue).expect("JSON");
        let cases = queue["cases"].as_array().map_or(0, Vec::len);
        assert!(status == 200 && cases >= least, "{desk}: {cases}");
    }
    let codes: Vec<&str> = said
        .lines()
        .filter(|l| l.trim_start().starts_with("code of"))
        .filter_map(|l| l.split_whitespace().last())
        .collect();
    assert_eq!(codes.len(), 2, "{said}");
    for code in codes {
        let head = format!("GET /api/v1/case HTTP/1.1\r\nAuthorization: Receipt {code}\r\n");
        let (status, case) = serving.ask(&head, "");
        assert_eq!(status, 200, "{case}");
        let case: serde_json::Value = serde_json::from_str(&case).expect("JSON");
        let messages = case["messages"].as_array().expect("messages");
        assert!(messages.iter().any(|m| m["from"] == "desk" && m["text"].is_string()), "{case}");
    }
    assert_eq!(serving.get("/").0, 200);
    assert_eq!(serving.terminate().1, Some(0));
    assert_eq!(std::fs::read_dir(&temporary).expect("there").count(), 0, "the folder is gone");
    assert!(!folder.data().exists());
}

#[test]
fn a_tip_can_be_sent_from_the_terminal() {
    let folder = Folder::set_up();
    let said = folder.run(&["chat"], "o ngo 12 co nguoi ban ma tuy da, toi nao cung co xe lay hang\n\n1\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("[1] Gửi ngay") && said.out.contains("Đã nhận"), "{}", said.out);
    let english = folder.run(&["chat", "--lang", "en"], "");
    assert!(english.code == Some(0) && english.out.contains("[1] "), "{}", english.err);
    assert_ne!(english.out.lines().nth(1), said.out.lines().nth(1), "another language");
    assert_eq!(folder.run(&["chat", "--lang", "fr"], "").code, Some(2));
}
