//! What a connection is doing, told by who knows: the loop that serves it, and the reader of
//! bodies. A connection on which nothing is being answered may be closed to make room.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

use crate::clock::{Clock, Stopwatch};

/// Bits of the state that say what the connection is doing; the others say since when.
const DOING: u64 = 0b11;

/// One connection, from its acceptance to its end.
#[derive(Debug)]
pub(crate) struct Line {
    opened: Stopwatch,
    /// Milliseconds since `opened` at which the present state began, and the state.
    state: AtomicU64,
    close: Notify,
}

/// What a connection is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doing {
    /// Waiting for a request or the rest of its headers, or writing an answer.
    Idle = 0,
    /// Waiting for the rest of a body.
    Receiving = 1,
    /// Being answered: it is not closed for others.
    Answering = 2,
}

impl Line {
    /// Starts with a connection that has said nothing yet.
    pub(crate) fn opened() -> Self {
        let opened = Clock::stopwatch();
        Self { opened, state: AtomicU64::new(Doing::Idle as u64), close: Notify::new() }
    }

    /// Notes what it is doing from this moment on.
    pub(crate) fn begins(&self, doing: Doing) {
        self.state.store(self.millis() << 2 | doing as u64, Ordering::Relaxed);
    }

    /// Returns what it is doing, and for how long already.
    pub(crate) fn doing(&self) -> (Doing, Duration) {
        let state = self.state.load(Ordering::Relaxed);
        let doing = match state & DOING {
            0 => Doing::Idle,
            1 => Doing::Receiving,
            _ => Doing::Answering,
        };
        (doing, Duration::from_millis(self.millis().saturating_sub(state >> 2)))
    }

    /// Has the connection closed by its task.
    pub(crate) fn close(&self) {
        self.close.notify_one();
    }

    /// Returns when the connection is to be closed.
    pub(crate) async fn is_to_close(&self) {
        self.close.notified().await;
    }

    fn millis(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
