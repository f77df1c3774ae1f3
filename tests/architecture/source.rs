//! Just enough understanding of Rust text to see what a file uses.

/// The module that a file under `src` is: `src/store/tx.rs` is `store::tx`. `None` for the map of the house and
/// for anything outside `src`.
pub(crate) fn module_of(path: &str) -> Option<String> {
    let module = path.strip_prefix("src/")?.strip_suffix(".rs")?.replace('/', "::");
    (module != "lib").then_some(module)
}

/// The code without comments, and with every string and character emptied.
pub(crate) fn strip(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let skip = skipped(rest, out.chars().next_back());
        if skip > 0 {
            out.push(' ');
            rest = &rest[skip..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// How many bytes at the beginning are a comment, a string or a character.
fn skipped(rest: &str, before: Option<char>) -> usize {
    if rest.starts_with("//") {
        return rest.find('\n').unwrap_or(rest.len());
    }
    if rest.starts_with("/*") {
        return block_comment(rest);
    }
    if let Some(body) = rest.strip_prefix('"') {
        return 1 + quoted(body, '"');
    }
    if let Some(body) = rest.strip_prefix('\'') {
        // A character has a closing quote close by, a lifetime has not.
        let character = body.starts_with('\\') || body.chars().nth(1) == Some('\'');
        return if character { 1 + quoted(body, '\'') } else { 0 };
    }
    if rest.starts_with('r') && !before.is_some_and(is_word) {
        let hashes = rest[1..].bytes().take_while(|b| *b == b'#').count();
        if rest[1 + hashes..].starts_with('"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let body = 2 + hashes;
            return rest[body..].find(&end).map_or(rest.len(), |i| body + i + end.len());
        }
    }
    0
}

fn block_comment(rest: &str) -> usize {
    let (mut depth, mut i) = (0_usize, 0);
    while i < rest.len() {
        if rest[i..].starts_with("/*") {
            depth += 1;
            i += 2;
        } else if rest[i..].starts_with("*/") {
            depth -= 1;
            i += 2;
            if depth == 0 {
                return i;
            }
        } else {
            i += rest[i..].chars().next().map_or(1, char::len_utf8);
        }
    }
    i
}

/// Bytes up to and with the closing quote.
fn quoted(body: &str, quote: char) -> usize {
    let mut escaped = false;
    for (i, c) in body.char_indices() {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return i + 1;
        }
    }
    body.len()
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Words and signs; `::` is one sign.
fn tokens(code: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut rest = code.trim_start();
    while let Some(c) = rest.chars().next() {
        let length = if is_word(c) {
            rest.find(|c| !is_word(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            c.len_utf8()
        };
        out.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    out
}

/// The modules at the crate's root that the code of `module` names; `*` for all of them.
pub(crate) fn roots_named(code: &str, module: &str) -> Vec<String> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    // The braces that are open, and whether each is that of a module written in place.
    let mut open: Vec<bool> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        match *token {
            "{" => open.push(i >= 2 && tokens[i - 2] == "mod"),
            "}" => drop(open.pop()),
            _ => {}
        }
        let depth = module.split("::").count() + open.iter().filter(|module| **module).count();
        let begins = i == 0 || tokens[i - 1] != "::";
        if (*token == "crate" || *token == "tinan") && begins {
            names_after(&tokens[i + 1..], &mut found);
        } else if *token == "super" && begins {
            let ups = tokens[i..].chunks(2).take_while(|pair| pair[0] == "super").count();
            if ups >= depth {
                names_after(&tokens[i + 2 * ups - 1..], &mut found);
            }
        }
    }
    found.dedup();
    found
}

/// What stands after a root: one name, or the first names of a group.
fn names_after(tokens: &[&str], found: &mut Vec<String>) {
    match tokens {
        ["::", "{", group @ ..] => {
            let (mut depth, mut first) = (1_usize, true);
            for token in group {
                match *token {
                    "{" => depth += 1,
                    "}" => depth -= 1,
                    "," if depth == 1 => first = true,
                    name if first && depth == 1 => {
                        found.push(name.to_owned());
                        first = false;
                    }
                    _ => {}
                }
                if depth == 0 {
                    break;
                }
            }
        }
        ["::", name, ..] => found.push((*name).to_owned()),
        _ => {}
    }
}

/// The names that stand where a crate's name can: at the beginning of a path, or alone after `use`.
pub(crate) fn crates_named(code: &str) -> Vec<String> {
    let tokens = tokens(code);
    let mut found: Vec<String> = Vec::new();
    for (i, token) in tokens.iter().enumerate() {
        let before = if i == 0 { "" } else { tokens[i - 1] };
        let rooted = before == "::" && (i < 2 || !is_segment(tokens[i - 2]));
        let path = tokens.get(i + 1) == Some(&"::") && (before != "::" || rooted) && before != ".";
        if token.starts_with(is_word) && (path || before == "use") {
            found.push((*token).to_owned());
        }
    }
    found.sort();
    found.dedup();
    found
}

/// Whether a token before `::` is a part of the path, rather than the word that a path follows.
fn is_segment(token: &str) -> bool {
    const BEFORE_A_PATH: [&str; 8] = ["use", "as", "in", "dyn", "impl", "mut", "for", "return"];
    token == ">" || token.ends_with(is_word) && !BEFORE_A_PATH.contains(&token)
}

/// Whether a word, or a path of words, stands in the code.
pub(crate) fn has_word(code: &str, word: &str) -> bool {
    let (code, word) = (tokens(code), tokens(word));
    code.windows(word.len()).any(|w| w == word)
}
