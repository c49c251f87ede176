//! Whose wall clock stands where. Libfaketime moves those of the replicas through files; the
//! providers and the verifiers read the common one here. Nobody's timers are touched.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use countersign::clock::Clock;

use super::REPLICAS;

/// The clocks, as offsets from the system's in seconds.
#[derive(Debug)]
pub(super) struct Clocks {
    directory: PathBuf,
    /// The library that fakes the time; without one the clocks cannot be moved.
    library: Option<PathBuf>,
    state: Mutex<State>,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    common: i64,
    off: [i64; REPLICAS],
    changes: [u64; REPLICAS],
}

/// What the clocks showed at a moment, in seconds since the Unix epoch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    /// The providers' and the verifiers'.
    pub(super) common: i64,
    /// Each replica's.
    pub(super) own: [i64; REPLICAS],
    /// How often each replica's was set to go wrong or right.
    pub(super) changes: [u64; REPLICAS],
}

impl Clocks {
    /// Starts all clocks at the present moment.
    pub(super) fn new(directory: &Path, library: Option<PathBuf>) -> Self {
        let clocks = Self { directory: directory.to_owned(), library, state: Mutex::default() };
        clocks.change(|_| ());
        clocks
    }

    /// Whether they can be moved.
    pub(super) fn can_move(&self) -> bool {
        self.library.is_some()
    }

    /// Returns what they show.
    pub(super) fn read(&self) -> Reading {
        let state = self.state.lock().unwrap();
        let common = now() + state.common;
        Reading { common, own: state.off.map(|off| common + off), changes: state.changes }
    }

    /// Moves all clocks forward together.
    pub(super) fn advance(&self, seconds: i64) {
        self.change(|state| state.common += seconds);
    }

    /// Sets one replica's clock this far from the others', which is wrong unless it is zero.
    pub(super) fn step(&self, replica: usize, off: i64) {
        self.change(|state| {
            state.off[replica] = off;
            state.changes[replica] += 1;
        });
    }

    /// The files are written under the lock: nobody reads here what a replica cannot see yet.
    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.state.lock().unwrap();
        change(&mut state);
        for (replica, off) in state.off.iter().enumerate() {
            self.write(&replica.to_string(), state.common + off);
        }
        self.write("common", state.common);
    }

    fn write(&self, name: &str, offset: i64) {
        let file = self.directory.join(format!("clock-{name}"));
        let unfinished = file.with_extension("new");
        std::fs::write(&unfinished, format!("{offset:+}\n")).unwrap();
        std::fs::rename(unfinished, file).unwrap();
    }

    /// Has a program look at a replica's clock, or at the common one.
    pub(super) fn give(&self, command: &mut Command, replica: Option<usize>) {
        let Some(library) = &self.library else { return };
        let name = replica.map_or_else(|| "common".to_owned(), |replica| replica.to_string());
        command
            .env("LD_PRELOAD", library)
            .env("FAKETIME_TIMESTAMP_FILE", self.directory.join(format!("clock-{name}")))
            .env("FAKETIME_NO_CACHE", "1")
            .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .env("NO_FAKE_STAT", "1");
    }
}

fn now() -> i64 {
    i64::try_from(Clock::System.now().0).unwrap()
}
