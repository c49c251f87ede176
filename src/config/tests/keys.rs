//! `[keys]`: a directory, a seed, or one that replaces another.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;

use super::*;
use crate::jose::Algorithm;
use crate::keys::{KeyDirectory, KeySource, Seed};

/// A directory with the files `one` and `other`, two seeds.
fn seeds() -> TempDir {
    let directory = TempDir::new().unwrap();
    for name in ["one", "other"] {
        let text = format!("the seed that is called {name:>10}\n");
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

/// Checks `[keys]` of these lines, in which `~` stands for a directory, beside tokens of 15 minutes.
fn keys(directory: &Path, lines: &str) -> Result<KeySettings, String> {
    let lines = lines.replace('~', &directory.display().to_string());
    let config = Config::from_toml(&format!("{GOOD}\n[keys]\n{lines}\n"));
    config.map(|config| config.keys).map_err(|error| error.to_string())
}

#[test]
fn keys_come_from_files_or_a_seed_and_may_replace_others() {
    let directory = seeds();
    let seed = |name: &str, algorithm, days: u64| {
        let file = directory.path().join(name);
        KeySource::Seed(Seed::read(&file, algorithm, Duration::from_hours(24 * days)).unwrap())
    };
    let files = |path: &str| KeySource::Directory(KeyDirectory::new(path.into()));
    let one = || seed("one", Algorithm::Es256, 7);
    let other = || seed("other", Algorithm::Es256, 7);
    let table = [
        ("", files("keys"), None),
        ("directory = \"k\"", files("k"), None),
        ("seed_file = \"~/one\"", one(), None),
        (
            "seed_file = \"~/one\"\nperiod = \"14d\"\nalgorithm = \"EdDSA\"",
            seed("one", Algorithm::EdDsa, 14),
            None,
        ),
        ("seed_file = \"~/one\"\nprevious_seed_file = \"~/other\"", one(), Some(other())),
        (
            "seed_file = \"~/one\"\nprevious_seed_file = \"~/one\"\nprevious_period = \"1d\"",
            one(),
            Some(seed("one", Algorithm::Es256, 1)),
        ),
        (
            "seed_file = \"~/one\"\nprevious_seed_file = \"~/one\"\nprevious_algorithm = \"EdDSA\"",
            one(),
            Some(seed("one", Algorithm::EdDsa, 7)),
        ),
        ("seed_file = \"~/one\"\ndirectory = \"k\"", one(), Some(files("k"))),
        ("previous_seed_file = \"~/one\"", files("keys"), Some(one())),
        ("directory = \"k\"\nprevious_seed_file = \"~/one\"", files("k"), Some(one())),
    ];
    for (lines, current, previous) in table {
        let settings = keys(directory.path(), lines).unwrap();
        assert_eq!((settings.current, settings.previous), (current, previous), "{lines}");
    }
}

#[test]
fn a_seed_that_cannot_be_used_is_refused_by_key_and_with_what_is_allowed() {
    let directory = seeds();
    fs::write(directory.path().join("short"), "31 bytes are too few for a seed\n").unwrap();
    let table = [
        ("seed_file = \"~/none\"", "keys.seed_file: ", "none: cannot be read"),
        ("seed_file = \"~/short\"", "keys.seed_file: ", "31 bytes are too few"),
        ("seed_file = \"~/one\"\nperiod = \"59m\"", "keys.period: ", "from 1h to 365days"),
        ("seed_file = \"~/one\"\nperiod = \"366d\"", "keys.period: ", "from 1h to 365days"),
        ("seed_file = \"~/one\"\nperiod = \"7\"", "keys.period: ", "expected a duration"),
        ("seed_file = \"~/one\"\nalgorithm = \"RS256\"", "keys.algorithm: ", "ES256 or EdDSA"),
        ("seed_file = \"~/one\"\nalgorithm = \"ES384\"", "keys.algorithm: ", "`directory`"),
        ("seed_file = \"~/one\"\nalgorithm = \"HS256\"", "keys.algorithm: ", "not one of EdDSA"),
        (
            "seed_file = \"~/one\"\nprevious_seed_file = \"~/one\"",
            "keys.previous_seed_file: ",
            "leave it out",
        ),
        (
            "seed_file = \"~/one\"\nprevious_seed_file = \"~/other\"\ndirectory = \"k\"",
            "keys.directory: ",
            "one source to replace",
        ),
        (
            "seed_file = \"~/one\"\nprevious_seed_file = \"~/other\"\nprevious_period = \"1m\"",
            "keys.previous_period: ",
            "from 1h",
        ),
        ("period = \"7d\"", "keys.period: ", "goes with `seed_file`"),
        ("algorithm = \"ES256\"", "keys.algorithm: ", "goes with `seed_file`"),
        (
            "seed_file = \"~/one\"\nprevious_period = \"7d\"",
            "keys.previous_period: ",
            "goes with `previous_seed_file`",
        ),
    ];
    for (lines, key, allowed) in table {
        let error = keys(directory.path(), lines).unwrap_err();
        assert!(error.contains(key) && error.contains(allowed), "{lines}\n  {error}");
    }
}

#[test]
fn a_seed_that_others_can_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = seeds();
    let file = directory.path().join("one");
    for (mode, is_good) in [(0o600, true), (0o444, true), (0o660, true), (0o602, false)] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let checked = keys(directory.path(), "seed_file = \"~/one\"").map(|_| ());
        assert_eq!(checked.is_ok(), is_good, "{mode:o}");
        let error = checked.err().unwrap_or_default();
        assert!(is_good || error.contains("one: others may write it"), "{error}");
        assert!(is_good || error.contains("`chmod 600`"), "{error}");
    }
}

#[test]
fn a_derived_key_signs_for_longer_than_the_longest_token_lives() {
    let directory = seeds();
    let seed = format!("seed_file = \"{}/one\"", directory.path().display());
    let with = |client: &str, period: &str| {
        let good =
            GOOD.replacen("id = \"spa\"", &format!("id = \"spa\"\nlifetime = \"{client}\""), 1);
        let text = format!("{good}\n[keys]\n{seed}\nperiod = \"{period}\"\n");
        Config::from_toml(&text).map(|_| ()).map_err(|error| error.to_string())
    };
    assert_eq!(with("55m", "1h"), Ok(()));
    let error = with("56m", "1h").unwrap_err();
    assert!(error.contains("keys.period: `1h`; expected a duration from 1h 1m to"), "{error}");
    assert_eq!(with("24h", "1445m"), Ok(()));
    assert!(with("24h", "24h").unwrap_err().contains("from 1day 5m to 365days"));
}

#[test]
fn what_is_shown_of_keys_is_what_is_used() {
    let directory = seeds();
    let show = |lines: &str| {
        let lines = lines.replace('~', &directory.path().display().to_string());
        let text = format!("{GOOD}\n[keys]\n{lines}\n");
        let shown = Config::show(&Sources::text(&text)).unwrap();
        let keys: Vec<_> = shown.lines().filter(|line| line.starts_with("keys.")).collect();
        keys.iter()
            .map(|line| line.split('#').next().unwrap().trim().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(show(""), ["keys.directory = \"keys\""]);
    let one = format!("keys.seed_file = \"{}/one\"", directory.path().display());
    assert_eq!(
        show("seed_file = \"~/one\"\nalgorithm = \"EdDSA\""),
        ["keys.algorithm = \"EdDSA\"", "keys.period = \"7d\"", &one]
    );
    assert_eq!(
        show("directory = \"k\"\nprevious_seed_file = \"~/one\""),
        [
            "keys.directory = \"k\"",
            "keys.previous_algorithm = \"ES256\"",
            "keys.previous_period = \"7d\"",
            &one.replace("seed_file", "previous_seed_file"),
        ]
    );
}
