//! Checking `[keys]`: a directory or a seed, and what one of them replaces.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::super::raw::RawKeys;
use super::{Checked, problem};
use crate::jose::Algorithm;
use crate::keys::{JWKS_MAX_AGE, KeyDirectory, KeySettings, KeySource, Seed};

/// Where the keys are when nothing is said.
pub(crate) const DEFAULT_DIRECTORY: &str = "keys";
/// How long a derived key signs when nothing is said.
pub(crate) const DEFAULT_PERIOD: &str = "7d";
/// What a derived key signs with when nothing is said.
pub(crate) const DEFAULT_ALGORITHM: Algorithm = Algorithm::Es256;
/// The shortest and the longest time that a derived key signs.
pub(crate) const SHORTEST_PERIOD: Duration = Duration::from_hours(1);
pub(crate) const LONGEST_PERIOD: Duration = Duration::from_hours(365 * 24);
/// For clocks that are off and verifiers that accept a token a little past its `exp`.
const MARGIN: Duration = Duration::from_mins(5);

/// What a seed is given by: the names of its keys, and their values.
struct RawSeed<'a> {
    prefix: &'a str,
    file: &'a str,
    period: &'a str,
    algorithm: Algorithm,
}

/// Checks where the keys come from. `longest` is the longest lifetime of a token.
pub(super) fn keys(raw: RawKeys, longest: Duration) -> Checked<KeySettings> {
    refuse_idle(&raw)?;
    let period = raw.period.as_deref().unwrap_or(DEFAULT_PERIOD);
    let algorithm = raw.algorithm.unwrap_or(DEFAULT_ALGORITHM);
    let current =
        raw.seed_file.as_deref().map(|file| RawSeed { prefix: "", file, period, algorithm });
    let previous = raw.previous_seed_file.as_deref().map(|file| RawSeed {
        prefix: "previous_",
        file,
        period: raw.previous_period.as_deref().unwrap_or(period),
        algorithm: raw.previous_algorithm.unwrap_or(algorithm),
    });
    let derived = |raw: RawSeed<'_>| seed(&raw, longest).map(KeySource::Seed);
    let (current, previous) =
        (current.map(derived).transpose()?, previous.map(derived).transpose()?);
    let directory = raw.directory.map(|path| files(&path));
    let settings = match (current, previous, directory) {
        (Some(_), Some(_), Some(_)) => {
            let expected = "expected one source to replace, `previous_seed_file` or `directory`";
            return Err(problem("keys.directory", expected));
        }
        (Some(current), previous, directory) => {
            KeySettings { current, previous: previous.or(directory) }
        }
        (None, previous, directory) => {
            KeySettings { current: directory.unwrap_or_else(|| files(DEFAULT_DIRECTORY)), previous }
        }
    };
    if settings.previous.as_ref() == Some(&settings.current) {
        let expected = "is the seed of `seed_file`, with the same keys; leave it out";
        return Err(problem("keys.previous_seed_file", expected));
    }
    Ok(settings)
}

fn files(path: &str) -> KeySource {
    KeySource::Directory(KeyDirectory::new(PathBuf::from(path)))
}

/// Refuses what says how keys are derived from a seed that is not there.
fn refuse_idle(raw: &RawKeys) -> Checked<()> {
    let is_derived = raw.seed_file.is_some() || raw.previous_seed_file.is_some();
    let was_derived = raw.previous_seed_file.is_some();
    let table = [
        ("period", raw.period.is_some(), is_derived, "seed_file"),
        ("algorithm", raw.algorithm.is_some(), is_derived, "seed_file"),
        ("previous_period", raw.previous_period.is_some(), was_derived, "previous_seed_file"),
        ("previous_algorithm", raw.previous_algorithm.is_some(), was_derived, "previous_seed_file"),
    ];
    match table.into_iter().find(|(_, is_set, has_use, _)| *is_set && !has_use) {
        None => Ok(()),
        Some((key, _, _, needed)) => {
            let expected = format!("says how keys are derived; it goes with `{needed}`");
            Err(problem(format!("keys.{key}"), expected))
        }
    }
}

/// A key signs for at least as long as its last token lives, since it is published for the period
/// after; and is published for a period before, for every cache of our key set.
fn seed(raw: &RawSeed<'_>, longest: Duration) -> Checked<Seed> {
    let key = |name: &str| format!("keys.{}{name}", raw.prefix);
    let least = SHORTEST_PERIOD.max(longest + MARGIN).max(JWKS_MAX_AGE * 2);
    let period = humantime::parse_duration(raw.period).ok();
    let period = period.filter(|it| (least..=LONGEST_PERIOD).contains(it)).ok_or_else(|| {
        let least = humantime::format_duration(least);
        let expected = format!("`{}`; expected a duration from {least} to 365days", raw.period);
        problem(key("period"), expected)
    })?;
    let period = Duration::from_secs(period.as_secs());
    if !Seed::ALGORITHMS.contains(&raw.algorithm) {
        let expected = format!(
            "`{}`; expected ES256 or EdDSA; keys of other algorithms are files, in `directory`",
            raw.algorithm
        );
        return Err(problem(key("algorithm"), expected));
    }
    Seed::read(Path::new(raw.file), raw.algorithm, period)
        .map_err(|error| problem(key("seed_file"), error.to_string()))
}
