//! Passwords from standard input, one a line, in the order the command names. Never from arguments, which
//! every user of the machine can read.

use std::io::BufRead;

use anyhow::{Result, bail};
use zeroize::Zeroizing;

use crate::kernel::Secret;

/// Reads exactly one password for each of `whose`.
pub(super) fn read(input: impl BufRead, whose: &[String]) -> Result<Vec<Secret<String>>> {
    let whose: Vec<String> = whose.iter().map(|who| format!("the password of {who}")).collect();
    read_secrets(input, &whose)
}

/// Reads exactly one secret for each of `whose`, which says what it is.
pub(super) fn read_secrets(input: impl BufRead, whose: &[String]) -> Result<Vec<Secret<String>>> {
    let mut found = Vec::with_capacity(whose.len());
    for line in input.lines() {
        let line = Zeroizing::new(line?);
        let text = line.trim_end_matches('\r');
        if found.len() == whose.len() {
            if text.is_empty() {
                continue;
            }
            bail!("more lines than are wanted ({}): {}", whose.len(), whose.join(", "));
        }
        found.push(Secret::new(text.to_owned()));
    }
    let empty = found.iter().position(|p| p.expose().is_empty()).unwrap_or(found.len());
    match whose.get(empty) {
        None => Ok(found),
        Some(missing) => bail!(
            "{missing} is missing: {} lines are wanted on standard input, one a line: {}",
            whose.len(),
            whose.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Result<Vec<String>> {
        let whose = ["anna".to_owned(), "binh".to_owned()];
        Ok(read(text.as_bytes(), &whose)?.iter().map(|p| p.expose().clone()).collect())
    }

    #[test]
    fn one_a_line_whatever_ends_the_line() {
        for text in ["a b\nc", "a b\nc\n", "a b\r\nc\r\n", "a b\nc\n\n"] {
            assert_eq!(of(text).expect("two"), ["a b", "c"], "{text:?}");
        }
    }

    #[test]
    fn a_missing_line_names_whose_it_is() {
        for (text, who) in [("", "anna"), ("a\n", "binh"), ("\nb\n", "anna"), ("a\n\n", "binh")] {
            let told = of(text).expect_err("too few").to_string();
            assert!(told.contains(&format!("password of {who} is missing")), "{text:?}: {told}");
        }
    }

    #[test]
    fn a_line_too_many_is_a_mistake_and_is_not_quoted() {
        let told = of("a\nb\nsecret\n").expect_err("too many").to_string();
        assert!(told.contains("more lines") && !told.contains("secret"), "{told}");
    }
}
