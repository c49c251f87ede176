//! From a provider's claims to our own profile fields, by JSON Pointers (RFC 6901).

use std::borrow::Cow;

use serde::Deserialize;

use super::place::{Found, Place};
use super::pointer::identifier;
use super::reference::Answers;
use super::requirements::Alternatives;
use crate::json::Json;

/// Longest profile value that is carried over, in bytes. A longer one is left out: it would
/// make every request of the person's to every API larger.
const MAX_VALUE: usize = 2048;

/// Where the profile fields stand in a provider's answers. Of several places the first that
/// holds a text wins; a field without a place is not known for this provider.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "RawClaims")]
pub(crate) struct ClaimMap {
    email: Vec<Place>,
    email_verified: Alternatives,
    name: Vec<Place>,
    given_name: Vec<Place>,
    family_name: Vec<Place>,
    preferred_username: Vec<Place>,
    picture: Vec<Place>,
    /// What makes a picture nobody's: a silhouette for those who have none.
    picture_unless: Alternatives,
    locale: Vec<Place>,
}

/// The map as a row has it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawClaims {
    /// Whether what is left out stands where OpenID Connect has it, and not nowhere.
    #[serde(default)]
    openid: bool,
    email: Option<Vec<Place>>,
    email_verified: Option<Alternatives>,
    name: Option<Vec<Place>>,
    given_name: Option<Vec<Place>>,
    family_name: Option<Vec<Place>>,
    preferred_username: Option<Vec<Place>>,
    picture: Option<Vec<Place>>,
    picture_unless: Option<Alternatives>,
    locale: Option<Vec<Place>>,
}

impl From<RawClaims> for ClaimMap {
    fn from(raw: RawClaims) -> Self {
        let base = if raw.openid { Self::default() } else { Self::empty() };
        Self {
            email: raw.email.unwrap_or(base.email),
            email_verified: raw.email_verified.unwrap_or(base.email_verified),
            name: raw.name.unwrap_or(base.name),
            given_name: raw.given_name.unwrap_or(base.given_name),
            family_name: raw.family_name.unwrap_or(base.family_name),
            preferred_username: raw.preferred_username.unwrap_or(base.preferred_username),
            picture: raw.picture.unwrap_or(base.picture),
            picture_unless: raw.picture_unless.unwrap_or(base.picture_unless),
            locale: raw.locale.unwrap_or(base.locale),
        }
    }
}

impl Default for ClaimMap {
    /// The standard claims of OpenID Connect Core §5.1.
    fn default() -> Self {
        let at = |name: &str| vec![Place::to_member(name)];
        Self {
            email: at("email"),
            email_verified: Alternatives::is_true("email_verified"),
            name: at("name"),
            given_name: at("given_name"),
            family_name: at("family_name"),
            preferred_username: at("preferred_username"),
            picture: at("picture"),
            picture_unless: Alternatives::default(),
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
    /// Nothing is known.
    fn empty() -> Self {
        Self {
            email: Vec::new(),
            email_verified: Alternatives::default(),
            name: Vec::new(),
            given_name: Vec::new(),
            family_name: Vec::new(),
            preferred_username: Vec::new(),
            picture: Vec::new(),
            picture_unless: Alternatives::default(),
            locale: Vec::new(),
        }
    }

    /// Reads the profile out of a provider's answers.
    pub(crate) fn read(&self, answers: &Answers<'_>) -> Profile {
        let checked = |found: Found<'_>| match found {
            Found::Text(found) => printable(&found).map(str::to_owned),
            Found::Missing | Found::Wrong => None,
        };
        let first = |places: &[Place]| {
            let mut found = places.iter().map(|place| place.find(answers, text));
            found.find_map(checked)
        };
        // Some have nothing but the number that is the id.
        let mut names = self.preferred_username.iter().map(|it| it.find(answers, identifier));
        let name_or_number = names.find_map(checked);
        let email = first(&self.email);
        let (given_name, family_name) = (first(&self.given_name), first(&self.family_name));
        let joined = || {
            let parts = [&given_name, &family_name].map(|part| part.as_deref().unwrap_or_default());
            Some(parts.join(" ").trim().to_owned()).filter(|name| !name.is_empty())
        };
        Profile {
            email_verified: email.is_some() && self.email_verified.any(answers),
            email,
            name: first(&self.name).or_else(joined),
            given_name,
            family_name,
            preferred_username: name_or_number,
            picture: first(&self.picture).filter(|_| !self.picture_unless.any(answers)),
            locale: first(&self.locale),
        }
    }
}

impl Profile {
    /// Takes from another what is not known here. Whether the e-mail is verified goes with it.
    pub(crate) fn completed_by(self, other: Self) -> Self {
        let (email, email_verified) = match self.email {
            Some(email) => (Some(email), self.email_verified),
            None => (other.email, other.email_verified),
        };
        Self {
            email,
            email_verified,
            name: self.name.or(other.name),
            given_name: self.given_name.or(other.given_name),
            family_name: self.family_name.or(other.family_name),
            preferred_username: self.preferred_username.or(other.preferred_username),
            picture: self.picture.or(other.picture),
            locale: self.locale.or(other.locale),
        }
    }
}

/// Reads a profile value: not empty, not too long, printable.
pub(crate) fn text<'a>(value: &'a Json<'_>) -> Option<Cow<'a, str>> {
    printable(value.as_str()?).map(Cow::Borrowed)
}

fn printable(text: &str) -> Option<&str> {
    let text = text.trim();
    let is_plain = || text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    let fits = (1..=MAX_VALUE).contains(&text.len())
        && (is_plain() || !text.chars().any(char::is_control));
    fits.then_some(text)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::Members;

    fn read(claims: &Value) -> Profile {
        ClaimMap::default().read(&Answers::of(&Members::of(claims)))
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
            locale = ["/locale", { format = "{/locale/language}-{/locale/country}" }]
            picture = ["/picture/url"]
            picture_unless = [{ at = "/picture/is_silhouette" }]
            "#,
        )
        .unwrap();
        let read = |claims: Value| {
            let profile = map.read(&Answers::of(&Members::of(&claims)));
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
