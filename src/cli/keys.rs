//! `keys generate|list|rotate|prune|jwks`.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand, ValueEnum};

use super::{Failure, pem};
use crate::clock::{Clock, UnixTime};
use crate::config::{DEFAULT_PERIOD, LONGEST_PERIOD, SHORTEST_PERIOD};
use crate::jose::Algorithm;
use crate::keys::{KeyDirectory, KeyRing, KeySource, Seed, StoredKey, generate, prune, rotate};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a signing key
    Generate {
        #[command(flatten)]
        directory: Directory,
        /// ES256, EdDSA, RS256, PS256, ES384, …
        #[arg(long, default_value = "ES256", value_parser = algorithm)]
        alg: Algorithm,
        /// When it may start to sign: RFC 3339, or seconds since 1970 [default: now]
        #[arg(long, value_name = "TIME", value_parser = moment)]
        not_before: Option<UnixTime>,
    },
    /// List the keys, with what each is doing now
    List(Source),
    /// Add the next signing key, and date the end of the others
    Rotate {
        #[command(flatten)]
        directory: Directory,
        /// Algorithm of the next key [default: that of the current one]
        #[arg(long, value_parser = algorithm)]
        alg: Option<Algorithm>,
    },
    /// Remove the keys that have run out
    Prune(Directory),
    /// Print the public key set (JWKS), or the public keys as PEM for verifiers that read no JWKS
    Jwks {
        #[command(flatten)]
        source: Source,
        /// How to write them
        #[arg(long, value_enum, default_value_t = KeySetFormat::Json)]
        format: KeySetFormat,
        /// With `--format pem`: a directory, for one file `<key ID>.pem` each
        #[arg(long, value_name = "DIRECTORY")]
        out: Option<PathBuf>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum KeySetFormat {
    Json,
    Pem,
}

#[derive(Debug, Args)]
pub(super) struct Directory {
    /// Where the keys are
    #[arg(long = "dir", default_value = "keys", value_name = "DIRECTORY")]
    path: PathBuf,
}

/// A directory, or a seed with what is configured beside it.
#[derive(Debug, Args)]
pub(super) struct Source {
    #[command(flatten)]
    directory: Directory,
    /// The keys that are derived from a seed instead
    #[arg(long, value_name = "FILE", conflicts_with = "path")]
    seed_file: Option<PathBuf>,
    /// How long each of them signs
    #[arg(long, requires = "seed_file", default_value = DEFAULT_PERIOD, value_parser = period)]
    period: Duration,
    /// What they sign with: ES256 or EdDSA
    #[arg(long, requires = "seed_file", default_value = "ES256", value_parser = seed_algorithm)]
    alg: Algorithm,
}

impl Source {
    fn ring(self, now: UnixTime) -> Result<KeyRing, Failure> {
        let source = match self.seed_file {
            None => KeySource::Directory(KeyDirectory::new(self.directory.path)),
            Some(file) => KeySource::Seed(
                Seed::read(&file, self.alg, self.period).map_err(|error| Failure::other(&error))?,
            ),
        };
        source.ring(now).map_err(|error| Failure::other(&error))
    }
}

fn period(text: &str) -> Result<Duration, String> {
    let period = humantime::parse_duration(text).ok();
    let period = period.filter(|it| (SHORTEST_PERIOD..=LONGEST_PERIOD).contains(it));
    // As the service has it: whole seconds.
    period.map(|it| Duration::from_secs(it.as_secs())).ok_or_else(|| {
        let [least, most] = [SHORTEST_PERIOD, LONGEST_PERIOD].map(humantime::format_duration);
        format!("expected a duration from {least} to {most}")
    })
}

fn seed_algorithm(text: &str) -> Result<Algorithm, String> {
    let derived = algorithm(text).ok().filter(|it| Seed::ALGORITHMS.contains(it));
    derived.ok_or_else(|| "expected ES256 or EdDSA; other keys are files".to_owned())
}

fn algorithm(text: &str) -> Result<Algorithm, String> {
    text.parse().map_err(|error: crate::jose::UnknownAlgorithm| error.to_string())
}

fn moment(text: &str) -> Result<UnixTime, String> {
    let seconds = || text.parse().map(UnixTime).ok();
    let date = || {
        let at = humantime::parse_rfc3339_weak(text).ok()?;
        at.duration_since(std::time::UNIX_EPOCH).ok().map(|since| UnixTime(since.as_secs()))
    };
    seconds()
        .or_else(date)
        .ok_or_else(|| "expected 2026-01-31T12:00:00Z, or seconds since 1970".to_owned())
}

pub(super) fn execute(command: Command) -> Result<String, Failure> {
    let now = Clock::System.now();
    match command {
        Command::Generate { directory, alg, not_before } => {
            let not_before = not_before.unwrap_or(now);
            let file = generate(&directory.path, alg, not_before);
            let file = file.map_err(|error| Failure::other(&error))?;
            let at = not_before.to_rfc3339();
            Ok(format!("{}\n{alg}, signs from {at}\n", file.display()))
        }
        Command::List(source) => Ok(list(&source.ring(now)?, now)),
        Command::Rotate { directory, alg } => {
            let rotation = rotate(&directory.path, alg, now).map_err(|e| Failure::other(&e))?;
            Ok(describe(&rotation))
        }
        Command::Prune(directory) => {
            let removed = prune(&directory.path, now).map_err(|error| Failure::other(&error))?;
            let lines: Vec<_> =
                removed.iter().map(|file| format!("removed {}", file.display())).collect();
            let text =
                if lines.is_empty() { "nothing to remove".to_owned() } else { lines.join("\n") };
            Ok(text + "\n")
        }
        Command::Jwks { source, format, out } => match (format, out) {
            (KeySetFormat::Json, None) => Ok(jwks(&source.ring(now)?, now)),
            (KeySetFormat::Json, Some(_)) => {
                Err(Failure::Usage("--out needs `--format pem`: a JWKS is one file".to_owned()))
            }
            (KeySetFormat::Pem, out) => pem::written(&source.ring(now)?, (now, out.as_deref())),
        },
    }
}

fn list(ring: &KeyRing, now: UnixTime) -> String {
    let signing = ring.signing(now).map(StoredKey::key_id);
    let mut text =
        format!("{:<43}  {:<5}  {:<8}  {:<20}  until\n", "key ID", "alg", "state", "signs from");
    for key in ring.iter() {
        let state = match () {
            () if Some(key.key_id()) == signing => "signing",
            () if key.has_expired(now) => "expired",
            () if key.not_before > now => "next",
            () => "retiring",
        };
        let until = key.expires.map_or_else(|| "-".to_owned(), UnixTime::to_rfc3339);
        let from = key.not_before.to_rfc3339();
        let (id, algorithm) = (key.key_id(), key.key().algorithm().name());
        // Writing to a string does not fail.
        let _ = writeln!(text, "{id:<43}  {algorithm:<5}  {state:<8}  {from:<20}  {until}");
    }
    text
}

fn describe(rotation: &crate::keys::Rotation) -> String {
    let next = &rotation.next;
    let mut text = format!(
        "{} is published now and signs from {}\n",
        next.key_id(),
        next.not_before.to_rfc3339()
    );
    for key in &rotation.retired {
        let until = key.expires.map_or_else(String::new, UnixTime::to_rfc3339);
        // Writing to a string does not fail.
        let _ = writeln!(text, "{} is published until {until}", key.key_id());
    }
    text
}

fn jwks(ring: &KeyRing, now: UnixTime) -> String {
    let keys: Vec<_> = ring.published(now).map(|stored| stored.key().public()).collect();
    format!("{:#}\n", serde_json::json!({ "keys": keys }))
}
