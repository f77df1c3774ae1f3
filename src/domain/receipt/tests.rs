use proptest::prelude::*;

use super::*;
use crate::kernel::Entropy;

#[path = "tests/keyboard.rs"]
mod keyboard;

fn shown(bits: [u8; 12]) -> String {
    Receipt::from_random(bits).expose().to_string()
}

fn reads_back(typed: &str, meant: &Receipt) -> bool {
    Receipt::parse(typed).is_ok_and(|all| all.contains(meant))
}

proptest! {
    #[test]
    fn what_is_shown_reads_back_as_itself_and_nothing_else(bits: [u8; 12]) {
        let receipt = Receipt::from_random(bits);
        prop_assert!(Receipt::parse(&receipt.expose()) == Ok(vec![receipt.clone()]));
        let mut kept = bits;
        kept[11] &= 0xFE;
        prop_assert_eq!(receipt.bits(), kept);
        prop_assert!(Receipt::from_random(receipt.bits()) == receipt);
    }

    #[test]
    fn case_spaces_dashes_and_look_alikes_do_not_matter(bits: [u8; 12]) {
        let code = shown(bits);
        let receipt = Receipt::from_random(bits);
        let only = |typed: String| Receipt::parse(&typed) == Ok(vec![receipt.clone()]);
        prop_assert!(only(code.to_lowercase()));
        prop_assert!(only(code.replace('-', " ")));
        prop_assert!(only(code.replace('-', "")));
        prop_assert!(only(code.replace('-', " – ")));
        prop_assert!(only(code.replace('0', "O").replace('1', "l")));
        let spaced = format!("  {}\n", code.replace('1', "I").replace('0', "o"));
        prop_assert!(only(spaced));
    }

    #[test]
    fn every_single_slip_is_noticed(bits: [u8; 12], place in 0_usize..20, other in 0_usize..32) {
        let code: Vec<char> = shown(bits).replace('-', "").chars().collect();
        let mut changed = code.clone();
        changed[place] = ALPHABET[other];
        let typed: String = changed.iter().collect();
        prop_assert_eq!(Receipt::parse(&typed).is_ok(), changed == code);
    }

    #[test]
    fn every_swap_of_neighbours_is_noticed_but_zero_with_z(bits: [u8; 12], place in 0_usize..19) {
        let mut code: Vec<char> = shown(bits).replace('-', "").chars().collect();
        code.swap(place, place + 1);
        let pair = (code[place].min(code[place + 1]), code[place].max(code[place + 1]));
        let blind = pair.0 == pair.1 || pair == ('0', 'Z');
        prop_assert_eq!(Receipt::parse(&code.iter().collect::<String>()).is_ok(), blind);
    }

    #[test]
    fn nothing_that_can_be_typed_breaks_the_reader(typed in "\\PC{0,60}") {
        if let Ok(all) = Receipt::parse(&typed) {
            prop_assert!(!all.is_empty() && all.len() <= MOST_READINGS);
        }
    }
}

/// How many of 10,000 random codes are found again after a keyboard had its way with them.
fn recovered(typist: impl Fn(&str) -> String) -> usize {
    let entropy = Entropy::seeded(19);
    (0..10_000)
        .filter(|_| {
            let receipt = Receipt::from_random(entropy.bytes().expect("seeded"));
            reads_back(&typist(&receipt.expose()), &receipt)
        })
        .count()
}

#[test]
fn telex_does_not_hide_a_code() {
    let (upper, lower) =
        (recovered(keyboard::telex), recovered(|code| keyboard::telex(&code.to_lowercase())));
    assert!(upper >= 9_900 && lower >= 9_900, "Telex: {upper} and {lower} of 10000");
}

#[test]
fn vni_does_not_hide_a_code() {
    let (upper, lower) = (recovered(keyboard::vni), recovered(|code| keyboard::vni(&code.to_lowercase())));
    assert!(upper >= 9_900 && lower >= 9_900, "VNI: {upper} and {lower} of 10000");
}

#[test]
fn decomposed_letters_read_the_same() {
    use unicode_normalization::UnicodeNormalization;
    let found = recovered(|code| keyboard::telex(code).nfd().collect());
    assert!(found >= 9_900, "Telex in NFD: {found} of 10000");
}

#[test]
fn most_codes_survive_telex_even_without_dashes() {
    let found = recovered(|code| keyboard::telex(&code.replace('-', "")));
    assert!(found >= 9_000, "Telex without dashes: {found} of 10000");
}

#[test]
fn a_guess_is_rarely_among_many() {
    let entropy = Entropy::seeded(7);
    let total: usize = (0..1_000)
        .map(|_| {
            let receipt = Receipt::from_random(entropy.bytes().expect("seeded"));
            Receipt::parse(&keyboard::vni(&receipt.expose())).map_or(0, |all| all.len())
        })
        .sum();
    assert!(total < 6_000, "{total} look-ups for 1000 codes");
}

#[test]
fn known_answer() {
    assert_eq!(shown([0; 12]), "0000-0000-0000-0000-0000");
    assert_eq!(shown([0xFF; 12]), "ZZZZ-ZZZZ-ZZZZ-ZZZZ-ZZZK");
}
