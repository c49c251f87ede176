//! The answers of a provider about one person, and references to their members.

use std::fmt;

use serde::Deserialize;

use super::pointer::Pointer;
use crate::json::{Json, Members};

/// What a provider has answered about one person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Answers<'a> {
    /// The profile, the claims of an ID token, or whatever else is being read.
    pub(crate) main: &'a Members<'a>,
    /// The call that had to be made before.
    pub(crate) lookup: Option<&'a Members<'a>>,
    /// The headers of that call that the row names.
    pub(crate) headers: Option<&'a Members<'a>>,
    /// The token endpoint's.
    pub(crate) token: Option<&'a Members<'a>>,
}

impl<'a> Answers<'a> {
    /// A single answer.
    pub(crate) fn of(main: &'a Members<'a>) -> Self {
        Self { main, lookup: None, headers: None, token: None }
    }
}

/// Which answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Source {
    Main,
    Lookup,
    Header,
    Token,
}

/// A member of one of the answers: `/a/b`, or `token#/a/b`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Reference {
    source: Source,
    pointer: Pointer,
}

impl TryFrom<String> for Reference {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{text}` is no place: a JSON Pointer (RFC 6901) such as /id, also after \
                 `lookup#` or `token#`, or `header#` with a name"
            )
        };
        let (source, rest) = match text.split_once('#') {
            Some(("lookup", rest)) => (Source::Lookup, rest),
            Some(("token", rest)) => (Source::Token, rest),
            Some(("header", name)) => {
                let pointer = Pointer::to_member(&name.to_ascii_lowercase());
                return Ok(Self { source: Source::Header, pointer });
            }
            // A member's name may have the sign too.
            None | Some(_) => (Source::Main, text.as_str()),
        };
        let pointer = Pointer::try_from(rest.to_owned()).map_err(|_| wrong())?;
        if rest.is_empty() { Err(wrong()) } else { Ok(Self { source, pointer }) }
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let source = match self.source {
            Source::Main => "",
            Source::Lookup => "lookup#",
            Source::Header => "header#",
            Source::Token => "token#",
        };
        write!(f, "{source}{}", self.pointer)
    }
}

impl Reference {
    /// Whether it is in the token endpoint's answer.
    pub(super) fn is_token(&self) -> bool {
        self.source == Source::Token
    }

    /// Whether it is in the answer of the call before the others, or in its headers.
    pub(super) fn is_lookup(&self) -> bool {
        matches!(self.source, Source::Lookup | Source::Header)
    }

    /// Returns the header, if it is one.
    pub(super) fn header(&self) -> Option<String> {
        let name = || self.pointer.to_string().trim_start_matches('/').to_owned();
        (self.source == Source::Header).then(name)
    }

    /// Points to a member of the top.
    pub(super) fn to_member(name: &str) -> Self {
        Self { source: Source::Main, pointer: Pointer::to_member(name) }
    }

    /// Returns what is there.
    pub(crate) fn find<'a>(&self, answers: &Answers<'a>) -> Option<&'a Json<'a>> {
        let answer = match self.source {
            Source::Main => Some(answers.main),
            Source::Lookup => answers.lookup,
            Source::Header => answers.headers,
            Source::Token => answers.token,
        };
        self.pointer.find(answer?)
    }
}
