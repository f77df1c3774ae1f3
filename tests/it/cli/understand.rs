//! `tinan understand`: a line in, a line of JSON out.

use std::io::{BufRead as _, BufReader, Write as _};

use serde_json::Value;

use super::Folder;

#[test]
fn every_line_has_its_line_also_a_blank_one_and_the_last_without_an_end() {
    let folder = Folder::new();
    let said = folder.run(
        &["understand", "--province", "19"],
        "o phuong phan dinh phung co thang ban hang trang cho con nghien\n\r\nchồng ngáo đá đang đập phá, đòi giết hai mẹ con",
    );
    assert_eq!(said.code, Some(0), "{}", said.err);
    let lines: Vec<Value> = said.out.lines().map(|l| serde_json::from_str(l).expect("JSON")).collect();
    assert_eq!(lines.len(), 3);
    let first = lines[0].as_object().expect("an object");
    for key in ["intent", "about", "categories", "tags", "crisis", "crises", "place", "places", "self_risk"] {
        assert!(first.contains_key(key), "{key}");
    }
    assert_eq!(first.len(), 9);
    assert_eq!(
        (lines[0]["intent"].as_str(), lines[0]["categories"][0].as_str()),
        (Some("tip"), Some("dealing"))
    );
    assert_eq!(lines[0]["place"]["name"], "Phan Đình Phùng");
    assert_eq!((lines[1]["intent"].as_str(), lines[1]["place"].is_null()), (Some("other"), true));
    assert_eq!(lines[2]["crisis"], "violence");
    assert!(!folder.data().exists(), "it needs no folder and makes none");
}

#[test]
fn an_answer_comes_before_the_next_question() {
    let folder = Folder::new();
    let (mut child, mut input, output) = folder.talking(&["understand"]);
    let mut output = BufReader::new(output).lines();
    for (asked, intent) in [("hàng xóm bán ma túy", "tip"), ("em muốn cai nghiện", "counsel")] {
        writeln!(input, "{asked}").expect("it listens");
        let line = output.next().expect("a line").expect("text");
        assert!(line.contains(&format!("\"intent\":\"{intent}\"")), "{line}");
    }
    drop(input);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn bytes_that_are_no_text_and_endless_lines_are_survived() {
    let folder = Folder::new();
    let (mut child, mut input, output) = folder.talking(&["understand"]);
    let sender = std::thread::spawn(move || {
        input.write_all(b"\xff\xfe\xc3 ma t\xc3\xbay\n")?;
        input.write_all(&"con tôi sốc thuốc ".repeat(200_000).into_bytes())?;
        input.write_all(b"\nalo")
    });
    let out = std::io::read_to_string(output).expect("text");
    sender.join().expect("joined").expect("it listens to the end");
    assert!(child.wait().expect("it ends").success());
    assert_eq!(out.lines().count(), 3);
    assert!(out.lines().nth(1).is_some_and(|l| l.contains("\"crisis\":\"overdose\"")));
}

#[test]
fn a_province_that_is_none_is_refused() {
    let said = Folder::new().run(&["understand", "--province", "99"], "alo\n");
    assert_eq!((said.code, said.out.as_str()), (Some(1), ""));
    assert!(said.err.contains("--province"), "{}", said.err);
}
