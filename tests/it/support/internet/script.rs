//! A provider whose every answer is written down: what it says at which address, and what a
//! request has to bring for it. Whatever else is asked is refused, and remembered.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};
use url::Url;

use super::call::Call;
use super::reply::Reply;
use crate::support::app::JSON;

/// Stands for any value that is not empty.
const ANYTHING: &str = "*";

/// What the provider answers at an address.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    /// The address. Host and path are compared; what stands in the query must be there.
    #[serde(deserialize_with = "address")]
    pub(crate) url: Url,
    /// The method.
    #[serde(default = "get")]
    pub(crate) method: String,
    /// What the request has to bring.
    pub(crate) needs: Option<Needs>,
    /// The status of the answer.
    #[serde(default = "ok")]
    pub(crate) status: u16,
    /// The headers of the answer.
    #[serde(default)]
    pub(crate) headers: BTreeMap<String, String>,
    /// The body of the answer; JSON unless it is text.
    #[serde(default)]
    pub(crate) body: Value,
    /// Where python-social-auth asks for the same thing.
    #[serde(rename = "was")]
    _was: Option<String>,
    /// How python-social-auth gets the same thing.
    #[serde(rename = "was_body")]
    _was_body: Option<Value>,
}

/// What has to be in a request: the value, `*` for any, null for none.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Needs {
    /// Headers. `Basic name:password` stands for its encoding.
    #[serde(default)]
    pub(crate) headers: Map<String, Value>,
    /// Parameters of the query.
    #[serde(default)]
    pub(crate) query: Map<String, Value>,
    /// Parameters of the form.
    #[serde(default)]
    pub(crate) form: Map<String, Value>,
    /// Members of the JSON body.
    #[serde(default)]
    pub(crate) json: Map<String, Value>,
}

impl Needs {
    fn bearer() -> Self {
        let authorization = ("authorization".to_owned(), "Bearer TOKEN".into());
        Self { headers: Map::from_iter([authorization]), ..Self::default() }
    }
}

fn address<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Url, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn get() -> String {
    "GET".to_owned()
}

fn ok() -> u16 {
    200
}

impl Line {
    /// Returns what is answered at an address to whoever asks.
    pub(crate) fn open(url: Url, body: Value) -> Self {
        Self {
            url,
            method: get(),
            needs: Some(Needs::default()),
            status: ok(),
            headers: BTreeMap::new(),
            body,
            _was: None,
            _was_body: None,
        }
    }

    /// Tells whether a code is redeemed here.
    pub(crate) fn redeems(&self) -> bool {
        let needs = self.needs.iter();
        let mut values =
            needs.flat_map(|needs| [&needs.query, &needs.form, &needs.json]).flat_map(Map::values);
        values.any(|value| value == "CODE")
    }

    /// Has it take another access token than `TOKEN`.
    pub(crate) fn take(&mut self, token: &str) {
        let needs = self.needs.get_or_insert_with(Needs::bearer);
        let parts = [&mut needs.headers, &mut needs.query, &mut needs.form, &mut needs.json];
        for value in parts.into_iter().flat_map(Map::values_mut) {
            if let Some(text) = value.as_str().filter(|text| text.contains("TOKEN")) {
                *value = text.replace("TOKEN", token).into();
            }
        }
    }

    /// Returns the host, with its port unless that is 443.
    pub(crate) fn host(&self) -> String {
        let host = self.url.host_str().unwrap_or_default();
        self.url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    fn is_at(&self, call: &Call) -> bool {
        let mut query = self.url.query_pairs();
        self.host() == call.host
            && self.url.path() == call.path
            && query.all(|(name, value)| call.in_query(&name).as_deref() == Some(&*value))
    }

    /// Says what is missing in a request.
    fn missing(&self, call: &Call) -> Vec<String> {
        let needs = self.needs.clone().unwrap_or_else(Needs::bearer);
        let body = call.json();
        let in_body = |name: &str| body[name].clone();
        let missing = [
            compare("the header", &needs.headers, |name| header(call, name)),
            compare("in the query", &needs.query, |name| call.in_query(name).into()),
            compare("in the form", &needs.form, |name| call.in_form(name).into()),
            compare("in the JSON", &needs.json, in_body),
        ];
        missing.concat()
    }

    fn reply(&self) -> Reply {
        let kind_is_said =
            self.headers.keys().any(|name| name.eq_ignore_ascii_case("content-type"));
        let mut reply = if self.body.is_null() {
            Reply::bare(self.status, String::new())
        } else if self.body.is_string() || kind_is_said {
            Reply::bare(self.status, text(&self.body))
        } else {
            Reply::json(self.status, self.body.clone())
        };
        for (name, value) in &self.headers {
            reply = reply.with(name.clone(), value);
        }
        reply
    }
}

fn header(call: &Call, name: &str) -> Value {
    let value = call.header(name).map(|value| match value.split_once(' ') {
        // The scheme's case does not matter (RFC 9110 §11.1).
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("bearer") => format!("Bearer {rest}"),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => format!("Basic {rest}"),
        _ => value.to_owned(),
    });
    value.into()
}

/// Compares all that is needed in a part of a request with what is there.
fn compare(place: &str, needed: &Map<String, Value>, found: impl Fn(&str) -> Value) -> Vec<String> {
    needed.iter().filter_map(|(name, value)| differs(place, name, value, &found(name))).collect()
}

/// Says how what is needed and what was found differ.
fn differs(place: &str, name: &str, needed: &Value, found: &Value) -> Option<String> {
    let needed = match needed.as_str().and_then(|text| text.strip_prefix("Basic ")) {
        Some(plain) if plain.contains(':') => format!("Basic {}", STANDARD.encode(plain)).into(),
        _ => needed.clone(),
    };
    let fits = match needed.as_str() {
        Some(ANYTHING) => !found.is_null() && found != "",
        // Parameters are text, whatever is written down.
        _ => text(found) == text(&needed) && needed.is_null() == found.is_null(),
    };
    (!fits).then(|| format!("{place} `{name}` is to be {needed} and is {found}"))
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A provider that answers what is written down.
#[derive(Debug, Default)]
pub(crate) struct Script {
    lines: Vec<Line>,
    complaints: Mutex<Vec<String>>,
}

impl Script {
    /// Makes the provider.
    pub(crate) fn new(lines: Vec<Line>) -> Self {
        Self { lines, complaints: Mutex::default() }
    }

    /// Returns what was asked for in vain, and why.
    pub(crate) fn complaints(&self) -> Vec<String> {
        self.complaints.lock().unwrap().clone()
    }

    /// Answers. Of several lines for an address, the first counts whose needs are met.
    pub(super) fn answer(&self, call: &Call) -> Reply {
        let there: Vec<_> = self.lines.iter().filter(|line| line.is_at(call)).collect();
        let (fits, others): (Vec<_>, Vec<_>) =
            there.into_iter().partition(|line| line.method == call.method);
        if let Some(line) = fits.iter().find(|line| line.missing(call).is_empty()) {
            return line.reply();
        }
        let missing = fits.first().map(|line| line.missing(call).join("; "));
        let why = missing.unwrap_or_else(|| match others.first() {
            Some(line) => format!("it takes {}", line.method),
            None => "nothing is there".to_owned(),
        });
        self.complaints.lock().unwrap().push(format!("{}: {why}", Asked(call)));
        match fits.first() {
            Some(_) => Reply::json(401, json!({ "error": "invalid_token" })),
            None => Reply::text(404, JSON, r#"{"error":"not_found"}"#),
        }
    }
}

/// A request's method and address.
struct Asked<'a>(&'a Call);

impl fmt::Display for Asked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Call { method, host, path, query, .. } = self.0;
        let query: Vec<_> = query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        write!(f, "{method} https://{host}{path}")?;
        if query.is_empty() { Ok(()) } else { write!(f, "?{}", query.join("&")) }
    }
}
