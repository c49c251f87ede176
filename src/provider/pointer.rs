//! JSON Pointers (RFC 6901) into a provider's answers.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use crate::json::{Json, Members};

/// The part that stands for the first.
const ANY: &str = "*";

/// A JSON Pointer (RFC 6901), taken apart when it is loaded. The part `*`, which is ours, stands for
/// the first member or item: some answers have the one that counts under a name of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pointer(Vec<String>);

/// Text that is no JSON Pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON Pointer (RFC 6901): it is empty or starts with '/', and has '~' as ~0")]
pub(crate) struct BadPointer;

impl TryFrom<String> for Pointer {
    type Error = BadPointer;

    fn try_from(text: String) -> Result<Self, BadPointer> {
        if text.is_empty() {
            return Ok(Self(Vec::new()));
        }
        let path = text.strip_prefix('/').ok_or(BadPointer)?;
        // After a tilde stands 0 or 1 and nothing else (§3).
        if path.split('~').skip(1).any(|rest| !rest.starts_with(['0', '1'])) {
            return Err(BadPointer);
        }
        Ok(Self(path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect()))
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in &self.0 {
            write!(f, "/{}", part.replace('~', "~0").replace('/', "~1"))?;
        }
        Ok(())
    }
}

impl Pointer {
    /// Points to a member of the top.
    pub(super) fn to_member(name: &str) -> Self {
        Self(vec![name.to_owned()])
    }

    /// Returns what is there, below an object. The empty pointer, which is the object itself,
    /// finds nothing.
    pub(crate) fn find<'a>(&self, object: &'a Members<'a>) -> Option<&'a Json<'a>> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(object.get(first)?, below)
    }

    /// Returns what is there, below any value.
    pub(crate) fn find_in<'a>(&self, value: &'a Json<'a>) -> Option<&'a Json<'a>> {
        self.0.iter().try_fold(value, below)
    }
}

fn below<'a>(value: &'a Json<'a>, part: &String) -> Option<&'a Json<'a>> {
    match value {
        Json::Object(members) => {
            members.get(part).or_else(|| members.first().filter(|_| part == ANY))
        }
        Json::Array(items) if part == ANY => items.first(),
        Json::Array(items) => items.get(part.parse::<usize>().ok()?),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => None,
    }
}

/// Reads an id: a text, or a whole number as its decimal digits. A number that JSON readers round
/// (a fraction, an exponent, more than 64 bits) is none: two people could become one.
pub(crate) fn identifier<'a>(value: &'a Json<'_>) -> Option<Cow<'a, str>> {
    match value {
        Json::Text(text) => Some(Cow::Borrowed(text)),
        Json::Number(number) if number.is_u64() || number.is_i64() => {
            Some(Cow::Owned(number.to_string()))
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::json::parse;

    fn pointer(text: &str) -> Pointer {
        Pointer::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn pointers_reach_into_objects_and_arrays() {
        let claims = Members::of(&json!({"a": [{"b/c": {"~": "x"}}]}));
        let find = |text: &str| pointer(text).find(&claims).cloned();
        assert_eq!(find("/a/0/b~1c/~0"), Some(json!("x").into()));
        assert_eq!(find("/a/*/*/~0"), Some(json!("x").into()));
        assert_eq!(find("/a/1"), None);
        assert_eq!(find("/a/b"), None);
        assert_eq!(find(""), None);
        let list = Json::from(json!(["x"]));
        assert_eq!(pointer("").find_in(&list), Some(&list));
        assert_eq!(pointer("/0").find_in(&list), Some(&json!("x").into()));
        assert_eq!(pointer("/a/0/b~1c/~0").to_string(), "/a/0/b~1c/~0");
        for wrong in ["a", "/~2", "/a~b", "/a~"] {
            assert_eq!(Pointer::try_from(wrong.to_owned()), Err(BadPointer), "{wrong}");
        }
    }

    #[test]
    fn an_id_is_a_text_or_an_exact_whole_number() {
        let read = |text: &str| {
            let value = parse(text.as_bytes()).unwrap();
            identifier(&value).map(Cow::into_owned)
        };
        for (value, expected) in [
            ("583231", "583231"),
            ("9007199254740993", "9007199254740993"),
            ("18446744073709551615", "18446744073709551615"),
            ("-7", "-7"),
            (r#""007""#, "007"),
        ] {
            assert_eq!(read(value).as_deref(), Some(expected));
        }
        for value in ["18446744073709551616", "5.0", "5e3", "true", "null", "[1]", "{}"] {
            assert_eq!(read(value), None, "{value}");
        }
    }
}
