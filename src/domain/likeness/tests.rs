//! Small edits stay near, what differs in a detail never folds, and no two messages of the set are taken for one.

use proptest::prelude::*;

use super::*;
use crate::domain::labelled::{FORM, labelled};

fn of(text: &str) -> Likeness {
    told(text, &[])
}

fn told(text: &str, told: &[&str]) -> Likeness {
    let fillers = Fillers::of(&["ạ".to_owned(), "nhé".to_owned(), "please".to_owned()]);
    Likeness::of(&Key::new([7; 16]), &fillers, text, told)
}

const TIP: &str =
    "Nhà cuối ngõ bán ma túy cho học sinh, tối nào cũng có xe máy ra vào đến khuya, dân sợ không dám nói";

#[test]
fn marks_capitals_spaces_stops_and_polite_words_make_no_difference() {
    for (a, b) in [
        ("Bán ma túy ở chợ", "ban ma tuy o cho"),
        ("Bán ma túy ở chợ", "bán   ma tuý,ở chợ!!!"),
        ("Bán ma túy ở chợ", "BÁN MA TÚY Ở CHỢ"),
        ("bán ma túy ở chợ ạ", "Bán ma túy ở chợ nhé"),
        ("😀😀", " 😀😀 "),
        ("hi", "Hi."),
    ] {
        assert!(of(a).same(&of(b)) && of(b).same(&of(a)), "{a} / {b}");
    }
}

#[test]
fn a_name_a_number_a_plate_or_a_place_makes_all_the_difference() {
    for (a, b) in [
        ("có người bán ma túy ở số 12", "có người bán ma túy ở số 14"),
        ("xe 20A-123.45 chở ma túy", "xe 20A-123.46 chở ma túy"),
        ("thằng Hùng bán ma túy", "thằng Hưng bán ma túy"),
        ("thang hung ban ma tuy", "thang tuan ban ma tuy"),
        ("bán ma túy ở chợ Thái", "bán ma túy ở chợ Đồng Quang"),
        ("thằng hùng bán đá", "thằng hưng bán đá"),
        ("bán đá", "bán đá ở ngõ 5"),
        ("mua", "bán"),
        ("😀", "😡"),
        ("123", "124"),
    ] {
        assert!(!of(a).same(&of(b)), "{a} / {b}");
    }
    let long = |name: &str| format!("{TIP}, chủ nhà tên là {name} trước làm ở mỏ sắt");
    assert!(!of(&long("Khánh")).same(&of(&long("Thanh"))), "a slip is never overlooked in a name");
    assert!(!of(&long("12")).same(&of(&long("13"))));
}

#[test]
fn what_was_told_beside_the_text_counts_to_the_letter() {
    assert!(told("bán đá", &["Tân Cương"]).same(&told("ban da", &["Tân Cương"])));
    for other in [&["Tân Thái"][..], &[], &["Tân Cương", "ongoing"], &["tan cuong"]] {
        assert!(!told("bán đá", &["Tân Cương"]).same(&told("bán đá", other)), "{other:?}");
    }
    assert!(!told("bán đá Tân", &["Cương"]).same(&told("bán đá", &["Tân", "Cương"])));
}

#[test]
fn one_slip_in_ten_words_is_overlooked_and_two_are_not() {
    let one = TIP.replace("không", "khong").replace("ngõ", "nghõ");
    assert!(!of(&one).same(&of(TIP)), "a short word with a letter more is another word");
    assert!(of(&TIP.replace("khuya", "khuyya")).same(&of(TIP)));
    assert!(!of("bán khuya").same(&of("bán khuyya")), "a short text has no room for slips");
    let three = TIP.replace("khuya", "khuay").replace("không", "khôgn").replace("sinh", "sihn");
    assert!(!of(&three).same(&of(TIP)));
}

#[test]
fn a_text_without_end_is_compared_whole_and_kept_small() {
    let long = |last: &str| format!("{}{last}", "lời ".repeat(5000));
    let (a, b) = (of(&long("hết")), of(&long("xong")));
    assert!(a.words.is_empty() && a.same(&a) && !a.same(&b) && !a.same(&of("lời")));
}

#[test]
fn no_two_messages_of_the_set_are_taken_for_one() {
    let texts: Vec<&str> = labelled(FORM).iter().map(|row| row["text"]).collect();
    assert!(texts.len() > 60);
    let all: Vec<Likeness> = texts.iter().map(|t| of(t)).collect();
    for (i, a) in all.iter().enumerate() {
        for (j, b) in all.iter().enumerate().skip(i + 1) {
            assert!(!a.same(b), "{} / {}", texts[i], texts[j]);
            assert!(a.distance(b) > 6, "{} / {}: {}", texts[i], texts[j], a.distance(b));
        }
    }
}

fn words(most: usize) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-z]{2,7}", 12..most)
}

proptest! {
    #[test]
    fn a_small_edit_stays_near(text in words(40), at in 0_usize..12, new in "[a-z]") {
        let plain = text.join(" ");
        let mut edited = text;
        edited[at].push_str(&new);
        let (a, b) = (of(&plain), of(&edited.join(" ")));
        prop_assert!(a.distance(&b) <= 10, "{}", a.distance(&b));
    }

    #[test]
    fn unrelated_texts_are_far(a in words(40), b in words(40)) {
        prop_assume!(a.iter().all(|w| !b.contains(w)));
        prop_assert!(of(&a.join(" ")).distance(&of(&b.join(" "))) > 6);
    }

    #[test]
    fn every_text_says_what_it_says_and_no_more_words_fold_into_it(text in words(30), more in "[a-z]{3,7}") {
        let plain = text.join(" ");
        prop_assert!(of(&plain).same(&of(&plain.to_uppercase())));
        let longer = format!("{plain} {more}");
        prop_assert!(!of(&plain).same(&of(&longer)));
        prop_assert!(!of(&plain).same(&of(&text[1..].join(" "))));
    }

    #[test]
    fn anything_at_all_can_be_compared(a in ".{0,200}", b in ".{0,200}") {
        let (one, two) = (of(&a), told(&a, &[&b]));
        prop_assert!(one.same(&one) && two.same(&two) && !one.same(&two));
        prop_assert_eq!(one.distance(&one), 0);
    }
}
