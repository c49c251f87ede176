//! What the tests stand on: providers, credentials, and the service itself. No test is here.

pub(crate) mod answer;
pub(crate) mod app;
pub(crate) mod claims;
pub(crate) mod form;
pub(crate) mod internet;
pub(crate) mod keys;
pub(crate) mod log;
pub(crate) mod provider;
pub(crate) mod secrecy;
pub(crate) mod social;
pub(crate) mod verify;

/// The moment at which the service's clock stands: 2025-11-24T16:00:00Z, in seconds since the
/// Unix epoch.
pub(crate) const NOW: u64 = 1_764_000_000;
/// The same, for claims that are computed with.
pub(crate) const NOW_SIGNED: i64 = 1_764_000_000;
