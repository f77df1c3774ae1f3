//! How many of the labelled messages are read as labelled. The weights were learnt from these, so this does not say
//! how strangers are understood (docs/understanding.md does); it fails when an edit makes them worse.

use super::*;
use crate::domain::labelled::{DEV, MORE, STRANGERS};

/// The share of messages, in thousandths, whose field is read as labelled.
fn share(right: impl Fn(&Reading, &Message) -> Option<bool>) -> usize {
    let lexicon = lexicon();
    let (mut good, mut all) = (0, 0);
    for row in labelled(DEV) {
        let got = read(&lexicon, row["text"]);
        if let Some(right) = right(&got, &row) {
            all += 1;
            good += usize::from(right);
        }
    }
    good * 1000 / all
}

#[test]
fn what_is_wanted_and_what_happened_are_read_as_labelled() {
    let intent = share(|got, row| Some(says(row, "intent", got.lane.as_str())));
    assert!(intent >= 985, "{intent}");
    let category = share(|got, row| {
        let first = got.categories.first().map_or("-", String::as_str);
        row["intent"].starts_with("tip").then(|| says(row, "categories", first))
    });
    assert!(category >= 975, "{category}");
}

#[test]
fn every_danger_is_seen_and_hardly_one_is_made_up() {
    let seen = share(|got, row| (!says(row, "crisis", "none")).then_some(got.crisis.is_some()));
    assert_eq!(seen, 1000);
    let quiet = share(|got, row| (row["crisis"] == "none").then_some(got.crisis.is_none()));
    assert!(quiet >= 995, "{quiet}");
}

#[test]
fn every_danger_a_stranger_told_is_seen() {
    let lexicon = lexicon();
    let missed =
        |row: &&Message| !says(row, "crisis", "none") && read(&lexicon, row["text"]).crisis.is_none();
    for file in [STRANGERS, MORE] {
        let rows = labelled(file);
        let missed: Vec<String> = rows.iter().filter(missed).map(shown).collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}

#[test]
fn tags_people_and_words_that_betray_are_read_as_labelled() {
    let about = share(|got, row| Some(says(row, "about", got.about.map_or("-", About::as_str))));
    assert!(about >= 960, "{about}");
    let tags = share(|got, row| {
        let wanted: Vec<&str> = row["tags"].split('|').filter(|t| *t != "-").collect();
        let told = got.told_tags(got.lane);
        Some(told.len() == wanted.len() && wanted.iter().all(|t| told.contains(t)))
    });
    assert!(tags >= 900, "{tags}");
    let risk = share(|got, row| Some((row["self_risk"] == "-") == got.self_risk.is_empty()));
    assert!(risk >= 950, "{risk}");
}
