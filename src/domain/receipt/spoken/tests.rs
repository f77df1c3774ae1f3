use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::kernel::Entropy;

fn of(bits: [u8; 12]) -> (Receipt, String) {
    let receipt = Receipt::from_random(bits);
    let spoken = show(&receipt).to_string();
    (receipt, spoken)
}

fn is(typed: &str, meant: &Receipt) -> bool {
    Receipt::parse(typed) == Ok(vec![meant.clone()])
}

#[test]
fn the_list_has_2048_syllables_and_none_in_a_column_sounds_like_another() {
    let list = &LIST.syllables;
    assert_eq!(list.len(), 2048);
    assert!(SYLLABLES.lines().all(|line| line.split(' ').count() == 16));
    assert_eq!(list.iter().collect::<HashSet<_>>().len(), 2048);
    let mut seen = HashSet::new();
    for (value, syllable) in list.iter().enumerate() {
        assert!(syllable.len() <= 6 && syllable.bytes().all(|b| b.is_ascii_lowercase()), "{syllable}");
        let family = Sound::of(syllable).expect("a sound").family();
        assert!(seen.insert((family, value % 16)), "{syllable} sounds like another of its column");
    }
}

#[test]
fn no_two_syllables_are_the_same_sound() {
    let sounds: HashSet<Sound> = LIST.syllables.iter().filter_map(|s| Sound::of(s)).collect();
    assert_eq!(sounds.len(), 2048);
}

#[test]
fn known_answers() {
    let golden = include_str!("../../../../tests/golden/spoken.txt");
    for line in golden.lines() {
        let (symbols, spoken) = line.split_once('\t').expect("two forms");
        let receipt = Receipt::parse(symbols).expect("a receipt").remove(0);
        assert_eq!(show(&receipt).as_str(), spoken, "{symbols}");
        assert!(is(spoken, &receipt), "{symbols}");
    }
    assert_eq!(golden.lines().count(), 5);
}

proptest! {
    #[test]
    fn both_forms_are_the_same_bits(bits: [u8; 12]) {
        let (receipt, spoken) = of(bits);
        prop_assert!(is(&spoken, &receipt));
        prop_assert_eq!(Receipt::from_random(receipt.bits()).expose(), receipt.expose());
    }

    #[test]
    fn case_spaces_and_dashes_do_not_matter(bits: [u8; 12]) {
        let (receipt, spoken) = of(bits);
        prop_assert!(is(&spoken.to_uppercase(), &receipt));
        prop_assert!(is(&["  ", &spoken.replace(' ', "  "), "\n"].concat(), &receipt));
        prop_assert!(is(&spoken.replace(' ', "-"), &receipt));
        prop_assert!(is(&spoken.replace(' ', ", "), &receipt));
    }

    #[test]
    fn accents_do_not_matter(bits: [u8; 12]) {
        let (receipt, spoken) = of(bits);
        prop_assert!(is(&spoken.replace('a', "ầ").replace('o', "ộ").replace('d', "đ"), &receipt));
        let marked = spoken.replace('u', "ữ").replace('e', "e\u{301}").to_uppercase();
        prop_assert!(is(&marked, &receipt));
    }

    #[test]
    fn a_syllable_heard_as_its_like_is_noticed_and_mended(bits: [u8; 12], place in 0_usize..SPOKEN, pick: usize) {
        let (receipt, spoken) = of(bits);
        let mut words: Vec<&str> = spoken.split(' ').collect();
        let near: Vec<u16> = choices(words[place]).into_iter().filter(|(c, _)| *c == 1).map(|(_, v)| v).collect();
        prop_assume!(!near.is_empty());
        words[place] = LIST.syllables[usize::from(near[pick % near.len()])];
        let heard = words.join(" ");
        prop_assert!(exact(&heard).is_none(), "noticed");
        prop_assert!(Receipt::parse(&heard).is_ok_and(|all| all.contains(&receipt) && all.len() <= MOST_READINGS));
    }

    #[test]
    fn nothing_that_can_be_said_breaks_the_reader(typed in "([a-zđêơA-Z]{0,7}[ ,-]){7,11}") {
        if let Ok(all) = Receipt::parse(&typed) {
            prop_assert!(!all.is_empty() && all.len() <= MOST_READINGS);
        }
    }
}

/// How many of 10,000 codes with a mistake are noticed at once.
fn noticed(mistake: impl Fn(&mut Vec<&'static str>, usize)) -> usize {
    let entropy = Entropy::seeded(5);
    (0..10_000)
        .filter(|n| {
            let values = values(&Receipt::from_random(entropy.bytes().expect("seeded")).bits());
            let mut words: Vec<&str> = values.iter().map(|v| LIST.syllables[usize::from(*v)]).collect();
            mistake(&mut words, *n);
            exact(&words.join(" ")).is_none()
        })
        .count()
}

#[test]
fn of_wrong_syllables_and_of_swaps_fifteen_in_sixteen_are_noticed() {
    let wrong = noticed(|words, n| {
        words[n % SPOKEN] = LIST.syllables[(n * 7919) % 2048];
    });
    assert!((9_250..9_500).contains(&wrong), "{wrong}");
    let swapped = noticed(|words, n| words.swap(n % (SPOKEN - 1), n % (SPOKEN - 1) + 1));
    assert!((9_250..9_500).contains(&swapped), "{swapped}");
    let far = noticed(|words, n| words.swap(n % SPOKEN, (n + 4) % SPOKEN));
    assert!((9_250..9_500).contains(&far), "{far}");
}

#[test]
fn a_northern_ear_and_a_southern_hand_are_understood() {
    let spoken = "non nanh sui hue ua not uenh tat xuoi";
    let meant = Receipt::parse("HD99-PJSF-DTGJ-8YEP-FZXN").expect("a receipt").remove(0);
    assert!(is(spoken, &meant));
    for (said, heard) in [
        ("non", "lon"),
        ("nanh", "nang"),
        ("sui", "xui"),
        ("not", "lót"),
        ("tat", "tác"),
        ("xuoi", "sui"),
        ("non nanh", "lon lanh"),
        ("tat xuoi", "tac suoi"),
    ] {
        let heard = spoken.replacen(said, heard, 1);
        assert!(exact(&heard).is_none(), "{heard}");
        assert!(Receipt::parse(&heard).is_ok_and(|all| all.contains(&meant)), "{heard}");
    }
}

#[test]
fn eight_or_ten_words_and_words_with_digits_are_no_receipt() {
    let (_, spoken) = of([7; 12]);
    let fewer = spoken.rsplit_once(' ').expect("words").0;
    for typed in
        [fewer.to_owned(), format!("{spoken} anh"), spoken.replacen(' ', " 7 ", 1), format!("{fewer} b4n")]
    {
        assert!(Receipt::parse(&typed).is_err(), "{typed}");
    }
}
