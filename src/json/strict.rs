//! The parser: no object names a member twice.

use std::borrow::Cow;
use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

use super::{Json, Members, same};

/// Parses JSON in which no object, at any depth, names a member twice.
///
/// RFC 7519 §4 and RFC 7515 §4 let a parser refuse doubled members; one that takes the first or
/// the last lets a token mean different things to the one who signs and the one who reads.
/// Nesting is bounded by `serde_json` (128).
///
/// # Errors
///
/// [`JsonError`] for anything else; its text holds member names and positions, never values.
pub(crate) fn parse(input: &[u8]) -> Result<Json<'_>, JsonError> {
    // All of it at once: text by text takes longer.
    let text = std::str::from_utf8(input)
        .map_err(|error| JsonError::at(input.get(..error.valid_up_to()).unwrap_or_default()))?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let whole = Strict { room: MEMBERS };
    let value = whole.deserialize(&mut deserializer).map_err(|error| JsonError::from(&error))?;
    deserializer.end().map_err(|error| JsonError::from(&error))?;
    Ok(value)
}

/// Parses a JSON object, as [`parse`] does.
///
/// # Errors
///
/// [`JsonError`], also for another value than an object.
pub(crate) fn parse_object(input: &[u8]) -> Result<Members<'_>, JsonError> {
    parse(input)?.into_object().ok_or(JsonError::NotAnObject)
}

/// Why bytes are not a JSON object that we take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonError {
    /// A value other than an object.
    #[error("not a JSON object")]
    NotAnObject,
    /// A member that stands twice in one object.
    #[error("a member of an object occurs twice")]
    Doubled,
    /// Not JSON at all; where the parser stopped.
    #[error("not JSON (line {line}, column {column})")]
    Syntax {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
    },
}

impl JsonError {
    /// Says that what follows is no JSON.
    fn at(before: &[u8]) -> Self {
        let last = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let line = before.split(|byte| *byte == b'\n').count();
        Self::Syntax { line, column: last.len() + 1 }
    }
}

/// For how many members of the whole there is room at first: as many as most ID tokens have.
const MEMBERS: usize = 24;
/// Up to how many members each name is compared with those before it.
const FEW: usize = 32;
/// What [`Strict`] says on a doubled member; the one data error that it raises.
const DOUBLED: &str = "doubled member";

impl From<&serde_json::Error> for JsonError {
    fn from(error: &serde_json::Error) -> Self {
        if error.is_data() {
            return Self::Doubled;
        }
        Self::Syntax { line: error.line(), column: error.column() }
    }
}

/// Builds a [`Json`] and stops at a doubled member.
#[derive(Clone, Copy)]
struct Strict {
    /// For how many members there is room at first.
    room: usize,
}

/// What is inside of another value.
const INNER: Strict = Strict { room: 0 };

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without doubled members")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(value.into()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(value.to_owned().into()))
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(INNER)? {
            items.push(item);
        }
        Ok(Json::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Json<'de>, A::Error> {
        let mut members = Vec::with_capacity(self.room);
        while let Some(name) = access.next_key_seed(Name)? {
            members.push((name, access.next_value_seed(INNER)?));
        }
        if has_doubled(&members) {
            return Err(de::Error::custom(DOUBLED));
        }
        Ok(Json::Object(Members(members)))
    }
}

/// Whether two members have one name. Many are sorted, so that nobody makes it quadratic.
fn has_doubled(members: &[(Cow<'_, str>, Json<'_>)]) -> bool {
    let names = || members.iter().map(|(name, _)| &**name);
    if members.len() <= FEW {
        return names().enumerate().any(|(nth, name)| names().take(nth).any(|it| same(it, name)));
    }
    let mut sorted: Vec<_> = names().collect();
    sorted.sort_unstable();
    sorted.windows(2).any(|two| matches!(two, [one, next] if one == next))
}

/// Builds the name of a member.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a member")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
        Ok(name.into())
    }

    fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
        Ok(name.to_owned().into())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn an_object_comes_out_as_it_stands() {
        let text = r#"{"a":[1,-2,1.5,true,null],"b":{"c":"d"},"\u0065":"\n"}"#;
        let members = parse_object(text.as_bytes()).unwrap();
        let whole = r#"{"a":[1,-2,1.5,true,null],"b":{"c":"d"},"e":"\n"}"#;
        assert_eq!(Json::Object(members.clone()).to_string(), whole);
        assert_eq!(Json::from(Value::from(Json::Object(members.clone()))), Json::Object(members));
    }

    #[test]
    fn texts_are_borrowed_where_they_stand_as_they_are() {
        let members = parse_object(br#"{"plain":"text","e\u0073caped":"te\txt"}"#).unwrap();
        let is_borrowed: Vec<_> = members
            .0
            .iter()
            .map(|(name, value)| {
                let Json::Text(text) = value else { panic!("a text") };
                [name, text].map(|it| matches!(it, Cow::Borrowed(_)))
            })
            .collect();
        assert_eq!(is_borrowed, [[true, true], [false, false]]);
    }

    #[test]
    fn what_is_doubled_trailing_or_no_object_is_refused() {
        let table: [(&[u8], JsonError); 8] = [
            (br#"{"a":1,"a":2}"#, JsonError::Doubled),
            (br#"{"a":{"b":1,"b":1}}"#, JsonError::Doubled),
            (br#"[{"b":1,"b":1}]"#, JsonError::Doubled),
            (br#"{"a":1,"\u0061":2}"#, JsonError::Doubled),
            (b"[1]", JsonError::NotAnObject),
            (br#"{"a":1} x"#, JsonError::Syntax { line: 1, column: 9 }),
            (b"{\"a\":\"\xff\"}", JsonError::Syntax { line: 1, column: 7 }),
            (b"{\n\"a\":\"\xff\"}", JsonError::Syntax { line: 2, column: 6 }),
        ];
        for (text, expected) in table {
            assert_eq!(parse_object(text), Err(expected), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn a_doubled_member_is_found_among_any_number() {
        for count in [1, FEW - 1, FEW, FEW + 1, 5000] {
            let all: Vec<_> = (0..count).map(|n| format!("\"{n}\":1")).collect();
            let object = |more: &str| format!("{{{}{more}}}", all.join(","));
            assert!(parse_object(object("").as_bytes()).is_ok(), "{count}");
            let last = format!(",\"{}\":1", count / 2);
            assert_eq!(parse_object(object(&last).as_bytes()), Err(JsonError::Doubled), "{count}");
        }
    }
}
