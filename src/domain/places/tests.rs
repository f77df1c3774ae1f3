use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

use super::form::{Key, words_of};
use super::*;

mod data;

fn places() -> &'static Places {
    Places::embedded().expect("embedded")
}

/// A name without marks, as most people type it.
fn bare(text: &str) -> String {
    let bare = text.nfd().filter(|c| !('\u{300}'..='\u{36f}').contains(c)).collect::<String>();
    bare.replace('đ', "d").replace('Đ', "D")
}

#[test]
fn provinces_and_communes_have_their_names() {
    let places = places();
    assert_eq!((places.provinces().count(), places.tables.communes.len()), (34, 3321));
    assert_eq!(
        (places.province("19"), places.province_full("19")),
        (Some("Thái Nguyên"), Some("Tỉnh Thái Nguyên"))
    );
    assert_eq!(places.commune("05716").map(|c| c.full_name), Some("Xã Võ Nhai"));
}

#[test]
fn what_people_type_means_the_place_or_asks() {
    let mut wrong = Vec::new();
    let rows = include_str!("../../../tests/data/places.tsv").lines().skip(1).filter(|l| !l.is_empty());
    for row in rows {
        let [province, place, candidates, text] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("{row}")
        };
        let found = places().read(text, province);
        let got = found.place.map_or("-", |p| p.name);
        let names: Vec<&str> = found.candidates.iter().map(|c| c.commune.name).collect();
        let offered = match candidates {
            "-" => names.is_empty(),
            some => some.split('|').all(|n| names.iter().any(|name| name.starts_with(n))),
        };
        if got != place || !offered {
            wrong.push(format!("{text}: {got} {names:?}, not {place} {candidates}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// All ways to type a name with the word for its kind.
fn ways(full: &str) -> Vec<String> {
    vec![
        full.to_owned(),
        full.nfd().collect(),
        full.to_lowercase(),
        full.to_uppercase(),
        bare(full),
        bare(&full.to_lowercase()),
        format!("có người bán ở {full}."),
        format!("o {} co nguoi ban", bare(&full.to_lowercase())),
    ]
}

#[test]
fn every_commune_is_found_by_its_name_or_offered_beside_its_namesakes() {
    for commune in &places().tables.communes {
        let province = places().tables.provinces[usize::from(commune.province)].code;
        for text in ways(commune.full_name) {
            let found = places().read(&text, province);
            let offered = found.candidates.iter().any(|c| c.commune == commune);
            assert!(offered, "{text} ({}): {found:?}", commune.code);
            let other = found.place.filter(|p| *p != commune);
            assert!(other.is_none_or(|p| p.name == commune.name), "{text} ({}): {found:?}", commune.code);
        }
    }
}

#[test]
fn a_commune_whose_letters_are_its_own_is_asserted() {
    let places = places();
    let mut asserted = 0;
    for commune in &places.tables.communes {
        let named = places.index.named(Key::of(&words_of(commune.name)));
        let alone = named.iter().filter(|e| e.province == commune.province).count() == 1;
        if alone {
            let province = places.tables.provinces[usize::from(commune.province)].code;
            for text in ways(commune.full_name) {
                let found = places.read(&text, province).place;
                assert_eq!(found.map(|p| p.code), Some(commune.code), "{text}");
            }
            asserted += 1;
        }
    }
    assert!(asserted > 500, "{asserted}");
}

#[test]
fn every_former_commune_with_its_district_leads_to_what_it_went_into() {
    let places = places();
    for (at, old) in places.tables.olds.iter().enumerate().filter(|(_, o)| o.kind != Kind::Island) {
        let district = &places.tables.districts[usize::from(old.district)];
        let province = places.tables.provinces[usize::from(district.province)].code;
        let targets = places.targets(u16::try_from(at).expect("small"));
        let name = index::spellings(old.name).next().expect("a name");
        let full = format!("{} {name}, {}", old.kind.word(), district.full);
        for text in [full.clone(), full.nfd().collect(), bare(&full.to_lowercase())] {
            let found = places.read(&text, province);
            for target in targets {
                let commune = &places.tables.communes[usize::from(*target)];
                let offered = found.candidates.iter().any(|c| c.commune == commune);
                assert!(offered, "{text} → {}: {found:?}", commune.full_name);
            }
            if targets.len() > 1 {
                let itself = found.place.is_none_or(|p| p.name == old.name);
                assert!(itself, "{text} was split: {found:?}");
            }
        }
    }
}

#[test]
fn every_former_district_offers_what_it_went_into_and_is_no_commune() {
    let places = places();
    for district in &places.tables.districts {
        let province = places.tables.provinces[usize::from(district.province)].code;
        for text in [district.full.to_owned(), bare(&district.full.to_lowercase())] {
            let found = places.read(&text, province);
            assert_eq!(found.place, None, "{text}");
            let codes: BTreeSet<_> = found.candidates.iter().map(|c| c.commune.code).collect();
            let some = district.communes.iter().take(8);
            let missing =
                some.filter(|c| !codes.contains(places.tables.communes[usize::from(**c)].code)).count();
            assert!(missing == 0 || codes.len() == 24, "{text}: {found:?}");
        }
    }
}

#[test]
fn an_answer_needs_no_cue() {
    let name = |text: &str| places().answer(text, "19").place.map(|p| p.name);
    for (text, place) in [
        ("tân cương", Some("Tân Cương")),
        ("thành công", Some("Thành Công")),
        ("phan dinh phung", Some("Phan Đình Phùng")),
        ("05716", Some("Võ Nhai")),
        ("văn lăng", Some("Văn Lăng")),
        ("van lang", None),
        ("cam giá", None),
        ("định hóa", None),
        ("thái nguyên", None),
        ("tan cuogn", None),
        ("gần nhà văn hóa", None),
        ("đường Phan Đình Phùng", None),
        ("gần chợ Tân Cương", None),
        ("xóm 5, xã Sơn Cẩm", Some("Quan Triều")),
        ("", None),
        ("???", None),
    ] {
        assert_eq!(name(text), place, "{text}");
    }
    let slip = places().answer("tan cuogn", "19").candidates;
    assert_eq!(slip.iter().map(|c| c.commune.name).collect::<Vec<_>>(), ["Tân Cương"]);
}

#[test]
fn the_old_name_is_said_beside_the_new_one() {
    let found = places().read("xã Sơn Cẩm", "19");
    let former = found.candidates[0].former.expect("an old name");
    assert_eq!(
        (found.place.expect("one").full_name, former.full().as_str()),
        ("Phường Quan Triều", "xã Sơn Cẩm")
    );
    assert_eq!(places().read("xã Tân Cương", "19").candidates[0].former, None);
    assert!(
        places().read("phường 3, Đà Lạt", "68").candidates[0]
            .former
            .expect("old")
            .full()
            .contains("phường 3")
    );
}

#[test]
fn any_text_is_read_without_harm() {
    let long = "xã ".repeat(20_000);
    let glued = "tancuong".repeat(3_000);
    for text in [
        "",
        " ",
        "xã",
        "xã,",
        "p",
        "p5",
        "P.",
        "…",
        "\u{301}\u{302}",
        "xã \u{301}",
        "ỡ",
        "🙂🙂",
        &long,
        &glued,
    ] {
        assert_eq!(places().read(text, "19").place, None, "{text:.20}");
        let _nothing = places().answer(text, "19");
    }
    assert_eq!(places().read("xã Tân Cương", "99"), Found::default());
}

#[test]
fn a_position_leads_to_the_communes_around_it_and_never_abroad() {
    let near = places().nearest(21.594, 105.848);
    assert_eq!(near.len(), 5);
    assert_eq!(near[0].commune.name, "Phan Đình Phùng");
    assert!(near.windows(2).all(|w| w[0].km <= w[1].km) && near[0].km < 5.0, "{near:?}");
    for (lat, lon) in
        [(39.9, 116.4), (13.75, 100.5), (0.0, 0.0), (f64::NAN, 105.0), (21.6, f64::INFINITY), (15.0, 113.0)]
    {
        assert_eq!(places().nearest(lat, lon), [], "{lat} {lon}");
    }
}

#[test]
fn a_position_as_channels_write_it_down_offers_what_lies_around() {
    for text in ["21.594000, 105.848000", "Có người bán ở đây\n21.594, 105.848\n"] {
        let found = places().read(text, "19");
        assert_eq!((found.place, found.candidates.len()), (None, 5), "{text}");
        assert_eq!(found.candidates[0].commune.name, "Phan Đình Phùng");
    }
    for text in ["39.900000, 116.400000", "21, 105", "21.5, x", "-21.594000, 105.848000"] {
        assert_eq!(places().read(text, "19"), Found::default(), "{text}");
    }
}

#[test]
fn a_commune_tells_what_it_was_made_of_and_leaves_out_the_name_it_kept() {
    let of = |code| places().made_of(places().commune(code).expect("a commune"));
    assert_eq!(of("05569"), ["Bảo Linh", "Chợ Chu", "Đồng Thịnh", "Phúc Chu"]);
    assert_eq!(of("01840"), ["Huyền Tụng", "Nguyễn Thị Minh Khai"], "it was called Đức Xuân before");
    let told: BTreeSet<&str> = places().tables.communes.iter().flat_map(|c| places().made_of(c)).collect();
    let kept = |old: &Old| places().tables.communes.iter().any(|c| c.name == old.name);
    assert!(places().tables.olds.iter().all(|old| told.contains(old.name) || kept(old)));
}

#[test]
fn the_picker_shows_every_commune_once_under_its_letter_in_order() {
    for province in &places().tables.provinces {
        let letters = places().letters(province.code);
        let mut shown: Vec<&str> = Vec::new();
        for letter in &letters {
            shown.extend(places().starting(province.code, *letter).iter().map(|c| c.code));
        }
        let all = places()
            .tables
            .communes
            .iter()
            .filter(|c| places().tables.provinces[usize::from(c.province)].code == province.code);
        assert_eq!(shown.iter().collect::<BTreeSet<_>>().len(), shown.len());
        assert_eq!(shown.len(), all.count());
        assert!(!letters.contains(&'#') || letters.last() == Some(&'#'));
    }
    let letters: String = places().letters("19").iter().collect();
    assert_eq!(letters, "ABCDĐGHKLNPQSTVXY");
    let names: Vec<&str> = places().starting("19", 'Đ').iter().map(|c| c.name).collect();
    assert_eq!(
        names,
        ["Đại Phúc", "Đại Từ", "Điềm Thụy", "Định Hóa", "Đồng Hỷ", "Đồng Phúc", "Đức Lương", "Đức Xuân"]
    );
    let names: Vec<&str> = places().starting("19", 'T').iter().map(|c| c.name).take(7).collect();
    assert_eq!(
        names,
        ["Tân Cương", "Tân Khánh", "Tân Kỳ", "Tân Thành", "Thanh Mai", "Thanh Thịnh", "Thành Công"]
    );
    let names: Vec<&str> = places().starting("19", 'V').iter().map(|c| c.name).collect();
    assert_eq!(
        names,
        ["Vạn Phú", "Vạn Xuân", "Văn Hán", "Văn Lang", "Văn Lăng", "Vĩnh Thông", "Võ Nhai", "Vô Tranh"]
    );
}
