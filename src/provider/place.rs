//! Where a text stands in what a provider answers about a person: in a member, in several, in a part
//! of one, or in an item of a list.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;

use super::condition::Condition;
use super::pointer::identifier;
use super::reference::{Answers, Reference};
use crate::json::Json;

/// Where a text stands.
#[derive(Debug, Clone, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a place: a JSON Pointer, or a table with `format`, `at` and `take`, or \
                 `list`, `where` and `at`"
)]
pub(crate) enum Place {
    /// In a member.
    At(Reference),
    /// In several, with something between.
    Format(Format),
    /// In a part of a member.
    Part(Part),
    /// In an item of a list.
    Item(Item),
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Format {
    format: Template,
}

/// `{/a}-{/b}`, taken apart.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
struct Template(Vec<Piece>);

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    At(Reference),
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let mut pieces = Vec::new();
        for (nth, part) in text.split('{').enumerate() {
            let (place, rest) = match (nth, part.split_once('}')) {
                (0, _) => (None, part),
                (_, Some((place, rest))) => (Some(place), rest),
                (_, None) => return Err(format!("`{text}` has a brace that is not closed")),
            };
            if let Some(place) = place {
                pieces.push(Piece::At(Reference::try_from(place.to_owned())?));
            }
            if !rest.is_empty() {
                pieces.push(Piece::Text(rest.to_owned()));
            }
        }
        Ok(Self(pieces))
    }
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Part {
    at: Reference,
    take: Take,
}

/// Which part of a text.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Take {
    /// What follows the last slash.
    LastSegment,
    /// What stands before the `@` of an e-mail address.
    LocalPart,
    /// What stands before the question mark of an address.
    BeforeQuery,
    /// All of it, percent-decoded.
    PercentDecoded,
}

impl Take {
    fn of(self, text: &str) -> String {
        match self {
            Self::LastSegment => {
                let text = text.trim_end_matches('/');
                text.rsplit_once('/').map_or(text, |(_, last)| last).to_owned()
            }
            Self::LocalPart => text.split_once('@').map_or(text, |(local, _)| local).to_owned(),
            Self::BeforeQuery => text.split_once('?').map_or(text, |(path, _)| path).to_owned(),
            Self::PercentDecoded => percent_decoded(text),
        }
    }
}

/// What is no UTF-8 when it is decoded stays as it is.
fn percent_decoded(text: &str) -> String {
    // The sign of a form for a space is a plus sign here.
    let encoded = format!("x={}", text.replace('+', "%2B").replace('&', "%26"));
    let decoded = url::form_urlencoded::parse(encoded.as_bytes()).next();
    let decoded = decoded.map(|(_, decoded)| decoded.into_owned());
    decoded.filter(|it| !it.contains('\u{fffd}')).unwrap_or_else(|| text.to_owned())
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Item {
    list: Reference,
    #[serde(rename = "where")]
    condition: Condition,
    at: Reference,
}

/// What stands at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Found<'a> {
    /// Nothing.
    Missing,
    /// Something that is no such text.
    Wrong,
    /// This.
    Text(Cow<'a, str>),
}

impl Place {
    /// Points to a member of the top.
    pub(super) fn to_member(name: &str) -> Self {
        Self::At(Reference::to_member(name))
    }

    /// Whether it is this member of the top.
    pub(super) fn is_member(&self, name: &str) -> bool {
        matches!(self, Self::At(at) if *at == Reference::to_member(name))
    }

    /// Returns every member that is looked at.
    pub(super) fn references(&self) -> Vec<&Reference> {
        match self {
            Self::At(at) | Self::Part(Part { at, .. }) => vec![at],
            Self::Item(item) => {
                let of_condition = item.condition.references();
                of_condition.into_iter().chain([&item.list, &item.at]).collect()
            }
            Self::Format(Format { format: Template(pieces) }) => {
                let at = |piece| match piece {
                    &Piece::Text(_) => None,
                    Piece::At(at) => Some(at),
                };
                pieces.iter().filter_map(at).collect()
            }
        }
    }

    /// Whether different people can have the same text there though their ids differ: nothing of
    /// them stands in it, or nothing stands between two parts.
    pub(super) fn confuses(&self) -> bool {
        let Self::Format(Format { format: Template(pieces) }) = self else { return false };
        let touching = pieces.windows(2).any(|two| matches!(two, [Piece::At(_), Piece::At(_)]));
        self.references().is_empty() || touching
    }

    /// Reads the text that stands there, each member by `read`.
    pub(crate) fn find<'a>(
        &self,
        answers: &Answers<'a>,
        read: impl Fn(&'a Json<'a>) -> Option<Cow<'a, str>>,
    ) -> Found<'a> {
        let at = |at: &Reference| match at.find(answers) {
            Some(value) => read(value).map_or(Found::Wrong, Found::Text),
            None => Found::Missing,
        };
        match self {
            Self::At(place) => at(place),
            Self::Part(Part { at: place, take }) => match at(place) {
                Found::Text(text) => Found::Text(take.of(&text).into()),
                other @ (Found::Missing | Found::Wrong) => other,
            },
            Self::Item(item) => match item.find(answers) {
                Some(value) => read(value).map_or(Found::Wrong, Found::Text),
                None => Found::Missing,
            },
            Self::Format(Format { format: Template(pieces) }) => {
                let mut text = String::new();
                for piece in pieces {
                    match piece {
                        Piece::Text(fixed) => text.push_str(fixed),
                        Piece::At(place) => match at(place) {
                            Found::Text(part) => text.push_str(&part),
                            other @ (Found::Missing | Found::Wrong) => return other,
                        },
                    }
                }
                Found::Text(text.into())
            }
        }
    }

    /// Reads an id, as [`identifier`] does. One that is made of several has nothing in a part that
    /// could be what stands between them: two people could become one.
    pub(crate) fn identifier<'a>(&self, answers: &Answers<'a>) -> Found<'a> {
        let Self::Format(Format { format: Template(pieces) }) = self else {
            return self.find(answers, identifier);
        };
        let is_ambiguous = pieces.windows(3).any(|three| match three {
            [Piece::At(at), Piece::Text(between), Piece::At(_)] => {
                let part = at.find(answers).and_then(identifier);
                part.is_some_and(|part| part.contains(between.as_str()))
            }
            _ => false,
        });
        if is_ambiguous { Found::Wrong } else { self.find(answers, identifier) }
    }
}

impl Item {
    fn find<'a>(&self, answers: &Answers<'a>) -> Option<&'a Json<'a>> {
        let items = self.list.find(answers)?.as_array()?.iter().filter_map(Json::as_object);
        let mut items = items.map(|item| Answers { main: item, ..*answers });
        items.find(|item| self.condition.holds(item)).and_then(|item| self.at.find(&item))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::At(at) | Self::Part(Part { at, .. }) => write!(f, "{at}"),
            Self::Item(Item { list, at, .. }) => write!(f, "{at} of an item of {list}"),
            Self::Format(Format { format: Template(pieces) }) => {
                pieces.iter().try_for_each(|piece| match piece {
                    Piece::Text(text) => f.write_str(text),
                    Piece::At(at) => write!(f, "{{{at}}}"),
                })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::json::Members;

    fn find(place: Value) -> Found<'static> {
        let place: Place = serde_json::from_value(place).unwrap();
        let main = json!({
            "id": 7, "uri": "/users/7/", "email": "ada@example.com", "name": "a%20%C3%A9+%26",
            "icon": "https://a.test/i?x=1", "none": null, "broken": "%ff", "a#b": "c",
            "emails": [
                {"primary": false, "value": "x@example.com"},
                {"primary": true, "value": "y@example.com"},
                "text",
            ],
        });
        let (lookup, token) = (json!({"uid": "l"}), json!({"user": {"id": 9}}));
        let headers = json!({"x-ausername": "ada"});
        let [main, lookup, headers, token] =
            [main, lookup, headers, token].map(|it| Members::of(&it));
        let answers = Answers {
            main: &main,
            lookup: Some(&lookup),
            headers: Some(&headers),
            token: Some(&token),
        };
        match place.identifier(&answers) {
            Found::Text(text) => Found::Text(text.into_owned().into()),
            Found::Missing => Found::Missing,
            Found::Wrong => Found::Wrong,
        }
    }

    #[test]
    fn a_text_stands_in_a_member_of_an_answer_in_parts_or_in_an_item() {
        let text = |text: &'static str| Found::Text(text.into());
        for (place, expected) in [
            (json!("/id"), text("7")),
            (json!("lookup#/uid"), text("l")),
            (json!("token#/user/id"), text("9")),
            (json!("header#X-AUSERNAME"), text("ada")),
            (json!("/a#b"), text("c")),
            (json!({"format": "{/id}:{token#/user/id}."}), text("7:9.")),
            (json!({"format": "constant"}), text("constant")),
            (json!({"at": "/uri", "take": "last_segment"}), text("7")),
            (json!({"at": "/email", "take": "last_segment"}), text("ada@example.com")),
            (json!({"at": "/email", "take": "local_part"}), text("ada")),
            (json!({"at": "/icon", "take": "before_query"}), text("https://a.test/i")),
            (json!({"at": "/name", "take": "percent_decoded"}), text("a é+&")),
            (json!({"at": "/broken", "take": "percent_decoded"}), text("%ff")),
            (
                json!({"list": "/emails", "where": {"at": "/primary"}, "at": "/value"}),
                text("y@example.com"),
            ),
            (json!({"list": "/emails", "where": {"at": "/x"}, "at": "/value"}), Found::Missing),
            (json!({"list": "/id", "where": {"at": "/x"}, "at": "/value"}), Found::Missing),
            (json!({"format": "{/email}@{/id}"}), Found::Wrong),
            (json!({"format": "{/id}@{/email}"}), text("7@ada@example.com")),
            (json!({"format": "{/id}:{/missing}"}), Found::Missing),
            (json!({"format": "{/id}:{/none}"}), Found::Wrong),
            (json!("/none"), Found::Wrong),
            (json!("/missing"), Found::Missing),
            (json!("lookup#/id"), Found::Missing),
        ] {
            assert_eq!(find(place.clone()), expected, "{place}");
        }
    }

    #[test]
    fn what_is_no_place_does_not_load() {
        for wrong in [
            json!("id"),
            json!(""),
            json!("token#id"),
            json!("token#"),
            json!({"format": "{/id"}),
            json!({"format": "{id}"}),
            json!({"at": "/id"}),
            json!({"at": "/id", "take": "half"}),
            json!({"at": "/id", "take": "local_part", "more": 1}),
        ] {
            assert!(serde_json::from_value::<Place>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
