//! What was counted, and the table that is printed of it at the end.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Mutex;
use std::time::Duration;

/// How many mistakes of a kind are put in words; more are only counted.
const KEPT: u64 = 20;

/// The counts of a run.
#[derive(Debug, Default)]
pub(super) struct Tally(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: BTreeMap<&'static str, BTreeMap<String, u64>>,
    calls: BTreeMap<&'static str, u64>,
    faults: BTreeMap<&'static str, u64>,
    events: BTreeMap<&'static str, u64>,
    notes: BTreeMap<&'static str, u64>,
    mistakes: BTreeMap<Mistake, u64>,
    latencies: Vec<Duration>,
    starts: Vec<Duration>,
    processes: Vec<String>,
}

/// What must not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mistake {
    /// An answer that is not what it had to be.
    WrongAnswer,
    /// A request that got no answer from a replica.
    LostExchange,
    /// A token that a verifier refused.
    RefusedToken,
    /// A process that did not start, stop, log or keep its size as it should.
    Process,
}

impl Mistake {
    const ALL: [(Self, &'static str); 4] = [
        (Self::WrongAnswer, "wrong answers"),
        (Self::LostExchange, "lost exchanges"),
        (Self::RefusedToken, "tokens refused by verifiers"),
        (Self::Process, "processes that misbehaved"),
    ];
}

impl Tally {
    /// Counts a request by its kind and by what came of it.
    pub(super) fn request(&self, kind: &'static str, outcome: &str) {
        let mut counts = self.0.lock().unwrap();
        *counts.requests.entry(kind).or_default().entry(outcome.to_owned()).or_default() += 1;
    }

    /// Counts a call that a provider received.
    pub(super) fn provider_call(&self, provider: &'static str) {
        *self.0.lock().unwrap().calls.entry(provider).or_default() += 1;
    }

    /// Counts a fault that a provider's answer had.
    pub(super) fn fault(&self, name: &'static str) {
        *self.0.lock().unwrap().faults.entry(name).or_default() += 1;
    }

    /// Counts an event, and says so.
    pub(super) fn event(&self, name: &'static str, at: Duration) {
        eprintln!("{:>7.1} s  {name}", at.as_secs_f64());
        *self.0.lock().unwrap().events.entry(name).or_default() += 1;
    }

    /// Counts something that says how strict the run was.
    pub(super) fn note(&self, name: &'static str) {
        *self.0.lock().unwrap().notes.entry(name).or_default() += 1;
    }

    /// Counts what must not happen.
    pub(super) fn mistake(&self, mistake: Mistake, at: Duration, words: &str) {
        let mut counts = self.0.lock().unwrap();
        let count = counts.mistakes.entry(mistake).or_default();
        *count += 1;
        if *count <= KEPT {
            eprintln!("{:>7.1} s  {mistake:?}: {words}", at.as_secs_f64());
        }
    }

    /// Keeps how long the exchange of a good ID token took.
    pub(super) fn latency(&self, took: Duration) {
        self.0.lock().unwrap().latencies.push(took);
    }

    /// Keeps how long a replica took until it was ready.
    pub(super) fn start(&self, took: Duration) {
        self.0.lock().unwrap().starts.push(took);
    }

    /// Keeps what a process came to.
    pub(super) fn process(&self, line: String) {
        self.0.lock().unwrap().processes.push(line);
    }

    /// Returns how many requests were made, and how many faults providers had.
    pub(super) fn totals(&self) -> (u64, u64) {
        let counts = self.0.lock().unwrap();
        let requests = counts.requests.values().flat_map(BTreeMap::values).sum();
        (requests, counts.faults.values().sum())
    }

    /// Returns how often something was noted.
    pub(super) fn noted(&self, name: &str) -> u64 {
        self.0.lock().unwrap().notes.get(name).copied().unwrap_or_default()
    }

    /// Whether nothing happened that must not.
    pub(super) fn is_clean(&self) -> bool {
        self.0.lock().unwrap().mistakes.is_empty()
    }

    /// Returns the table.
    pub(super) fn table(&self) -> String {
        let mut counts = self.0.lock().unwrap();
        let (latency, starts) = (quantiles(&mut counts.latencies), quantiles(&mut counts.starts));
        let mut text = String::new();
        let total: u64 = counts.requests.values().flat_map(BTreeMap::values).sum();
        line(&mut text, "requests", total);
        for (kind, outcomes) in &counts.requests {
            let outcomes: Vec<_> = outcomes.iter().map(|(name, n)| format!("{name} {n}")).collect();
            // Writing to a string does not fail.
            let _ = writeln!(text, "  {kind:<34} {}", outcomes.join(", "));
        }
        let mut section = |title: &str, of: &BTreeMap<&'static str, u64>| {
            line(&mut text, title, of.values().sum());
            for (name, count) in of {
                let _ = writeln!(text, "  {name:<34} {count}");
            }
        };
        section("calls to providers", &counts.calls);
        section("faults of providers", &counts.faults);
        section("events", &counts.events);
        section("how strict", &counts.notes);
        let _ = writeln!(text, "good ID tokens: {latency}\nready after a start: {starts}");
        for process in &counts.processes {
            let _ = writeln!(text, "{process}");
        }
        for (mistake, name) in Mistake::ALL {
            line(&mut text, name, counts.mistakes.get(&mistake).copied().unwrap_or_default());
        }
        text
    }
}

fn line(text: &mut String, title: &str, count: u64) {
    // Writing to a string does not fail.
    let _ = writeln!(text, "{title:<36} {count}");
}

/// Returns median, 99th percentile and maximum, in milliseconds.
fn quantiles(times: &mut [Duration]) -> String {
    times.sort_unstable();
    let at = |share: usize| {
        let index = (times.len() * share / 100).min(times.len().saturating_sub(1));
        times.get(index).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    format!("p50 {:.1} ms, p99 {:.1} ms, at most {:.1} ms", at(50), at(99), at(100))
}
