//! The open connections of a listener: how many there may be, and which one makes room for a new
//! one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::http::{Doing, Line};

/// Every open connection.
///
/// Whoever opens connections without using them takes nothing from anybody: past the limit each
/// new one closes the one that has been quiet for longest. One that is being answered is never
/// closed.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    lines: Mutex<Lines>,
}

#[derive(Debug, Default)]
struct Lines {
    next: u64,
    open: HashMap<u64, Arc<Line>>,
}

impl Connections {
    /// Makes room for `most` connections.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self { most, lines: Mutex::default() })
    }

    /// Takes in a connection; `None` when all there may be are being answered.
    pub(super) fn open(self: &Arc<Self>) -> Option<Open> {
        let mut lines = self.lines();
        if lines.open.len() >= self.most {
            close_quietest(&mut lines)?;
        }
        let (id, line) = (lines.next, Arc::new(Line::opened()));
        lines.next = lines.next.wrapping_add(1);
        lines.open.insert(id, Arc::clone(&line));
        Some(Open { connections: Arc::clone(self), id, line })
    }

    /// Closes the connection that has been quiet for longest, for its descriptor.
    pub(super) fn close_quietest(&self) {
        // Without one there is nothing to close.
        let _ = close_quietest(&mut self.lines());
    }

    /// Closes every connection that has been doing nothing but this for longer than `patience`.
    pub(super) fn close_quiet(&self, what: Doing, patience: Duration) {
        for line in self.lines().open.values() {
            let (doing, since) = line.doing();
            if doing == what && since >= patience {
                line.close();
            }
        }
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        // Nothing panics while it is held; if something did, the map would still be whole.
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Idle ones before those whose body is still coming, the one that takes longest first.
fn close_quietest(lines: &mut Lines) -> Option<()> {
    let quiet = lines.open.iter().filter_map(|(id, line)| {
        let (doing, since) = line.doing();
        (doing != Doing::Answering).then_some((doing == Doing::Idle, since, *id))
    });
    let (.., id) = quiet.max()?;
    lines.open.remove(&id)?.close();
    Some(())
}

/// A connection that is open until this is dropped.
#[derive(Debug)]
pub(super) struct Open {
    connections: Arc<Connections>,
    id: u64,
    /// What it is doing.
    pub(super) line: Arc<Line>,
}

impl Drop for Open {
    fn drop(&mut self) {
        self.connections.lines().open.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_connection_takes_the_place_of_the_quietest_and_never_of_one_that_is_answered() {
        let connections = Connections::new(3);
        let open = || connections.open();
        let (oldest, receiving, answered) = (open().unwrap(), open().unwrap(), open().unwrap());
        std::thread::sleep(Duration::from_millis(3));
        receiving.line.begins(Doing::Receiving);
        answered.line.begins(Doing::Answering);
        let is_open = |open: &Open| connections.lines().open.contains_key(&open.id);
        let second = open().unwrap();
        assert!(!is_open(&oldest), "idle before receiving");
        second.line.begins(Doing::Answering);
        let third = open().unwrap();
        assert!(!is_open(&receiving), "receiving before answering");
        third.line.begins(Doing::Answering);
        assert!(open().is_none(), "everybody is being answered");
        drop(answered);
        assert!(open().is_some());
        assert!(is_open(&second) && is_open(&third));
    }
}
