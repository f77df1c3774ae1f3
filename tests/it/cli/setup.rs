//! `tinan setup`, `staff add`, `desk add`.

use super::*;
use std::os::unix::fs::PermissionsExt as _;

#[test]
fn a_set_up_prints_its_keys_once_and_keeps_its_files_to_itself() {
    let folder = Folder::new();
    let said = folder.setup("p-quan\np-anh\np-binh\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    for part in
        ["WRITE THESE DOWN", "root key", "recovery keys, desk tips", "recovery keys, desk counselling"]
    {
        assert!(said.out.contains(part), "{part}: {}", said.out);
    }
    let keys: Vec<&str> = said.out.lines().filter(|l| l.trim().len() > 60 && l.contains('-')).collect();
    assert_eq!(keys.len(), 7, "one root key and three for each of two desks");
    let mode = |path: &Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&folder.data()), 0o700);
    for name in ["keyring", "tinan.toml", "node", "tinan.db"] {
        assert_eq!(mode(&folder.file(name)), 0o600, "{name}");
    }
    for name in ["keyring", "tinan.toml", "node", "tinan.db"] {
        let bytes = std::fs::read(folder.file(name)).expect("there");
        for secret in keys.iter().map(|k| k.split_whitespace().last().expect("a key")).chain(["p-anh"]) {
            assert!(!bytes.windows(secret.len()).any(|w| w == secret.as_bytes()), "{name} holds a secret");
        }
    }
}

#[test]
fn a_second_set_up_is_refused_and_changes_nothing() {
    let folder = Folder::set_up();
    let before = std::fs::read(folder.file("tinan.toml")).expect("there");
    let said = folder.setup("a\nb\nc\n");
    assert_eq!(said.code, Some(1));
    assert!(said.err.contains("set up already"), "{}", said.err);
    assert_eq!(said.out, "");
    assert_eq!(std::fs::read(folder.file("tinan.toml")).expect("there"), before);
}

#[test]
fn a_missing_password_names_whose_it_is_and_sets_nothing_up() {
    let folder = Folder::new();
    for (input, who) in [("", "quan"), ("a\n", "anh"), ("a\nb\n", "binh")] {
        let said = folder.setup(input);
        assert_eq!(said.code, Some(1));
        assert!(said.err.contains(&format!("the password of {who} is missing")), "{}", said.err);
        assert!(!folder.file("tinan.toml").exists());
    }
}

#[test]
fn wrong_words_are_refused_before_anything_is_made() {
    let cases: [(&[&str], &str, i32); 7] = [
        (
            &[
                "setup",
                "--province",
                "00",
                "--admin",
                "q",
                "--lead",
                "tips=a",
                "--lead",
                "counselling=b",
                "--passwords-stdin",
            ],
            "no province 00",
            1,
        ),
        (
            &["setup", "--province", "19", "--admin", "q", "--lead", "tips=a", "--passwords-stdin"],
            "--lead counselling=LOGIN is missing",
            1,
        ),
        (
            &[
                "setup",
                "--province",
                "19",
                "--admin",
                "q",
                "--lead",
                "tips=a",
                "--lead",
                "counselling=a",
                "--passwords-stdin",
            ],
            "login of their own",
            1,
        ),
        (
            &[
                "setup",
                "--province",
                "19",
                "--admin",
                "q",
                "--lead",
                "tips=a",
                "--lead",
                "tips=c",
                "--lead",
                "counselling=b",
                "--passwords-stdin",
            ],
            "one first lead",
            1,
        ),
        (
            &["setup", "--province", "19", "--admin", "q", "--lead", "police=a", "--passwords-stdin"],
            "write tips=LOGIN",
            2,
        ),
        (
            &["setup", "--province", "19", "--admin", "q", "--lead", "tips=a", "--lead", "counselling=b"],
            "--passwords-stdin",
            2,
        ),
        (&["setup", "--provinz", "19"], "--province", 2),
    ];
    for (args, told, code) in cases {
        let folder = Folder::new();
        let said = folder.run(args, "a\nb\nc\nd\n");
        assert_eq!(said.code, Some(code), "{args:?}: {}", said.err);
        assert!(said.err.contains(told), "{args:?}: {}", said.err);
        assert!(!folder.file("tinan.db").exists(), "{args:?}");
    }
}

#[test]
fn the_folder_may_be_named_before_or_after_the_command() {
    let folder = Folder::set_up();
    let data = folder.data().display().to_string();
    let before = Command::new(env!("CARGO_BIN_EXE_tinan"))
        .args(["--data-dir", &data, "keys", "status"])
        .output()
        .expect("it runs");
    let after = folder.run(&["keys", "status"], "");
    assert!(before.status.success());
    assert_eq!(String::from_utf8_lossy(&before.stdout), after.out);
}

#[test]
fn a_lead_adds_members_and_nobody_else_does() {
    let folder = Folder::set_up();
    let add = |login: &str, role: &str, desk: Option<&str>, by: &str, password: &str| {
        let mut args = vec!["staff", "add", "--login", login, "--name", "Tên", "--role", role, "--as", by];
        args.extend(desk.into_iter().flat_map(|d| ["--desk", d]));
        args.push("--passwords-stdin");
        folder.run(&args, &format!("{password}\nnew\n"))
    };
    let good = add("hoa", "officer", Some("tips"), "anh", "p-anh");
    assert_eq!(good.code, Some(0), "{}", good.err);
    assert_eq!(add("sen", "supervisor", None, "quan", "p-quan").code, Some(0));
    let bad = [
        (add("x", "officer", Some("tips"), "anh", "wrong"), "password of anh is wrong"),
        (add("x", "officer", Some("tips"), "nobody", "p"), "password of nobody is wrong"),
        (add("x", "officer", Some("tips"), "binh", "p-binh"), "binh may not do that"),
        (add("x", "officer", Some("tips"), "quan", "p-quan"), "quan may not do that"),
        (add("x", "counsellor", Some("tips"), "anh", "p-anh"), "does not take that role"),
        (add("hoa", "officer", Some("tips"), "anh", "p-anh"), "this login is taken"),
        (add("x", "auditor", None, "anh", "p-anh"), "anh may not do that"),
        (add("x", "officer", None, "anh", "p-anh"), "need --desk"),
    ];
    for (said, told) in bad {
        assert_eq!(said.code, Some(1), "{told}");
        assert!(said.err.contains(told), "{told}: {}", said.err);
    }
}

#[test]
fn a_desk_below_has_a_lead_of_its_own() {
    let folder = Folder::set_up();
    let args = [
        "desk",
        "add",
        "--name",
        "tips-b",
        "--parent",
        "tips",
        "--lead",
        "tam",
        "--as",
        "anh",
        "--passwords-stdin",
    ];
    let said = folder.run(&args, "p-anh\np-tam\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    let member = [
        "staff",
        "add",
        "--login",
        "hue",
        "--name",
        "Huệ",
        "--role",
        "officer",
        "--desk",
        "tips-b",
        "--as",
        "tam",
        "--passwords-stdin",
    ];
    let said = folder.run(&member, "p-tam\nnew\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
}
