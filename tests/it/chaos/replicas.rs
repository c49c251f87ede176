//! The replicas: real processes that are stopped, killed, held and started again, and what each is
//! known to know.

use std::collections::{BTreeSet, HashMap};
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use countersign::clock::{Clock, Stopwatch};
use tokio::time::sleep;

use super::tally::Mistake;
use super::usage::Usage;
use super::world::Base;

/// The pause between two looks at a process.
const PAUSE: Duration = Duration::from_millis(10);
/// How long a replica may take to end, its grace period and drain included.
const PATIENCE: Duration = Duration::from_secs(40);
/// How long a replica may take until it is ready, on a machine that is busy with the rest.
const START: Duration = Duration::from_secs(10);

/// A replica.
#[derive(Debug)]
pub(super) struct Replica {
    pub(super) index: usize,
    /// What the balancer calls it.
    pub(super) name: &'static str,
    pub(super) port: u16,
    pub(super) admin_port: u16,
    base: Arc<Base>,
    child: Mutex<Option<(Child, Stopwatch, Usage)>>,
    seen: Mutex<Seen>,
}

/// What is known of a replica at a moment.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Which process it is, counted from one.
    pub(super) incarnation: u64,
    /// How often it was told to forget, or held.
    pub(super) disturbed: u64,
    /// Whether it was told to stop, or killed, and is not ready again.
    pub(super) is_away: bool,
    /// When it was last killed.
    pub(super) killed: Option<Duration>,
    /// The providers whose discovery document it has.
    pub(super) documents: BTreeSet<&'static str>,
    /// The keys that it has, by provider.
    pub(super) kids: HashMap<&'static str, Arc<BTreeSet<String>>>,
}

impl Replica {
    /// Names a replica; it is started later.
    pub(super) fn new((index, name): (usize, &'static str), base: &Arc<Base>) -> Self {
        Self {
            index,
            name,
            port: free_port(),
            admin_port: free_port(),
            base: Arc::clone(base),
            child: Mutex::new(None),
            seen: Mutex::default(),
        }
    }

    /// Returns the address of an operators' path.
    pub(super) fn admin(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.admin_port)
    }

    /// Returns where it logs to.
    fn log(&self) -> PathBuf {
        self.base.directory.join(format!("{}.log", self.name))
    }

    /// Returns what it has logged.
    pub(super) fn logged(&self) -> String {
        fs::read_to_string(self.log()).unwrap_or_default()
    }

    /// Returns what is known of it.
    pub(super) fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    /// Notes something about it.
    pub(super) fn note(&self, change: impl FnOnce(&mut Seen)) {
        change(&mut self.seen.lock().unwrap());
    }

    /// Starts it and waits until it is ready.
    pub(super) async fn start(&self) {
        let mut command = self.command();
        let log = File::options().create(true).append(true).open(self.log()).unwrap();
        command.stderr(log).stdout(File::create("/dev/null").unwrap());
        self.base.clocks.give(&mut command, Some(self.index));
        self.note(|seen| {
            let (incarnation, killed) = (seen.incarnation + 1, seen.killed);
            *seen = Seen { incarnation, killed, is_away: true, ..Seen::default() };
        });
        let started = Clock::stopwatch();
        let child = command.spawn().unwrap();
        *self.child.lock().unwrap() = Some((child, started, Usage::default()));
        while !self.is_ready().await {
            if started.elapsed() > START {
                self.wrong(&format!("not ready in time: {}", tail(&self.logged())));
                return;
            }
            sleep(PAUSE).await;
        }
        self.base.tally.start(started.elapsed());
        self.note(|seen| seen.is_away = false);
    }

    fn command(&self) -> Command {
        let mut command = self.base.program(&["serve"]);
        command
            .env("RUST_LOG", "warn")
            .env("COUNTERSIGN_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("COUNTERSIGN_ADMIN_LISTEN", format!("127.0.0.1:{}", self.admin_port));
        command
    }

    async fn is_ready(&self) -> bool {
        let answer = self.base.client.get(self.admin("/readyz")).send().await;
        answer.is_ok_and(|answer| answer.status() == 200)
    }

    /// Sends a signal to its process alone.
    pub(super) fn signal(&self, name: &str) {
        let Some(id) = self.id() else { return };
        Command::new("kill").args([&format!("-{name}"), &id.to_string()]).status().unwrap();
    }

    /// Has it stop, as a rolling restart does, and waits for its end.
    pub(super) async fn stop(&self) {
        self.measure();
        self.note(|seen| seen.is_away = true);
        self.signal("TERM");
        self.wait(true).await;
    }

    /// Kills it.
    pub(super) async fn kill(&self) {
        self.measure();
        let uptime = self.base.uptime();
        self.note(|seen| (seen.is_away, seen.killed) = (true, Some(uptime)));
        self.signal("KILL");
        self.wait(false).await;
    }

    async fn wait(&self, by_itself: bool) {
        let waited = Clock::stopwatch();
        let Some((mut child, ..)) = self.child.lock().unwrap().take() else { return };
        loop {
            if let Some(status) = child.try_wait().unwrap() {
                if by_itself && !status.success() {
                    self.wrong(&format!("ended with {status}: {}", tail(&self.logged())));
                }
                return;
            }
            if waited.elapsed() > PATIENCE {
                self.wrong("did not end when it was told to");
                child.kill().unwrap();
                child.wait().unwrap();
                return;
            }
            sleep(PAUSE).await;
        }
    }

    fn id(&self) -> Option<u32> {
        self.child.lock().unwrap().as_ref().map(|(child, ..)| child.id())
    }

    fn wrong(&self, words: &str) {
        let words = format!("replica {}: {words}", self.name);
        self.base.tally.mistake(Mistake::Process, self.base.uptime(), &words);
    }

    /// Notes how large it is at the beginning, once it has warmed up.
    pub(super) fn weigh(&self) {
        if let Some((child, _, usage)) = self.child.lock().unwrap().as_mut() {
            *usage = Usage::of(child.id());
        }
    }

    /// Writes down how large it has become.
    pub(super) fn measure(&self) {
        let child = self.child.lock().unwrap();
        let Some((child, started, first)) = child.as_ref() else { return };
        let (last, lived) = (Usage::of(child.id()), started.elapsed().as_secs());
        if first.memory == 0 {
            return;
        }
        self.base.tally.process(format!(
            "replica {} after {lived} s: {} → {} MiB, {} → {} descriptors",
            self.name, first.memory, last.memory, first.descriptors, last.descriptors,
        ));
    }

    /// Checks that it has given back what it used, after a while without requests.
    pub(super) fn check_leaks(&self, most: Usage) {
        let Some(id) = self.id() else { return self.wrong("is not there at the end") };
        let usage = Usage::of(id);
        if usage.memory > most.memory || usage.descriptors > most.descriptors {
            self.wrong(&format!("has grown: {usage:?}"));
        }
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        if let Some((mut child, ..)) = self.child.lock().unwrap().take() {
            // Fails only when it has ended already.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn tail(log: &str) -> String {
    let lines: Vec<_> = log.lines().rev().take(3).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join(" / ")
}

/// Returns a port that nobody listens on. It is none of those that the system gives to outgoing
/// connections: one of them would keep a replica from starting again.
pub(super) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 9000).unwrap() + 20_000;
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::SeqCst);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
