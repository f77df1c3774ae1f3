use std::path::Path;

use super::*;

const SECTIONS: [&str; 8] = ["chat.", "citizen.", "console.", "error.", "cli.", "state.", "when.", "demo."];

fn texts() -> Catalogue {
    Catalogue::embedded().expect("embedded")
}

/// Every file below a folder with one of these endings.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<std::path::PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|e| e.expect("readable").path()) {
        if path.is_dir() {
            files(&path, endings, found);
        } else if path.extension().is_some_and(|e| endings.iter().any(|w| e == *w)) {
            found.push(path);
        }
    }
}

/// String literals of a source that look like keys of the catalogue.
fn keys_in(source: &str) -> Vec<String> {
    source
        .split('"')
        .filter(|word| SECTIONS.iter().any(|s| word.starts_with(s) && word.len() > s.len()))
        .filter(|word| word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._".contains(c)))
        .filter(|word| !word.ends_with('.') && !word.ends_with(".toml") && !word.ends_with(".rs"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_key_that_the_sources_name_exists() {
    let texts = texts();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(&root.join("src"), &["rs", "html", "txt"], &mut paths);
    files(&root.join("templates"), &["html", "txt"], &mut paths);
    let mut seen = 0;
    for path in paths {
        let source = std::fs::read_to_string(&path).expect("readable");
        for key in keys_in(&source) {
            seen += 1;
            assert!(texts.has(&key), "{}: no sentence {key}", path.display());
        }
    }
    assert!(seen > 60, "only {seen} keys found: the search is broken");
}

#[test]
fn the_search_finds_keys_and_no_prefixes() {
    assert_eq!(
        keys_in(r#"say("chat.start", "chat.", "a.b", "state.public.received")"#),
        ["chat.start", "state.public.received"]
    );
}

#[test]
fn the_contract_words_are_as_promised() {
    let texts = texts();
    let both = |key| [texts.say(Locale::Vi, key, &[]), texts.say(Locale::En, key, &[])];
    assert_eq!(both("chat.button.send"), ["Gửi ngay", "Send now"]);
    assert_eq!(both("chat.button.more"), ["Thêm chi tiết", "Add details"]);
    assert_eq!(both("chat.button.cancel"), ["Huỷ", "Cancel"]);
    assert_eq!(both("chat.button.skip"), ["Bỏ qua", "Skip"]);
    assert_eq!(both("chat.button.view"), ["Xem", "View"]);
    assert_eq!(both("chat.button.copied")[0], "Đã chép");
    assert_eq!(both("chat.button.alert")[0], "Báo người trực ngay");
    assert_eq!(both("chat.announce")[0], "Bạn có tin mới.");
    let preview = texts.say(Locale::Vi, "chat.preview.tip", &[("auto", "30 phút")]);
    assert!(preview.contains("Nếu bạn không bấm gì, tin sẽ tự gửi sau 30 phút"), "{preview}");
    assert!(texts.say(Locale::Vi, "chat.received.tip", &[]).contains("Chép ra giấy, đừng ghi đây là mã gì"));
    assert!(
        texts
            .say(Locale::Vi, "chat.button.commune", &[])
            .contains("Không chuyển tin này cho Công an xã nơi tôi ở")
    );
}

#[test]
fn numbers_come_from_the_contacts() {
    let contacts = include_str!("../../config/contacts.toml").replace("\"115\"", "\"1150\"");
    let contacts = Contacts::parse(&contacts).expect("contacts");
    let (vi, en) =
        (include_str!("../../config/locales/vi.toml"), include_str!("../../config/locales/en.toml"));
    let texts = Catalogue::parse(vi, en, &contacts).expect("parses");
    assert!(texts.say(Locale::Vi, "chat.crisis.overdose", &[]).contains("1150"));
    for file in [vi, en] {
        for number in ["113", "114", "115", "111", "1800.1233", "0769"] {
            assert!(!file.contains(number), "{number} belongs into the contacts");
        }
    }
}

#[test]
fn languages_that_differ_are_refused() {
    let contacts = Contacts::embedded().expect("embedded");
    let parse =
        |vi: &str, en: &str| Catalogue::parse(vi, en, &contacts).map(|_| ()).map_err(|e| e.to_string());
    assert_eq!(parse("[a]\nb='x'", "[a]\nb='y'"), Ok(()));
    assert_eq!(parse("[a]\nb='x'", "[a]"), Err("catalogue: en: no a.b".to_owned()));
    assert_eq!(parse("[a]", "[a]\nb='x'"), Err("catalogue: vi: no a.b".to_owned()));
    assert!(parse("a='{n}'", "a='{m}'").is_err());
    assert!(parse("a=' '", "a='x'").is_err());
    assert!(parse("a=3", "a=3").is_err());
    assert!(parse("a='{call.nobody}'", "a='{call.nobody}'").is_err());
}
