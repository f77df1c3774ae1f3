//! What must be understood whatever the weights.

use super::*;

#[test]
fn typing_does_not_matter() {
    let lexicon = lexicon();
    for text in [
        "nhà bên bán ma túy",
        "nha ben ban ma tuy",
        "NHÀ BÊN BÁN MA TÚY!!!",
        "nhà bên bán m.a t.u.y",
        "nhà bên bán m4 túy",
        "nhà bên bán mai thúy",
        "nhaf been bans ma tuys",
        "nha2 be6n ba1n ma tu1y",
        "nhà bên bán maaa túy",
        "nha\u{300} be\u{302}n ba\u{301}n ma tu\u{301}y",
        "nhà bên bán m a t u y",
    ] {
        let got = read(&lexicon, text);
        assert_eq!(
            (got.lane, got.categories.first().map(String::as_str)),
            (Lean::Tip, Some("dealing")),
            "{text}"
        );
    }
}

#[test]
fn what_is_past_read_or_imagined_is_no_danger() {
    let lexicon = lexicon();
    for text in [
        "năm ngoái anh tôi sốc thuốc mất",
        "xem phim thấy nó ngáo đá cầm dao chém người",
        "em viết bài về phòng ngừa tự tử",
        "nếu gặp người sốc thuốc thì sơ cứu thế nào",
        "mệt chết đi được",
    ] {
        assert_eq!(read(&lexicon, text).crisis, None, "{text}");
    }
    assert!(read(&lexicon, "năm ngoái anh tôi sốc thuốc mất").grief);
}

#[test]
fn harmless_things_of_the_same_name_are_no_drugs() {
    let lexicon = lexicon();
    for text in [
        "bán đá lạnh giao tận nơi",
        "cho cháu ăn kẹo nhiều có sâu răng không",
        "thuê người cắt cỏ vườn",
        "tối nay đá bóng không",
        "vé máy bay đi Sài Gòn",
    ] {
        let got = read(&lexicon, text);
        assert_eq!((got.lane, got.crisis), (Lean::Unclear, None), "{text}");
    }
}

#[test]
fn words_that_point_to_the_writer_are_those_of_the_text() {
    let lexicon = lexicon();
    for (text, words) in [
        ("tôi làm bưu cục Đồng Quang, có gói hàng lạ nghi ma túy", "tôi làm bưu cục"),
        ("lớp em có bạn bán pod chill", "lớp em"),
        ("chồng em đi bán ma túy, em muốn tố giác", "chồng em"),
    ] {
        let risk = read(&lexicon, text).self_risk;
        assert!(
            risk.iter().any(|w| w.contains(words)) && risk.iter().all(|w| text.contains(w)),
            "{text}: {risk:?}"
        );
    }
    assert!(read(&lexicon, "xóm trên có người bán ma túy").self_risk.is_empty());
}

#[test]
fn an_informant_in_danger_and_a_wish_for_protection_are_heard() {
    let lexicon = lexicon();
    let found_out = read(&lexicon, "nó biết tôi báo công an rồi, nó dọa giết tôi");
    assert!(found_out.tags.iter().any(|t| t == "reprisal"));
    assert!(read(&lexicon, "tôi muốn được bảo vệ").wants_protection);
}

#[test]
fn nothing_breaks_a_reading() {
    let lexicon = lexicon();
    let long = "con tôi sốc thuốc ".repeat(20_000);
    for text in [
        "",
        " ",
        "\0",
        "\u{301}\u{301}",
        "....",
        "'-'-'",
        "a.",
        "\u{feff}",
        "🍁🍁🍁",
        &"a".repeat(100_000),
        &long,
    ] {
        let got = read(&lexicon, text);
        assert!(got.self_risk.iter().all(|w| text.contains(w)));
    }
    assert_eq!(read(&lexicon, &long).crisis, Some(Crisis::Overdose));
}

#[test]
fn dangers_in_few_plain_words_are_heard() {
    let lexicon = lexicon();
    for (text, crisis) in [
        ("cứu, mẹ tôi bị nó chém", Crisis::Violence),
        ("ông ấy nó chém vợ rồi", Crisis::Violence),
        ("nó đánh vợ gãy xương sườn", Crisis::Violence),
        ("co nguoi bi bat coc roi", Crisis::Violence),
        ("họ đang đứng trước cửa nhà tôi", Crisis::Violence),
        ("nó tìm ra tôi rồi, nó đến nhà tôi", Crisis::Violence),
        ("no dang co giat", Crisis::Overdose),
        ("nguoi nha toi tu tu roi", Crisis::Suicide),
        ("be bi nhot trong phong", Crisis::Child),
    ] {
        assert_eq!(read(&lexicon, text).crisis, Some(crisis), "{text}");
    }
    assert_eq!(read(&lexicon, "viec nay cu tu tu roi tinh").crisis, None);
}

#[test]
fn a_commune_whose_name_holds_another_word_accuses_no_official() {
    let lexicon = lexicon();
    assert!(!read(&lexicon, "xa Quan Chu co nha ban ma tuy ai cung biet").officials);
    assert!(read(&lexicon, "xa Quan Chu cong an bao ke cho nha ban ma tuy").officials);
}
