//! Things told by their form rather than by a list: money, telephone and identity numbers, number plates, questions.

use super::hits::Span;
use super::tokens::{Token, Tokens};

/// The names of these sets.
pub(super) const SHAPES: [&str; 8] = ["start", "end", "asks", "money", "phone", "identity", "number", "link"];

/// Where they occur.
pub(super) fn shapes(tokens: &Tokens) -> Vec<(&'static str, Span)> {
    let end = tokens.len();
    let mut out = vec![("start", (0, 0)), ("end", (end, end))];
    if tokens.asks {
        out.push(("asks", (end, end)));
    }
    for (index, token) in tokens.list.iter().enumerate() {
        let text = token.word.folded();
        if !text.starts_with(|c: char| c.is_ascii_digit() || c == 'h' || c == 'w') {
            continue;
        }
        let span = (index, index + 1);
        if text.bytes().all(|b| b.is_ascii_digit()) {
            let (digits, to) = together(&tokens.list, index);
            out.push(("number", span));
            match digits.len() {
                10 | 11 if digits.starts_with('0') => out.push(("phone", (index, to))),
                11 | 12 if digits.starts_with("84") => out.push(("phone", (index, to))),
                9 | 12 => out.push(("identity", (index, to))),
                _ => {}
            }
        } else if is_money(text) {
            out.push(("money", span));
        } else if text.starts_with("http") || text.starts_with("www") {
            out.push(("link", span));
        }
    }
    out
}

/// Digits that follow each other, as one number.
fn together(list: &[Token], from: usize) -> (String, usize) {
    let mut digits = String::new();
    let mut to = from;
    for token in list.iter().skip(from).take(5) {
        let text = token.word.folded();
        if !text.bytes().all(|b| b.is_ascii_digit()) || digits.len() >= 12 {
            break;
        }
        digits.push_str(text);
        to += 1;
    }
    (digits, to)
}

/// `200k`, `5tr`, `1tr5`.
fn is_money(text: &str) -> bool {
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let unit = unit.trim_end_matches(|c: char| c.is_ascii_digit());
    matches!(
        unit,
        "k" | "tr" | "trieu" | "ca" | "nghin" | "ngan" | "cu" | "lit" | "xi" | "d" | "vnd" | "dong" | "usd"
    )
}
