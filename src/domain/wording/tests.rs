use std::collections::BTreeSet;

use super::*;
use crate::domain::labelled::{FORM, Message, labelled, says};
use crate::domain::taxonomy;

mod quality;
mod understood;

/// What a message is about, for whoever mends the lexicon.
fn shown(row: &Message) -> String {
    format!("{}: {}", row["id"], row["text"])
}

fn lexicon() -> std::sync::Arc<Lexicon> {
    Lexicon::embedded().expect("embedded")
}

#[test]
fn every_danger_is_seen_and_none_is_made_up() {
    let lexicon = lexicon();
    let wrong: Vec<String> = labelled(FORM)
        .iter()
        .filter_map(|row| {
            let got = read(&lexicon, row["text"]).crisis.map_or("none", Crisis::as_str);
            (!says(row, "crisis", got)).then(|| format!("{got} {}", shown(row)))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_call_for_help_reads_as_a_plain_tip() {
    let lexicon = lexicon();
    for row in labelled(FORM).iter().filter(|row| says(row, "intent", "counsel")) {
        let got = read(&lexicon, row["text"]);
        assert!(got.lane != Lean::Tip || got.about_self_or_kin, "{}", shown(row));
    }
}

#[test]
fn tips_are_not_sent_to_counsellors_and_talk_is_not_a_tip() {
    let lexicon = lexicon();
    for row in &labelled(FORM) {
        let got = read(&lexicon, row["text"]);
        let only = |word: &str| row["intent"] == word;
        if only("tip") {
            assert_eq!(got.lane, Lean::Tip, "{}", shown(row));
            assert!(!got.about_self_or_kin, "{}", shown(row));
        }
        if only("other") {
            assert_eq!(got.lane, Lean::Unclear, "{}", shown(row));
        }
        if only("status") {
            assert_eq!(got.lane, Lean::Status, "{}", shown(row));
        }
    }
}

#[test]
fn kin_is_heard_with_and_without_marks() {
    let lexicon = lexicon();
    for text in [
        "con trai tôi bán ma túy để có tiền chơi đá",
        "con trai toi choi da, toi muon bao cong an",
        "thằng con tôi nó nghiện, tôi muốn tố giác người bán cho nó",
        "chong em nghien, ve nha danh em",
        "my husband is addicted and sells heroin",
        "em dùng đá 3 năm rồi",
        "vk e choi ke",
    ] {
        assert!(read(&lexicon, text).about_self_or_kin, "{text}");
    }
}

#[test]
fn dangers_are_heard_without_marks_and_from_raw_keys() {
    let lexicon = lexicon();
    for (text, crisis) in [
        ("ban toi soc thuoc roi cuu voi", Crisis::Overdose),
        ("no choi thuoc xong goi mai khong day", Crisis::Overdose),
        ("em chi muon chet thoi", Crisis::Suicide),
        ("em muoons cheets", Crisis::Suicide),
        ("I want to kill myself", Crisis::Suicide),
        ("chong em ngao da cam dao doi giet em", Crisis::Violence),
        ("MUỐN TỰ TỬ", Crisis::Suicide),
        ("nó bị sốc ma tuý, tím tái", Crisis::Overdose),
    ] {
        assert_eq!(read(&lexicon, text).crisis, Some(crisis), "{text}");
    }
}

#[test]
fn figures_of_speech_raise_no_alarm() {
    let lexicon = lexicon();
    for text in [
        "mệt chết đi được",
        "buồn ngủ chết đi được",
        "nóng muốn chết",
        "doi muon chet",
        "bạn này chém gió ghê",
        "ốc đảo này đẹp",
        "cho tôi hỏi giờ làm việc",
        "đang ăn kẹo",
        "",
        "🍁🍁",
    ] {
        assert_eq!(read(&lexicon, text).crisis, None, "{text}");
    }
}

#[test]
fn officials_as_wrongdoers_are_told_from_officials_called_for_help() {
    let lexicon = lexicon();
    for text in [
        "công an xã bao che cho người bán ma túy",
        "can bo xa an tien cua bon ban thuoc",
        "The police officer takes bribes from the dealers",
        "ở trại cai nghiện cán bộ đánh đập học viên",
    ] {
        assert!(read(&lexicon, text).officials, "{text}");
    }
    for text in ["ngáo đá cầm mã tấu, cần công an ngay", "nhờ công an giúp cháu đi cai", "gọi công an ở đâu"]
    {
        assert!(!read(&lexicon, text).officials, "{text}");
    }
}

#[test]
fn codes_are_those_of_the_taxonomy() {
    let lexicon = lexicon();
    for (prefix, category) in [("category.", true), ("tag.", false)] {
        for code in lexicon.codes(prefix) {
            let term = taxonomy::term(code);
            assert!(term.is_some_and(|t| t.category == category), "{prefix}{code}");
        }
    }
    let known: BTreeSet<&str> = taxonomy::categories().collect();
    let asked = HEADS.iter().find(|(head, _)| *head == "category").expect("the question").1;
    for (told, codes) in [("weighed", asked), ("put in order", &offence::ORDER)] {
        assert_eq!(codes.iter().copied().collect::<BTreeSet<_>>(), known, "{told}");
        assert_eq!(codes.len(), known.len(), "{told}: one stands twice");
    }
}

#[test]
fn a_lexicon_without_weights_or_a_rule_that_is_asked_for_is_refused() {
    let without = |name: &str, rule: &str| {
        let texts: Vec<(&str, String)> = EMBEDDED
            .iter()
            .filter(|(n, _)| *n != name)
            .map(|(n, text)| (*n, text.replace(&format!("\n\"{rule}\" = "), "\n\"else\" = ")))
            .collect();
        let sources: Vec<Source<'_>> = texts.iter().map(|(n, text)| (*n, text.as_str())).collect();
        Lexicon::load(&sources).err().map_or_else(Vec::new, |BadLexicon(all)| all)
    };
    let told = without("model.tsv", "none");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((told[0].term.as_str(), told[0].what), ("model.tsv", "this file is missing"));
    assert!(without("none", "none").is_empty());
    for rule in Rule::ALL.iter().map(|rule| rule.name()) {
        let told = without("none", rule);
        assert!(told.iter().any(|t| t.term == rule), "{rule}: {told:?}");
    }
}

#[test]
fn a_broken_lexicon_says_everything_that_is_wrong_and_where() {
    let file = "[sets]\nfew = '''\nmột|@none\n'''\n[rules]\n\"crisis.child\" = '''\n@few > = 3\ncon >x nhỏ = y\n'''\n";
    let Err(BadLexicon(faults)) = Lexicon::load(&[("a.toml", file), ("b.toml", "[sets\n")]) else {
        panic!("it was taken")
    };
    let told: Vec<(&str, usize, &str)> =
        faults.iter().map(|f| (f.file.as_str(), f.line, f.term.as_str())).collect();
    assert!(told.contains(&("a.toml", 3, "@none")), "{told:?}");
    assert!(told.contains(&("a.toml", 7, "@few > = 3")), "{told:?}");
    assert!(told.contains(&("a.toml", 8, "y")), "{told:?}");
    assert!(told.iter().any(|t| (t.0, t.1) == ("b.toml", 1)), "{told:?}");
    assert!(told.iter().any(|t| t.2 == "crisis.overdose"), "{told:?}");
}
