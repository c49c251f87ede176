//! The APIs that take our tokens: each keeps the key set for as long as our headers allow, to the
//! second, and never looks again because a token has a key that it does not know.

use std::collections::{HashMap, HashSet, VecDeque};
use std::str::FromStr as _;
use std::sync::Mutex as Lock;

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde_json::{Map, Value};
use tokio::sync::Mutex;

use super::dice::Dice;
use super::expected::Person;
use super::world::World;
use crate::support::answer::Answer;

/// How many there are.
const COUNT: usize = 12;
/// How many of the last tokens and codes are kept to be sent again.
const KEPT: usize = 200;
/// How long a token is good, as the configuration has it.
const LIFETIME: i64 = 900;

const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";

/// The verifiers, and what was issued.
#[derive(Debug)]
pub(super) struct Verifiers {
    front: String,
    all: Vec<Mutex<Cached>>,
    issued: Lock<Issued>,
}

/// A key set as it was fetched last.
#[derive(Default)]
struct Cached {
    keys: HashMap<String, (DecodingKey, Algorithm)>,
    tag: Option<String>,
    until: i64,
}

#[derive(Debug, Default)]
struct Issued {
    ids: HashSet<String>,
    tokens: VecDeque<(String, i64)>,
    codes: VecDeque<String>,
}

impl std::fmt::Debug for Cached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cached").field("tag", &self.tag).finish_non_exhaustive()
    }
}

impl Verifiers {
    /// Makes verifiers that have fetched nothing yet.
    pub(super) fn new(front: String) -> Self {
        let all = std::iter::repeat_with(Mutex::default).take(COUNT).collect();
        Self { front, all, issued: Lock::default() }
    }

    /// Returns a token that was issued, and until when it is good.
    pub(super) fn issued(&self, dice: &mut Dice) -> Option<(String, i64)> {
        let tokens = &self.issued.lock().unwrap().tokens;
        (!tokens.is_empty()).then(|| tokens[dice.index(tokens.len())].clone())
    }

    /// Returns a code that a token was issued for, once.
    pub(super) fn spent_code(&self) -> Option<String> {
        self.issued.lock().unwrap().codes.pop_front()
    }

    /// Keeps a code that a token was issued for.
    pub(super) fn spend(&self, code: String) {
        let codes = &mut self.issued.lock().unwrap().codes;
        codes.push_back(code);
        codes.truncate(KEPT);
    }

    /// Has one of the verifiers look at a token, fetching the key set first if its time is over,
    /// and returns the claims.
    pub(super) async fn verify(
        &self,
        (world, number): (&World, u64),
        token: &str,
    ) -> Result<Map<String, Value>, String> {
        let index = usize::try_from(number).unwrap() % COUNT;
        let mut cached = self.all[index].lock().await;
        let now = world.base.clocks.read().common;
        if now >= cached.until {
            self.fetch(world, &mut cached, index).await?;
        }
        cached.verify(token)
    }

    async fn fetch(&self, world: &World, cached: &mut Cached, index: usize) -> Result<(), String> {
        let is_first = cached.keys.is_empty();
        let answer = self.get(world, "/.well-known/jwks.json", cached.tag.as_deref()).await?;
        let keep = answer.header("cache-control").and_then(|it| it.rsplit_once("max-age="));
        let keep: i64 = keep.and_then(|(_, age)| age.parse().ok()).ok_or("no max-age")?;
        if answer.status == 200 {
            let set: JwkSet = serde_json::from_value(answer.json()).map_err(|it| it.to_string())?;
            cached.tag = answer.header("etag").map(str::to_owned);
            cached.keys = set.keys.iter().map(key).collect::<Result<_, _>>()?;
        }
        // So that they do not all fetch at the same time, the first set is kept for less.
        let share = i64::try_from(index + 1).unwrap();
        let keep = if is_first { keep * share / i64::try_from(COUNT).unwrap() } else { keep };
        cached.until = world.base.clocks.read().common + keep;
        let metadata = self.get(world, "/.well-known/openid-configuration", None).await?;
        let says_so = metadata.text("issuer") == ISSUER;
        says_so.then_some(()).ok_or_else(|| format!("metadata: {}", metadata.body))
    }

    async fn get(&self, world: &World, path: &str, tag: Option<&str>) -> Result<Answer, String> {
        let mut request = world.client.get(format!("{}{path}", self.front));
        if let Some(tag) = tag {
            request = request.header("if-none-match", tag);
        }
        let answer = world.send("key set or metadata", request).await;
        let answer = answer.ok_or_else(|| format!("no answer at {path}"))?;
        let is_good = answer.status == 200 || (tag.is_some() && answer.status == 304);
        is_good.then_some(()).ok_or_else(|| format!("{path}: {}", answer.status))?;
        Ok(answer)
    }

    /// Checks what a token says that was issued between these moments of the replica's clock, and
    /// keeps it to be sent again.
    pub(super) fn check(
        &self,
        (token, claims): (String, &Map<String, Value>),
        person: &Person,
        (low, high): (i64, i64),
    ) -> Result<i64, String> {
        let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| claims.get(name).and_then(Value::as_i64).unwrap_or_default();
        for (name, expected) in [
            ("sub", person.sub.as_str()),
            ("idp", person.idp),
            ("idp_sub", person.idp_sub.as_str()),
            ("idp_binding", person.binding),
            ("aud", AUDIENCE),
            ("client_id", "spa"),
        ] {
            if text(name) != expected {
                return Err(format!("`{name}` is {}; expected {expected}", text(name)));
            }
        }
        let (issued, until) = (number("iat"), number("exp"));
        if !(low..=high).contains(&issued) || until - issued != LIFETIME {
            return Err(format!("from {issued} to {until}, by a clock from {low} to {high}"));
        }
        let mut kept = self.issued.lock().unwrap();
        if !kept.ids.insert(text("jti").to_owned()) {
            return Err(format!("`jti` {} twice", text("jti")));
        }
        kept.tokens.push_back((token, until));
        if kept.tokens.len() > KEPT {
            kept.tokens.pop_front();
        }
        Ok(until)
    }
}

fn key(jwk: &jsonwebtoken::jwk::Jwk) -> Result<(String, (DecodingKey, Algorithm)), String> {
    let id = jwk.common.key_id.clone().ok_or("a key without ID")?;
    let algorithm = jwk.common.key_algorithm.ok_or("a key without algorithm")?.to_string();
    let algorithm = Algorithm::from_str(&algorithm).map_err(|error| error.to_string())?;
    let key = DecodingKey::from_jwk(jwk).map_err(|error| error.to_string())?;
    Ok((id, (key, algorithm)))
}

impl Cached {
    /// Checks everything but the times, which are the caller's: the library asks the system's
    /// clock.
    fn verify(&self, token: &str) -> Result<Map<String, Value>, String> {
        let header = decode_header(token).map_err(|error| error.to_string())?;
        if header.typ.as_deref() != Some("at+jwt") {
            return Err(format!("`typ` is {:?}", header.typ));
        }
        let id = header.kid.unwrap_or_default();
        let (key, algorithm) = self.keys.get(&id).ok_or_else(|| {
            format!("the key {id} is not among {:?}", self.keys.keys().collect::<Vec<_>>())
        })?;
        let mut checks = Validation::new(*algorithm);
        checks.set_audience(&[AUDIENCE]);
        checks.set_issuer(&[ISSUER]);
        checks.set_required_spec_claims(&["iss", "sub", "aud", "exp"]);
        checks.validate_exp = false;
        let verified = decode::<Map<String, Value>>(token, key, &checks);
        verified.map(|it| it.claims).map_err(|error| error.to_string())
    }
}
