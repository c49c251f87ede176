//! What the process asks of the system: that nobody looks into its memory, which holds keys and
//! credentials, and as many descriptors as it may have.

use std::fmt::Display;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// What the system did not do, for the log: the program runs all the same.
#[derive(Debug, Default)]
#[must_use]
pub(super) struct Complaints(Vec<String>);

impl Complaints {
    /// Logs them, once there is a log.
    pub(super) fn log(&self) {
        for complaint in &self.0 {
            tracing::warn!("{complaint}");
        }
    }

    fn note(&mut self, what: &str, done: Result<(), impl Display>) {
        if let Err(error) = done {
            self.0.push(format!("{what}: {error}"));
        }
    }
}

/// Asks for all of it. Comes before anything secret is read.
pub(super) fn protect() -> Complaints {
    let mut complaints = Complaints::default();
    complaints.note("core dumps cannot be turned off", no_core_dumps());
    complaints.note("other processes may look into this one", not_dumpable());
    complaints.note("the limit of open files stays as it is", all_descriptors());
    complaints
}

/// A core dump has everything in it. The hard limit goes too: nothing turns them on again.
fn no_core_dumps() -> rustix::io::Result<()> {
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })
}

/// Other processes of the same user may neither trace this one nor read its memory, and a handler
/// of core dumps that is a program, which no limit keeps away, gets none (prctl(2)).
#[cfg(any(target_os = "linux", target_os = "android"))]
fn not_dumpable() -> rustix::io::Result<()> {
    use rustix::process::{DumpableBehavior, set_dumpable_behavior};

    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn not_dumpable() -> rustix::io::Result<()> {
    Ok(())
}

/// Each connection takes a descriptor. The soft limit is low for the sake of programs that use
/// `select`, and this one does not.
fn all_descriptors() -> rustix::io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })
}
