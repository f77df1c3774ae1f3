//! How many of the labelled messages are read as labelled. The weights were learnt from these, so this does not say
//! how strangers are understood (docs/understanding.md does); it fails when an edit makes them worse.

use super::*;

/// Rows as their columns are named; several right answers stand between `|`.
fn labelled() -> Vec<std::collections::BTreeMap<&'static str, &'static str>> {
    let mut lines = include_str!("../../../../tests/data/messages/dev.tsv").lines();
    let head: Vec<&str> = lines.next().expect("a head").split('\t').collect();
    lines.map(|line| head.iter().copied().zip(line.split('\t')).collect()).collect()
}

/// The share of messages, in thousandths, whose field is read as labelled.
fn share(right: impl Fn(&Reading, &dyn Fn(&str) -> Option<&'static str>) -> Option<bool>) -> usize {
    let lexicon = lexicon();
    let (mut good, mut all) = (0, 0);
    for row in labelled() {
        let got = read(&lexicon, row["text"]);
        if let Some(right) = right(&got, &|column| row.get(column).copied()) {
            all += 1;
            good += usize::from(right);
        }
    }
    good * 1000 / all
}

fn among(labels: Option<&str>, value: &str) -> bool {
    labels.is_some_and(|all| all.split('|').any(|label| label == value))
}

#[test]
fn what_is_wanted_and_what_happened_are_read_as_labelled() {
    let intent = share(|got, label| Some(among(label("intent"), got.lane.as_str())));
    assert!(intent >= 985, "{intent}");
    let category = share(|got, label| {
        let first = got.categories.first().map_or("-", String::as_str);
        label("intent")?.starts_with("tip").then(|| among(label("categories"), first))
    });
    assert!(category >= 975, "{category}");
}

#[test]
fn every_danger_is_seen_and_hardly_one_is_made_up() {
    let seen = share(|got, label| (!among(label("crisis"), "none")).then_some(got.crisis.is_some()));
    assert_eq!(seen, 1000);
    let quiet = share(|got, label| (label("crisis") == Some("none")).then_some(got.crisis.is_none()));
    assert!(quiet >= 995, "{quiet}");
}

#[test]
fn every_danger_a_stranger_told_is_seen() {
    let lexicon = lexicon();
    let files = [
        include_str!("../../../../tests/data/messages/strangers.tsv"),
        include_str!("../../../../tests/data/messages/more.tsv"),
    ];
    for file in files {
        let mut lines = file.lines();
        let head: Vec<&str> = lines.next().expect("a head").split('\t').collect();
        let place = |name: &str| head.iter().position(|column| *column == name).expect("the column");
        let (crisis, text) = (place("crisis"), place("text"));
        let missed: Vec<&str> = lines
            .filter_map(|line| {
                let cells: Vec<&str> = line.split('\t').collect();
                let told = !among(Some(cells[crisis]), "none");
                (told && read(&lexicon, cells[text]).crisis.is_none()).then_some(cells[text])
            })
            .collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }
}

#[test]
fn tags_people_and_words_that_betray_are_read_as_labelled() {
    let about = share(|got, label| Some(among(label("about"), got.about.map_or("-", About::as_str))));
    assert!(about >= 960, "{about}");
    let tags = share(|got, label| {
        let wanted: Vec<&str> = label("tags")?.split('|').filter(|t| *t != "-").collect();
        let told = got.told_tags();
        Some(told.len() == wanted.len() && wanted.iter().all(|t| told.contains(t)))
    });
    assert!(tags >= 900, "{tags}");
    let risk = share(|got, label| Some((label("self_risk") == Some("-")) == got.self_risk.is_empty()));
    assert!(risk >= 950, "{risk}");
}
