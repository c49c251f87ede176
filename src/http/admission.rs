//! How much is done at a time. What is too much is refused at once: whoever waits in a queue is
//! served too late, and so is everybody behind.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::error::{ApiError, ErrorCode, Reason};
use crate::telemetry::{Metrics, Shed};

/// When to try again. A little later is soon enough: what is under way takes seconds at most.
const RETRY: Duration = Duration::from_secs(1);

/// Places for exchanges.
#[derive(Debug)]
pub(crate) struct Admission {
    places: Semaphore,
    metrics: Arc<Metrics>,
}

impl Admission {
    /// Makes `places`.
    pub(crate) fn new(places: usize, metrics: Arc<Metrics>) -> Self {
        Self { places: Semaphore::new(places), metrics }
    }

    /// Takes a place until the permit is dropped.
    ///
    /// # Errors
    ///
    /// 503 when there is none.
    pub(super) fn enter(&self) -> Result<SemaphorePermit<'_>, ApiError> {
        self.places.try_acquire().map_err(|_| self.full())
    }

    /// Says early, before a body is read, that there is no place.
    ///
    /// # Errors
    ///
    /// 503 when there is none.
    pub(super) fn check(&self) -> Result<(), ApiError> {
        if self.places.available_permits() == 0 { Err(self.full()) } else { Ok(()) }
    }

    fn full(&self) -> ApiError {
        self.metrics.shed(Shed::Exchanges);
        let description = "too many exchanges are under way";
        let error =
            ApiError::new(ErrorCode::TemporarilyUnavailable, Reason::Overloaded, description);
        error.retry_after(RETRY)
    }
}
