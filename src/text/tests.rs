mod inputs;
mod kind;

use std::path::Path;

use self::inputs::{all_inputs, call_inputs};
use super::*;
use crate::domain::callback::{Rules, Slot};
use crate::domain::dialogue::{
    self, CaseRef, Effect, Facts, How, Input, Line, Manner, OpenCase, Said, Say, State, Waits,
};
use crate::domain::lane::Kind;
use crate::domain::receipt::Receipt;
use crate::domain::wording::Lexicon;
use crate::kernel::Timestamp;

const SECTIONS: [&str; 11] = [
    "alarm.",
    "callback.",
    "chat.",
    "citizen.",
    "console.",
    "error.",
    "cli.",
    "state.",
    "when.",
    "demo.",
    "sms.",
];

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
        .filter(|word| {
            !word.ends_with('.') && !["toml", "rs", "html"].contains(&word.rsplit('.').next().unwrap_or(""))
        })
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_key_that_the_sources_name_exists() {
    let texts = texts();
    // The console reads its own sentences.
    let console = Catalogue::parse(
        include_str!("../../config/locales/console.vi.toml"),
        include_str!("../../config/locales/console.en.toml"),
        &Contacts::embedded().expect("embedded"),
    )
    .expect("the console's sentences");
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = Vec::new();
    files(&root.join("src"), &["rs", "html", "txt"], &mut paths);
    files(&root.join("templates"), &["html", "txt"], &mut paths);
    let mut seen = 0;
    for path in paths {
        // Keys of settings look like keys of sentences.
        if path.starts_with(root.join("src/boot/config")) {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("readable");
        for key in keys_in(&source) {
            seen += 1;
            assert!(texts.has(&key) || console.has(&key), "{}: no sentence {key}", path.display());
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
    assert!(preview.contains("Nếu bạn không chọn gì, tin sẽ tự gửi sau 30 phút"), "{preview}");
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

/// As many hours as a province may offer: twelve a day, of fifteen minutes each, for a month.
fn hours() -> Vec<Slot> {
    let quarter = std::time::Duration::from_mins(15);
    let from = |n: u32| Timestamp::from_millis(1_795_280_400_000).plus(quarter * (n / 48 * 96 + n % 48));
    (0..48 * 31).map(from).map(|from| Slot::of_row(from, from.plus(quarter))).collect()
}

/// Everything the dialogue says to a list of inputs.
fn everything_said(locale: Locale, oversight: bool, open: &[OpenCase], inputs: Vec<Input>) -> Vec<Say> {
    let lexicon = Lexicon::embedded().expect("embedded");
    let long = std::time::Duration::from_mins(30);
    let waits = Waits {
        auto_send: long,
        receipt_erase: long,
        view_erase: long,
        undecided: long,
        together: long,
        code_kept: long,
        own_words: long,
    };
    let (service, body, channel, web) = (SERVICE, "Công an tỉnh", "Telegram", "https://tinan.example");
    let facts = Facts {
        lexicon: &lexicon,
        sayings: dialogue::Sayings::embedded().expect("embedded"),
        here: None,
        service,
        body,
        channel,
        web,
        oversight,
        front: None,
        short: false,
        open,
        hours: &hours(),
        callbacks: &Rules::embedded().expect("embedded"),
        waits,
    };
    let (mut state, mut said) = (State::new(locale), Vec::new());
    let mut now = Timestamp::from_millis(1_795_280_000_000);
    for input in inputs {
        let (next, effects) = dialogue::step(state, input, &facts, now);
        state = next;
        now = now.plus(long);
        said.extend(
            effects.into_iter().filter_map(|e| if let Effect::Say(say) = e { Some(say) } else { None }),
        );
    }
    said
}

/// Where there are no buttons and nothing can be deleted, no sentence speaks of either; where things can be deleted all
/// the same, no answer denies it.
fn stands_without_buttons(texts: &Catalogue, locale: Locale, say: &Say) {
    no_buttons(texts, locale, say, Manner::Plain { longest: 2_000 }, true);
    no_buttons(texts, locale, say, Manner::Room { longest: 2_000 }, false);
}

fn no_buttons(texts: &Catalogue, locale: Locale, say: &Say, manner: Manner, stays: bool) {
    let spoken = texts.bubbles(locale, say, Voice::Numbered { manner, first: 3 });
    let named = texts.bubbles(locale, say, Voice::Named(manner));
    for bubble in spoken.iter().filter(|_| !stays) {
        let text = bubble.text.to_lowercase();
        assert!(!text.contains("không xoá được") && !text.contains("can't delete"), "{}: {text}", say.phrase);
    }
    for bubble in spoken.iter().chain(&named) {
        assert!(bubble.buttons.is_empty() && bubble.text.encode_utf16().count() <= 2_000);
        let text = bubble.text.to_lowercase();
        let deletes = ["tự xoá sau", "deletes itself"].into_iter().filter(|_| stays);
        let buttons = ["bấm", "nút", " press ", "press \"", "button", "tap "];
        for word in buttons.into_iter().chain(deletes) {
            assert!(!text.contains(word), "{} says {word:?}: {text}", say.phrase);
        }
    }
    let whole: String = spoken.iter().map(|b| b.text.as_str()).collect();
    for (n, key) in (3..).zip(texts.keyboard(locale, say).into_iter().flatten()) {
        assert!(whole.contains(&format!("{n}. {}", key.label)), "{}: {whole}", say.phrase);
    }
}

/// A message that fits, names everything it speaks of, and can be said without buttons.
fn is_whole(texts: &Catalogue, locale: Locale, say: &Say) {
    let bubbles = texts.bubbles(locale, say, Voice::Buttons);
    assert_eq!(bubbles.len(), 1, "{}", say.phrase);
    assert!(!bubbles[0].text.contains('{'), "{}", say.phrase);
    assert!(bubbles[0].text.encode_utf16().count() <= LONGEST_MESSAGE);
    for key in bubbles[0].buttons.iter().flatten() {
        assert!(!key.label.contains('{') && key.token.len() <= 64 && key.label.chars().count() <= 64);
    }
    stands_without_buttons(texts, locale, say);
}

#[test]
fn everything_said_fits_one_message_and_leaves_no_value_open() {
    let texts = texts();
    let mut phrases = std::collections::BTreeSet::new();
    let opened = Timestamp::from_millis(1_795_280_000_000);
    let open = [OpenCase { case: CaseRef(1), kind: Kind::Tips, opened, call: None }];
    for (locale, oversight) in
        [(Locale::Vi, true), (Locale::En, false), (Locale::Vi, false), (Locale::En, true)]
    {
        for cases in [&open[..], &[]] {
            for say in everything_said(locale, oversight, cases, all_inputs()) {
                phrases.insert(say.phrase);
                is_whole(&texts, locale, &say);
            }
        }
    }
    assert!(phrases.len() >= 35, "only {}: {phrases:?}", phrases.len());
}

#[test]
fn everything_said_about_a_call_fits_too() {
    let texts = texts();
    let mut phrases = std::collections::BTreeSet::new();
    let opened = Timestamp::from_millis(1_795_280_000_000);
    let case = |n, kind, call| OpenCase { case: CaseRef(n), kind, opened, call };
    let (asked, not) = (hours().first().copied(), None);
    for locale in Locale::ALL {
        for open in [
            vec![case(1, Kind::Tips, not), case(2, Kind::Counselling, not)],
            vec![case(2, Kind::Counselling, asked)],
            vec![case(2, Kind::Counselling, asked), case(3, Kind::Counselling, not)],
            Vec::new(),
        ] {
            for say in everything_said(locale, true, &open, call_inputs()) {
                phrases.insert(say.phrase);
                is_whole(&texts, locale, &say);
            }
        }
    }
    let spoken: Vec<_> = phrases.iter().filter(|p| p.starts_with("callback.")).collect();
    assert_eq!(spoken.len(), 22, "{spoken:?}");
}

#[test]
fn every_screen_before_sending_says_that_nothing_is_sent() {
    let texts = texts();
    for key in
        ["choose.lane", "choose.which", "consent", "preview.tip", "preview.oversight", "preview.no_oversight"]
    {
        let key = format!("chat.{key}");
        assert!(texts.say(Locale::Vi, &key, &[]).starts_with("Chưa gửi"), "{key}");
        assert!(texts.say(Locale::En, &key, &[]).starts_with("Not sent yet"), "{key}");
    }
    for key in
        ["chat.write.tip", "chat.write.help", "chat.write.officials", "chat.write.no_oversight", "chat.more"]
    {
        assert!(texts.say(Locale::Vi, key, &[]).contains("Chưa gửi"), "{key}");
    }
}

#[test]
fn start_is_five_short_lines() {
    for locale in Locale::ALL {
        let start = texts().say(locale, "chat.start", &[]);
        assert_eq!(start.lines().count(), 5);
        assert!(start.lines().all(|line| line.chars().count() <= 110), "{start}");
    }
}

#[test]
fn no_answer_says_what_this_is_about() {
    let texts = Catalogue::embedded().expect("embedded");
    for key in
        ["received", "hello", "dropped", "nothing_new", "not_found", "code_soon", "no_code", "forgotten"]
    {
        for locale in Locale::ALL {
            let said = texts.say(locale, &format!("sms.{key}"), &[]);
            assert!(said.is_ascii() && said.len() <= 160, "{said}");
            for word in ["tip", "tin bao", "ma tuy", "drug", "cong an", "police", "tu van", "counsel"] {
                assert!(!said.to_lowercase().contains(word), "{said}");
            }
        }
    }
    for key in ["overdose", "suicide", "violence", "child"] {
        let said = texts.say(Locale::Vi, &format!("sms.crisis.{key}"), &[]);
        assert!(said.is_ascii() && said.len() <= 160, "one segment: {said}");
    }
}
