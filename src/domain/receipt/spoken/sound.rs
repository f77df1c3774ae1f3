//! What a syllable sounds like on the telephone: its initial and its rime, and what each is taken for.

use crate::domain::letters::bare;

/// Spellings of initials, longer ones first, and what they are.
const INITIALS: [(&str, &str); 26] = [
    ("ngh", "ng"),
    ("ng", "ng"),
    ("nh", "nh"),
    ("gh", "g"),
    ("gi", "gi"),
    ("ch", "ch"),
    ("kh", "kh"),
    ("ph", "ph"),
    ("th", "th"),
    ("tr", "tr"),
    ("qu", "q"),
    ("b", "b"),
    ("c", "c"),
    ("d", "d"),
    ("g", "g"),
    ("h", "h"),
    ("k", "c"),
    ("l", "l"),
    ("m", "m"),
    ("n", "n"),
    ("p", "p"),
    ("r", "r"),
    ("s", "s"),
    ("t", "t"),
    ("v", "v"),
    ("x", "x"),
];

/// Initials that one region or another does not tell apart.
const INITIALS_ALIKE: [&[&str]; 5] =
    [&["l", "n"], &["ch", "tr"], &["s", "x"], &["d", "gi", "r", "v"], &["b", "p"]];

/// Rimes that are told apart with difficulty once the accents are gone.
const RIMES_ALIKE: [&[&str]; 28] = [
    &["an", "ang", "anh"],
    &["at", "ac", "ach"],
    &["en", "eng", "enh"],
    &["et", "ec", "ech"],
    &["in", "inh", "ien", "ieng"],
    &["it", "ich", "iet", "iec"],
    &["im", "iem"],
    &["ip", "iep"],
    &["iu", "ieu"],
    &["ai", "ay"],
    &["ao", "au"],
    &["on", "ong"],
    &["ot", "oc"],
    &["un", "ung", "uon", "uong"],
    &["ut", "uc", "uot", "uoc"],
    &["um", "uom"],
    &["ui", "uoi"],
    &["uu", "uou"],
    &["oan", "oang", "oanh", "uan"],
    &["oat", "oac", "oach", "uat"],
    &["uy", "ue"],
    &["uyt", "uych", "uyet", "uech"],
    &["uyen", "uynh", "uenh"],
    &["oai", "oay", "uay"],
    &["oe", "oeo"],
    &["op", "up"],
    &["om", "oam"],
    &["eu", "eo"],
];

/// An initial and a rime, each in one spelling.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(super) struct Sound {
    initial: String,
    rime: String,
}

impl Sound {
    /// The sound of a written syllable without accents; `None` if there is no vowel in it.
    pub(super) fn of(written: &str) -> Option<Self> {
        let spelled =
            INITIALS.iter().find_map(|(as_written, is)| Some((*is, written.strip_prefix(as_written)?)));
        let (initial, rest) = spelled.unwrap_or(("", written));
        let (initial, rime) = match (initial, rest) {
            ("gi", rest) if !rest.starts_with(is_vowel) => ("gi", format!("i{rest}")),
            ("q", rest) => ("c", rounded(rest)),
            ("", rest) if rest.starts_with('y') => ("", rest.replacen("ye", "ie", 1).replacen('y', "i", 1)),
            (initial, rest) => (initial, rest.to_owned()),
        };
        let rime = if rime == "y" { "i".to_owned() } else { rime };
        rime.starts_with(is_vowel).then(|| Self { initial: initial.to_owned(), rime })
    }

    /// The first of all sounds it may be taken for.
    pub(super) fn family(&self) -> Self {
        Self {
            initial: first(&INITIALS_ALIKE, &self.initial).to_owned(),
            rime: first(&RIMES_ALIKE, &self.rime).to_owned(),
        }
    }

    /// How many of its two parts are another.
    pub(super) fn slips(&self, other: &Self) -> u8 {
        u8::from(self.initial != other.initial) + u8::from(self.rime != other.rime)
    }
}

/// A rime after `qu`, as it is spelled after other initials.
fn rounded(rest: &str) -> String {
    match rest {
        "enh" | "ech" => format!("u{rest}"),
        _ if rest.starts_with(['a', 'e']) => format!("o{rest}"),
        _ => format!("u{}", rest.replacen('i', "y", 1)),
    }
}

fn first<'a>(families: &[&[&'a str]], sound: &'a str) -> &'a str {
    families.iter().find(|f| f.contains(&sound)).and_then(|f| f.first()).copied().unwrap_or(sound)
}

fn is_vowel(c: char) -> bool {
    matches!(c, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// Small letters without accents.
pub(super) fn folded(text: &str) -> String {
    bare(text).flat_map(char::to_lowercase).collect()
}
