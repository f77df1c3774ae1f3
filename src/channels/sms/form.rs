//! What Kannel sends: a query or a form, percent-encoded, whose text may be in any charset.

/// A form's pairs, decoded to bytes.
pub(super) struct Form(Vec<(String, Vec<u8>)>);

/// The fields that are kept; all others, the secret first of all, are dropped unread.
const KEPT: [&str; 6] = ["from", "to", "id", "time", "text", "charset"];

impl Form {
    /// Reads the raw bytes of a query or form; a pair without `=` has an empty value.
    pub(super) fn read(bytes: &[u8]) -> Self {
        let pairs = bytes.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).map(|pair| {
            let at = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
            let (name, value) = pair.split_at(at);
            (
                String::from_utf8_lossy(&decoded(name)).into_owned(),
                decoded(value.get(1..).unwrap_or_default()),
            )
        });
        Self(pairs.collect())
    }

    /// A form with these fields.
    pub(super) fn of(fields: &[(&str, &str)]) -> Self {
        Self(fields.iter().map(|(name, value)| ((*name).to_owned(), value.as_bytes().to_vec())).collect())
    }

    /// The bytes of a field's first value.
    pub(super) fn bytes(&self, name: &str) -> Option<&[u8]> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_slice())
    }

    /// A field as UTF-8.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        std::str::from_utf8(self.bytes(name)?).ok()
    }

    /// The text, in the charset it claims to be in; `None` for a charset or bytes we cannot read.
    pub(super) fn text(&self) -> Option<String> {
        let bytes = self.bytes("text").unwrap_or_default();
        let charset = self.value("charset").unwrap_or_default().to_ascii_lowercase();
        match charset.as_str() {
            "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => String::from_utf8(bytes.to_vec()).ok(),
            "utf-16be" | "ucs-2" | "utf-16" => utf16(bytes),
            "iso-8859-1" | "latin1" => Some(bytes.iter().copied().map(char::from).collect()),
            _ => None,
        }
    }

    /// The form again with nothing but what is needed.
    pub(super) fn cleaned(&self) -> Vec<u8> {
        let mut out = Vec::new();
        for (name, value) in self.0.iter().filter(|(name, _)| KEPT.contains(&name.as_str())) {
            if !out.is_empty() {
                out.push(b'&');
            }
            out.extend_from_slice(name.as_bytes());
            out.push(b'=');
            encode(value, &mut out);
        }
        out
    }
}

fn utf16(bytes: &[u8]) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units: Vec<u16> = pairs.iter().map(|pair| u16::from_be_bytes(*pair)).collect();
    rest.is_empty().then(|| String::from_utf16(&units).ok())?
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.first_chunk::<2>().filter(|_| *first == b'%').and_then(|pair| {
            let digits = std::str::from_utf8(pair).ok()?;
            u8::from_str_radix(digits, 16).ok().filter(|_| pair.iter().all(u8::is_ascii_hexdigit))
        });
        rest = if escaped.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
        out.push(escaped.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    out
}

fn encode(bytes: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in bytes {
        if byte.is_ascii_alphanumeric() {
            out.push(*byte);
        } else {
            let digit = |n: u8| HEX.get(usize::from(n)).copied().unwrap_or(b'0');
            out.extend_from_slice(&[b'%', digit(byte >> 4), digit(byte & 15)]);
        }
    }
}
