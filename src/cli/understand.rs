//! `tinan understand`: what is understood of a text. A line in, a line of JSON out. Needs no data folder, keeps
//! nothing.

use std::io::{BufRead, BufReader, BufWriter, Read, Write};

use anyhow::{Context as _, Result, ensure};
use serde::Serialize;

use crate::domain::places::{Found, Places};
use crate::domain::wording::{About, Crisis, Lexicon, Reading, read};

/// What of a line is read; what comes after is passed over.
const LONGEST: usize = 1 << 20;
/// How much is asked of standard input at once.
const BUFFER: usize = 1 << 16;

/// What is understood of a text: a line in, a line of JSON out
#[derive(clap::Args)]
pub(super) struct Args {
    /// The province from which places are seen, two digits
    #[arg(long, value_name = "CODE", default_value = "19")]
    province: String,
}

/// The line of JSON: a public contract.
#[derive(Serialize)]
struct Understood<'a> {
    intent: &'static str,
    about: Option<&'static str>,
    categories: &'a [String],
    tags: Vec<&'a str>,
    crisis: &'static str,
    crises: Vec<&'static str>,
    place: Option<Place>,
    places: Vec<Candidate>,
    self_risk: &'a [String],
}

#[derive(Serialize)]
struct Place {
    code: &'static str,
    name: &'static str,
}

#[derive(Serialize)]
struct Candidate {
    code: &'static str,
    name: &'static str,
    old: Option<String>,
}

/// Reads standard input to its end.
pub(super) fn run(args: &Args) -> Result<()> {
    let (lexicon, places) = (Lexicon::embedded()?, Places::embedded()?);
    ensure!(places.province(&args.province).is_some(), "--province: no province has this code");
    let mut input = BufReader::with_capacity(BUFFER, std::io::stdin().lock());
    let mut output = BufWriter::new(std::io::stdout().lock());
    let mut line = Vec::new();
    while next_line(&mut input, &mut line).context("standard input")? {
        let text = String::from_utf8_lossy(&line);
        let found = places.read(&text, &args.province);
        serde_json::to_writer(&mut output, &understood(&read(&lexicon, &text), &found))?;
        output.write_all(b"\n")?;
        // whoever waits for an answer before asking on has nothing more in the pipe
        if input.buffer().is_empty() {
            output.flush()?;
        }
    }
    Ok(output.flush()?)
}

/// The next line without its end, cut at [`LONGEST`]; false at the end of the input.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> std::io::Result<bool> {
    line.clear();
    let limit = u64::try_from(LONGEST).unwrap_or(u64::MAX);
    if input.by_ref().take(limit).read_until(b'\n', line)? == 0 {
        return Ok(false);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
        line.pop_if(|last| *last == b'\r');
    } else {
        input.skip_until(b'\n')?;
    }
    Ok(true)
}

fn understood<'a>(reading: &'a Reading, found: &Found<'_>) -> Understood<'a> {
    Understood {
        intent: reading.lane.as_str(),
        about: reading.about.map(About::as_str),
        categories: reading.told_categories(reading.lane),
        tags: reading.told_tags(reading.lane),
        crisis: reading.crisis.map_or("none", Crisis::as_str),
        crises: reading.crises.iter().map(|c| c.as_str()).collect(),
        place: found.place.map(|commune| Place { code: commune.code, name: commune.name }),
        places: found
            .candidates
            .iter()
            .map(|c| Candidate {
                code: c.commune.code,
                name: c.commune.name,
                old: c.former.map(|f| f.full()),
            })
            .collect(),
        self_risk: &reading.self_risk,
    }
}
