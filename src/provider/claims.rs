//! From a provider's claims to our own profile fields, by JSON Pointers (RFC 6901).

use serde::Deserialize;
use serde_json::{Map, Value};

/// Longest profile value that is carried over, in bytes. A longer one is left out: it would
/// make every request of the person's to every API larger.
const MAX_VALUE: usize = 2048;

/// Where the profile fields stand in a provider's answer. Of several places the first that
/// holds a text wins; a field without a place is not known for this provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClaimMap {
    email: Vec<Pointer>,
    email_verified: Vec<Condition>,
    name: Vec<Pointer>,
    given_name: Vec<Pointer>,
    family_name: Vec<Pointer>,
    preferred_username: Vec<Pointer>,
    picture: Vec<Pointer>,
    locale: Vec<Pointer>,
}

impl Default for ClaimMap {
    /// The standard claims of OpenID Connect Core §5.1.
    fn default() -> Self {
        let at = |name: &str| vec![Pointer(vec![name.to_owned()])];
        Self {
            email: at("email"),
            email_verified: vec![Condition {
                at: Pointer(vec!["email_verified".to_owned()]),
                equals: None,
            }],
            name: at("name"),
            given_name: at("given_name"),
            family_name: at("family_name"),
            preferred_username: at("preferred_username"),
            picture: at("picture"),
            locale: at("locale"),
        }
    }
}

/// What a provider says of a person beside the id. Nothing here identifies anyone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Profile {
    /// E-mail address.
    pub(crate) email: Option<String>,
    /// Whether the provider has verified it; false when it does not say.
    pub(crate) email_verified: bool,
    /// Full name for display.
    pub(crate) name: Option<String>,
    /// Given names.
    pub(crate) given_name: Option<String>,
    /// Family names.
    pub(crate) family_name: Option<String>,
    /// The name by which the person wants to be called; may change hands.
    pub(crate) preferred_username: Option<String>,
    /// Address of a picture.
    pub(crate) picture: Option<String>,
    /// Language tag as the provider writes it.
    pub(crate) locale: Option<String>,
}

impl ClaimMap {
    /// Reads the profile out of a provider's claims.
    pub(crate) fn read(&self, claims: &Map<String, Value>) -> Profile {
        let first = |places: &[Pointer]| places.iter().find_map(|place| text(place.find(claims)?));
        let email = first(&self.email);
        Profile {
            email_verified: email.is_some()
                && self.email_verified.iter().any(|it| it.holds(claims)),
            email,
            name: first(&self.name),
            given_name: first(&self.given_name),
            family_name: first(&self.family_name),
            preferred_username: first(&self.preferred_username),
            picture: first(&self.picture),
            locale: first(&self.locale),
        }
    }
}

fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let fits = (1..=MAX_VALUE).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
}

/// A JSON Pointer (RFC 6901) to a member below the top, taken apart when it is loaded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Pointer(Vec<String>);

/// Text that is no JSON Pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a JSON Pointer (RFC 6901): it starts with '/'")]
pub(crate) struct BadPointer;

impl TryFrom<String> for Pointer {
    type Error = BadPointer;

    fn try_from(text: String) -> Result<Self, BadPointer> {
        let path = text.strip_prefix('/').ok_or(BadPointer)?;
        Ok(Self(path.split('/').map(|part| part.replace("~1", "/").replace("~0", "~")).collect()))
    }
}

impl Pointer {
    fn find<'a>(&self, claims: &'a Map<String, Value>) -> Option<&'a Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter().try_fold(claims.get(first)?, |value, part| match value {
            Value::Object(map) => map.get(part),
            Value::Array(items) => items.get(part.parse::<usize>().ok()?),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
        })
    }
}

/// Something that is so when a member is true or, with `equals`, has this text.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Condition {
    at: Pointer,
    equals: Option<String>,
}

impl Condition {
    fn holds(&self, claims: &Map<String, Value>) -> bool {
        match (self.at.find(claims), &self.equals) {
            (Some(value), Some(expected)) => value.as_str() == Some(expected),
            (Some(value), None) => is_true(value),
            (None, _) => false,
        }
    }
}

/// Booleans come as JSON booleans, and from some providers as the strings or numbers that stand
/// for one. What is not clearly true is false.
fn is_true(value: &Value) -> bool {
    match value {
        Value::Bool(value) => *value,
        Value::String(text) => text == "true" || text == "1",
        Value::Number(number) => number.as_u64() == Some(1),
        Value::Null | Value::Array(_) | Value::Object(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(claims: &Value) -> Profile {
        ClaimMap::default().read(claims.as_object().unwrap())
    }

    #[test]
    fn standard_claims_are_read_and_the_rest_is_left() {
        let profile = read(&json!({
            "sub": "1", "email": "ada@example.com", "email_verified": true, "name": "Ada Lovelace",
            "given_name": " Ada ", "family_name": "", "picture": 7, "locale": "en", "x": {"y": 1}
        }));
        let expected = Profile {
            email: Some("ada@example.com".to_owned()),
            email_verified: true,
            name: Some("Ada Lovelace".to_owned()),
            given_name: Some("Ada".to_owned()),
            locale: Some("en".to_owned()),
            ..Profile::default()
        };
        assert_eq!(profile, expected);
    }

    #[test]
    fn an_email_is_verified_only_when_the_provider_clearly_says_so() {
        for (value, expected) in [
            (json!(true), true),
            (json!("true"), true),
            (json!("1"), true),
            (json!(1), true),
            (json!(false), false),
            (json!("false"), false),
            (json!("TRUE"), false),
            (json!("yes"), false),
            (json!(0), false),
            (json!(null), false),
            (json!([true]), false),
        ] {
            let profile = read(&json!({"email": "a@b.test", "email_verified": value}));
            assert_eq!(profile.email_verified, expected, "{value}");
        }
        assert!(!read(&json!({"email": "a@b.test"})).email_verified, "missing");
        assert!(!read(&json!({"email_verified": true})).email_verified, "no e-mail");
    }

    #[test]
    fn values_that_are_too_long_or_not_printable_are_left_out() {
        assert_eq!(read(&json!({"name": "x".repeat(2049)})).name, None);
        assert_eq!(read(&json!({"name": "a\u{0}b"})).name, None);
    }

    #[test]
    fn pointers_reach_into_objects_and_arrays() {
        let claims = json!({"a": [{"b/c": {"~": "x"}}]});
        let find = |text: &str| {
            Pointer::try_from(text.to_owned()).unwrap().find(claims.as_object().unwrap()).cloned()
        };
        assert_eq!(find("/a/0/b~1c/~0"), Some(json!("x")));
        assert_eq!(find("/a/1"), None);
        assert_eq!(find("/a/b"), None);
        assert_eq!(Pointer::try_from("a".to_owned()), Err(BadPointer));
    }
}
