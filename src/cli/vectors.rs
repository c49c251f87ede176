//! `vectors`: tokens that a verifier has to take and to refuse.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};

use super::Failure;
use super::explain::named_client;
use super::providers::ListFormat;
use crate::client::{Client, ClientId};
use crate::clock::{Clock, UnixTime};
use crate::config::{Config, Sources};
use crate::jose::Algorithm;
use crate::keys::SigningKeys;
use crate::vectors::{Vector, Vectors};

/// What tokens by throw-away keys say.
const ISSUER: &str = "https://id.example.com";
const AUDIENCE: &str = "https://api.example.com";
const CLIENT: &str = "spa";
const LIFETIME: u64 = 900;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Sign by the keys of this configuration, for a verifier that fetches its key set: the good
    /// tokens are as good as issued ones, and `without_expiry` is left out. Without it by keys that
    /// are thrown away
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Whose audience the tokens are for [default: the first client]
    #[arg(long, value_name = "ID", requires = "config")]
    client: Option<String>,
    /// How to write them
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    format: ListFormat,
}

pub(super) fn execute(arguments: &Arguments) -> Result<String, Failure> {
    let now = Clock::System.now();
    let Some(file) = &arguments.config else { return thrown_away(arguments, now) };
    let config = Config::load(&Sources::of_process(Some(file.clone())))?;
    let keys = SigningKeys::load(config.keys.clone(), Clock::System);
    let keys = keys.map_err(|error| Failure::other(&error))?;
    let client = match &arguments.client {
        Some(id) => named_client(&config, id)?,
        None => first_client(&config)?,
    };
    let key = signing_key(&keys)?;
    let vectors = Vectors::of((&config.issuer, &client), &key, now);
    let vectors = vectors.ok_or_else(|| Failure::Usage("the client has no audience".to_owned()))?;
    let made = vectors.make().map_err(|error| Failure::other(&error))?;
    // By a key that is in use it would be good for ever, where the very fault is that it looks for.
    let made: Vec<_> = made.into_iter().filter(|it| it.name != "without_expiry").collect();
    written((&vectors, &made), &keys, arguments.format)
}

fn thrown_away(arguments: &Arguments, now: UnixTime) -> Result<String, Failure> {
    let keys = SigningKeys::throw_away(Algorithm::Es256, Clock::System);
    let keys = keys.map_err(|error| Failure::other(&error))?;
    let key = signing_key(&keys)?;
    let client_id = ClientId::parse(CLIENT);
    let client_id = client_id.ok_or_else(|| Failure::Other("no client ID".to_owned()))?;
    let vectors = Vectors {
        issuer: ISSUER,
        audience: AUDIENCE,
        client_id: &client_id,
        lifetime: LIFETIME,
        key: &key,
        now,
    };
    let made = vectors.make().map_err(|error| Failure::other(&error))?;
    written((&vectors, &made), &keys, arguments.format)
}

fn first_client(config: &Config) -> Result<Arc<Client>, Failure> {
    let first = config.clients.iter().next().cloned();
    first.ok_or_else(|| Failure::Usage("the configuration has no client".to_owned()))
}

fn signing_key(keys: &SigningKeys) -> Result<crate::jose::SigningKey, Failure> {
    let none = || Failure::Other("no key may sign now: `countersign keys list`".to_owned());
    keys.signing_key().ok_or_else(none)
}

fn written(
    (vectors, made): (&Vectors<'_>, &[Vector]),
    keys: &SigningKeys,
    format: ListFormat,
) -> Result<String, Failure> {
    Ok(match format {
        ListFormat::Json => {
            let key_set = serde_json::from_slice::<Value>(&keys.published().body);
            let key_set = key_set.map_err(|error| Failure::other(&error))?;
            let document = json!({
                "issuer": vectors.issuer,
                "audience": vectors.audience,
                "jwks": key_set,
                "tokens": made.iter().map(json_of).collect::<Value>(),
            });
            format!("{document:#}\n")
        }
        ListFormat::Text => {
            let mut text = format!("issuer {}, audience {}\n", vectors.issuer, vectors.audience);
            for Vector { name, accept, why, token } in made {
                let verdict = if *accept { "accept" } else { "refuse" };
                // Writing to a string does not fail.
                let _ = write!(text, "\n{verdict} {name}: {why}\n{token}\n");
            }
            text
        }
    })
}

fn json_of(vector: &Vector) -> Value {
    let Vector { name, accept, why, token } = vector;
    json!({ "name": name, "accept": accept, "why": why, "token": token })
}
