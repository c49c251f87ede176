//! What a run is told: by the environment for the suite, by the test for the smoke run.

use std::path::PathBuf;
use std::time::Duration;

/// How a run goes.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// What all chance comes from.
    pub(super) seed: u64,
    /// How long requests are made.
    pub(super) length: Duration,
    /// Requests per second.
    pub(super) rate: u32,
    /// How long a provider has one fault at most.
    pub(super) longest_mood: Duration,
    /// Three replicas behind HAProxy, or one alone.
    pub(super) balanced: bool,
    /// Whether replicas, files and clocks go wrong, too.
    pub(super) events: bool,
    /// Whether keys are made of a seed file.
    pub(super) seed_file: bool,
    /// The library that moves clocks.
    pub(super) faketime: Option<PathBuf>,
    /// The program, if it is not the one that was built with the tests.
    pub(super) program: Option<PathBuf>,
}

impl Plan {
    /// Reads the plan of the suite.
    pub(super) fn of_environment(fresh_seed: u64) -> Self {
        let number =
            |name: &str, default: u64| setting(name).map_or(default, |text| text.parse().unwrap());
        Self {
            seed: number("CHAOS_SEED", fresh_seed),
            length: Duration::from_secs(number("CHAOS_SECONDS", 300)),
            rate: u32::try_from(number("CHAOS_RATE", 250)).unwrap(),
            longest_mood: Duration::from_secs(10),
            balanced: true,
            events: true,
            seed_file: setting("CHAOS_KEYS").as_deref() == Some("seed"),
            faketime: Some(setting("CHAOS_FAKETIME").map_or_else(faketime, PathBuf::from)),
            program: setting("CHAOS_PROGRAM").map(PathBuf::from),
        }
    }

    /// A short run of one replica, with nothing that would have to be installed.
    pub(super) fn smoke() -> Self {
        Self {
            seed: 1,
            length: Duration::from_secs(8),
            rate: 60,
            longest_mood: Duration::from_secs(1),
            balanced: false,
            events: false,
            seed_file: false,
            faketime: None,
            program: None,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the suite's own settings, not the service's")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Finds libfaketime where Debian puts it.
fn faketime() -> PathBuf {
    let libraries = std::fs::read_dir("/usr/lib").unwrap().flatten();
    let libraries = libraries.map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"));
    let found = libraries.into_iter().find(|path| path.exists());
    found.unwrap_or_else(|| panic!("libfaketime is not installed"))
}
