//! From a provider's claims to our own profile fields, by JSON Pointers (RFC 6901).

use serde::Deserialize;
use serde_json::{Map, Value};

use super::pointer::{Condition, Pointer};

/// Longest profile value that is carried over, in bytes. A longer one is left out: it would
/// make every request of the person's to every API larger.
const MAX_VALUE: usize = 2048;

/// Where the profile fields stand in a provider's answer. Of several places the first that
/// holds a text wins; a field without a place is not known for this provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ClaimMap {
    email: Vec<Place>,
    email_verified: Vec<Condition>,
    name: Vec<Place>,
    given_name: Vec<Place>,
    family_name: Vec<Place>,
    preferred_username: Vec<Place>,
    picture: Vec<Place>,
    /// What makes a picture nobody's: a silhouette for those who have none.
    picture_unless: Vec<Condition>,
    locale: Vec<Place>,
}

/// Where a text stands: at one place, or in parts at several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
enum Place {
    At(Pointer),
    Joined { join: Vec<Pointer>, with: String },
}

impl Place {
    fn read(&self, claims: &Map<String, Value>) -> Option<String> {
        match self {
            Self::At(pointer) => text(pointer.find(claims)?),
            Self::Joined { join, with } => {
                let parts = join.iter().map(|part| text(part.find(claims)?));
                Some(parts.collect::<Option<Vec<_>>>()?.join(with))
            }
        }
    }
}

impl Default for ClaimMap {
    /// The standard claims of OpenID Connect Core §5.1.
    fn default() -> Self {
        let at = |name: &str| vec![Place::At(Pointer::to_member(name))];
        Self {
            email: at("email"),
            email_verified: vec![Condition {
                at: Pointer::to_member("email_verified"),
                equals: None,
            }],
            name: at("name"),
            given_name: at("given_name"),
            family_name: at("family_name"),
            preferred_username: at("preferred_username"),
            picture: at("picture"),
            picture_unless: Vec::new(),
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
        let first = |places: &[Place]| places.iter().find_map(|place| place.read(claims));
        let any = |conditions: &[Condition]| conditions.iter().any(|it| it.holds(claims));
        let email = first(&self.email);
        Profile {
            email_verified: email.is_some() && any(&self.email_verified),
            email,
            name: first(&self.name),
            given_name: first(&self.given_name),
            family_name: first(&self.family_name),
            preferred_username: first(&self.preferred_username),
            picture: first(&self.picture).filter(|_| !any(&self.picture_unless)),
            locale: first(&self.locale),
        }
    }
}

/// Reads a profile value: not empty, not too long, printable.
pub(crate) fn text(value: &Value) -> Option<String> {
    let text = value.as_str()?.trim();
    let fits = (1..=MAX_VALUE).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then(|| text.to_owned())
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
    fn a_text_may_stand_in_parts_and_a_silhouette_is_no_picture() {
        let map: ClaimMap = toml::from_str(
            r#"
            locale = ["/locale", { join = ["/locale/language", "/locale/country"], with = "-" }]
            picture = ["/picture/url"]
            picture_unless = [{ at = "/picture/is_silhouette" }]
            "#,
        )
        .unwrap();
        let read = |claims: Value| {
            let profile = map.read(claims.as_object().unwrap());
            (profile.locale, profile.picture)
        };
        let parts = json!({"locale": {"language": "en", "country": "US"}});
        assert_eq!(read(parts), (Some("en-US".to_owned()), None));
        assert_eq!(read(json!({"locale": {"language": "en"}})), (None, None));
        assert_eq!(read(json!({"locale": "de_CH"})).0.as_deref(), Some("de_CH"));
        for (silhouette, expected) in [(true, None), (false, Some("https://a.test/p"))] {
            let picture = json!({"url": "https://a.test/p", "is_silhouette": silhouette});
            assert_eq!(read(json!({"picture": picture})).1.as_deref(), expected);
        }
    }
}
