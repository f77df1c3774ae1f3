//! How well the program understands what people write: figures per field, who is taken for whom, what was missed.
//!
//! `cargo run --release --example understanding -- report FILE…` reads labelled messages (columns `id`, `intent`,
//! `categories`, `tags`, `crisis`, `place`, `about`, `self_risk`, `text`; several right answers by `|`, `-` none, `?` not
//! labelled) and prints figures; `misses FIELD FILE…` prints what was read otherwise in one field.
//! `cross FILE…` learns the weights from seven eighths of the first file and all others and reports on the rest of
//! the first, eight times: what to expect of messages nobody has seen. `train FILE…` learns from all and writes
//! `config/understanding/model.tsv`. `speed FILE…` says how many messages a second one core reads.
//! `misses`, `cross` and `train` refuse what is kept back: nobody who edits may see it, and nothing may learn from it.
//! The lexicon is read from `config/understanding`, so a change to it needs no build.

#[path = "understanding/learn.rs"]
mod learn;
#[path = "understanding/rows.rs"]
mod rows;
#[path = "understanding/score.rs"]
mod score;

use std::time::Instant;

use tinan::domain::wording::{EMBEDDED, Lexicon, read};

use crate::rows::Row;
use crate::score::Score;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/config/understanding");
const PARTS: usize = 8;

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (what, rest) = words.split_first().ok_or("report, misses, cross, train, speed or say")?;
    if what != "report" {
        unseen(rest)?;
    }
    let texts = EMBEDDED.iter().map(|(name, _)| {
        std::fs::read_to_string(format!("{FOLDER}/{name}")).map(|text| ((*name).to_owned(), text))
    });
    let texts: Vec<(String, String)> = texts.collect::<Result<_, _>>()?;
    let lexicon = lexicon(&texts, None)?;
    match (what.as_str(), rest) {
        ("report", files) => {
            let mut score = Score::default();
            rows::of_all(files)?.iter().for_each(|row| score.add(&read(&lexicon, &row.text), row, None));
            println!("{score}");
        }
        ("misses", [field, files @ ..]) => {
            let mut score = Score::default();
            rows::of_all(files)?
                .iter()
                .for_each(|row| score.add(&read(&lexicon, &row.text), row, Some(field)));
            println!("{score}");
        }
        ("cross", [first, others @ ..]) => cross(&texts, &lexicon, first, others)?,
        ("train", files) => {
            let rows = rows::of_all(files)?;
            std::fs::write(
                format!("{FOLDER}/model.tsv"),
                learn::learn(&lexicon, &rows.iter().collect::<Vec<_>>()),
            )?;
        }
        ("speed", files) => speed(&lexicon, &rows::of_all(files)?),
        ("say", [text, ..]) => println!("{:#?}", read(&lexicon, text)),
        _ => return Err("report, misses, cross, train, speed or say".into()),
    }
    Ok(())
}

/// Refuses files that judge: figures may be had of them, but no text and no weight.
fn unseen(words: &[String]) -> Outcome {
    let kept = |word: &&String| {
        let name = word.rsplit('/').next().unwrap_or(word);
        name.starts_with("kept-back") || name.starts_with("judge")
    };
    match words.iter().find(kept) {
        Some(file) => Err(format!("{file} is kept back: only `report` may read it").into()),
        None => Ok(()),
    }
}

/// The lexicon of the folder, with its own weights or others.
fn lexicon(texts: &[(String, String)], model: Option<&str>) -> Result<Lexicon, Box<dyn std::error::Error>> {
    let other = |name: &str, text| if name == "model.tsv" { model.unwrap_or(text) } else { text };
    let sources: Vec<(&str, &str)> =
        texts.iter().map(|(n, t)| (n.as_str(), other(n.as_str(), t.as_str()))).collect();
    Ok(Lexicon::load(&sources)?)
}

fn cross(texts: &[(String, String)], plain: &Lexicon, first: &str, others: &[String]) -> Outcome {
    let field = others.first().and_then(|o| o.strip_prefix("misses="));
    let others = rows::of_all(others.get(usize::from(field.is_some())..).unwrap_or_default())?;
    let rows = rows::of(first)?;
    let mut score = Score::default();
    for part in 0..PARTS {
        let (held, shown): (Vec<_>, Vec<_>) = rows.iter().enumerate().partition(|(at, _)| at % PARTS == part);
        let shown: Vec<&Row> = shown.into_iter().map(|(_, row)| row).chain(&others).collect();
        let lexicon = lexicon(texts, Some(&learn::learn(plain, &shown)))?;
        for (_, row) in held {
            score.add(&read(&lexicon, &row.text), row, field);
        }
    }
    println!("{score}");
    Ok(())
}

fn speed(lexicon: &Lexicon, rows: &[Row]) {
    let (mut read_so_far, begun) = (0_u32, Instant::now());
    while begun.elapsed().as_secs() < 5 {
        for row in rows {
            std::hint::black_box(read(lexicon, &row.text));
            read_so_far += 1;
        }
    }
    println!("{:.0} messages a second", f64::from(read_so_far) / begun.elapsed().as_secs_f64());
}
