//! How much is done at a time. What is too much is refused at once: whoever waits in a queue is
//! served too late, and so is everybody behind.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::thread::{available_parallelism, sleep};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::task::{spawn_blocking, yield_now};

use super::error::{ApiError, ErrorCode, Reason};
use crate::clock::Clock;
use crate::telemetry::{Metrics, Shed};

/// When to try again. A little later is soon enough: what is under way takes seconds at most.
const RETRY: Duration = Duration::from_secs(1);
/// How often the wait for a processor is measured.
const PROBE: Duration = Duration::from_millis(20);
/// How often in a row it is too long before anything is refused for it: a burst is served.
const TOO_LONG: u32 = 3;
/// How often in a row nothing was refused before nothing more is.
const CALM: u32 = 25;
/// Requests that may wait for each processor while those beyond are refused: as many as it serves in
/// about a millisecond.
const WAITING: usize = 8;

/// Whether the processors are busy, as measured from time to time.
#[derive(Debug, Default)]
struct Pulse {
    too_long: u32,
    calm: u32,
    is_busy: bool,
}

impl Pulse {
    /// Takes a measurement, and whether anything was refused since the last one.
    fn beat(&mut self, is_long: bool, has_refused: bool) -> bool {
        self.too_long = if is_long { self.too_long + 1 } else { 0 };
        self.calm = if is_long || has_refused { 0 } else { self.calm + 1 };
        self.is_busy = self.too_long >= TOO_LONG || (self.is_busy && self.calm < CALM);
        self.is_busy
    }
}

/// Measures how long who comes last waits until it runs.
async fn wait_for_a_processor() -> Duration {
    // What a worker of the runtime makes ready may run before what is ready already. What another
    // thread makes ready goes behind all that the workers have no room for.
    let made_ready = spawn_blocking(|| {
        sleep(PROBE);
        Clock::stopwatch()
    });
    // It fails only when the runtime is ending.
    made_ready.await.map(|watch| watch.elapsed()).unwrap_or_default()
}

/// Places for exchanges, and the queue for the processors.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Semaphore,
    /// The longest wait for a processor that is no reason to refuse anything.
    patience: Duration,
    is_busy: AtomicBool,
    waiting: AtomicUsize,
    most_waiting: usize,
    refused: AtomicU32,
    metrics: Arc<Metrics>,
}

/// One that waits for a processor, until this is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Admission {
    /// Makes `places`, and a queue in which nobody waits longer than `patience` for long; zero is
    /// for ever.
    pub(crate) fn new((places, patience): (usize, Duration), metrics: Arc<Metrics>) -> Self {
        Self {
            places: Semaphore::new(places),
            patience,
            is_busy: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
            most_waiting: WAITING * available_parallelism().map_or(1, usize::from),
            refused: AtomicU32::new(0),
            metrics,
        }
    }

    /// Takes a place until the permit is dropped.
    ///
    /// # Errors
    ///
    /// 503 when there is none.
    pub(super) fn enter(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        self.places.try_acquire().map_err(|_| self.overloaded(Shed::Exchanges))
    }

    /// Says early, before a body is read, that there is no place, or too long a queue for the
    /// processors.
    ///
    /// # Errors
    ///
    /// 503 when it is so.
    pub(super) async fn check(&self) -> Result<(), ApiError> {
        if self.places.available_permits() == 0 {
            return Err(self.overloaded(Shed::Exchanges));
        }
        if self.is_busy.load(Ordering::Relaxed) { self.queue().await } else { Ok(()) }
    }

    /// Goes to the end of the queue. All that has come in by then is counted before any of it is
    /// served, so that what is too much costs little.
    async fn queue(&self) -> Result<(), ApiError> {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.waiting);
        if before >= self.most_waiting {
            self.refused.fetch_add(1, Ordering::Relaxed);
            return Err(self.overloaded(Shed::Processors));
        }
        yield_now().await;
        Ok(())
    }

    /// Measures for ever how long a request that is ready waits for a processor.
    pub(crate) async fn watch(&self) {
        let mut pulse = Pulse::default();
        while !self.patience.is_zero() {
            let is_long = wait_for_a_processor().await > self.patience;
            let is_busy = pulse.beat(is_long, self.refused.swap(0, Ordering::Relaxed) > 0);
            match (self.is_busy.swap(is_busy, Ordering::Relaxed), is_busy) {
                (false, true) => {
                    tracing::warn!("more requests than the processors can serve: refusing some");
                }
                (true, false) => tracing::info!("the processors keep up again"),
                (true, true) | (false, false) => {}
            }
        }
    }

    fn overloaded(&self, limit: Shed) -> ApiError {
        self.metrics.shed(limit);
        let (code, reason) = (ErrorCode::TemporarilyUnavailable, Reason::Overloaded);
        ApiError::new(code, reason, "too much is under way here").retry_after(RETRY)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;
    use tokio::spawn;
    use tokio::task::JoinSet;

    use super::*;

    #[tokio::test]
    async fn while_the_processors_are_busy_few_may_wait_for_them() {
        let admission = Admission::new((1000, Duration::from_millis(50)), Arc::default());
        let crowd = || async { join_all((0..500).map(|_| admission.check())).await };
        assert!(crowd().await.iter().all(Result::is_ok), "a burst is served");
        admission.is_busy.store(true, Ordering::Relaxed);
        let served = crowd().await.iter().filter(|checked| checked.is_ok()).count();
        assert_eq!(served, admission.most_waiting);
        assert_eq!(admission.waiting.load(Ordering::Relaxed), 0, "nobody is left behind");
        assert_eq!(crowd().await.iter().filter(|checked| checked.is_ok()).count(), served);
    }

    #[test]
    fn a_wait_that_lasts_makes_it_busy_and_calm_ends_it() {
        let mut pulse = Pulse::default();
        let mut beat = |is_long, has_refused| pulse.beat(is_long, has_refused);
        assert!(!beat(true, false) && !beat(true, false) && !beat(false, false), "a burst");
        assert!(!beat(true, false) && !beat(true, false) && beat(true, false), "it lasts");
        assert!((0..100).all(|_| beat(false, true)), "some are still refused");
        assert!((1..CALM).all(|_| beat(false, false)));
        assert!(!beat(false, false), "calm");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_comes_last_waits_for_all_that_are_ready() {
        let mut idle = Duration::MAX;
        for _ in 0..5 {
            idle = idle.min(spawn(wait_for_a_processor()).await.unwrap());
        }
        assert!(idle < Duration::from_millis(20), "{idle:?}");
        let work = || async {
            loop {
                sleep(Duration::from_micros(50));
                yield_now().await;
            }
        };
        let _crowd: JoinSet<()> = (0..1000).map(|_| work()).collect();
        for _ in 0..5 {
            let waited = spawn(wait_for_a_processor()).await.unwrap();
            assert!(waited > Duration::from_millis(50), "{waited:?}");
        }
    }
}
