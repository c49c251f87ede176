//! Other programs: started on a core of their own, looked at from outside, ended with their guard.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::{available_parallelism, sleep};
use std::time::{Duration, Instant};

/// How long a program may take to say where it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// The program that is measured.
pub(crate) const COUNTERSIGN: &str = env!("CARGO_BIN_EXE_countersign");

/// A program that runs until this is dropped.
pub(crate) struct Running {
    child: Child,
    /// Host and port of what it serves.
    pub(crate) address: String,
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process has of the machine's memory, in KiB.
#[derive(Clone, Copy)]
pub(crate) struct Memory {
    /// Resident, what it shares with others by its part (`Pss`).
    pub(crate) proportional: u64,
    /// Resident (`Rss`).
    pub(crate) resident: u64,
}

impl Memory {
    /// Says it for people.
    pub(crate) fn shown(self) -> String {
        let mib = |kib: u64| format!("{}.{} MiB", kib / 1024, kib % 1024 * 10 / 1024);
        format!("PSS {}, RSS {}", mib(self.proportional), mib(self.resident))
    }
}

/// Whether there is a core for who asks and another for who answers.
fn has_two_cores() -> bool {
    available_parallelism().is_ok_and(|cores| cores.get() > 1)
        && Command::new("taskset").arg("-V").output().is_ok_and(|it| it.status.success())
}

/// Pins this process to the first core, if there is another, and says what was done.
pub(crate) fn pinning() -> &'static str {
    if !has_two_cores() {
        return "one core, or no taskset: who asks and who answers share what there is";
    }
    let this = std::process::id().to_string();
    let pinned = Command::new("taskset").args(["-a", "-p", "-c", "0", &this]).output();
    assert!(pinned.unwrap().status.success(), "taskset");
    "who asks has core 0, who answers core 1"
}

/// How many cores the machine has, though this process may have one only by now.
pub(crate) fn cores() -> usize {
    let is_core = |name: &str| name.strip_prefix("cpu").is_some_and(|it| it.parse::<u16>().is_ok());
    let all = std::fs::read_dir("/sys/devices/system/cpu").unwrap().flatten();
    all.filter(|it| it.file_name().to_str().is_some_and(is_core)).count()
}

/// Makes the command that runs a program on a core, or where there is none on the last.
fn on_core(core: usize, program: &str, arguments: &[&str]) -> Command {
    let core = core.min(cores() - 1);
    if core == 0 || Command::new("taskset").arg("-V").output().is_err() {
        let mut command = Command::new(program);
        command.args(arguments);
        return command;
    }
    let mut command = Command::new("taskset");
    command.args(["-c", &core.to_string(), program]).args(arguments);
    command
}

impl Running {
    /// Starts the service in a directory with a `countersign.toml`; its log goes to a file there.
    pub(crate) fn countersign(directory: &Path) -> Self {
        Self::countersign_on(1, directory)
    }

    /// Starts it on a core.
    pub(crate) fn countersign_on(core: usize, directory: &Path) -> Self {
        let log = directory.join("log");
        let mut command = on_core(core, COUNTERSIGN, &["serve"]);
        command.stderr(std::fs::File::create(&log).unwrap()).stdout(Stdio::null());
        let child = command.current_dir(directory).stdin(Stdio::null()).spawn().unwrap();
        let mut running = Self { child, address: String::new() };
        let begun = Instant::now();
        while running.address.is_empty() {
            assert!(begun.elapsed() < PATIENCE, "{}", std::fs::read_to_string(&log).unwrap());
            sleep(Duration::from_millis(5));
            let text = std::fs::read_to_string(&log).unwrap();
            let rest = text.split_once("\"address\":\"").map(|(_, rest)| rest);
            rest.and_then(|it| it.split('"').next()).unwrap_or("").clone_into(&mut running.address);
        }
        running
    }

    /// Starts this program as another one, whose first line is its address.
    pub(crate) fn own(arguments: &[&str]) -> Self {
        let this = std::env::current_exe().unwrap();
        let mut command = on_core(1, this.to_str().unwrap(), arguments);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut address = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut address).unwrap();
        Self { child, address: address.trim().to_owned() }
    }

    /// Starts HAProxy on a core with a configuration, to be reached at an address.
    pub(crate) fn haproxy_on(core: usize, configuration: &Path, address: String) -> Self {
        let arguments = ["-db", "-f", configuration.to_str().unwrap()];
        let child = on_core(core, "haproxy", &arguments).stdin(Stdio::null()).spawn().unwrap();
        let begun = Instant::now();
        while TcpStream::connect(&address).is_err() {
            assert!(begun.elapsed() < PATIENCE, "haproxy");
            sleep(Duration::from_millis(5));
        }
        Self { child, address }
    }

    /// Returns the time of a processor that it has had so far, in nanoseconds.
    pub(crate) fn cpu_ns(&self) -> u64 {
        cpu_ns(self.child.id())
    }

    /// Returns what it has of the memory.
    pub(crate) fn memory(&self) -> Memory {
        let path = format!("/proc/{}/smaps_rollup", self.child.id());
        let text = std::fs::read_to_string(path).unwrap();
        let kib = |name: &str| {
            let line = text.lines().find(|line| line.starts_with(name)).unwrap();
            line.split_whitespace().nth(1).unwrap().parse().unwrap()
        };
        Memory { proportional: kib("Pss:"), resident: kib("Rss:") }
    }
}

/// Returns the time of a processor that a process has had so far, in nanoseconds, of all its threads, also
/// those that have ended. The kernel says it in hundredths of a second.
pub(crate) fn cpu_ns(process: u32) -> u64 {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(") ").unwrap();
    let ticks = fields.split(' ').skip(11).take(2).map(|it| it.parse::<u64>().unwrap());
    ticks.sum::<u64>() * 10_000_000
}
