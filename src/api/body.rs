//! Reading what a caller sends: no more than may be, only JSON, each field by name.

use std::fmt;
use std::marker::PhantomData;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, header};
use http_body_util::BodyExt;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::problem::Failure;
use crate::service::Refusal;

/// How much of a body that is too long is read and thrown away, so that the caller gets to see the answer
/// instead of a broken connection.
const PATIENCE: usize = 4 * 1024 * 1024;

/// The whole body, at most `limit` bytes. One that comes in one piece is not copied.
pub(super) async fn whole(mut body: Body, limit: usize) -> Result<Bytes, Failure> {
    let (mut first, mut rest, mut length) = (Bytes::new(), Vec::new(), 0_usize);
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.map_err(|_| Failure::Cut)?.into_data() else { continue };
        length = length.saturating_add(data.len());
        if length > limit {
            if length > PATIENCE.max(limit) {
                break;
            }
        } else if first.is_empty() {
            first = data;
        } else {
            if rest.is_empty() {
                rest.extend_from_slice(&first);
            }
            rest.extend_from_slice(&data);
        }
    }
    if length > limit {
        Err(Refusal::TooLarge.into())
    } else {
        Ok(if rest.is_empty() { first } else { Bytes::from(rest) })
    }
}

/// The whole body of a request that must say that it is JSON.
pub(super) async fn json(headers: &HeaderMap, body: Body, limit: usize) -> Result<Bytes, Failure> {
    let bytes = whole(body, limit).await?;
    let named = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = named.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") { Ok(bytes) } else { Err(Failure::BadMedia) }
}

/// The fields of a JSON object. Fields we do not know are passed over.
pub(super) fn object<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Failure> {
    // An array would be taken for the fields in their order.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        return Err(Failure::BadJson);
    }
    serde_json::from_slice(bytes).map_err(|_| Failure::BadJson)
}

/// A field as it was given; which types are right is asked afterwards, so that an answer can name the field.
#[derive(Default, PartialEq)]
pub(super) enum Given {
    /// Not there, or null.
    #[default]
    Absent,
    /// A string.
    Text(String),
    /// True or false.
    Flag(bool),
    /// A whole number.
    Whole(i64),
    /// An array of strings.
    Texts(Vec<String>),
    /// Anything else.
    Other,
}

impl Given {
    /// A string, if there is one.
    pub(super) fn text(self, name: &'static str) -> Result<Option<String>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Text(text) => Ok(Some(text)),
            _ => Err(Refusal::Field(name)),
        }
    }

    /// A string that must be there.
    pub(super) fn needed(self, name: &'static str) -> Result<String, Refusal> {
        self.text(name)?.ok_or(Refusal::Field(name))
    }

    /// A string of at most `longest` characters; one of white space only counts as not given.
    pub(super) fn short(self, name: &'static str, longest: usize) -> Result<Option<String>, Refusal> {
        match self.text(name)? {
            Some(text) if text.chars().count() > longest => Err(Refusal::Field(name)),
            other => Ok(other.filter(|t| !t.trim().is_empty())),
        }
    }

    /// True or false, if given.
    pub(super) fn flag(&self, name: &'static str) -> Result<Option<bool>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::Flag(flag) => Ok(Some(*flag)),
            _ => Err(Refusal::Field(name)),
        }
    }

    /// A whole number that must be there.
    pub(super) fn whole(&self, name: &'static str) -> Result<i64, Refusal> {
        if let Self::Whole(n) = self { Ok(*n) } else { Err(Refusal::Field(name)) }
    }

    /// Strings, if given.
    pub(super) fn texts(self, name: &'static str) -> Result<Vec<String>, Refusal> {
        match self {
            Self::Absent => Ok(Vec::new()),
            Self::Texts(texts) => Ok(texts),
            _ => Err(Refusal::Field(name)),
        }
    }
}

impl<'de> Deserialize<'de> for Given {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Taker)
    }
}

/// A field that must be an object, read as it came like [`Given`].
#[derive(Default)]
pub(super) enum Part<T> {
    /// Not there, or null.
    #[default]
    Absent,
    /// An object.
    There(T),
    /// Anything else.
    Other,
}

impl<T> Part<T> {
    /// The object, if there is one.
    pub(super) fn object(self, name: &'static str) -> Result<Option<T>, Refusal> {
        match self {
            Self::Absent => Ok(None),
            Self::There(object) => Ok(Some(object)),
            Self::Other => Err(Refusal::Field(name)),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Part<T> {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(Opener(PhantomData))
    }
}

struct Opener<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Opener<T> {
    type Value = Part<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Part<T>, E> {
        Ok(Part::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Part<T>, E> {
        Ok(Part::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Part<T>, E> {
        Ok(Part::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Part<T>, E> {
        Ok(Part::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Part<T>, E> {
        Ok(Part::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Part<T>, E> {
        Ok(Part::Other)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Part<T>, A::Error> {
        while all.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Part::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, all: A) -> Result<Part<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(all)).map(Part::There)
    }
}

struct Taker;

impl<'de> Visitor<'de> for Taker {
    type Value = Given;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_unit<E>(self) -> Result<Given, E> {
        Ok(Given::Absent)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Given, E> {
        Ok(Given::Flag(flag))
    }

    fn visit_i64<E>(self, n: i64) -> Result<Given, E> {
        Ok(Given::Whole(n))
    }

    fn visit_u64<E>(self, n: u64) -> Result<Given, E> {
        Ok(i64::try_from(n).map_or(Given::Other, Given::Whole))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Given, E> {
        Ok(Given::Other)
    }

    fn visit_str<E>(self, text: &str) -> Result<Given, E> {
        Ok(Given::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Given, E> {
        Ok(Given::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut all: A) -> Result<Given, A::Error> {
        let (mut texts, mut right) = (Vec::new(), true);
        while let Some(one) = all.next_element::<Given>()? {
            match one {
                Given::Text(text) => texts.push(text),
                _ => right = false,
            }
        }
        Ok(if right { Given::Texts(texts) } else { Given::Other })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut all: A) -> Result<Given, A::Error> {
        while all.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Given::Other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct One {
        #[serde(default)]
        a: Given,
    }

    fn given(json: &str) -> Option<Given> {
        object::<One>(json.as_bytes()).ok().map(|one| one.a)
    }

    #[test]
    fn every_json_type_is_told_apart() {
        let text = |t: &str| Given::Text(t.to_owned());
        for (json, wanted) in [
            (r"{}", Given::Absent),
            (r#"{"a":null}"#, Given::Absent),
            (r#"{"a":"\u0111\n"}"#, text("đ\n")),
            (r#"{"a":true}"#, Given::Flag(true)),
            (r#"{"a":-7}"#, Given::Whole(-7)),
            (r#"{"a":1.0}"#, Given::Other),
            (r#"{"a":18446744073709551615}"#, Given::Other),
            (r#"{"a":["x","y"]}"#, Given::Texts(vec!["x".into(), "y".into()])),
            (r#"{"a":["x",1,{"y":[]}]}"#, Given::Other),
            (r#"{"a":{"b":{}}}"#, Given::Other),
            (r#" {"z":{"q":[1]},"a":"x"}"#, text("x")),
        ] {
            assert!(given(json) == Some(wanted), "{json}");
        }
    }

    #[test]
    fn an_object_within_is_told_from_everything_else() {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Outer {
            one: Part<One>,
        }
        let read = |json: &str| object::<Outer>(json.as_bytes()).ok().expect("JSON").one.object("one");
        for json in ["{}", r#"{"one":null}"#] {
            assert!(matches!(read(json), Ok(None)), "{json}");
        }
        for json in ["{\"one\":{}}", r#"{"one":{"a":"x","b":[{}]}}"#] {
            assert!(matches!(read(json), Ok(Some(_))), "{json}");
        }
        for json in ["1", "-1", "1.5", "true", r#""x""#, "[]", r#"[{"a":"x"}]"#] {
            assert_eq!(read(&format!("{{\"one\":{json}}}")).err(), Some(Refusal::Field("one")), "{json}");
        }
        assert!(object::<Outer>(br#"{"one":{"a":"x","a":"y"}}"#).is_err(), "which of both is nobody's guess");
    }

    #[test]
    fn what_is_not_one_object_is_refused() {
        for json in ["", "[]", r#"["x"]"#, "1", "null", "{", r#"{"a":"x"}{}"#, r#"{"a":"\ud800"}"#, "{'a':1}"]
        {
            assert!(given(json).is_none(), "{json}");
        }
        assert!(object::<One>(b"{\"a\":\"\xff\"}").is_err());
        let deep = format!("{}{}", r#"{"a":"#.repeat(5000), "}".repeat(5000));
        assert!(given(&deep).is_none());
    }

    #[tokio::test]
    async fn a_body_may_come_in_pieces_but_not_be_too_long() {
        let pieces = |n: usize| {
            let all = (0..n).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(b"abcd")));
            Body::from_stream(futures_util::stream::iter(all))
        };
        assert_eq!(whole(pieces(3), 12).await.ok().as_deref(), Some(b"abcdabcdabcd".as_slice()));
        assert!(matches!(whole(pieces(4), 12).await, Err(Failure::Refused(Refusal::TooLarge))));
        let endless =
            futures_util::stream::repeat_with(|| Ok::<_, std::io::Error>(Bytes::from(vec![0; 65536])));
        let refused = whole(Body::from_stream(endless), 12).await;
        assert!(matches!(refused, Err(Failure::Refused(Refusal::TooLarge))));
    }
}
