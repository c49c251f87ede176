//! JSON that says each thing once. Which members mean what is decided elsewhere.

use std::fmt;

use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Parses JSON in which no object, at any depth, names a member twice.
///
/// RFC 7519 §4 and RFC 7515 §4 let a parser refuse doubled members; one that takes the first or
/// the last lets a token mean different things to the one who signs and the one who reads.
/// Nesting is bounded by `serde_json` (128).
///
/// # Errors
///
/// [`JsonError`] for anything else; its text holds member names and positions, never values.
pub(crate) fn parse(input: &[u8]) -> Result<Value, JsonError> {
    let mut deserializer = serde_json::Deserializer::from_slice(input);
    let value = Strict.deserialize(&mut deserializer).map_err(|error| JsonError::from(&error))?;
    deserializer.end().map_err(|error| JsonError::from(&error))?;
    Ok(value)
}

/// Parses a JSON object, as [`parse`] does.
///
/// # Errors
///
/// [`JsonError`], also for another value than an object.
pub(crate) fn parse_object(input: &[u8]) -> Result<Map<String, Value>, JsonError> {
    match parse(input)? {
        Value::Object(map) => Ok(map),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(JsonError::NotAnObject)
        }
    }
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

/// For how many members there is room at first: as many as most ID tokens have.
const MEMBERS: usize = 16;

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

/// Builds a [`Value`] and stops at a doubled member.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON without doubled members")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Self)? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut map = Map::with_capacity(MEMBERS);
        while let Some(name) = access.next_key::<String>()? {
            let value = access.next_value_seed(Self)?;
            if map.insert(name, value).is_some() {
                return Err(de::Error::custom(DOUBLED));
            }
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_comes_out_as_it_stands() {
        let text = br#"{"a":[1,-2,1.5,true,null],"b":{"c":"d"}}"#;
        let map = parse_object(text).unwrap();
        assert_eq!(serde_json::to_vec(&map).unwrap(), text);
    }

    #[test]
    fn what_is_doubled_trailing_or_no_object_is_refused() {
        let table: [(&[u8], JsonError); 6] = [
            (br#"{"a":1,"a":2}"#, JsonError::Doubled),
            (br#"{"a":{"b":1,"b":1}}"#, JsonError::Doubled),
            (br#"{"a":1,"\u0061":2}"#, JsonError::Doubled),
            (b"[1]", JsonError::NotAnObject),
            (br#"{"a":1} x"#, JsonError::Syntax { line: 1, column: 9 }),
            (b"{\"a\":\"\xff\"}", JsonError::Syntax { line: 1, column: 7 }),
        ];
        for (text, expected) in table {
            assert_eq!(parse_object(text), Err(expected), "{}", String::from_utf8_lossy(text));
        }
    }
}
